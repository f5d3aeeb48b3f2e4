"""BibTeX: what is exported, as entries for LaTeX."""

from __future__ import annotations

from dataclasses import dataclass, field

from storage.citations.bibtex import entry
from storage.citations.cited import House, of_row
from storage.export.row import Row
from storage.export.sheet import Stream


@dataclass(frozen=True, slots=True)
class _Entries:
    stream: Stream
    house: House

    def write(self, rows: list[Row]) -> None:
        """Append an entry for each row; an article that is gone is cited like any other."""
        self.stream.write("".join(entry(of_row(self.house, row)) + "\n" for row in rows).encode())

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
