"""An archive's export, made in memory."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import Engine

from storage.database.engine import snapshot
from storage.export.export_job import Job, export_stream
from storage.export.formats import FORMATS
from storage.export.row import Row
from storage.export.selection import Choice, Selection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ALL = Selection()


@contextmanager
def job(engine: Engine, form: str = "jsonl", wanted: Selection = ALL) -> Iterator[Job]:
    with snapshot(engine) as connection:
        yield Job(Choice(connection, wanted), FORMATS[form], NOW)


def exported(engine: Engine, wanted: Selection = ALL) -> tuple[list[Row], int]:
    """The rows of an export, and the cursor to go on from."""
    stream = io.BytesIO()
    with job(engine, wanted=wanted) as asked:
        tally = export_stream(asked, stream)
    rows = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert tally.rows == len(rows)
    return rows, asked.choice.cursor
