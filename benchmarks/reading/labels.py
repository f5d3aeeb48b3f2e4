"""Real pages with labels made by hand; both stand outside the repository, for the pages are other people's.

`labels.json` is `{"labeller": …, "pages": [{"path", "url", "truth", "site"?, "captured"?, "note"?}]}`. Paths
are relative to the folder of shared pages; `captured` is an ISO time with its zone; `truth` has the fields of
`gold.Truth`, and is null where the page shows no article.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from benchmarks.reading.gold import GoldPage, truth_from

LATEST = "2026-11-01T00:00:00+00:00"  # none of the pages is younger
FAMILY = "real pages"
SHARED = Path(os.environ.get("CONGDOAN_SHARED", Path(__file__).resolve().parents[3] / "shared"))


class LabelsError(Exception):
    """No labelled pages: says which file is missing or wrong, and where it is looked for."""


def labelled_pages(folder: Path | None = None, shared: Path = SHARED) -> list[GoldPage]:
    """The pages that `labels.json` names, in `folder` or beside the shared pages; raises LabelsError."""
    pages = shared / "pages"
    told_where = os.environ.get("CONGDOAN_LABELS")
    labels = (folder or Path(told_where or pages)) / "labels.json"
    if not labels.is_file():
        raise LabelsError(
            f"{labels}: no labels of real pages (--labels or CONGDOAN_LABELS names their folder)"
        )
    try:
        told = json.loads(labels.read_text(encoding="utf-8"))["pages"]
        return [_page(number, entry, pages) for number, entry in enumerate(told)]
    except (KeyError, TypeError, ValueError) as error:
        raise LabelsError(f"{labels}: not as benchmarks/reading/labels.py describes it: {error}") from error
    except OSError as error:
        raise LabelsError(f"{labels} names a page that cannot be read: {error}") from error


def _page(number: int, entry: dict[str, object], pages: Path) -> GoldPage:
    truth = entry["truth"]
    if truth is not None and not isinstance(truth, dict):
        raise TypeError(f"truth of {entry['path']} is neither an object nor null")
    return GoldPage(
        ident=f"real-{number:03d}",
        family=FAMILY,
        site=str(entry.get("site", "generic")),
        url=str(entry["url"]),
        content_type="text/html; charset=utf-8",
        body=(pages / str(entry["path"])).read_bytes(),
        truth=truth_from(truth) if truth is not None else None,
        captured=datetime.fromisoformat(str(entry.get("captured", LATEST))),
    )
