"""Differences between two texts as the terminal, a pipe and JSON show them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from storage.articles.revision_diff import DiffLine, Edit, FieldDiff, has_edits, with_edit_marks

EDIT_STYLES = {Edit.SAME: "", Edit.REMOVED: "red strike", Edit.ADDED: "green bold underline"}


def print_differences(diff_output: Console, field_diffs: Iterable[FieldDiff]) -> None:
    """Print the changed paragraphs: removed words struck out, added ones underlined; in pipes marked."""
    any_difference = False
    for field_diff in field_diffs:
        any_difference = True
        diff_output.print(Text(f"  {field_diff.name}:", style="bold"))
        for differs, lines in groupby(field_diff.lines, key=has_edits):
            if differs:
                for diff_line in lines:
                    diff_output.print(
                        Text("    ")
                        + (
                            _coloured(diff_line)
                            if diff_output.is_terminal
                            else Text(with_edit_marks(diff_line))
                        )
                    )
            else:
                count = len(list(lines))
                diff_output.print(
                    Text(f"    … {count} paragraph{'s' if count > 1 else ''} the same", style="dim")
                )
    if not any_difference:
        diff_output.print(Text("  the same words", style="dim"))


def _coloured(diff_line: DiffLine) -> Text:
    return Text.assemble(*((diff_segment.text, EDIT_STYLES[diff_segment.edit]) for diff_segment in diff_line))


def differences_json(field_diffs: Iterable[FieldDiff]) -> list[dict[str, Any]]:
    """Parts, their paragraphs, and of each the segments: `{"edit": "added", "text": "…"}`."""
    return [
        {
            "part": field_diff.name,
            "paragraphs": [
                [{"edit": diff_segment.edit.value, "text": diff_segment.text} for diff_segment in diff_line]
                for diff_line in field_diff.lines
            ],
        }
        for field_diff in field_diffs
    ]
