"""CDXJ lines: the index by which replay tools find a URL and a time in a WARC file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from storage.records import Capture
from storage.warc.record_reader import read_all
from storage.warc.surt import surt


def cdxj(path: Path) -> Iterator[str]:
    """Yield one line for each response and revisit, in file order (an index is these lines sorted bytewise).

    Raises as read_all does.
    """
    for capture, _ in read_all(path):
        yield cdxj_line(capture)


def cdxj_line(capture: Capture) -> str:
    """Return `<surt> <14 digits UTC> <JSON>` of one capture, without a line end."""
    cdxj_mime = (capture.content_type or "").partition(";")[0].strip()
    cdxj_fields = {
        "url": capture.url,
        "mime": "warc/revisit" if capture.revisit else cdxj_mime or "unk",
        "status": str(capture.status),
        "digest": capture.payload_digest,
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.warc_file,
    }
    if capture.dialled:
        cdxj_fields["dialled"] = capture.dialled
    cdxj_timestamp = capture.fetched_at.astimezone(UTC).strftime("%Y%m%d%H%M%S")
    return f"{surt(capture.url)} {cdxj_timestamp} {json.dumps(cdxj_fields)}"
