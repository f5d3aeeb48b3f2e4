"""Stories: one text told in several places, with its likely source and what speaks for it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from storage.stories.queries import Story, read_story
from storage.web.api.parameters import Number
from storage.web.api.responses import reply
from storage.web.context import WebContext
from storage.web.problem_details import API_PREFIX

MERGED: dict[int | str, dict[str, Any]] = {
    301: {"description": "It became part of another story: its address is in `Location`"}
}


def routes(context: WebContext) -> APIRouter:
    """Stories by their numbers."""
    router = APIRouter(tags=["stories"])

    @router.get("/stories/{number}", response_model=Story, responses=MERGED, summary="A story")
    def tell(request: Request, number: Number) -> Response:
        with context.connect() as connection:
            found = read_story(connection, number, context.settings.site_owners())
        if found is None:
            raise HTTPException(404, f"there is no story {number}")
        if found.id != number:
            return RedirectResponse(f"{API_PREFIX}/stories/{found.id}", 301)
        return reply(request, found)

    return router
