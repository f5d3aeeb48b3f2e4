"""RIS and BibTeX: articles as references, for reference managers and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storage.citations import bibtex, ris
from storage.citations.reference import ArchiveIdentity, Reference, reference_of_row
from storage.export.export_queries import ExportBatch
from storage.export.json_rows import batch_rows
from storage.export.protocols import ByteStream


@dataclass(frozen=True, slots=True)
class _ReferenceWriter:
    stream: ByteStream
    format: ReferenceFormat

    def encode(self, reference_batch: ExportBatch) -> Iterator[bytes]:
        """Yield the references of the articles; those gone from the web are cited like any other."""
        reference_text, reference_separator = self.format.reference_text, self.format.separator
        reference_texts = (
            reference_text(reference_of_row(self.format.house, row)) for row in batch_rows(reference_batch)
        )
        yield "".join(reference + reference_separator for reference in reference_texts).encode()

    def write(self, reference_part: bytes) -> None:
        self.stream.write(reference_part)

    def close(self) -> None:
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """References in UTF-8, one an article, to its current text."""

    name: str
    suffix: str  # of its files, with the dot
    reference_text: Callable[[Reference], str]  # one reference, ended by a line break
    separator: str  # after every reference: an empty line
    house: ArchiveIdentity = field(default_factory=ArchiveIdentity)  # named as the keeper

    def open_writer(self, stream: ByteStream, partition_column: str | None = None) -> _ReferenceWriter:
        return _ReferenceWriter(stream, self)


RIS = ReferenceFormat("ris", ".ris", ris.ris_record, ris.RIS_LINE_END)
BIBTEX = ReferenceFormat("bibtex", ".bib", bibtex.bibtex_entry, "\n")
