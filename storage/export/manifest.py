"""Manifest of an export: its files with their digests, its counts, and the cursor to go on from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from storage.export.errors import CursorError, ExportError

MANIFEST_NAME = "manifest.json"  # in an export's directory; a single file's is `<file name>.manifest.json`
READ_BYTES = 1 << 20  # bytes read at once


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One file of an export."""

    path: str  # relative to the manifest, with forward slashes
    rows: int
    bytes: int
    sha256: str  # hex digest of the file
    partition: Mapping[str, str | None] = field(default_factory=dict)  # site or year; None = undated


@dataclass(frozen=True, slots=True)
class Manifest:
    """Content of an export; the fields are those of the JSON file."""

    format: str
    schema: int  # version of the rows (SCHEMA_VERSION)
    archive: str  # identity of the archive: a hash of its first change; empty while there is none
    cursor: int  # number of the last change in this export; `--since` it exports the later ones
    since: int | None  # the cursor it begins after; None = everything
    selection: Mapping[str, Any]  # restrictions by name; empty = none
    by: str | None  # column of the partitions: site or year; None = not partitioned
    made_at: str  # RFC 3339, UTC
    rows: int
    gone: int  # of the rows: no address shows them any more
    left: int  # of the rows: changed so that they are no longer in the selection
    columns: Mapping[str, str]  # name and type, in order
    files: tuple[ManifestFile, ...]
    storied: int | None = None  # of the rows: in a story with other articles; None = not counted

    def text(self) -> str:
        """Return the manifest as the text of its file."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"


MANIFEST = TypeAdapter(Manifest)


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises ExportError when the file holds none, OSError when it cannot be read."""
    try:
        return MANIFEST.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ExportError(f"{path}: not a manifest of an export: {error.errors()[0]['msg']}") from error


def manifest_path(export_file: Path) -> Path:
    """Return the path of the manifest of a single exported file."""
    return export_file.with_name(f"{export_file.name}.{MANIFEST_NAME}")


def manifest_problems(manifest: Path) -> tuple[str, ...]:
    """Check the files that a manifest names; returns a line for each problem, none when all is complete."""
    manifest_problem_lines = []
    for manifest_file in read_manifest(manifest).files:
        listed_file = manifest.parent / manifest_file.path
        if not listed_file.is_file():
            manifest_problem_lines.append(f"{listed_file}: missing")
        elif (
            listed_file.stat().st_size != manifest_file.bytes
            or _file_digest(listed_file) != manifest_file.sha256
        ):
            manifest_problem_lines.append(f"{listed_file}: not the file the manifest was made for")
    return tuple(manifest_problem_lines)


def _file_digest(path: Path) -> str:
    file_digest = hashlib.sha256()
    with path.open("rb") as stream:
        while digested_bytes := stream.read(READ_BYTES):
            file_digest.update(digested_bytes)
    return file_digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """A position in the feed of changes, with the identity of the archive where that is known."""

    seq: int  # number of a change
    archive: str | None = None

    def seq_in(self, archive: str) -> int:
        """Return the number; raises CursorError when the cursor is another archive's."""
        if self.archive and self.archive != archive:
            raise CursorError(
                f"cursor {self.seq} was given by another archive (or by this one before it was rebuilt): "
                "take a full export and go on from its cursor"
            )
        return self.seq


def read_cursor(cursor_or_file: str) -> FeedCursor:
    """Read a cursor: a number, or a file that holds one (a manifest, or the one of `--follow`).

    Raises ExportError when it is neither.
    """
    if cursor_or_file.isascii() and cursor_or_file.isdigit():
        return FeedCursor(int(cursor_or_file))
    try:
        saved_cursor = json.loads(Path(cursor_or_file).read_bytes())
        return FeedCursor(int(saved_cursor["cursor"]), str(saved_cursor["archive"]))
    except OSError as error:
        raise ExportError(
            f"{cursor_or_file}: neither a cursor nor a file with one: {error.strerror}"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise ExportError(
            f"{cursor_or_file}: no cursor in it; give a number or the manifest of an export"
        ) from error
