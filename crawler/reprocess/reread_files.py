"""Refiling: attachments and images read again, or for the first time, from the captures that are kept."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.read_page import read_file_bytes
from pipelines.settle import SettleContext, keep_file
from spiders.items import Link, LinkKind, Page
from storage.articles import files
from storage.articles.files import UnreadFile
from storage.records import FileReading
from storage.warc.errors import WarcError
from storage.warc.record_reader import read_capture


def refile(connection: Connection, context: SettleContext, warcs: Path, row: UnreadFile) -> str | None:
    """Read one file's kept bytes with the reader of today and keep what they say.

    Returns what is wrong, in one line, when the bytes cannot be had.
    """
    kind: LinkKind = "image" if row.kind == "image" else "attachment"
    link = Link(row.url, kind, row.url)
    try:
        page = Page.from_capture(link, context.frontier.site, read_capture(warcs, row.capture), row.capture)
    except WarcError as error:
        return f"{row.url}: {error}"
    known = files.is_read(connection, row.capture.payload_digest, FILE_READER_VERSION)
    reading: FileReading | None = None if known else read_file_bytes(page)
    keep_file(connection, context, page, reading, row.capture_id)
    return None
