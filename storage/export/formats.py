"""Formats: the choice of one, by name or by a file's suffix."""

from __future__ import annotations

from dataclasses import replace

from storage.citations.reference import House
from storage.export.csv import CsvFormat
from storage.export.errors import ExportError
from storage.export.jsonl import JsonLinesFormat, ZstdJsonLinesFormat
from storage.export.parquet import ParquetFormat
from storage.export.protocols import ExportFormat
from storage.export.ris_bibtex import BIBTEX, RIS, ReferenceFormat

_ALL_FORMATS: tuple[ExportFormat, ...] = (
    JsonLinesFormat(),
    ZstdJsonLinesFormat(),
    ParquetFormat(),
    CsvFormat(),
    RIS,
    BIBTEX,
)
FORMATS = {each.name: each for each in _ALL_FORMATS}
EXCEL_CSV: ExportFormat = CsvFormat(mark=True)


def choose_format(name: str | None, file: str | None) -> ExportFormat:
    """The format asked for by name, else told by the file's suffix, else JSON Lines; raises ExportError."""
    if name is not None and name not in FORMATS:
        raise ExportError(f"format {name}: there is {', '.join(FORMATS)}")
    if name is not None:
        return FORMATS[name]
    told = [each for each in _ALL_FORMATS if file and file.lower().endswith(each.suffix)]
    if file and not told:
        suffixes = ", ".join(each.suffix for each in _ALL_FORMATS)
        raise ExportError(f"{file}: its name tells no format ({suffixes}); name one with --format")
    return told[0] if told else FORMATS["jsonl"]


def citing_archive(form: ExportFormat, house: House) -> ExportFormat:
    """The format, its references naming this archive; any other format as it is."""
    return replace(form, house=house) if isinstance(form, ReferenceFormat) else form
