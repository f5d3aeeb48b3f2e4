"""The export formats, and the choice of one by its name or by a file's suffix."""

from __future__ import annotations

from dataclasses import replace

from storage.citations.reference import ArchiveIdentity
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
FORMATS = {export_format.name: export_format for export_format in _ALL_FORMATS}
EXCEL_CSV: ExportFormat = CsvFormat(byte_order_mark=True)


def choose_format(format_name: str | None, format_file: str | None) -> ExportFormat:
    """Return the format of that name, else by the file's suffix, else JSON Lines; raises ExportError."""
    if format_name is not None and format_name not in FORMATS:
        raise ExportError(f"format {format_name}: there is {', '.join(FORMATS)}")
    if format_name is not None:
        return FORMATS[format_name]
    formats_by_suffix = [
        export_format
        for export_format in _ALL_FORMATS
        if format_file and format_file.lower().endswith(export_format.suffix)
    ]
    if format_file and not formats_by_suffix:
        format_suffixes = ", ".join(export_format.suffix for export_format in _ALL_FORMATS)
        raise ExportError(
            f"{format_file}: its name says no format ({format_suffixes}); name one with --format"
        )
    return formats_by_suffix[0] if formats_by_suffix else FORMATS["jsonl"]


def citing_archive(export_format: ExportFormat, house: ArchiveIdentity) -> ExportFormat:
    """Return the format with its references naming this archive; a format without references unchanged."""
    if isinstance(export_format, ReferenceFormat):
        return replace(export_format, house=house)
    return export_format
