"""Fixity: every WARC record held against its row, and every row against its bytes."""

from __future__ import annotations

import re
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

CAPTURE_RECORDS = {"response", "revisit", "conversion"}  # records that have a row of their own
KEYS_PER_STATEMENT = 400  # keys a statement
WARC_NAME = re.compile(r".+-(?P<run>\d+)-(?P<attempt>\d+)-\d+\.warc\.gz")  # see crawler/night/session.py
MAX_PROBLEM_URLS = 5  # URLs a problem names
RESTORE_ADVICE = "restore the file from a copy of the archive; without one: congdoan verify --ask-again"


@dataclass(frozen=True, slots=True)
class FixityProblem:
    """One thing that is not as it was written, and what to do about it."""

    kind: str  # missing, damaged, no_record, no_row, misplaced, renamed, other_facts, unresolved, file
    warc_file: str
    said: str
    advice: str
    offset: int | None = None  # bytes; none = the whole file
    length: int | None = None  # bytes of the record that lies there
    captures: tuple[int, ...] = ()  # ids of the rows it harms
    urls: tuple[str, ...] = ()  # of them, the first few


@dataclass(slots=True)
class FixityReport:
    """What the verification of one WARC file came to."""

    warc_file: str
    bytes: int = 0
    records: int = 0
    rows: int = 0
    unsettled: int = 0  # records that a crash kept from getting a row, and its torn tail: no damage
    busy: bool = False  # a living process writes it: another night
    problems: list[FixityProblem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _ScannedRecord:
    """A record of the walk that should have a row."""

    offset: int
    length: int
    record: WarcRecord


def files_to_verify(connection: Connection, directory: Path, share: float = 1.0) -> tuple[str, ...]:
    """The files to verify now: never verified ones first, then the oldest-verified, `share` of all bytes.

    Files are those that rows name and those that lie in the directory, by their final names.
    """
    sizes = _sizes(directory)
    named = connection.scalars(select(captures.c.warc_file).distinct())
    rows = connection.execute(select(verified_files.c.warc_file, verified_files.c.verified_at))
    when = {row.warc_file: row.verified_at.timestamp() for row in rows}
    everything = sorted({*named, *sizes}, key=lambda name: (when.get(name, 0.0), name))
    wanted = sum(sizes.values()) * share
    taken: list[str] = []
    held = 0
    for name in everything:
        if taken and held >= wanted and share < 1:
            break
        taken.append(name)
        held += sizes.get(name, 0)
    return tuple(taken)


def _sizes(directory: Path) -> dict[str, int]:
    if not directory.is_dir():
        return {}
    found = (path for path in directory.iterdir() if path.name.removesuffix(OPEN_SUFFIX).endswith(".warc.gz"))
    return {path.name.removesuffix(OPEN_SUFFIX): path.stat().st_size for path in found}


def verify_file(connection: Connection, directory: Path, warc_file: str) -> FixityReport:
    """Hold one file against its rows, both ways; every problem is told, none ends the walk."""
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
        report.busy = True
        return report
    found = _scan(report, path, rows)
    met = {each.record.fields.get("warc-record-id", ""): each for each in found}
    report.problems += _records_without_row(
        connection, report, [each for key, each in met.items() if key not in rows]
    )
    told = {row for problem in report.problems for row in problem.captures}
    lacking = [row for key, row in rows.items() if key not in met and row.id not in told]
    report.problems += _rows_without_record(warc_file, lacking)
    report.problems += _unresolved_revisits(
        connection, warc_file, [each for key, each in met.items() if key in rows]
    )
    report.problems += _file_digest_problems(connection, warc_file)
    return report


def record_verification(connection: Connection, report: FixityReport, now: datetime) -> None:
    """Note that a file was verified now."""
    if report.busy:
        return
    connection.execute(delete(verified_files).where(verified_files.c.warc_file == report.warc_file))
    told = {"bytes": report.bytes, "records": report.records, "problems": len(report.problems)}
    connection.execute(insert(verified_files).values(warc_file=report.warc_file, verified_at=now, **told))


def correct_position(connection: Connection, problem: FixityProblem) -> int:
    """Let the row of a misplaced record say where the record is; returns how many rows were changed."""
    if problem.kind != "misplaced":
        return 0
    here = {"offset": problem.offset, "length": problem.length}
    return connection.execute(
        update(captures).where(captures.c.id.in_(problem.captures)).values(**here)
    ).rowcount


def request_again(connection: Connection, problem: FixityProblem, now: datetime) -> int:
    """Have the URLs whose newest capture is harmed asked anew, and whole; returns how many.

    What a page was on an earlier day cannot be asked for any more: only a copy brings it back.
    """
    asked = 0
    anew = {"payload_digest": None, "etag": None, "last_modified": None, "next_visit": now}
    for start in range(0, len(problem.captures), KEYS_PER_STATEMENT):
        harmed = urls.c.capture_id.in_(problem.captures[start : start + KEYS_PER_STATEMENT])
        asked += connection.execute(update(urls).where(harmed).values(**anew)).rowcount
    return asked


def _capture_rows(warc_file: str) -> Select[Any]:
    return select(captures).where(captures.c.warc_file == warc_file)


def _scan(report: FixityReport, path: Path, rows: dict[str, Row[Any]]) -> list[_ScannedRecord]:
    found: list[_ScannedRecord] = []
    try:
        for passage in scan_file(path):
            report.bytes += passage.length
            report.records += passage.record is not None
            told = list(_span_problems(report.warc_file, passage, rows))
            if passage.record is None and path.name.endswith(OPEN_SUFFIX) and not told[0].captures:
                report.unsettled += 1  # the torn tail of a crash; the next night cuts it off
                continue
            report.problems += told
            if passage.record is not None and passage.record.kind in CAPTURE_RECORDS:
                bare = WarcRecord(path, passage.offset, passage.length, passage.record.fields, b"")
                found.append(_ScannedRecord(passage.offset, passage.length, bare))
    except WarcError as error:
        report.problems.append(FixityProblem("damaged", report.warc_file, str(error), RESTORE_ADVICE))
    return found


def _span_problems(
    warc_file: str, passage: ScannedSpan, rows: dict[str, Row[Any]]
) -> Iterator[FixityProblem]:
    if passage.record is None:
        harmed = [row for row in rows.values() if passage.offset <= row.offset < passage.end]
        said = f"{passage.length} bytes: {'; '.join(passage.problems)}"
        yield _rows_problem("damaged", warc_file, said, RESTORE_ADVICE, harmed, passage.offset)
        return
    row = rows.get(passage.record.fields.get("warc-record-id", ""))
    mine = [row] if row is not None else []
    if passage.problems:
        yield _rows_problem(
            "damaged", warc_file, "; ".join(passage.problems), RESTORE_ADVICE, mine, passage.offset
        )
    if row is not None:
        yield from _row_problems(warc_file, passage, row)


def _row_problems(warc_file: str, passage: ScannedSpan, row: Row[Any]) -> Iterator[FixityProblem]:
    assert passage.record
    if (row.offset, row.length) != (passage.offset, passage.length):
        said = f"its row says {row.length} bytes at {row.offset}; the record has {passage.length} here"
        advice = "congdoan verify --mend corrects the row"
        yield replace(
            _rows_problem("misplaced", warc_file, said, advice, [row], passage.offset), length=passage.length
        )
    fields = passage.record.fields
    told = {"payload digest": (fields.get("warc-payload-digest"), row.payload_digest)}
    told["address"] = (fields.get("warc-target-uri"), row.url)
    for name, (written, known) in told.items():
        if written != known:
            said = f"{name} is {written} in the record, {known} in its row"
            advice = "the database is not the one this file was written with: restore both from one copy"
            yield _rows_problem("other_facts", warc_file, said, advice, [row], passage.offset)


def _missing_file(warc_file: str, rows: Sequence[Row[Any]]) -> FixityProblem:
    said = f"the file is not there; {len(rows)} captures were in it"
    return _rows_problem("missing", warc_file, said, RESTORE_ADVICE, rows)


def _rows_without_record(warc_file: str, rows: Sequence[Row[Any]]) -> Iterator[FixityProblem]:
    if rows:
        said = f"{len(rows)} rows have no whole record in the file"
        yield _rows_problem("no_record", warc_file, said, RESTORE_ADVICE, rows)


def _records_without_row(
    connection: Connection, report: FixityReport, strange: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Records without a row in this file: in another file's rows, left by a crash, or of nobody."""
    ids = [each.record.fields.get("warc-record-id", "") for each in strange]
    elsewhere = {row.record_id: row for row in _captures_by_record_id(connection, ids)}
    unknown: list[_ScannedRecord] = []
    homes: dict[str, int] = {}
    for each in strange:
        row = elsewhere.get(each.record.fields.get("warc-record-id", ""))
        if row is None:
            unknown.append(each)
        else:
            homes[row.warc_file] = homes.get(row.warc_file, 0) + 1
    for home, count in homes.items():
        said = f"{count} of its records belong to {home}, say their rows: the file was renamed or copied"
        yield FixityProblem(
            "renamed", report.warc_file, said, f"rename it back to {home}, or remove the copy"
        )
    if unknown and _writer_crashed(connection, report.warc_file):
        report.unsettled = len(unknown)  # whole on disk, and asked again: at most the requests in flight
    elif unknown:
        first = unknown[0]
        said = (
            f"{len(unknown)} records have no row, the first of {first.record.fields.get('warc-target-uri')}"
        )
        advice = "rows were lost: restore the database from a copy; the pages are asked again in their turn"
        yield FixityProblem("no_row", report.warc_file, said, advice, first.offset)


def _captures_by_record_id(connection: Connection, ids: Sequence[str]) -> Iterator[Row[Any, Any, Any]]:
    columns = (captures.c.record_id, captures.c.warc_file, captures.c.payload_digest)
    for start in range(0, len(ids), KEYS_PER_STATEMENT):
        wanted = captures.c.record_id.in_(ids[start : start + KEYS_PER_STATEMENT])
        yield from connection.execute(select(*columns).where(wanted))


def _writer_crashed(connection: Connection, warc_file: str) -> bool:
    """Whether the process that wrote the file did not end in order: its run was begun again, or is open."""
    if not (name := WARC_NAME.fullmatch(warc_file)):
        return False
    known = select(runs.c.attempts, runs.c.finished_at).where(runs.c.id == int(name["run"]))
    run = connection.execute(known).one_or_none()
    return run is not None and (run.finished_at is None or run.attempts > int(name["attempt"]))


def _unresolved_revisits(
    connection: Connection, warc_file: str, found: Sequence[_ScannedRecord]
) -> Iterator[FixityProblem]:
    """Revisits whose original is not in the archive."""
    revisits = [each for each in found if each.record.kind == "revisit"]
    ids = [each.record.fields.get("warc-refers-to", "") for each in revisits]
    originals = {row.record_id: row.payload_digest for row in _captures_by_record_id(connection, ids)}
    for each in revisits:
        fields = each.record.fields
        if originals.get(fields.get("warc-refers-to", "")) != fields.get("warc-payload-digest"):
            said = f"a revisit of {fields.get('warc-target-uri')} refers to {fields.get('warc-refers-to')}, "
            said += "which is no capture of these bytes"
            yield FixityProblem("unresolved", warc_file, said, RESTORE_ADVICE, each.offset)


def _file_digest_problems(connection: Connection, warc_file: str) -> Iterator[FixityProblem]:
    """Attachments and images whose bytes are said to be in this file, and are others."""
    joined = file_versions.join(captures, captures.c.id == file_versions.c.capture_id)
    other = captures.c.payload_digest != file_versions.c.digest
    wrong = select(captures).select_from(joined).where(captures.c.warc_file == warc_file, other)
    rows = connection.execute(wrong).all()
    if rows:
        said = f"{len(rows)} attachments or images are kept under another digest than their capture's"
        yield _rows_problem("file", warc_file, said, "congdoan reprocess SITE reads them again", rows)


def _rows_problem(
    kind: str,
    warc_file: str,
    said: str,
    advice: str,
    rows: Sequence[Row[Any]],
    offset: int | None = None,
) -> FixityProblem:
    harmed = tuple(row.id for row in rows)
    named = tuple(row.url for row in rows[:MAX_PROBLEM_URLS])
    return FixityProblem(kind, warc_file, said, advice, offset, captures=harmed, urls=named)
