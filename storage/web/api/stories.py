"""Stories in the API: one text on several sites, with its likely source and the evidence for it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from storage.stories.story import Story, read_story
from storage.web.api.parameters import Number
from storage.web.api.responses import json_response
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX

MERGED_STORY_RESPONSE: dict[int | str, dict[str, Any]] = {
    301: {"description": "It became part of another story: its address is in `Location`"}
}


def routes(context: WebContext) -> APIRouter:
    """Return the route of stories."""
    stories_api = APIRouter(tags=["stories"])

    @stories_api.get(
        "/stories/{number}", response_model=Story, responses=MERGED_STORY_RESPONSE, summary="A story"
    )
    def tell(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            story = read_story(connection, number, context.settings.site_owners())
        if story is None:
            raise HTTPException(404, f"there is no story {number}")
        if story.id != number:
            return RedirectResponse(f"{API_PREFIX}/stories/{story.id}", 301)
        return json_response(request, story)

    return stories_api
