"""ExportRow: one article as exports hold it, with the same columns in every format."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import TypeAdapter
from typing_extensions import Doc

from storage.records import Article, ChangeKind, FileStatus, UrlKind

SCHEMA_VERSION = 1  # raised when a field changes its meaning or goes; a new field does not raise it


@dataclass(frozen=True, slots=True)
class ExportedAppearance:
    """One address at which an article is, or was, shown."""

    site: Annotated[str, Doc("key of the site")]
    url: Annotated[str, Doc("canonical")]
    author: Annotated[str | None, Doc("as printed there")]
    day: Annotated[date | None, Doc("of publication, as printed there")]
    first_seen: Annotated[datetime, Doc("when the archive first saw it")]
    last_seen: Annotated[datetime, Doc("moves on with every visit, without a row of the feed")]
    gone_at: Annotated[datetime | None, Doc("when it was found gone")]


@dataclass(frozen=True, slots=True)
class ExportedRevision:
    """One text of the article: the current one or an earlier one."""

    number: Annotated[int, Doc("of the revision, from 1")]
    noticed_at: Annotated[datetime, Doc("when the page with it was fetched")]
    content: Annotated[str, Doc("SHA-256 of title, lead, body and attachments, exactly as read")]


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """An attachment or image as the archive stores it; its text is in the archive, not in every row."""

    url: Annotated[str, Doc("canonical")]
    kind: Annotated[UrlKind, Doc("attachment or image")]
    name: Annotated[str, Doc("the link text, caption or alternative text")]
    status: Annotated[FileStatus, Doc("whether and how it was read, or why not")]
    type: Annotated[str | None, Doc("by its bytes: pdf, docx, jpeg; `unknown`")]
    size: Annotated[int | None, Doc("bytes")]
    pages: Annotated[int | None, Doc("of a document")]
    width: Annotated[int | None, Doc("pixels, of an image")]
    height: Annotated[int | None, Doc("pixels, of an image")]
    digest: Annotated[str | None, Doc("of the payload")]
    characters: Annotated[int, Doc("of its text")]
    versions: Annotated[int, Doc("other bytes it had, and these")]
    current: Annotated[bool, Doc("the page offers it now")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRow(Article):
    """One article with its newest text; (id, revision) and seq are never used again."""

    schema: Annotated[int, Doc("version of this form of row")]
    id: Annotated[int, Doc("of the article, for ever")]
    revision: Annotated[int, Doc("number of the text given here, from 1")]
    seq: Annotated[int, Doc("number of the article's last change; with --follow, of the change of this line")]
    change: Annotated[ChangeKind, Doc("what that change was")]
    selected: Annotated[bool, Doc("false: it was in the selection and is no longer; take it out")]
    gone: Annotated[bool, Doc("no address shows it any more; the archive keeps it")]
    gone_at: Annotated[datetime | None, Doc("when the last address was found gone")]
    day: Annotated[date | None, Doc("of publication")]
    published_at: Annotated[
        datetime | None, Doc("only when a time was printed; UTC+7 unless another zone was")
    ]
    first_seen: Annotated[datetime, Doc("when the archive first saw it")]
    changed_at: Annotated[datetime, Doc("when the page with its newest text was fetched")]
    noticed_at: Annotated[datetime, Doc("when the text given here was first fetched")]
    exact: Annotated[str, Doc("hex digest of the normalised title, lead and body; equal in copies")]
    content: Annotated[str, Doc("SHA-256 of title, lead, body and attachments, exactly as read")]
    story: Annotated[
        int | None, Doc("articles with one number are one text on several sites; none = on no other site")
    ]
    files: Annotated[tuple[ExportedFile, ...], Doc("attachments and images, those the page offers now first")]
    appearances: Annotated[tuple[ExportedAppearance, ...], Doc("every address, the first seen first")]
    revisions: Annotated[tuple[ExportedRevision, ...], Doc("every text it had, the first one first")]


JsonRow = dict[str, Any]  # an ExportRow in JSON types; a dict, because exports make millions
EXPORT_ROW = TypeAdapter(ExportRow)


def _column_order() -> tuple[str, ...]:
    article_field_names = {field.name for field in fields(Article)}
    export_row_names = [field.name for field in fields(ExportRow)]
    export_fields = [name for name in export_row_names if name not in article_field_names]
    published_at_index = export_fields.index("published_at") + 1
    article_columns = (name for name in export_row_names if name in article_field_names)
    return (*export_fields[:published_at_index], *article_columns, *export_fields[published_at_index:])


COLUMNS = _column_order()  # the order in every format
# Every column, with the value it has in an article stored before the field existed.
EMPTY_ROW: JsonRow = dict.fromkeys(COLUMNS) | {
    field.name: [] if field.default == () else field.default
    for field in fields(Article)
    if field.default is not MISSING
}
EMPTY_ROW |= {"schema": SCHEMA_VERSION, "selected": True, "gone": False, "files": []}
