"""Copies a WARC file without its 304 revisits, which have no body to replay."""

from __future__ import annotations

from pathlib import Path

from storage.warc.record import WarcRecord, packed_records

NOT_MODIFIED = "/revisit/server-not-modified"  # of WARC-Profile (WARC 1.1, 6.7.3)


def copy_without_not_modified(source: Path, target: Path) -> int:
    """Copy a file record by record, byte for byte, without responses of status 304 and their requests.

    A replay tool that takes the newest record of a page would pass on its status 304, and the browser would
    show nothing. Returns how many responses were left out. Raises DamageError; OSError when a file cannot be
    read or written.
    """
    omitted_ids: set[str] = set()
    with source.open("rb") as stream, target.open("wb") as copy:
        for packed_record in packed_records(source):
            record = packed_record.parse()
            if _is_not_modified(record):
                omitted_ids.add(record.fields.get("warc-record-id", ""))
            elif record.fields.get("warc-concurrent-to") not in omitted_ids:
                stream.seek(packed_record.offset)
                record_bytes = stream.read(packed_record.length)
                is_gzip = record_bytes[:2] == b"\x1f\x8b"
                copy.write(record_bytes if is_gzip else record_bytes + b"\r\n\r\n")
    return len(omitted_ids)


def _is_not_modified(record: WarcRecord) -> bool:
    return record.kind == "revisit" and record.fields.get("warc-profile", "").endswith(NOT_MODIFIED)
