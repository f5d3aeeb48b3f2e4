"""RIS and BibTeX: articles as references, for reference managers and LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storage.citations import bibtex, ris
from storage.citations.reference import Cited, House, of_row
from storage.export.export_queries import ExportBatch
from storage.export.protocols import ByteStream
from storage.export.rows import batch_rows


@dataclass(frozen=True, slots=True)
class _ReferenceWriter:
    stream: ByteStream
    form: ReferenceFormat

    def parts(self, found: ExportBatch) -> Iterator[bytes]:
        """Yield the references of the articles; one that is gone is cited like any other."""
        form = self.form
        references = (form.reference_text(of_row(form.house, row)) for row in batch_rows(found))
        yield "".join(reference + form.separator for reference in references).encode()

    def write(self, part: bytes) -> None:
        self.stream.write(part)

    def close(self) -> None:
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class ReferenceFormat:
    """References in UTF-8, one an article, of the text it has now."""

    name: str
    suffix: str  # of its files, with the dot
    reference_text: Callable[[Cited], str]  # one reference, ended by a line break
    separator: str  # after every reference: an empty line
    house: House = field(default_factory=House)  # the archive that is named as the keeper

    def open(self, stream: ByteStream, without: str | None = None) -> _ReferenceWriter:
        return _ReferenceWriter(stream, self)


RIS = ReferenceFormat("ris", ".ris", ris.record, ris.END)
BIBTEX = ReferenceFormat("bibtex", ".bib", bibtex.entry, "\n")
