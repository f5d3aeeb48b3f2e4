"""Checks that every length and digest in a WARC file is right."""

from __future__ import annotations

from pathlib import Path

from storage.warc.errors import DamageError, system_error
from storage.warc.record import PackedRecord, packed_records
from storage.warc.record_reader import payload_problems, stored_response


def warc_problems(path: Path) -> tuple[str, ...]:
    """Return the problems of a file, each naming file@offset; empty when every length and digest fits.

    Raises WarcError only when the file cannot be read at all.
    """
    problems: list[str] = []
    count = 0
    try:
        for member in packed_records(path):
            count += 1
            problems += _record_problems(member)
    except DamageError as error:
        problems.append(str(error))
    except OSError as error:
        raise system_error(path, "read", error) from error
    if not count and not problems:
        problems.append(f"{path}@0: the file is empty")
    return tuple(problems)


def _record_problems(member: PackedRecord) -> list[str]:
    try:
        record = member.parse()
        body = stored_response(record).body if record.is_http_response else record.block
    except DamageError as error:
        return [str(error)]
    return [f"{member.path}@{member.offset}: {problem}" for problem in payload_problems(record, body)]
