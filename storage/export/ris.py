"""RIS: what is exported, as references that reference managers take in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.citations.reference import House, of_row
from storage.citations.ris import END, record
from storage.export.export_queries import Found
from storage.export.protocols import Stream
from storage.export.rows import rows


@dataclass(frozen=True, slots=True)
class _References:
    stream: Stream
    house: House

    def parts(self, found: Found) -> Iterator[bytes]:
        """A reference for each article; one that is gone is cited like any other."""
        yield "".join(record(of_row(self.house, row)) + END for row in rows(found)).encode()

    def write(self, part: bytes) -> None:
        self.stream.write(part)

    def close(self) -> None:
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class Ris:
    """RIS in UTF-8, one record an article, of the text it has now."""

    house: House = field(default_factory=House)  # the archive that is named as the keeper
    name: str = "ris"
    suffix: str = ".ris"

    def open(self, stream: Stream, without: str | None = None) -> _References:
        return _References(stream, self.house)
