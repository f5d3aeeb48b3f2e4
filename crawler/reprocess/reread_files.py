"""Read attachments and images again, or for the first time, from the captures that are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from pipelines.attachments.text import FILE_READER_VERSION
from pipelines.read_page import read_file_bytes
from pipelines.settle import Reread, settle
from pipelines.settle_links import SettleContext
from spiders.items import Link, LinkKind, Page
from storage.articles import files
from storage.articles.files import UnreadFile
from storage.warc.errors import WarcError
from storage.warc.record_reader import read_capture


def reread_file(connection: Connection, context: SettleContext, warcs: Path, row: UnreadFile) -> str | None:
    """Read one file's kept bytes with the present reader and settle it.

    Return what is wrong, in one line, when the bytes cannot be read from the WARC.
    """
    kind: LinkKind = "image" if row.kind == "image" else "attachment"
    link = Link(row.url, kind, row.url)
    try:
        page = Page.from_capture(link, context.frontier.site, read_capture(warcs, row.capture), row.capture)
    except WarcError as error:
        return f"{row.url}: {error}"
    is_read = files.is_read(connection, row.capture.payload_digest, FILE_READER_VERSION)
    reading = None if is_read else read_file_bytes(page)
    settle(connection, context, Reread(row.url, datetime.now(UTC), page), reading, row.capture_id)
    return None
