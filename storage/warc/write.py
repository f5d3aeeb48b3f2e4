"""WarcWriter: writes every exchange as it came over the wire, into files of limited size."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path

from storage.records import Capture
from storage.warc.errors import WarcError
from storage.warc.exchange import RENDERED, Conversion, Exchange, Headers, Original
from storage.warc.open_file import OpenFile
from storage.warc.record_builder import (
    build_conversion,
    build_exchange_records,
    build_warcinfo,
    new_record_id,
    wire_url,
)


class WarcWriter:
    """Writes `<name>-00000.warc.gz`, -00001, … in `directory`; each ends in `.open` until it is finished.

    One gzip member per record, one write per exchange. A name is never used twice. `write` and `close`
    belong to one thread at a time; `sync` may be called from any other.
    """

    def __init__(
        self,
        directory: Path,
        name: str,
        *,
        software: str,
        operator: str | None = None,
        user_agent: str | None = None,
        max_bytes: int = 1 << 30,
    ) -> None:
        """Create the first file; raises WarcError if its name is taken or it cannot be written.

        `max_bytes`: a file that has reached it gets a successor (it is passed by at most one exchange).
        """
        if not name or "/" in name or name.startswith("."):
            raise WarcError(f"{name!r} cannot name a WARC file; use letters, digits and hyphens")
        self._directory, self._name, self._max_bytes = directory, name, max_bytes
        stated_warcinfo = (
            ("software", software),
            ("operator", operator),
            ("http-header-user-agent", user_agent),
        )
        self._stated: Headers = tuple((key, value) for key, value in stated_warcinfo if value)
        self._serial = 0  # of the next file
        self._closed = False
        self._lock = threading.Lock()  # held while files change, so that sync sees one or the other
        self._file: OpenFile | None = None
        self._open_next()

    def write(self, exchange: Exchange, original: Original | None = None) -> Capture:
        """Append response (or revisit) and request; nothing is durable before `sync`.

        With `original`, a 304 or the same payload becomes a revisit of it; a changed payload a response.
        Raises WarcError when it cannot be written; the file then holds nothing of it.
        """
        with self._lock:
            open_warc = self._file_with_room()
            written_records = build_exchange_records(exchange, original, self._warcinfo_id)
            written_warcinfo = (
                b"" if open_warc.end else self._warcinfo(open_warc.warc_file, exchange.fetched_at)
            )
            written_offset = open_warc.append(
                written_warcinfo + written_records.response + written_records.request
            ) + len(written_warcinfo)
        written_content_types = [
            value for name, value in exchange.response_headers if name.lower() == "content-type"
        ]
        return Capture(
            record_id=written_records.record_id,
            url=wire_url(exchange.url),
            fetched_at=exchange.fetched_at,
            status=exchange.status,
            content_type=written_content_types[0] if written_content_types else None,
            payload_digest=written_records.payload_digest,
            warc_file=open_warc.warc_file,
            offset=written_offset,
            length=len(written_records.response),
            revisit=written_records.revisit,
            dialled=exchange.dialled,
        )

    def write_conversion(self, conversion: Conversion) -> Capture:
        """Append the rendered document of a response that was written before.

        Raises WarcError as `write` does.
        """
        with self._lock:
            open_warc = self._file_with_room()
            record_id, written_digest, written_conversion = build_conversion(conversion, self._warcinfo_id)
            written_warcinfo = (
                b"" if open_warc.end else self._warcinfo(open_warc.warc_file, conversion.made_at)
            )
            written_offset = open_warc.append(written_warcinfo + written_conversion) + len(written_warcinfo)
        return Capture(
            record_id=record_id,
            url=wire_url(conversion.url),
            fetched_at=conversion.made_at,
            status=200,  # nothing else is rendered
            content_type=RENDERED,
            payload_digest=written_digest,
            warc_file=open_warc.warc_file,
            offset=written_offset,
            length=len(written_conversion),
            dialled=conversion.dialled,
        )

    def sync(self) -> None:
        """Return when every exchange written so far is on disk; cheap when nothing is new."""
        with self._lock:
            open_warc = self._file
        if open_warc:
            open_warc.sync()

    def close(self) -> None:
        """Finish the current file, or remove it if it holds no exchange; a second call does nothing.

        Raises WarcError when the disk fails; the file then keeps `.open` and waits for `recover`.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._finish()
            finally:
                if self._file:
                    self._file.release()

    def _file_with_room(self) -> OpenFile:
        if self._closed:
            raise WarcError(f"{self._directory / self._name}: the writer is closed; open another name")
        if self._file and self._file.end >= self._max_bytes:
            self._finish()
        return self._file or self._open_next()

    def _open_next(self) -> OpenFile:
        self._file = OpenFile(self._directory, f"{self._name}-{self._serial:05d}.warc.gz")
        self._serial += 1
        self._warcinfo_id = new_record_id()
        return self._file

    def _warcinfo(self, warc_file: str, moment: datetime) -> bytes:
        # Goes out in one write with the first exchange: a file holds an exchange or nothing.
        return build_warcinfo(self._warcinfo_id, warc_file, moment, self._stated)

    def _finish(self) -> None:
        """Finish the file; when that fails it stays the current one, so that sync keeps saying so."""
        if self._file is None:
            return
        if self._file.end:
            self._file.finish()
        else:
            self._file.discard()
        self._file = None
