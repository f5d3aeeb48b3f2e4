"""Manifest: what an export holds, so that a reader can tell a whole one, and where the next one begins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.export.errors import CursorError, ExportError

MANIFEST_NAME = (
    "manifest.json"  # in an export's directory; beside a single file it has that file's name before it
)
READ_BYTES = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of an export."""

    path: str  # seen from the manifest, with forward slashes
    rows: int
    bytes: int
    sha256: str  # hex digest of the file
    partition: Mapping[str, str | None] = field(default_factory=dict)  # site or year; none = undated


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds."""

    format: str
    schema: int  # version of the form of a row
    archive: str  # which archive it is of: a hash of its first change; empty while there is none
    cursor: int  # the archive's last change this export knows: `--since` it gives what came later
    since: int | None  # the cursor it begins after; none = everything
    selection: Mapping[str, Any]  # what restricts it; empty = nothing
    by: str | None  # what its directories are made by: site or year
    made_at: str  # RFC 3339, UTC
    rows: int
    gone: int  # of the rows: no address shows them any more
    left: int  # of the rows: changed so that they are no longer in the selection
    columns: Mapping[str, str]  # name and type, in order
    files: tuple[ManifestFile, ...]
    storied: int | None = (
        None  # of the rows: in a story, their text is that of other articles too; none = not counted
    )

    def text(self) -> str:
        """As the file has it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


MANIFEST = TypeAdapter(Manifest)


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file; raises ExportError when it is none, OSError when it cannot be read."""
    try:
        return MANIFEST.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ExportError(f"{path}: not a manifest of an export: {error.errors()[0]['msg']}") from error


def manifest_path(path: Path) -> Path:
    """Where the manifest of a single file stands."""
    return path.with_name(f"{path.name}.{MANIFEST_NAME}")


def manifest_problems(path: Path) -> tuple[str, ...]:
    """What is wrong with the files a manifest names, one line each; empty = the export is whole."""
    found = []
    for part in read_manifest(path).files:
        file = path.parent / part.path
        if not file.is_file():
            found.append(f"{file}: missing")
        elif file.stat().st_size != part.bytes or _file_digest(file) != part.sha256:
            found.append(f"{file}: not the file the manifest was made for")
    return tuple(found)


def _file_digest(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(READ_BYTES):
            made.update(piece)
    return made.hexdigest()


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A place in the feed of changes, and the archive it is of when that is known."""

    seq: int
    archive: str | None = None

    def of(self, archive: str) -> int:
        """The number; raises CursorError when it is of another archive."""
        if self.archive and self.archive != archive:
            raise CursorError(
                f"cursor {self.seq} was given by another archive (or by this one before it was rebuilt): "
                "take a full export and go on from its cursor"
            )
        return self.seq


def read_cursor(told: str) -> FeedCursor:
    """A cursor: a number, or a file that has one (a manifest, or what --follow keeps); raises ExportError."""
    if told.isascii() and told.isdigit():
        return FeedCursor(int(told))
    try:
        kept = json.loads(Path(told).read_bytes())
        return FeedCursor(int(kept["cursor"]), str(kept["archive"]))
    except OSError as error:
        raise ExportError(f"{told}: neither a cursor nor a file with one: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError(f"{told}: no cursor in it; give a number or the manifest of an export") from error
