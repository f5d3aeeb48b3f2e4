"""Files: attachments and pictures out of the captures, under a type that is ours."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, HTTPException, Request, Response

from storage.captures.queries import FileVersion, capture_by_id, capture_with_body, file_version
from storage.records import UrlKind
from storage.web.context import WebContext
from storage.web.middleware.security_headers import INERT_POLICY

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


def routes(context: WebContext) -> APIRouter:
    """Files by their numbers."""
    router = APIRouter()

    @router.get("/file/{number:number}")
    def file(request: Request, number: int) -> Response:
        return _file(context, request, number, None)

    @router.get("/file/{number:number}/{version:number}")
    def version(request: Request, number: int, version: int) -> Response:
        return _file(context, request, number, version)

    return router


def _file(context: WebContext, request: Request, number: int, version: int | None) -> Response:
    with context.connect() as connection:
        found = file_version(connection, number, version)
        if found is None or found.capture_id is None:
            raise HTTPException(404)
        tag = f'"{found.digest}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        capture = capture_by_id(connection, found.capture_id)
        assert capture
        _, response = capture_with_body(connection, context.settings.warcs, capture)
    if response is None:
        raise HTTPException(404)
    drawn = found.kind is UrlKind.IMAGE and found.type in DRAWN
    told = DRAWN[found.type] if drawn else SAVED.get(found.type, BYTES)
    answer = inert(response.content(LARGEST), told, _file_name(found), drawn=drawn)
    answer.headers["ETag"] = tag
    return answer


def _file_name(found: FileVersion) -> str:
    """The last part of the file's address, with the ending its bytes call for."""
    last = PurePosixPath(unquote(urlsplit(found.url).path)).name
    stem = "".join(char for char in PurePosixPath(last).stem if char.isalnum() or char in "-_. ")[:80]
    ending = found.type if found.type in DRAWN or found.type in SAVED else PurePosixPath(last).suffix[1:9]
    return f"{stem or f'file-{found.file_id}'}.{ending or 'bin'}"


def inert(body: bytes, told: str, name: str, *, drawn: bool) -> Response:
    """Bytes of a stranger's, under a type that is ours."""
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return Response(
        body,
        headers={
            "Content-Type": told,
            "Content-Disposition": f"{'inline' if drawn else 'attachment'}; "
            f"filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": INERT_POLICY,
            "Cache-Control": "private, no-cache",
        },
    )
