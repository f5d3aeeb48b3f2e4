"""Differences between two texts as the terminal, a pipe and JSON show them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from storage.articles.revision_diff import DiffLine, Edit, FieldDiff, has_edits, with_edit_marks

EDIT_STYLES = {Edit.SAME: "", Edit.REMOVED: "red strike", Edit.ADDED: "green bold underline"}


def print_differences(out: Console, parts: Iterable[FieldDiff]) -> None:
    """Print the changed paragraphs: removed words struck out, added ones underlined; in pipes marked."""
    any_difference = False
    for part in parts:
        any_difference = True
        out.print(Text(f"  {part.name}:", style="bold"))
        for differs, lines in groupby(part.lines, key=has_edits):
            if differs:
                for line in lines:
                    out.print(
                        Text("    ") + (_coloured(line) if out.is_terminal else Text(with_edit_marks(line)))
                    )
            else:
                count = len(list(lines))
                out.print(Text(f"    … {count} paragraph{'s' if count > 1 else ''} the same", style="dim"))
    if not any_difference:
        out.print(Text("  the same words", style="dim"))


def _coloured(line: DiffLine) -> Text:
    return Text.assemble(*((segment.text, EDIT_STYLES[segment.edit]) for segment in line))


def differences_json(parts: Iterable[FieldDiff]) -> list[dict[str, Any]]:
    """Parts, their paragraphs, and of each the segments: `{"edit": "added", "text": "…"}`."""
    return [
        {
            "part": part.name,
            "paragraphs": [
                [{"edit": segment.edit.value, "text": segment.text} for segment in line]
                for line in part.lines
            ],
        }
        for part in parts
    ]
