"""Collections: what a reader puts in stays as it was read, and leaves as references with notes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from storage.citations import bibtex, ris
from storage.citations.reference import ArchiveIdentity, one_line
from storage.export.csv import FORMULA_STARTS, escape_formula
from storage.readers import collections
from storage.readers.bibliography import (
    BIBLIOGRAPHY_COLUMNS,
    BIBLIOGRAPHY_FORMATS,
    annotated_references,
    bibliography_csv,
)
from storage.readers.collections import CollectionError, ReaderCollection
from tests.storage.citations.test_citations import HOSTILE, ONE
from tests.storage.copied_articles import DAY, Press

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUSE = ArchiveIdentity("https://luu.example")
LAN, BINH = "lan@doc.example", "binh@doc.example"


@pytest.fixture
def connection(archive: Engine) -> Iterator[Connection]:
    """An archive with the articles 1 to 3; 1 has two texts."""
    with archive.begin() as made:
        press = Press.opened(made)
        for number in (1, 2, 3):
            press.prints("backan", DAY, f"Bài số {number}.")
        press.edits("backan", 1, "Đã sửa.")
        yield made


@pytest.fixture
def thesis(connection: Connection) -> ReaderCollection:
    return collections.create_collection(connection, LAN, " Luận văn ", NOW)


def inside(connection: Connection, within: ReaderCollection) -> list[tuple[int, int, str]]:
    return [(i.article_id, i.revision, i.note) for i in collections.items_of(connection, within)]


def test_what_was_put_in_keeps_its_text_and_note(connection: Connection, thesis: ReaderCollection) -> None:
    collections.add_item(connection, thesis, (2, None), "", NOW)
    collections.add_item(connection, thesis, (1, 1), " trước khi sửa\r\nxem lại \x00", NOW)
    collections.add_item(connection, thesis, (1, None), "sau", NOW)
    assert inside(connection, thesis) == [(2, 1, ""), (1, 1, "trước khi sửa\nxem lại"), (1, 2, "sau")]
    collections.set_note(connection, thesis, (1, 2), "sau khi sửa")
    collections.set_note(connection, thesis, (2, None), "hay")
    collections.remove_item(connection, thesis, (1, 1))
    assert inside(connection, thesis) == [(2, 1, "hay"), (1, 2, "sau khi sửa")]
    assert collections.collection_by_name(connection, LAN, "Luận văn").size == 2
    collections.delete_collection(connection, thesis)
    assert collections.collections_of(connection, LAN) == []


def test_a_reader_sees_only_what_is_theirs(connection: Connection, thesis: ReaderCollection) -> None:
    other = collections.create_collection(connection, BINH, "Luận văn", NOW)
    assert [each.id for each in collections.collections_of(connection, BINH)] == [other.id]
    assert collections.collection_by_id(connection, LAN, thesis.id) == thesis
    for owner, number in ((BINH, thesis.id), (LAN, other.id), (LAN, 999)):
        with pytest.raises(CollectionError, match="there is none"):
            collections.collection_by_id(connection, owner, number)
    collections.add_item(connection, other, (1, 1), "", NOW)
    assert inside(connection, thesis) == []


@pytest.mark.parametrize(
    ("article", "note", "said"),
    [
        ((9, None), "", "no article 9"),
        ((1, 3), "", "article 1 has no revision 3: it has 1 to 2"),
        ((1, 0), "", "article 1 has no revision 0"),
        ((2, 1), "", "article 2, revision 1, is in it already"),
        ((3, None), "x" * 10_001, "a note has at most 10000 characters"),
    ],
)
def test_what_cannot_be_put_in_is_told(
    connection: Connection, thesis: ReaderCollection, article: tuple[int, int | None], note: str, said: str
) -> None:
    collections.add_item(connection, thesis, (2, None), "", NOW)
    with pytest.raises(CollectionError, match=said):
        collections.add_item(connection, thesis, article, note, NOW)
    assert inside(connection, thesis) == [(2, 1, "")], "the transaction goes on"


def test_other_refusals_are_told(
    connection: Connection, thesis: ReaderCollection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, said in (
        ("  ", "1 to 200"),
        ("x" * 201, "1 to 200"),
        ("Luận văn", "there is one of that name"),
    ):
        with pytest.raises(CollectionError, match=said):
            collections.create_collection(connection, LAN, name, NOW)
    with pytest.raises(CollectionError, match="article 1 is not in it"):
        collections.remove_item(connection, thesis, (1, None))
    with pytest.raises(CollectionError, match="article 1, revision 2, is not in it"):
        collections.set_note(connection, thesis, (1, 2), "a")
    monkeypatch.setattr(collections, "MAX_COLLECTIONS", 1)
    with pytest.raises(CollectionError, match="delete one first"):
        collections.create_collection(connection, LAN, "b", NOW)
    monkeypatch.setattr(collections, "MAX_ITEMS", 0)
    with pytest.raises(CollectionError, match="begin another"):
        collections.add_item(connection, thesis, (1, None), "", NOW)


def test_a_collection_leaves_with_its_notes(connection: Connection, thesis: ReaderCollection) -> None:
    collections.add_item(connection, thesis, (3, None), "=1+1", NOW)
    collections.add_item(connection, thesis, (1, 1), "trước khi sửa", NOW)
    rows = annotated_references(connection, HOUSE, thesis)
    assert [cited.path for cited, _ in rows] == ["/article/3/revision/1", "/article/1/revision/1"]
    read = list(csv.DictReader(io.StringIO(BIBLIOGRAPHY_FORMATS["csv"](rows), newline="")))
    assert [row["note"] for row in read] == ["'=1+1", "trước khi sửa"]
    assert [each["notes"] for each in rispy.loads(BIBLIOGRAPHY_FORMATS["ris"](rows))] == [
        ["=1+1"],
        ["trước khi sửa"],
    ]
    entries = parse_string(BIBLIOGRAPHY_FORMATS["bib"](rows)).entries
    assert [entry.fields_dict["annote"].value for entry in entries] == ["=1+1", "trước khi sửa"]


@given(st.lists(st.tuples(HOSTILE, st.text(max_size=30)), max_size=3))
def test_no_cell_is_a_formula_and_every_row_reads_back(rows: list[tuple[str, str]]) -> None:
    given_rows = [(replace(ONE, title=one_line(title)), note.replace("\x00", "")) for title, note in rows]
    text = bibliography_csv(given_rows).encode(errors="surrogatepass").decode(errors="replace")
    names, *read = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(names) == BIBLIOGRAPHY_COLUMNS
    assert len(read) == len(rows)
    for row, (cited, note) in zip(read, given_rows, strict=True):
        assert [cell for cell in row if cell and cell[0] in FORMULA_STARTS] == []
        assert (row[BIBLIOGRAPHY_COLUMNS.index("title")], row[BIBLIOGRAPHY_COLUMNS.index("note")]) == (
            escape_formula(cited.title),
            escape_formula(note),
        )


@given(HOSTILE)
def test_a_note_cannot_end_a_record(note: str) -> None:
    (read,) = rispy.loads(ris.ris_record(ONE, f"{note}\r\nER  - \r\nTY  - JOUR"))
    assert read["notes"] == [one_line(f"{note} ER - TY - JOUR")]
    assert parse_string(bibtex.bibtex_entry(ONE, note)).failed_blocks == []
