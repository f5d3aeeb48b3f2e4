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
    warc_sizes = _warc_sizes(directory)
    named_by_rows = connection.scalars(select(captures.c.warc_file).distinct())
    capture_rows = connection.execute(select(verified_files.c.warc_file, verified_files.c.verified_at))
    verified_at = {capture_row.warc_file: capture_row.verified_at.timestamp() for capture_row in capture_rows}
    in_order = sorted(
        {*named_by_rows, *warc_sizes}, key=lambda warc_name: (verified_at.get(warc_name, 0.0), warc_name)
    )
    wanted_bytes = sum(warc_sizes.values()) * share
    names_to_verify: list[str] = []
    bytes_to_verify = 0
    for warc_name in in_order:
        if names_to_verify and bytes_to_verify >= wanted_bytes and share < 1:
            break
        names_to_verify.append(warc_name)
        bytes_to_verify += warc_sizes.get(warc_name, 0)
    return tuple(names_to_verify)


def _warc_sizes(directory: Path) -> dict[str, int]:
    if not directory.is_dir():
        return {}
    warc_sizes = {warc_path.name.removesuffix(OPEN_SUFFIX): warc_path for warc_path in directory.iterdir()}
    return {
        warc_name: warc_path.stat().st_size
        for warc_name, warc_path in warc_sizes.items()
        if warc_name.endswith(".warc.gz")
    }


def verify_file(connection: Connection, directory: Path, warc_file: str) -> FixityReport:
    """Check one WARC file and its rows against each other; returns all problems, damage ends nothing."""
    report = FixityReport(warc_file)
    capture_rows = {
        capture_row.record_id: capture_row for capture_row in connection.execute(_capture_rows(warc_file))
    }
    report.rows = len(capture_rows)
    warc_path = directory / warc_file
    if not warc_path.exists():
        warc_path = warc_path.with_name(warc_file + OPEN_SUFFIX)
    if not warc_path.exists():
        report.problems.append(_missing_file(warc_file, list(capture_rows.values())))
        return report
    if warc_path.name.endswith(OPEN_SUFFIX) and being_written(warc_path):
        report.being_written = True
        return report
    file_records = {
        scanned_record.record_id: scanned_record for scanned_record in _scan(report, warc_path, capture_rows)
    }
    without_row = [
        scanned_record for record_id, scanned_record in file_records.items() if record_id not in capture_rows
    ]
    with_row = [
        scanned_record for record_id, scanned_record in file_records.items() if record_id in capture_rows
    ]
    report.problems += _records_without_row(connection, report, without_row)
    reported = {capture_id for problem in report.problems for capture_id in problem.captures}
    without_record = [
        capture_row
        for record_id, capture_row in capture_rows.items()
        if record_id not in file_records and capture_row.id not in reported
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
    fixity_counts = {"bytes": report.bytes, "records": report.records, "problems": len(report.problems)}
    connection.execute(
        insert(verified_files).values(warc_file=report.warc_file, verified_at=now, **fixity_counts)
    )


def correct_position(connection: Connection, problem: FixityProblem) -> int:
    """Correct offset and length in the row of a misplaced record; returns how many rows were changed."""
    if problem.kind != "misplaced":
        return 0
    correct_span = {"offset": problem.offset, "length": problem.length}
    misplaced = update(captures).where(captures.c.id.in_(problem.captures))
    return connection.execute(misplaced.values(**correct_span)).rowcount


def request_again(connection: Connection, problem: FixityProblem, now: datetime) -> int:
    """Make the URLs whose newest capture is damaged due, without validators; returns how many.

    The page of an earlier day cannot be requested any more: only a copy of the archive restores it.
    """
    requested = 0
    due_again = {"payload_digest": None, "etag": None, "last_modified": None, "next_visit": now}
    for start in range(0, len(problem.captures), KEYS_PER_STATEMENT):
        damaged_rows = urls.c.capture_id.in_(problem.captures[start : start + KEYS_PER_STATEMENT])
        requested += connection.execute(update(urls).where(damaged_rows).values(**due_again)).rowcount
    return requested


def _capture_rows(warc_file: str) -> Select[Any]:
    return select(captures).where(captures.c.warc_file == warc_file)


def _scan(report: FixityReport, warc_path: Path, capture_rows: dict[str, Row[Any]]) -> list[_ScannedRecord]:
    """Read the file, add its problems to the report, and return the records that should have a row."""
    file_records: list[_ScannedRecord] = []
    try:
        for span in scan_file(warc_path):
            report.bytes += span.length
            report.records += span.record is not None
            span_problems = list(_span_problems(report.warc_file, span, capture_rows))
            if span.record is None and warc_path.name.endswith(OPEN_SUFFIX) and not span_problems[0].captures:
                report.unsettled += 1  # the torn tail of a crash; the next night cuts it off
                continue
            report.problems += span_problems
            if span.record is not None and span.record.kind in CAPTURE_RECORDS:
                without_block = WarcRecord(warc_path, span.offset, span.length, span.record.fields, b"")
                file_records.append(_ScannedRecord(span.offset, span.length, without_block))
    except WarcError as error:
        report.problems.append(FixityProblem("damaged", report.warc_file, str(error), RESTORE_ADVICE))
    return file_records


def _span_problems(
    warc_file: str, span: ScannedSpan, capture_rows: dict[str, Row[Any]]
) -> Iterator[FixityProblem]:
    if span.record is None:
        damaged_rows = [
            capture_row
            for capture_row in capture_rows.values()
            if span.offset <= capture_row.offset < span.end
        ]
        problem_text = f"{span.length} bytes: {'; '.join(span.problems)}"
        yield _rows_problem("damaged", warc_file, problem_text, RESTORE_ADVICE, damaged_rows, span.offset)
        return
    capture_row = capture_rows.get(span.record.fields.get("warc-record-id", ""))
    if span.problems:
        damaged_rows = [capture_row] if capture_row is not None else []
        problem_text = "; ".join(span.problems)
        yield _rows_problem("damaged", warc_file, problem_text, RESTORE_ADVICE, damaged_rows, span.offset)
    if capture_row is not None:
        yield from _row_problems(warc_file, span, capture_row)


def _row_problems(warc_file: str, span: ScannedSpan, capture_row: Row[Any]) -> Iterator[FixityProblem]:
    """Yield the differences between a record and its row."""
    assert span.record
    if (capture_row.offset, capture_row.length) != (span.offset, span.length):
        row_position = f"{capture_row.length} bytes at {capture_row.offset}"
        problem_text = f"its row says {row_position}; the record has {span.length} here"
        advice = "congdoan verify --repair corrects the row"
        problem = _rows_problem("misplaced", warc_file, problem_text, advice, [capture_row], span.offset)
        yield replace(problem, length=span.length)
    warc_fields = span.record.fields
    record_facts = {
        "payload digest": (warc_fields.get("warc-payload-digest"), capture_row.payload_digest),
        "address": (warc_fields.get("warc-target-uri"), capture_row.url),
    }
    for warc_name, (in_record, in_row) in record_facts.items():
        if in_record != in_row:
            problem_text = f"{warc_name} is {in_record} in the record, {in_row} in its row"
            advice = "the database is not the one this file was written with: restore both from one copy"
            yield _rows_problem("other_facts", warc_file, problem_text, advice, [capture_row], span.offset)


def _missing_file(warc_file: str, capture_rows: Sequence[Row[Any]]) -> FixityProblem:
    problem_text = f"the file is not there; {len(capture_rows)} captures were in it"
    return _rows_problem("missing", warc_file, problem_text, RESTORE_ADVICE, capture_rows)


def _rows_without_record(warc_file: str, capture_rows: Sequence[Row[Any]]) -> Iterator[FixityProblem]:
    if capture_rows:
        problem_text = f"{len(capture_rows)} rows have no whole record in the file"
        yield _rows_problem("no_record", warc_file, problem_text, RESTORE_ADVICE, capture_rows)


def _records_without_row(
    connection: Connection, report: FixityReport, file_records: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Yield the problems of records without a row for this file: a row may name another file, or none does.

    Records that a crash left without a row are counted in `report.unsettled`.
    """
    record_ids = [scanned_record.record_id for scanned_record in file_records]
    file_by_record = {
        capture_row.record_id: capture_row.warc_file
        for capture_row in _captures_by_record_id(connection, record_ids)
    }
    without_row = [
        scanned_record for scanned_record in file_records if scanned_record.record_id not in file_by_record
    ]
    other_files = Counter(file_by_record[key] for key in record_ids if key in file_by_record)
    for other_file, misfiled in other_files.items():
        problem_text = (
            f"{misfiled} of its records belong to {other_file}, say their rows: "
            "the file was renamed or copied"
        )
        advice = f"rename it back to {other_file}, or remove the copy"
        yield FixityProblem("renamed", report.warc_file, problem_text, advice)
    if without_row and _writer_crashed(connection, report.warc_file):
        report.unsettled = len(without_row)  # whole on disk, and requested again: at most those in flight
    elif without_row:
        first_record = without_row[0]
        address = first_record.record.fields.get("warc-target-uri")
        problem_text = f"{len(without_row)} records have no row, the first of {address}"
        advice = (
            "rows were lost: restore the database from a copy; the pages are requested again in their turn"
        )
        yield FixityProblem("no_row", report.warc_file, problem_text, advice, first_record.offset)


def _captures_by_record_id(connection: Connection, record_ids: Sequence[str]) -> Iterator[Row[Any, Any, Any]]:
    capture_columns = (captures.c.record_id, captures.c.warc_file, captures.c.payload_digest)
    for start in range(0, len(record_ids), KEYS_PER_STATEMENT):
        some_ids = captures.c.record_id.in_(record_ids[start : start + KEYS_PER_STATEMENT])
        yield from connection.execute(select(*capture_columns).where(some_ids))


def _writer_crashed(connection: Connection, warc_file: str) -> bool:
    """Return whether the process that wrote the file crashed: its run was resumed later, or is still open."""
    if not (warc_name := WARC_NAME.fullmatch(warc_file)):
        return False
    of_file = select(runs.c.attempts, runs.c.finished_at).where(runs.c.id == int(warc_name["run"]))
    run = connection.execute(of_file).one_or_none()
    return run is not None and (run.finished_at is None or run.attempts > int(warc_name["attempt"]))


def _unresolved_revisits(
    connection: Connection, warc_file: str, file_records: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Yield a problem for each revisit whose original is not in the archive."""
    revisits = [scanned_record for scanned_record in file_records if scanned_record.record.kind == "revisit"]
    original_ids = [revisit.record.fields.get("warc-refers-to", "") for revisit in revisits]
    capture_rows = _captures_by_record_id(connection, original_ids)
    payload_digests = {capture_row.record_id: capture_row.payload_digest for capture_row in capture_rows}
    for revisit in revisits:
        warc_fields = revisit.record.fields
        if payload_digests.get(warc_fields.get("warc-refers-to", "")) != warc_fields.get(
            "warc-payload-digest"
        ):
            problem_text = (
                f"a revisit of {warc_fields.get('warc-target-uri')} refers to "
                f"{warc_fields.get('warc-refers-to')}, "
                "which is no capture of these bytes"
            )
            yield FixityProblem("unresolved", warc_file, problem_text, RESTORE_ADVICE, revisit.offset)


def _file_digest_problems(connection: Connection, warc_file: str) -> Iterator[FixityProblem]:
    """Yield a problem when attachments or images have another digest than their captures in this file."""
    with_capture = file_versions.join(captures, captures.c.id == file_versions.c.capture_id)
    other_digest = captures.c.payload_digest != file_versions.c.digest
    differing = select(captures).select_from(with_capture)
    capture_rows = connection.execute(differing.where(captures.c.warc_file == warc_file, other_digest)).all()
    if capture_rows:
        problem_text = (
            f"{len(capture_rows)} attachments or images are kept under another digest than their capture's"
        )
        yield _rows_problem(
            "file", warc_file, problem_text, "congdoan reprocess SITE reads them again", capture_rows
        )


def _rows_problem(
    kind: str,
    warc_file: str,
    problem_text: str,
    advice: str,
    capture_rows: Sequence[Row[Any]],
    offset: int | None = None,
) -> FixityProblem:
    capture_ids = tuple(capture_row.id for capture_row in capture_rows)
    first_urls = tuple(capture_row.url for capture_row in capture_rows[:MAX_PROBLEM_URLS])
    return FixityProblem(kind, warc_file, problem_text, advice, offset, captures=capture_ids, urls=first_urls)
