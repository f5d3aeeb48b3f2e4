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
INLINE_FILE_TYPES = {"jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif", "webp": "image/webp"}
DOWNLOAD_FILE_TYPES = {
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
    file_routes = APIRouter()

    @file_routes.get("/file/{number:number}")
    def file(request: Request, number: int) -> Response:
        return _file_response(context, request, number, None)

    @file_routes.get("/file/{number:number}/{version:number}")
    def version(request: Request, number: int, version: int) -> Response:
        return _file_response(context, request, number, version)

    return file_routes


def _file_response(
    context: WebContext, request: Request, number: int, version_number: int | None
) -> Response:
    with context.connect() as connection:
        stored_file = file_version(connection, number, version_number)
        if stored_file is None or stored_file.capture_id is None:
            raise HTTPException(404)
        file_etag = f'"{stored_file.digest}"'
        if request.headers.get("if-none-match") == file_etag:
            return Response(status_code=304, headers={"ETag": file_etag})
        file_capture = capture_by_id(connection, stored_file.capture_id)
        assert file_capture
        _, stored_response = capture_with_body(connection, context.settings.warcs, file_capture)
    if stored_response is None:
        raise HTTPException(404)
    is_inline_file = stored_file.kind is UrlKind.IMAGE and stored_file.type in INLINE_FILE_TYPES
    file_media_type = (
        INLINE_FILE_TYPES[stored_file.type]
        if is_inline_file
        else DOWNLOAD_FILE_TYPES.get(stored_file.type, BINARY_MEDIA_TYPE)
    )
    file_response = inert_response(
        stored_response.content(MAX_FILE_BYTES),
        file_media_type,
        _file_name(stored_file),
        inline=is_inline_file,
    )
    file_response.headers["ETag"] = file_etag
    return file_response


def _file_name(stored_file: FileVersion) -> str:
    """Return the last part of the file's URL, with the suffix of its real type."""
    file_url_name = PurePosixPath(unquote(urlsplit(stored_file.url).path)).name
    file_stem = "".join(
        char for char in PurePosixPath(file_url_name).stem if char.isalnum() or char in "-_. "
    )[:80]
    file_suffix = (
        stored_file.type
        if stored_file.type in INLINE_FILE_TYPES or stored_file.type in DOWNLOAD_FILE_TYPES
        else PurePosixPath(file_url_name).suffix[1:9]
    )
    return f"{file_stem or f'file-{stored_file.file_id}'}.{file_suffix or 'bin'}"


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
