"""What can go wrong with an export."""

from __future__ import annotations

from pathlib import Path


class ExportError(Exception):
    """An export cannot be made: says of what, why, and what to do.

    ExportError
    └── CursorError   a cursor this archive never gave
    """


class CursorError(ExportError):
    """A cursor this archive never gave: it lies beyond the end, or belongs to another archive."""


def write_error(path: Path, error: OSError) -> ExportError:
    """What to tell when a file of an export cannot be written."""
    return ExportError(
        f"{path}: {error.strerror or error}; nothing was exported, what stood there before is as it was"
    )
