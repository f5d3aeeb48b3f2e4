"""A story: one text told in several places - where, when, whence, and what was changed."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.articles import queries as catalogue
from storage.articles.revision_diff import FieldDiff, diff_revisions
from storage.articles.statistics import site_names
from storage.stories.attribution import StoryAppearance
from storage.stories.queries import Story, read_story
from storage.web.context import WebContext

MOST_COMPARED = 30  # texts; a form letter printed on hundreds of sites is read one by one


def routes(context: WebContext) -> APIRouter:
    """Stories by their numbers."""
    router = APIRouter()

    @router.get("/story/{number:number}")
    def tell(request: Request, number: int) -> Response:
        with context.connect() as connection:
            found = read_story(connection, number, context.settings.site_owners())
            if found is None:
                raise HTTPException(404)
            names = site_names(connection)
            variants = list(_variants(connection, found))
        if found.id != number:
            return RedirectResponse(f"/story/{found.id}", 301)
        kin = {member.article_id: member.kinship for member in found.members}
        return context.render_page(
            request, "story.html", found=found, kin=kin, names=names, variants=variants
        )

    return router


def _variants(
    connection: Connection, found: Story
) -> Iterator[tuple[StoryAppearance, tuple[FieldDiff, ...]]]:
    """Every other text of the story, with what it has otherwise than that of the first appearance."""
    texts = {
        (revision.article_id, revision.number): revision.article
        for member in found.members[: MOST_COMPARED + 1]
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first = found.first.article_id, found.first.revision
    done = {first}
    for place in found.places:
        which = place.article_id, place.revision
        if which not in done and which in texts:
            done.add(which)
            yield place, diff_revisions(texts[first], texts[which])
