"""ExportRow: one article as it leaves the archive, the same in every format."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter

from storage.records import Article, ChangeKind, FileStatus, UrlKind

SCHEMA = 1  # raised when a field changes its meaning or goes; a new field does not raise it


@dataclass(frozen=True, slots=True)
class Shown:
    """One address an article stands, or stood, at."""

    site: str  # key of the site
    url: str  # canonical
    author: str | None  # as printed there
    day: date | None  # of publication, as printed there
    first_seen: datetime  # when the archive first saw it
    last_seen: datetime  # moves on with every visit, without a row of the feed
    gone_at: datetime | None  # when it was found gone


@dataclass(frozen=True, slots=True)
class Noted:
    """One text the article has, or had."""

    number: int  # of the revision, from 1
    noticed_at: datetime  # when the page with it was fetched
    content: str  # SHA-256 of title, lead, body and attachments, exactly as read


@dataclass(frozen=True, slots=True)
class Filed:
    """An attachment or image as it is kept; its text is in the archive, not in every row."""

    url: str  # canonical
    kind: UrlKind  # attachment or image
    name: str  # the link text, caption or alternative text
    status: FileStatus  # whether and how it was read, or why not
    type: str | None  # as its bytes tell
    size: int | None  # bytes
    pages: int | None  # of a document
    width: int | None  # pixels, of an image
    height: int | None  # pixels, of an image
    digest: str | None  # of the payload
    characters: int  # of its text
    versions: int  # other bytes it had, and these
    current: bool  # the page offers it now


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow(Article):
    """One article with its newest text; (id, revision) and seq name it for ever."""

    schema: int  # version of this form of row
    id: int  # of the article, for ever
    revision: int  # number of the text given here, from 1
    seq: int  # number of the article's last change; with --follow, of the change this line tells
    change: ChangeKind  # what that change was
    selected: bool  # false: it was in the selection and is no longer; take it out
    gone: bool  # no address shows it any more; the archive keeps it
    gone_at: datetime | None  # when the last address was found gone
    day: date | None  # of publication
    published_at: datetime | None  # only when a time was printed; UTC+7 unless another zone was
    first_seen: datetime  # when the archive first saw it
    changed_at: datetime  # when the page with its newest text was fetched
    noticed_at: datetime  # when the text given here was first fetched
    exact: str  # hex digest of the normalised title, lead and body; equal in copies
    content: str  # SHA-256 of title, lead, body and attachments, exactly as read
    story: int | None  # articles with one number are one text on several sites; none = nobody else's
    files: tuple[Filed, ...]  # attachments and images, those the page offers now first
    appearances: tuple[Shown, ...]  # every address, the first seen first
    revisions: tuple[Noted, ...]  # every text it had, the first one first


Row = dict[str, Any]  # an ExportRow in the words of JSON; made by the thousand, so not made into objects
ROW = TypeAdapter(ExportRow)


def _columns() -> tuple[str, ...]:
    read = {field.name for field in fields(Article)}
    names = [field.name for field in fields(ExportRow)]
    own = [name for name in names if name not in read]
    cut = own.index("published_at") + 1
    return (*own[:cut], *(name for name in names if name in read), *own[cut:])


COLUMNS = _columns()  # in the order every format has them
# Every column, with what an article stored before a field existed has in it.
EMPTY: Row = dict.fromkeys(COLUMNS) | {
    field.name: [] if field.default == () else field.default
    for field in fields(Article)
    if field.default is not MISSING
}
EMPTY |= {"schema": SCHEMA, "selected": True, "gone": False, "files": []}


def read_row(line: str | bytes) -> ExportRow:
    """A line of a JSON Lines export as a record; raises pydantic.ValidationError."""
    return ROW.validate_json(line)
