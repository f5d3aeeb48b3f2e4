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
    with source.open("rb") as revisit_source_stream, target.open("wb") as copy_stream:
        for packed_record in packed_records(source):
            copied_record = packed_record.parse()
            if _is_not_modified(copied_record):
                omitted_ids.add(copied_record.fields.get("warc-record-id", ""))
            elif copied_record.fields.get("warc-concurrent-to") not in omitted_ids:
                revisit_source_stream.seek(packed_record.offset)
                record_bytes = revisit_source_stream.read(packed_record.length)
                is_gzip = record_bytes[:2] == b"\x1f\x8b"
                copy_stream.write(record_bytes if is_gzip else record_bytes + b"\r\n\r\n")
    return len(omitted_ids)


def _is_not_modified(copied_record: WarcRecord) -> bool:
    return copied_record.kind == "revisit" and copied_record.fields.get("warc-profile", "").endswith(
        NOT_MODIFIED
    )
