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
    read_position = f"{path}@{capture.offset}"
    unpacked_record = unpack_record(_packed_bytes(path, capture), read_position)
    read_record = PackedRecord(path, capture.offset, capture.length, unpacked_record).parse()
    if read_record.fields.get("warc-record-id") != capture.record_id:
        raise DamageError(
            f"{read_position}: another record than {capture.record_id}; `congdoan verify` says more"
        )
    read_response = stored_response(read_record)
    reading_problems = payload_problems(read_record, read_response.body)
    if read_record.fields.get("warc-payload-digest", capture.payload_digest) != capture.payload_digest:
        reading_problems = (*reading_problems, f"payload digest is not the index's {capture.payload_digest}")
    if reading_problems:
        raise DamageError(f"{read_position}: {'; '.join(reading_problems)}; restore the file from a copy")
    return read_response


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
        read_record = packed_record.parse()
        if read_record.is_http_response:
            read_response = stored_response(read_record)
            return ((_capture_of_record(read_record, read_response), read_response),)
    except DamageError as error:
        _report_damage(error, on_damage)
    return ()


def _report_damage(error: DamageError, on_damage: Callable[[DamageError], None] | None) -> None:
    if on_damage is None:
        raise error
    on_damage(error)


def stored_response(read_record: WarcRecord) -> StoredResponse:
    """Return the response in a record, or its rendered document (a conversion).

    Raises DamageError when it is neither, or its date is unreadable.
    """
    read_position = f"{read_record.path}@{read_record.offset}"
    if read_record.kind == "conversion":
        return _stored_conversion(read_record, read_position)
    http_status_line, headers, read_body = read_record.http()
    http_version, _, after_http_version = http_status_line.partition(" ")
    http_status, _, reason = after_http_version.strip(" ").partition(" ")
    if not http_version.startswith("HTTP/") or not (http_status.isascii() and http_status.isdigit()):
        raise DamageError(f"{read_position}: no HTTP status line but {http_status_line[:80]!r}")
    headers, read_body = _without_chunks(headers, read_body)
    return StoredResponse(
        url=read_record.fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(read_record.fields.get("warc-date", ""), read_position),
        status=int(http_status),
        reason=reason,
        headers=headers,
        body=read_body,
        refers_to=_revisit_original(read_record, read_position) if read_record.kind == "revisit" else None,
    )


def _stored_conversion(read_record: WarcRecord, read_position: str) -> StoredResponse:
    return StoredResponse(
        url=read_record.fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(read_record.fields.get("warc-date", ""), read_position),
        status=200,
        reason="",
        headers=(("Content-Type", read_record.fields.get("content-type", "")),),
        body=read_record.block,
        rendered_by=read_record.fields.get("warc-rendered-by", "an unnamed browser"),
    )


def payload_problems(read_record: WarcRecord, read_body: bytes) -> tuple[str, ...]:
    """Return the digests that match no payload: body with or without chunks, or the block, by tool."""
    reading_problems = read_record.digest_problems(read_body)
    reading_problems = reading_problems and read_record.digest_problems(read_record.http()[2])
    return reading_problems and read_record.digest_problems(read_record.block)


def _packed_bytes(path: Path, capture: Capture) -> bytes:
    # The last try is for a file that was finished between the first two.
    for warc_path in (path, path.with_name(path.name + OPEN_SUFFIX), path):
        try:
            reader_fd = os.open(warc_path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise system_error(warc_path, "read", error) from error
        try:
            packed_bytes = os.pread(reader_fd, capture.length, capture.offset)
        except OSError as error:
            raise system_error(warc_path, "read", error) from error
        finally:
            os.close(reader_fd)
        if len(packed_bytes) < capture.length:
            raise DamageError(
                f"{warc_path}@{capture.offset}: the file ends {capture.length - len(packed_bytes)} bytes "
                "before the record does; restore the file from a copy, or fetch the page again"
            )
        return packed_bytes
    raise WarcError(f"{path}: not there (nor with {OPEN_SUFFIX}); restore it from a copy of the archive")


def _without_chunks(headers: Headers, read_body: bytes) -> tuple[Headers, bytes]:
    """Remove the chunks of `Transfer-Encoding: chunked`, which only other tools keep."""
    read_header_names = {name.lower(): date_text.lower() for name, date_text in headers}
    if "transfer-encoding" not in read_header_names:
        return headers, read_body
    dechunked_headers = tuple(
        ("X-Crawler-Transfer-Encoding" if name.lower() == "transfer-encoding" else name, date_text)
        for name, date_text in headers
    )
    if "chunked" not in read_header_names["transfer-encoding"] or not read_body:
        return dechunked_headers, read_body
    chunk_reader, dechunked_parts = ChunkedDataReader(BytesIO(read_body)), []
    while dechunked_part := chunk_reader.read(1 << 16):
        dechunked_parts.append(dechunked_part)
    return dechunked_headers, b"".join(dechunked_parts)


def _capture_of_record(read_record: WarcRecord, read_response: StoredResponse) -> Capture:
    read_fields = read_record.fields
    content_types = [date_text for name, date_text in read_response.headers if name.lower() == "content-type"]
    return Capture(
        record_id=read_fields.get("warc-record-id", ""),
        url=read_response.url,
        fetched_at=read_response.fetched_at,
        status=read_response.status,
        content_type=content_types[0] if content_types else None,
        payload_digest=read_fields.get("warc-payload-digest") or sha1_label(read_response.body),
        warc_file=read_record.path.name.removesuffix(OPEN_SUFFIX),
        offset=read_record.offset,
        length=read_record.length,
        revisit=read_record.kind == "revisit",
        dialled=read_fields.get("warc-dialled-to"),
    )


def _revisit_original(read_record: WarcRecord, read_position: str) -> Original:
    read_fields = read_record.fields
    return Original(
        record_id=read_fields.get("warc-refers-to", ""),
        payload_digest=read_fields.get("warc-payload-digest", ""),
        url=read_fields.get("warc-refers-to-target-uri") or read_fields.get("warc-target-uri", ""),
        fetched_at=_warc_date(
            read_fields.get("warc-refers-to-date") or read_fields.get("warc-date", ""), read_position
        ),
    )


def _warc_date(date_text: str, read_position: str) -> datetime:
    try:
        read_date = datetime.fromisoformat(date_text)
    except ValueError as error:
        raise DamageError(f"{read_position}: unreadable date {date_text!r}") from error
    return read_date if read_date.tzinfo else read_date.replace(tzinfo=UTC)
