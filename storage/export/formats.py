"""Formats: the choice of one, by name or by a file's suffix."""

from __future__ import annotations

from dataclasses import replace

from storage.citations.reference import House
from storage.export.csv import Csv
from storage.export.errors import ExportError
from storage.export.jsonl import CompressedJsonLines, JsonLines
from storage.export.parquet import Parquet
from storage.export.protocols import Format
from storage.export.ris_bibtex import BIBTEX, RIS, ReferenceFormat

_ALL: tuple[Format, ...] = (JsonLines(), CompressedJsonLines(), Parquet(), Csv(), RIS, BIBTEX)
FORMATS = {each.name: each for each in _ALL}
EXCEL: Format = Csv(mark=True)


def format_of(name: str | None, file: str | None) -> Format:
    """The format asked for by name, else told by the file's suffix, else JSON Lines; raises ExportError."""
    if name is not None and name not in FORMATS:
        raise ExportError(f"format {name}: there is {', '.join(FORMATS)}")
    if name is not None:
        return FORMATS[name]
    told = [each for each in _ALL if file and file.lower().endswith(each.suffix)]
    if file and not told:
        suffixes = ", ".join(each.suffix for each in _ALL)
        raise ExportError(f"{file}: its name tells no format ({suffixes}); name one with --format")
    return told[0] if told else FORMATS["jsonl"]


def kept_by(form: Format, house: House) -> Format:
    """The format, its references naming this archive; any other format as it is."""
    return replace(form, house=house) if isinstance(form, ReferenceFormat) else form
