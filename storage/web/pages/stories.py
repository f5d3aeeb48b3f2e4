"""Page of a story: one text on several sites, with its likely source and what each site changed."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import Connection

from storage.articles import queries as catalogue
from storage.articles.revision_diff import FieldDiff, diff_revisions
from storage.articles.statistics import site_names
from storage.stories.attribution import StoryAppearance
from storage.stories.story import Story, read_story
from storage.web.context import WebContext

MAX_COMPARED_TEXTS = 30  # a form letter on hundreds of sites would take too long


def routes(context: WebContext) -> APIRouter:
    """Return the route of stories."""
    router = APIRouter()

    @router.get("/story/{number:number}")
    def tell(request: Request, number: int) -> Response:
        with context.connect() as connection:
            story = read_story(connection, number, context.settings.site_owners())
            if story is None:
                raise HTTPException(404)
            names = site_names(connection)
            variants = list(_variants(connection, story))
        if story.id != number:
            return RedirectResponse(f"/story/{story.id}", 301)
        relations = {member.article_id: member.kinship for member in story.members}
        return context.render_page(
            request, "story.html", story=story, relations=relations, names=names, variants=variants
        )

    return router


def _variants(
    connection: Connection, story: Story
) -> Iterator[tuple[StoryAppearance, tuple[FieldDiff, ...]]]:
    """Yield every other text of the story, with its difference from the text of the first appearance."""
    texts = {
        (revision.article_id, revision.number): revision.article
        for member in story.members[: MAX_COMPARED_TEXTS + 1]
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first = story.first.article_id, story.first.revision
    compared = {first}
    for appearance in story.places:
        key = appearance.article_id, appearance.revision
        if key not in compared and key in texts:
            compared.add(key)
            yield appearance, diff_revisions(texts[first], texts[key])
