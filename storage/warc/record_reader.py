"""Reads captures back: one by its pointer, or a whole WARC file in order."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.bufferedreaders import ChunkedDataReader

from storage.records import Capture
from storage.warc.errors import DamageError, WarcError, system_error
from storage.warc.exchange import Headers, Original, StoredResponse
from storage.warc.payload_digest import sha1_label
from storage.warc.record import OPEN_SUFFIX, PackedRecord, WarcRecord, packed_records, unpack_record


def read_capture(directory: Path, capture: Capture) -> StoredResponse:
    """Return the response a capture points to, with every length and digest verified.

    Raises WarcError when the file is missing, DamageError when its bytes are not what was written.
    """
    path = directory / capture.warc_file
    where = f"{path}@{capture.offset}"
    raw = unpack_record(_packed_bytes(path, capture), where)
    record = PackedRecord(path, capture.offset, capture.length, raw).parse()
    if record.fields.get("warc-record-id") != capture.record_id:
        raise DamageError(f"{where}: another record than {capture.record_id}; `congdoan verify` says more")
    response = stored_response(record)
    problems = payload_problems(record, response.body)
    if record.fields.get("warc-payload-digest", capture.payload_digest) != capture.payload_digest:
        problems = (*problems, f"payload digest is not the index's {capture.payload_digest}")
    if problems:
        raise DamageError(f"{where}: {'; '.join(problems)}; restore the file from a copy")
    return response


def read_all(
    path: Path, on_damage: Callable[[DamageError], None] | None = None
) -> Iterator[tuple[Capture, StoredResponse]]:
    """Yield every HTTP response and revisit of a file, of this program or another tool, in order.

    Lengths and gzip checksums are verified; digests are not (see payload_problems). A record that cannot
    be read goes to `on_damage`, and reading goes on as far as it can; without it DamageError is raised,
    after all records before it were yielded. Raises WarcError when the file cannot be read.
    """
    try:
        for packed_record in packed_records(path):
            yield from _responses(packed_record, on_damage)
    except DamageError as error:
        _report_damage(error, on_damage)
    except OSError as error:
        raise system_error(path, "read", error) from error


def _responses(
    packed_record: PackedRecord, on_damage: Callable[[DamageError], None] | None
) -> tuple[tuple[Capture, StoredResponse], ...]:
    try:
        record = packed_record.parse()
        if record.is_http_response:
            response = stored_response(record)
            return ((_capture_of_record(record, response), response),)
    except DamageError as error:
        _report_damage(error, on_damage)
    return ()


def _report_damage(error: DamageError, on_damage: Callable[[DamageError], None] | None) -> None:
    if on_damage is None:
        raise error
    on_damage(error)


def stored_response(record: WarcRecord) -> StoredResponse:
    """Return the response in a record, or its rendered document (a conversion).

    Raises DamageError when it is neither, or its date is unreadable.
    """
    where = f"{record.path}@{record.offset}"
    if record.kind == "conversion":
        return _stored_conversion(record, where)
    start, headers, body = record.http()
    version, _, rest = start.partition(" ")
    status, _, reason = rest.strip(" ").partition(" ")
    if not version.startswith("HTTP/") or not (status.isascii() and status.isdigit()):
        raise DamageError(f"{where}: no HTTP status line but {start[:80]!r}")
    headers, body = _without_chunks(headers, body)
    return StoredResponse(
        url=record.fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(record.fields.get("warc-date", ""), where),
        status=int(status),
        reason=reason,
        headers=headers,
        body=body,
        refers_to=_revisit_original(record, where) if record.kind == "revisit" else None,
    )


def _stored_conversion(record: WarcRecord, where: str) -> StoredResponse:
    return StoredResponse(
        url=record.fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(record.fields.get("warc-date", ""), where),
        status=200,
        reason="",
        headers=(("Content-Type", record.fields.get("content-type", "")),),
        body=record.block,
        rendered_by=record.fields.get("warc-rendered-by", "an unnamed browser"),
    )


def payload_problems(record: WarcRecord, body: bytes) -> tuple[str, ...]:
    """Return the digests that match no payload: body with or without chunks, or the block, by tool."""
    problems = record.digest_problems(body)
    problems = problems and record.digest_problems(record.http()[2])
    return problems and record.digest_problems(record.block)


def _packed_bytes(path: Path, capture: Capture) -> bytes:
    # The last try is for a file that was finished between the first two.
    for candidate in (path, path.with_name(path.name + OPEN_SUFFIX), path):
        try:
            fd = os.open(candidate, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise system_error(candidate, "read", error) from error
        try:
            packed = os.pread(fd, capture.length, capture.offset)
        except OSError as error:
            raise system_error(candidate, "read", error) from error
        finally:
            os.close(fd)
        if len(packed) < capture.length:
            raise DamageError(
                f"{candidate}@{capture.offset}: the file ends {capture.length - len(packed)} bytes "
                "before the record does; restore the file from a copy, or fetch the page again"
            )
        return packed
    raise WarcError(f"{path}: not there (nor with {OPEN_SUFFIX}); restore it from a copy of the archive")


def _without_chunks(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """Remove the chunks of `Transfer-Encoding: chunked`, which only other tools keep."""
    names = {name.lower(): value.lower() for name, value in headers}
    if "transfer-encoding" not in names:
        return headers, body
    renamed = tuple(
        ("X-Crawler-Transfer-Encoding" if name.lower() == "transfer-encoding" else name, value)
        for name, value in headers
    )
    if "chunked" not in names["transfer-encoding"] or not body:
        return renamed, body
    reader, parts = ChunkedDataReader(BytesIO(body)), []
    while part := reader.read(1 << 16):
        parts.append(part)
    return renamed, b"".join(parts)


def _capture_of_record(record: WarcRecord, response: StoredResponse) -> Capture:
    fields = record.fields
    types = [value for name, value in response.headers if name.lower() == "content-type"]
    return Capture(
        record_id=fields.get("warc-record-id", ""),
        url=response.url,
        fetched_at=response.fetched_at,
        status=response.status,
        content_type=types[0] if types else None,
        payload_digest=fields.get("warc-payload-digest") or sha1_label(response.body),
        warc_file=record.path.name.removesuffix(OPEN_SUFFIX),
        offset=record.offset,
        length=record.length,
        revisit=record.kind == "revisit",
        dialled=fields.get("warc-dialled-to"),
    )


def _revisit_original(record: WarcRecord, where: str) -> Original:
    fields = record.fields
    return Original(
        record_id=fields.get("warc-refers-to", ""),
        payload_digest=fields.get("warc-payload-digest", ""),
        url=fields.get("warc-refers-to-target-uri") or fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(fields.get("warc-refers-to-date") or fields.get("warc-date", ""), where),
    )


def _warc_date(value: str, where: str) -> datetime:
    try:
        date = datetime.fromisoformat(value)
    except ValueError as error:
        raise DamageError(f"{where}: unreadable date {value!r}") from error
    return date if date.tzinfo else date.replace(tzinfo=UTC)
