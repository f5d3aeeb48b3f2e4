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

MAX_COMPARED_STORY_TEXTS = 30  # a form letter on hundreds of sites would take too long


def routes(context: WebContext) -> APIRouter:
    """Return the route of stories."""
    story_pages = APIRouter()

    @story_pages.get("/story/{number:number}")
    def tell(request: Request, number: int) -> Response:
        with context.connect() as connection:
            story = read_story(connection, number, context.settings.site_owners())
            if story is None:
                raise HTTPException(404)
            names = site_names(connection)
            story_variants = list(_story_variants(connection, story))
        if story.id != number:
            return RedirectResponse(f"/story/{story.id}", 301)
        story_relations = {member.article_id: member.kinship for member in story.members}
        return context.render_page(
            request,
            "story.html",
            story=story,
            relations=story_relations,
            names=names,
            variants=story_variants,
        )

    return story_pages


def _story_variants(
    connection: Connection, story: Story
) -> Iterator[tuple[StoryAppearance, tuple[FieldDiff, ...]]]:
    """Yield every other text of the story, with its difference from the text of the first appearance."""
    story_texts = {
        (revision.article_id, revision.number): revision.article
        for member in story.members[: MAX_COMPARED_STORY_TEXTS + 1]
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first_story_text = story.first.article_id, story.first.revision
    compared_story_texts = {first_story_text}
    for appearance in story.places:
        story_text_key = appearance.article_id, appearance.revision
        if story_text_key not in compared_story_texts and story_text_key in story_texts:
            compared_story_texts.add(story_text_key)
            yield appearance, diff_revisions(story_texts[first_story_text], story_texts[story_text_key])
