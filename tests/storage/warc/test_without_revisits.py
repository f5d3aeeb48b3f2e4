"""What is packed shows something: answers of 304 stay behind, everything else is copied as it is."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.warc.errors import DamageError
from storage.warc.exchange import Exchange, Original
from storage.warc.record import packed_records
from storage.warc.without_revisits import copy_without_not_modified
from storage.warc.write import WarcWriter
from tests.storage.warc.warc_check import warc_problems

NOW = datetime(2026, 10, 3, 13, 15, 30, tzinfo=UTC)
PAGE = "<html><body><h1>Trao 12 suất quà cho đoàn viên khó khăn</h1></body></html>".encode()
ASKED = (("Accept", "*/*"),)


def answer(path: str, status: int, body: bytes, after: int = 0) -> Exchange:
    told = (("Content-Type", "text/html; charset=utf-8"),)
    url, at = f"https://tin.example.vn/{path}", NOW + timedelta(days=after)
    return Exchange("GET", url, ASKED, status, "OK" if status == 200 else "Not Modified", told, body, at)


def written(folder: Path) -> Path:
    """Two pages; a day later one has not changed, the other answers with the same bytes."""
    out = WarcWriter(folder, "hai_dem", software="congdoan/0.1", operator="thu-vien")
    first = [out.write(answer(path, 200, PAGE + path.encode())) for path in ("a", "b")]
    before = [Original(each.record_id, each.payload_digest, each.url, NOW) for each in first]
    out.write(answer("a", 304, b"", 1), before[0])
    last = out.write(answer("b", 200, PAGE + b"b", 1), before[1])
    out.close()
    return folder / last.warc_file


def kinds(path: Path) -> list[tuple[str, str]]:
    records = (member.parse().fields for member in packed_records(path))
    return [(each["warc-type"], each.get("warc-target-uri", "")[-1:]) for each in records]


def test_answers_without_a_body_and_what_asked_for_them_are_left_out(tmp_path: Path) -> None:
    whole, copy = written(tmp_path), tmp_path / "copy.warc.gz"
    assert copy_without_not_modified(whole, copy) == 1
    pairs = [(kind, page) for page in "ab" for kind in ("response", "request")]
    assert kinds(copy) == [("warcinfo", ""), *pairs, ("revisit", "b"), ("request", "b")]
    assert warc_problems(copy) == ()
    kept, all_of_it = ({member.raw for member in packed_records(path)} for path in (copy, whole))
    assert kept < all_of_it, "record by record as it was"


def test_a_file_that_is_not_packed_is_copied_so_that_it_reads_alike(tmp_path: Path) -> None:
    whole, copy = written(tmp_path), tmp_path / "copy.warc"
    plain = tmp_path / "plain.warc"
    plain.write_bytes(gzip.decompress(whole.read_bytes()))
    assert copy_without_not_modified(plain, copy) == 1
    assert len(kinds(copy)) == len(kinds(plain)) - 2


def test_a_damaged_file_is_no_package(tmp_path: Path) -> None:
    whole = written(tmp_path)
    whole.write_bytes(whole.read_bytes()[:-9])
    with pytest.raises(DamageError, match="torn tail"):
        copy_without_not_modified(whole, tmp_path / "copy.warc.gz")
