"""Pages of an article: its text, appearances, revisions, differences and provenance."""

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
from storage.stories.story import Story, story_of_article
from storage.web.context import WebContext
from storage.web.pages.citations import citation_view
from storage.web.rendering.article_html import body_html


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """Everything the page of an article shows."""

    number: int
    revision: Revision  # the text shown
    revisions: tuple[Revision, ...]
    body: Markup
    appearances: tuple[Appearance, ...]
    attachments: tuple[StoredFile, ...]
    images_without_file: tuple[tuple[Image, FileStatus | None], ...]  # images that are not stored, and why
    story: Story | None
    site_names: dict[str, str]  # by site key

    @property
    def article(self) -> Article:
        """The article as the shown revision has it."""
        return self.revision.article

    @property
    def is_current(self) -> bool:
        """True when the shown revision is the current one."""
        return self.revision is self.revisions[-1]

    @property
    def is_gone(self) -> bool:
        """True when no URL shows the article any more."""
        return bool(self.appearances) and all(appearance.gone_at for appearance in self.appearances)


def routes(context: WebContext) -> APIRouter:
    """Return the routes of an article, its revisions, and the differences between them."""
    article_pages = APIRouter()

    @article_pages.get("/article/{number:number}")
    def article(request: Request, number: int) -> Response:
        return _render_article(context, request, _article_page(context, number, None))

    @article_pages.get("/article/{number:number}/revision/{revision_number:number}")
    def revision(request: Request, number: int, revision_number: int) -> Response:
        return _render_article(
            context, request, _article_page(context, number, revision_number), one_revision=True
        )

    @article_pages.get("/article/{number:number}/changes")
    def changes(request: Request, number: int) -> Response:
        with context.connect() as connection:
            revisions = _article_revisions(connection, number)
        steps = [(old, new, diff_revisions(old.article, new.article)) for old, new in pairwise(revisions)]
        return context.render_page(request, "changes.html", number=number, revisions=revisions, steps=steps)

    @article_pages.get("/article/{number:number}/changes/{first:number}/{last:number}")
    def between(request: Request, number: int, first: int, last: int) -> Response:
        with context.connect() as connection:
            revisions = _article_revisions(connection, number)
        old, new = _article_revision(revisions, first), _article_revision(revisions, last)
        step = (old, new, diff_revisions(old.article, new.article))
        return context.render_page(request, "changes.html", number=number, revisions=revisions, steps=[step])

    @article_pages.get("/at")
    def at(request: Request, url: str = "") -> Response:
        """Redirect to the article that appears, or appeared, at a URL of the web."""
        with context.connect() as connection:
            number = catalogue.article_id_at(connection, url.strip())
        if number is None:
            raise HTTPException(404)
        return RedirectResponse(f"/article/{number}", 303)

    return article_pages


def _render_article(
    context: WebContext, request: Request, article_page: ArticlePage, *, one_revision: bool = False
) -> Response:
    """Render the page of an article, or with `one_revision` of one of its revisions."""
    article_place = all_units().get(article_page.article.place or "")
    unit_today = all_units()[unit_key_on(article_place.key, REFORM)] if article_place else None
    article_url = context.public_url(request, f"/article/{article_page.number}")
    citation = citation_view(
        context, request, article_page.number, article_page.revision.number if one_revision else None
    )
    return context.render_page(
        request,
        "article.html",
        view=article_page,
        place=article_place,
        unit_today=unit_today,
        article_url=article_url,
        citation=citation,
    )


def _article_revisions(connection: Connection, number: int) -> tuple[Revision, ...]:
    revisions = catalogue.revisions_of(connection, number)
    if not revisions:
        raise HTTPException(404)
    return revisions


def _article_revision(revisions: tuple[Revision, ...], revision_number: int) -> Revision:
    for revision in revisions:
        if revision.number == revision_number:
            return revision
    raise HTTPException(404)


def _article_page(context: WebContext, number: int, revision_number: int | None) -> ArticlePage:
    with context.connect() as connection:
        revisions = _article_revisions(connection, number)
        revision = revisions[-1] if revision_number is None else _article_revision(revisions, revision_number)
        article_files = files_of(connection, number)
        stored_article_images = {
            file.url: file for file in article_files if file.kind is UrlKind.IMAGE and _is_stored(file)
        }
        return ArticlePage(
            number=number,
            revision=revision,
            revisions=revisions,
            body=body_html(
                revision.article, {url: f"/file/{file.id}" for url, file in stored_article_images.items()}
            ),
            appearances=catalogue.appearances_of(connection, number),
            attachments=tuple(file for file in article_files if file.kind is UrlKind.ATTACHMENT),
            images_without_file=tuple(
                _images_without_file(revision.article, article_files, stored_article_images)
            ),
            story=story_of_article(connection, number, context.settings.site_owners()),
            site_names=site_names(connection),
        )


def _images_without_file(
    article: Article, article_files: Iterable[StoredFile], stored_article_images: Container[str]
) -> Iterator[tuple[Image, FileStatus | None]]:
    status_by_url = {file.url: file.status for file in article_files}
    yield from (
        (image, status_by_url.get(image.url))
        for image in article.images
        if image.url not in stored_article_images
    )


def _is_stored(file: StoredFile) -> bool:
    return file.status is FileStatus.READ and file.capture_id is not None
