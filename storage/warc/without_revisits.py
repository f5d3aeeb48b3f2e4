"""A WARC file without the answers that have no body of their own to show."""

from __future__ import annotations

from pathlib import Path

from storage.warc.record import WarcRecord, packed_records

NOT_MODIFIED = "/revisit/server-not-modified"  # of WARC-Profile (WARC 1.1, 6.7.3)


def copy_without_not_modified(source: Path, target: Path) -> int:
    """Copy a file record by record, byte for byte, but for answers of 304 and what asked for them.

    A replayer that takes the newest record of a page would hand on its status 304, and a browser shows
    nothing. Returns how many answers were left out. Raises DamageError; OSError when a file cannot be
    read or written.
    """
    without: set[str] = set()
    with source.open("rb") as stream, target.open("wb") as copy:
        for member in packed_records(source):
            record = member.record()
            if _is_not_modified(record):
                without.add(record.fields.get("warc-record-id", ""))
            elif record.fields.get("warc-concurrent-to") not in without:
                stream.seek(member.offset)
                bare = stream.read(member.length)
                copy.write(bare if bare[:2] == b"\x1f\x8b" else bare + b"\r\n\r\n")
    return len(without)


def _is_not_modified(record: WarcRecord) -> bool:
    return record.kind == "revisit" and record.fields.get("warc-profile", "").endswith(NOT_MODIFIED)
