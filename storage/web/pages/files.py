"""Stored files: attachments and images out of the captures, with a media type from a closed list."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, HTTPException, Request, Response

from storage.captures.stored_captures import FileVersion, capture_by_id, capture_with_body, file_version
from storage.records import UrlKind
from storage.web.context import WebContext
from storage.web.middleware.security_headers import INERT_POLICY

MAX_FILE_BYTES = 64 << 20  # of one file, uncompressed
# Shown in the browser: image formats without scripts. Everything else is downloaded: SVG and HTML can run.
INLINE_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
DOWNLOAD_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "rtf": "application/rtf",
}
BINARY_MEDIA_TYPE = "application/octet-stream"


def routes(context: WebContext) -> APIRouter:
    """Return the routes of files."""
    router = APIRouter()

    @router.get("/file/{number:number}")
    def file(request: Request, number: int) -> Response:
        return _file_response(context, request, number, None)

    @router.get("/file/{number:number}/{version:number}")
    def version(request: Request, number: int, version: int) -> Response:
        return _file_response(context, request, number, version)

    return router


def _file_response(
    context: WebContext, request: Request, number: int, version_number: int | None
) -> Response:
    with context.connect() as connection:
        version = file_version(connection, number, version_number)
        if version is None or version.capture_id is None:
            raise HTTPException(404)
        etag = f'"{version.digest}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        capture = capture_by_id(connection, version.capture_id)
        assert capture
        _, response = capture_with_body(connection, context.settings.warcs, capture)
    if response is None:
        raise HTTPException(404)
    inline = version.kind is UrlKind.IMAGE and version.type in INLINE_TYPES
    media_type = INLINE_TYPES[version.type] if inline else DOWNLOAD_TYPES.get(version.type, BINARY_MEDIA_TYPE)
    file_response = inert_response(
        response.content(MAX_FILE_BYTES), media_type, _file_name(version), inline=inline
    )
    file_response.headers["ETag"] = etag
    return file_response


def _file_name(version: FileVersion) -> str:
    """Return the last part of the file's URL, with the suffix of its real type."""
    url_name = PurePosixPath(unquote(urlsplit(version.url).path)).name
    stem = "".join(char for char in PurePosixPath(url_name).stem if char.isalnum() or char in "-_. ")[:80]
    suffix = (
        version.type
        if version.type in INLINE_TYPES or version.type in DOWNLOAD_TYPES
        else PurePosixPath(url_name).suffix[1:9]
    )
    return f"{stem or f'file-{version.file_id}'}.{suffix or 'bin'}"


def inert_response(body: bytes, media_type: str, name: str, *, inline: bool) -> Response:
    """Return stored bytes with a media type of ours and a policy under which nothing in them runs."""
    ascii_name = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    return Response(
        body,
        headers={
            "Content-Type": media_type,
            "Content-Disposition": f"{'inline' if inline else 'attachment'}; "
            f"filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name)}",
            "Content-Security-Policy": INERT_POLICY,
            "Cache-Control": "private, no-cache",
        },
    )
