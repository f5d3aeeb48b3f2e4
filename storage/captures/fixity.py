"""Fixity: checks every WARC record against its database row, and every row against its record."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from storage.database.schema import captures, file_versions, runs, urls
from storage.database.schema_operations import verified_files
from storage.warc.damage_scan import ScannedSpan, being_written, scan_file
from storage.warc.errors import WarcError
from storage.warc.record import OPEN_SUFFIX, WarcRecord

CAPTURE_RECORDS = {"response", "revisit", "conversion"}  # WARC types that have a row of their own
KEYS_PER_STATEMENT = 400
WARC_NAME = re.compile(r".+-(?P<run>\d+)-(?P<attempt>\d+)-\d+\.warc\.gz")  # see crawler/night/session.py
MAX_PROBLEM_URLS = 5  # named by one problem
RESTORE_ADVICE = "restore the file from a copy of the archive; without one: congdoan verify --refetch"


@dataclass(frozen=True, slots=True)
class FixityProblem:
    """One difference from what was written, with advice; the fields are those of `verify --json`."""

    kind: str  # missing, damaged, no_record, no_row, misplaced, renamed, other_facts, unresolved, file
    warc_file: str
    said: str  # description for a person
    advice: str  # what to do about it
    offset: int | None = None  # bytes; None = the whole file
    length: int | None = None  # bytes of the record at that offset
    captures: tuple[int, ...] = ()  # ids of the damaged captures
    urls: tuple[str, ...] = ()  # of the first few of them


@dataclass(slots=True)
class FixityReport:
    """Result of the verification of one WARC file."""

    warc_file: str
    bytes: int = 0
    records: int = 0
    rows: int = 0
    unsettled: int = 0  # records without a row, or a torn tail, left by a crash: no damage
    being_written: bool = False  # by a running process: not verified now
    problems: list[FixityProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _ScannedRecord:
    """A record of the file that should have a row."""

    offset: int
    length: int
    record: WarcRecord

    @property
    def record_id(self) -> str:
        return self.record.fields.get("warc-record-id", "")


def files_to_verify(connection: Connection, directory: Path, share: float = 1.0) -> tuple[str, ...]:
    """Return the WARC files to verify now: never verified ones first, then the longest ago.

    At least one, until they hold `share` (0–1) of all bytes. Names are final ones, of files in the directory
    and of those that rows name.
    """
    sizes = _warc_sizes(directory)
    named_by_rows = connection.scalars(select(captures.c.warc_file).distinct())
    rows = connection.execute(select(verified_files.c.warc_file, verified_files.c.verified_at))
    verified_at = {row.warc_file: row.verified_at.timestamp() for row in rows}
    in_order = sorted({*named_by_rows, *sizes}, key=lambda name: (verified_at.get(name, 0.0), name))
    wanted_bytes = sum(sizes.values()) * share
    names: list[str] = []
    names_bytes = 0
    for name in in_order:
        if names and names_bytes >= wanted_bytes and share < 1:
            break
        names.append(name)
        names_bytes += sizes.get(name, 0)
    return tuple(names)


def _warc_sizes(directory: Path) -> dict[str, int]:
    if not directory.is_dir():
        return {}
    sizes = {path.name.removesuffix(OPEN_SUFFIX): path for path in directory.iterdir()}
    return {name: path.stat().st_size for name, path in sizes.items() if name.endswith(".warc.gz")}


def verify_file(connection: Connection, directory: Path, warc_file: str) -> FixityReport:
    """Check one WARC file and its rows against each other; returns all problems, damage ends nothing."""
    report = FixityReport(warc_file)
    rows = {row.record_id: row for row in connection.execute(_capture_rows(warc_file))}
    report.rows = len(rows)
    path = directory / warc_file
    if not path.exists():
        path = path.with_name(warc_file + OPEN_SUFFIX)
    if not path.exists():
        report.problems.append(_missing_file(warc_file, list(rows.values())))
        return report
    if path.name.endswith(OPEN_SUFFIX) and being_written(path):
        report.being_written = True
        return report
    records = {scanned.record_id: scanned for scanned in _scan(report, path, rows)}
    without_row = [scanned for record_id, scanned in records.items() if record_id not in rows]
    with_row = [scanned for record_id, scanned in records.items() if record_id in rows]
    report.problems += _records_without_row(connection, report, without_row)
    reported = {capture_id for problem in report.problems for capture_id in problem.captures}
    without_record = [
        row for record_id, row in rows.items() if record_id not in records and row.id not in reported
    ]
    report.problems += _rows_without_record(warc_file, without_record)
    report.problems += _unresolved_revisits(connection, warc_file, with_row)
    report.problems += _file_digest_problems(connection, warc_file)
    return report


def record_verification(connection: Connection, report: FixityReport, now: datetime) -> None:
    """Store that a file was verified now, unless it is being written."""
    if report.being_written:
        return
    connection.execute(delete(verified_files).where(verified_files.c.warc_file == report.warc_file))
    counts = {"bytes": report.bytes, "records": report.records, "problems": len(report.problems)}
    connection.execute(insert(verified_files).values(warc_file=report.warc_file, verified_at=now, **counts))


def correct_position(connection: Connection, problem: FixityProblem) -> int:
    """Correct offset and length in the row of a misplaced record; returns how many rows were changed."""
    if problem.kind != "misplaced":
        return 0
    position = {"offset": problem.offset, "length": problem.length}
    misplaced = update(captures).where(captures.c.id.in_(problem.captures))
    return connection.execute(misplaced.values(**position)).rowcount


def request_again(connection: Connection, problem: FixityProblem, now: datetime) -> int:
    """Make the URLs whose newest capture is damaged due, without validators; returns how many.

    The page of an earlier day cannot be requested any more: only a copy of the archive restores it.
    """
    requested = 0
    due = {"payload_digest": None, "etag": None, "last_modified": None, "next_visit": now}
    for start in range(0, len(problem.captures), KEYS_PER_STATEMENT):
        damaged = urls.c.capture_id.in_(problem.captures[start : start + KEYS_PER_STATEMENT])
        requested += connection.execute(update(urls).where(damaged).values(**due)).rowcount
    return requested


def _capture_rows(warc_file: str) -> Select[Any]:
    return select(captures).where(captures.c.warc_file == warc_file)


def _scan(report: FixityReport, path: Path, rows: dict[str, Row[Any]]) -> list[_ScannedRecord]:
    """Read the file, add its problems to the report, and return the records that should have a row."""
    records: list[_ScannedRecord] = []
    try:
        for span in scan_file(path):
            report.bytes += span.length
            report.records += span.record is not None
            problems = list(_span_problems(report.warc_file, span, rows))
            if span.record is None and path.name.endswith(OPEN_SUFFIX) and not problems[0].captures:
                report.unsettled += 1  # the torn tail of a crash; the next night cuts it off
                continue
            report.problems += problems
            if span.record is not None and span.record.kind in CAPTURE_RECORDS:
                without_block = WarcRecord(path, span.offset, span.length, span.record.fields, b"")
                records.append(_ScannedRecord(span.offset, span.length, without_block))
    except WarcError as error:
        report.problems.append(FixityProblem("damaged", report.warc_file, str(error), RESTORE_ADVICE))
    return records


def _span_problems(warc_file: str, span: ScannedSpan, rows: dict[str, Row[Any]]) -> Iterator[FixityProblem]:
    if span.record is None:
        damaged = [row for row in rows.values() if span.offset <= row.offset < span.end]
        description = f"{span.length} bytes: {'; '.join(span.problems)}"
        yield _rows_problem("damaged", warc_file, description, RESTORE_ADVICE, damaged, span.offset)
        return
    row = rows.get(span.record.fields.get("warc-record-id", ""))
    if span.problems:
        damaged = [row] if row is not None else []
        description = "; ".join(span.problems)
        yield _rows_problem("damaged", warc_file, description, RESTORE_ADVICE, damaged, span.offset)
    if row is not None:
        yield from _row_problems(warc_file, span, row)


def _row_problems(warc_file: str, span: ScannedSpan, row: Row[Any]) -> Iterator[FixityProblem]:
    """Yield the differences between a record and its row."""
    assert span.record
    if (row.offset, row.length) != (span.offset, span.length):
        description = f"its row says {row.length} bytes at {row.offset}; the record has {span.length} here"
        advice = "congdoan verify --repair corrects the row"
        problem = _rows_problem("misplaced", warc_file, description, advice, [row], span.offset)
        yield replace(problem, length=span.length)
    fields = span.record.fields
    facts = {
        "payload digest": (fields.get("warc-payload-digest"), row.payload_digest),
        "address": (fields.get("warc-target-uri"), row.url),
    }
    for name, (in_record, in_row) in facts.items():
        if in_record != in_row:
            description = f"{name} is {in_record} in the record, {in_row} in its row"
            advice = "the database is not the one this file was written with: restore both from one copy"
            yield _rows_problem("other_facts", warc_file, description, advice, [row], span.offset)


def _missing_file(warc_file: str, rows: Sequence[Row[Any]]) -> FixityProblem:
    description = f"the file is not there; {len(rows)} captures were in it"
    return _rows_problem("missing", warc_file, description, RESTORE_ADVICE, rows)


def _rows_without_record(warc_file: str, rows: Sequence[Row[Any]]) -> Iterator[FixityProblem]:
    if rows:
        description = f"{len(rows)} rows have no whole record in the file"
        yield _rows_problem("no_record", warc_file, description, RESTORE_ADVICE, rows)


def _records_without_row(
    connection: Connection, report: FixityReport, records: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Yield the problems of records without a row for this file: a row may name another file, or none does.

    Records that a crash left without a row are counted in `report.unsettled`.
    """
    record_ids = [scanned.record_id for scanned in records]
    file_by_record = {row.record_id: row.warc_file for row in _captures_by_record_id(connection, record_ids)}
    without_row = [scanned for scanned in records if scanned.record_id not in file_by_record]
    other_files = Counter(file_by_record[key] for key in record_ids if key in file_by_record)
    for other_file, count in other_files.items():
        description = (
            f"{count} of its records belong to {other_file}, say their rows: the file was renamed or copied"
        )
        advice = f"rename it back to {other_file}, or remove the copy"
        yield FixityProblem("renamed", report.warc_file, description, advice)
    if without_row and _writer_crashed(connection, report.warc_file):
        report.unsettled = len(without_row)  # whole on disk, and requested again: at most those in flight
    elif without_row:
        first = without_row[0]
        address = first.record.fields.get("warc-target-uri")
        description = f"{len(without_row)} records have no row, the first of {address}"
        advice = (
            "rows were lost: restore the database from a copy; the pages are requested again in their turn"
        )
        yield FixityProblem("no_row", report.warc_file, description, advice, first.offset)


def _captures_by_record_id(connection: Connection, record_ids: Sequence[str]) -> Iterator[Row[Any, Any, Any]]:
    columns = (captures.c.record_id, captures.c.warc_file, captures.c.payload_digest)
    for start in range(0, len(record_ids), KEYS_PER_STATEMENT):
        some_ids = captures.c.record_id.in_(record_ids[start : start + KEYS_PER_STATEMENT])
        yield from connection.execute(select(*columns).where(some_ids))


def _writer_crashed(connection: Connection, warc_file: str) -> bool:
    """Return whether the process that wrote the file crashed: its run was resumed later, or is still open."""
    if not (name := WARC_NAME.fullmatch(warc_file)):
        return False
    of_file = select(runs.c.attempts, runs.c.finished_at).where(runs.c.id == int(name["run"]))
    run = connection.execute(of_file).one_or_none()
    return run is not None and (run.finished_at is None or run.attempts > int(name["attempt"]))


def _unresolved_revisits(
    connection: Connection, warc_file: str, records: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Yield a problem for each revisit whose original is not in the archive."""
    revisits = [scanned for scanned in records if scanned.record.kind == "revisit"]
    original_ids = [revisit.record.fields.get("warc-refers-to", "") for revisit in revisits]
    rows = _captures_by_record_id(connection, original_ids)
    payload_digests = {row.record_id: row.payload_digest for row in rows}
    for revisit in revisits:
        fields = revisit.record.fields
        if payload_digests.get(fields.get("warc-refers-to", "")) != fields.get("warc-payload-digest"):
            description = (
                f"a revisit of {fields.get('warc-target-uri')} refers to {fields.get('warc-refers-to')}, "
                "which is no capture of these bytes"
            )
            yield FixityProblem("unresolved", warc_file, description, RESTORE_ADVICE, revisit.offset)


def _file_digest_problems(connection: Connection, warc_file: str) -> Iterator[FixityProblem]:
    """Yield a problem when attachments or images have another digest than their captures in this file."""
    with_capture = file_versions.join(captures, captures.c.id == file_versions.c.capture_id)
    other_digest = captures.c.payload_digest != file_versions.c.digest
    differing = select(captures).select_from(with_capture)
    rows = connection.execute(differing.where(captures.c.warc_file == warc_file, other_digest)).all()
    if rows:
        description = f"{len(rows)} attachments or images are kept under another digest than their capture's"
        yield _rows_problem("file", warc_file, description, "congdoan reprocess SITE reads them again", rows)


def _rows_problem(
    kind: str,
    warc_file: str,
    description: str,
    advice: str,
    rows: Sequence[Row[Any]],
    offset: int | None = None,
) -> FixityProblem:
    capture_ids = tuple(row.id for row in rows)
    first_urls = tuple(row.url for row in rows[:MAX_PROBLEM_URLS])
    return FixityProblem(kind, warc_file, description, advice, offset, captures=capture_ids, urls=first_urls)
