"""An article: its text, where it stands, how it changed, and what each field rests on."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from sqlalchemy import Connection

from storage.articles import queries as catalogue
from storage.articles.files import StoredFile, files_of
from storage.articles.revision_diff import diff_revisions
from storage.articles.statistics import site_names
from storage.gazetteer.units import REFORM, all_units, unit_key_on
from storage.records import Appearance, Article, FileStatus, Image, Revision, UrlKind
from storage.stories.queries import Story, story_of_article
from storage.web.context import WebContext
from storage.web.pages.citations import citing
from storage.web.rendering.article_html import body_html


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page of an article tells."""

    number: int
    revision: Revision  # the text shown
    revisions: tuple[Revision, ...]
    body: Markup
    appearances: tuple[Appearance, ...]
    attachments: tuple[StoredFile, ...]
    unkept: tuple[tuple[Image, FileStatus | None], ...]  # pictures of the text without bytes, and why
    story: Story | None
    names: dict[str, str]  # of sites by key

    @property
    def article(self) -> Article:
        """The text shown."""
        return self.revision.article

    @property
    def newest(self) -> bool:
        """Whether the text shown is the current one."""
        return self.revision is self.revisions[-1]

    @property
    def gone(self) -> bool:
        """Whether no address shows it any more."""
        return bool(self.appearances) and all(place.gone_at for place in self.appearances)


def routes(context: WebContext) -> APIRouter:
    """An article, its revisions, and what changed between them."""
    router = APIRouter()

    @router.get("/article/{number:number}")
    def article(request: Request, number: int) -> Response:
        return _page(context, request, _shown(context, number, None))

    @router.get("/article/{number:number}/revision/{wanted:number}")
    def revision(request: Request, number: int, wanted: int) -> Response:
        return _page(context, request, _shown(context, number, wanted), told_apart=True)

    @router.get("/article/{number:number}/changes")
    def changes(request: Request, number: int) -> Response:
        with context.connect() as connection:
            revisions = _revisions(connection, number)
        steps = [(old, new, diff_revisions(old.article, new.article)) for old, new in pairwise(revisions)]
        return context.render_page(request, "changes.html", number=number, revisions=revisions, steps=steps)

    @router.get("/article/{number:number}/changes/{first:number}/{last:number}")
    def between(request: Request, number: int, first: int, last: int) -> Response:
        with context.connect() as connection:
            revisions = _revisions(connection, number)
        old, new = _chosen(revisions, first), _chosen(revisions, last)
        step = (old, new, diff_revisions(old.article, new.article))
        return context.render_page(request, "changes.html", number=number, revisions=revisions, steps=[step])

    @router.get("/at")
    def at(request: Request, url: str = "") -> Response:
        """The article that stands, or stood, at an address of the web."""
        with context.connect() as connection:
            number = catalogue.article_id_at(connection, url.strip())
        if number is None:
            raise HTTPException(404)
        return RedirectResponse(f"/article/{number}", 303)

    return router


def _page(context: WebContext, request: Request, shown: Shown, *, told_apart: bool = False) -> Response:
    """The page of an article, or with `told_apart` of one of its texts."""
    place = all_units().get(shown.article.place or "")
    today = all_units()[unit_key_on(place.key, REFORM)] if place else None
    address = context.public_url(request, f"/article/{shown.number}")
    how = citing(context, request, shown.number, shown.revision.number if told_apart else None)
    return context.render_page(
        request, "article.html", shown=shown, place=place, now=today, address=address, citing=how
    )


def _revisions(connection: Connection, number: int) -> tuple[Revision, ...]:
    found = catalogue.revisions_of(connection, number)
    if not found:
        raise HTTPException(404)
    return found


def _chosen(revisions: tuple[Revision, ...], wanted: int) -> Revision:
    for revision in revisions:
        if revision.number == wanted:
            return revision
    raise HTTPException(404)


def _shown(context: WebContext, number: int, wanted: int | None) -> Shown:
    with context.connect() as connection:
        revisions = _revisions(connection, number)
        revision = revisions[-1] if wanted is None else _chosen(revisions, wanted)
        stored = files_of(connection, number)
        had = {file.url: file for file in stored if file.kind is UrlKind.IMAGE and _had(file)}
        return Shown(
            number=number,
            revision=revision,
            revisions=revisions,
            body=body_html(revision.article, {url: f"/file/{file.id}" for url, file in had.items()}),
            appearances=catalogue.appearances_of(connection, number),
            attachments=tuple(file for file in stored if file.kind is UrlKind.ATTACHMENT),
            unkept=tuple(_unkept(revision.article, stored, had)),
            story=story_of_article(connection, number, context.settings.site_owners()),
            names=site_names(connection),
        )


def _unkept(
    article: Article, stored: Iterable[StoredFile], had: Container[str]
) -> Iterator[tuple[Image, FileStatus | None]]:
    known = {file.url: file.status for file in stored}
    yield from ((image, known.get(image.url)) for image in article.images if image.url not in had)


def _had(file: StoredFile) -> bool:
    return file.status is FileStatus.READ and file.capture_id is not None
