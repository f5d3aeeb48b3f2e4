"""BibTeX: what is exported, as entries for LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from storage.citations.bibtex import entry
from storage.citations.reference import House, of_row
from storage.export.export_queries import Found
from storage.export.protocols import Stream
from storage.export.rows import rows


@dataclass(frozen=True, slots=True)
class _Entries:
    stream: Stream
    house: House

    def parts(self, found: Found) -> Iterator[bytes]:
        """A reference for each article; one that is gone is cited like any other."""
        yield "".join(entry(of_row(self.house, row)) + "\n" for row in rows(found)).encode()

    def write(self, part: bytes) -> None:
        self.stream.write(part)

    def close(self) -> None:
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class BibTex:
    """BibTeX in UTF-8, one entry an article, of the text it has now."""

    house: House = field(default_factory=House)  # the archive that is named as the keeper
    name: str = "bibtex"
    suffix: str = ".bib"

    def open(self, stream: Stream, without: str | None = None) -> _Entries:
        return _Entries(stream, self.house)
