"""Captures: answers as they were sent - their record, the page in a sandbox, the bytes, the files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, HTTPException, Request, Response
from sqlalchemy import Connection

from storage.captured import Held, Numbered, files_at, held, numbered, shown_by, whole
from storage.holdings import site_names
from storage.records import UrlKind
from storage.warc.exchange import StoredResponse
from storage.web.desk import Desk
from storage.web.frames import content_type, mended, pictures_of
from storage.web.headers import INERT

LARGEST = 64 << 20  # bytes of an answer, unpacked
# Shown in a page: formats browsers only draw. Everything else is saved: SVG and HTML can act.
DRAWN = {"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
SAVED = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "rtf": "application/rtf",
}
BYTES = "application/octet-stream"


def routes(desk: Desk) -> APIRouter:
    """Captures and files."""
    router = APIRouter()

    @router.get("/capture/{number}")
    def capture(request: Request, number: int) -> Response:
        with desk.reading() as connection:
            found = _numbered(connection, number)
            original, response = whole(connection, desk.room.warcs, found)
            shown = shown_by(connection, found)
            name = site_names(connection).get(found.site, found.site)
        is_page = response is not None and is_html(response)
        told: dict[str, Any] = {"found": found, "original": original, "response": response, "shown": shown}
        return desk.page(request, "capture.html", **told, is_page=is_page, name=name)

    @router.get("/capture/{number}/page")
    def page(request: Request, number: int) -> Response:
        with desk.reading() as connection:
            found = _numbered(connection, number)
            _, response = whole(connection, desk.room.warcs, found)
            if response is None or not is_html(response):
                raise HTTPException(404)
            body = response.content(LARGEST)
            kept = files_at(connection, found.site, pictures_of(body, found.capture.url))
        ours = {address: f"/file/{file}" for address, file in kept.items()}
        told = _header(response, "content-type")
        return Response(
            mended(body, found.capture.url, ours),
            headers={
                "Content-Type": content_type(told),
                "Content-Security-Policy": _stage(desk.address(request, "/file/")),
                "Referrer-Policy": "no-referrer",
                "Cache-Control": "private, max-age=3600",
            },
        )

    @router.get("/capture/{number}/raw")
    def raw(number: int) -> Response:
        with desk.reading() as connection:
            found = _numbered(connection, number)
            _, response = whole(connection, desk.room.warcs, found)
        if response is None:
            raise HTTPException(404)
        name = f"capture-{number}{PurePosixPath(urlsplit(found.capture.url).path).suffix[:8] or '.bin'}"
        return _inert(response.content(LARGEST), BYTES, name, drawn=False)

    @router.get("/file/{number}")
    def file(request: Request, number: int) -> Response:
        return _file(desk, request, number, None)

    @router.get("/file/{number}/{version}")
    def version(request: Request, number: int, version: int) -> Response:
        return _file(desk, request, number, version)

    return router


def _numbered(connection: Connection, number: int) -> Numbered:
    found = numbered(connection, number)
    if found is None:
        raise HTTPException(404)
    return found


def _header(response: StoredResponse, name: str) -> str:
    return next((value for key, value in response.headers if key.lower() == name), "")


def is_html(response: StoredResponse) -> bool:
    """Whether an answer was a page."""
    return "html" in _header(response, "content-type").lower()


def _stage(pictures: str) -> str:
    """The policy of a stored page: nothing runs, nothing is sent, only our own pictures are drawn."""
    return (
        f"sandbox; default-src 'none'; img-src {pictures} 'self'; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


def _file(desk: Desk, request: Request, number: int, version: int | None) -> Response:
    with desk.reading() as connection:
        found = held(connection, number, version)
        if found is None or found.capture_id is None:
            raise HTTPException(404)
        tag = f'"{found.digest}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        _, response = whole(connection, desk.room.warcs, _numbered(connection, found.capture_id))
    if response is None:
        raise HTTPException(404)
    drawn = found.kind is UrlKind.IMAGE and found.type in DRAWN
    told = DRAWN[found.type] if drawn else SAVED.get(found.type, BYTES)
    answer = _inert(response.content(LARGEST), told, _file_name(found), drawn=drawn)
    answer.headers["ETag"] = tag
    return answer


def _file_name(found: Held) -> str:
    """The last part of the file's address, with the ending its bytes call for."""
    last = PurePosixPath(unquote(urlsplit(found.url).path)).name
    stem = "".join(char for char in PurePosixPath(last).stem if char.isalnum() or char in "-_. ")[:80]
    ending = found.type if found.type in DRAWN or found.type in SAVED else PurePosixPath(last).suffix[1:9]
    return f"{stem or f'file-{found.file_id}'}.{ending or 'bin'}"


def _inert(body: bytes, told: str, name: str, *, drawn: bool) -> Response:
    """Bytes of a stranger's, under a type that is ours."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return Response(
        body,
        headers={
            "Content-Type": told,
            "Content-Disposition": f"{'inline' if drawn else 'attachment'}; "
            f"filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": INERT,
            "Cache-Control": "private, no-cache",
        },
    )
