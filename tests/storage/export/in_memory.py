"""An archive's export, made in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from storage.database.engine import snapshot
from storage.export.export_job import ExportJob, export_stream
from storage.export.export_row import JsonRow
from storage.export.formats import FORMATS
from storage.export.selection import SelectedArticles, Selection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALL = Selection()


@contextmanager
def job(engine: Engine, form: str = "jsonl", wanted: Selection = ALL) -> Iterator[ExportJob]:
    with snapshot(engine) as connection:
        yield ExportJob(SelectedArticles(connection, wanted), FORMATS[form], NOW)


def exported(engine: Engine, wanted: Selection = ALL) -> tuple[list[JsonRow], int]:
    """The rows of an export, and the cursor to go on from."""
    stream = io.BytesIO()
    with job(engine, wanted=wanted) as asked:
        tally = export_stream(asked, stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert tally.rows == len(rows)
    return rows, asked.selected.cursor
