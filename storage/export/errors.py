"""The errors of exports."""

from __future__ import annotations

from pathlib import Path


class ExportError(Exception):
    """An export cannot be made: the message says what, why, and what to do.

    ExportError
    └── CursorError   a cursor this archive never gave
    """


class CursorError(ExportError):
    """A cursor this archive never gave: it lies beyond the end, or belongs to another archive."""


def write_error(path: Path, error: OSError) -> ExportError:
    """Return the error for a file of an export that cannot be written."""
    return ExportError(
        f"{path}: {error.strerror or error}; nothing was exported, and the previous file is unchanged"
    )
