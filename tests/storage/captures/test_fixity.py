"""Every kind of damage is told, with what it harms and what to do; sound bytes never are."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from crawler.cli.main import run as congdoan
from storage.articles.store import ArticleStore
from storage.captures import fixity
from storage.database.engine import reading
from storage.database.schema import captures, file_contents, file_versions, files, urls
from storage.database.schema import runs as run_rows
from storage.database.schema_operations import verified_files
from storage.records import Capture
from storage.runs import runs
from storage.search.engine import engine_for
from storage.warc.damage_scan import scan_file
from storage.warc.exchange import Conversion, Exchange, Original
from storage.warc.write import WarcWriter

NOW = datetime(2026, 10, 3, 13, 15, 30, tzinfo=UTC)
PAGES = 12
NAMES = ("ldld_tinh-000001-01-00000.warc.gz", "ldld_tinh-000002-01-00000.warc.gz")


@dataclass(frozen=True)
class Kept:
    """An archive of two nights: pages, then the same pages unchanged and one rendered."""

    engine: Engine
    directory: Path
    captures: tuple[Capture, ...]

    def verify(self, name: str) -> fixity.FixityReport:
        with reading(self.engine) as connection:
            return fixity.verify_file(connection, self.directory, name)

    def everything(self) -> list[fixity.FixityReport]:
        with reading(self.engine) as connection:
            return [self.verify(name) for name in fixity.files_to_verify(connection, self.directory)]

    def of(self, night: int) -> list[Capture]:
        return [capture for capture in self.captures if capture.warc_file == NAMES[night]]

    def path(self, night: int = 0) -> Path:
        return self.directory / NAMES[night]


def page(number: int) -> Exchange:
    body = f"<h1>Hội nghị người lao động thứ {number}</h1>".encode() * (20 + number)
    return Exchange("GET", f"https://ldld.example/bai-{number}", (), 200, "OK", (), body, NOW)


def begun(engine: Engine, night: int) -> runs.Run:
    wanted = runs.Run(0, "ldld_tinh", f"n{night}", NOW, NOW, None, 1, False, None, None, None)
    with engine.begin() as connection:
        return runs.begin_run(connection, wanted)


def write_night(engine: Engine, directory: Path, night: int, before: list[Capture]) -> list[Capture]:
    run = begun(engine, night)
    writer = WarcWriter(directory, f"ldld_tinh-{run.id:06d}-01", software="congdoan/0.1")
    made = []
    for number in range(PAGES):
        told = None
        if before:
            first = before[number]
            told = Original(first.record_id, first.payload_digest, first.url, first.fetched_at)
        made.append(writer.write(page(number), told))
    if before:
        shown = Conversion(made[0].url, b"<p>x</p>", NOW, made[0].record_id, "Chromium")
        made.append(writer.write_conversion(shown))
    writer.close()
    store = ArticleStore(run.id, engine_for(engine.dialect.name))
    with engine.begin() as connection:
        for capture in made:
            store.capture(connection, "ldld_tinh", capture)
        runs.finish_run(connection, run.id, runs.RunEnding(NOW, "finished", True, {}, {}))
    return made


@pytest.fixture
def kept(sqlite_archive: Engine, tmp_path: Path) -> Kept:
    return keep(sqlite_archive, tmp_path)


def keep(engine: Engine, folder: Path) -> Kept:
    directory = folder / "warc"
    directory.mkdir()
    first = write_night(engine, directory, 1, [])
    return Kept(engine, directory, (*first, *write_night(engine, directory, 2, first)))


def test_a_sound_archive_has_no_problem_on_either_database(archive: Engine, tmp_path: Path) -> None:
    kept = keep(archive, tmp_path)
    reports = kept.everything()
    assert [report.problems for report in reports] == [[], []]
    assert [report.rows for report in reports] == [PAGES, PAGES + 1]
    assert [report.records for report in reports] == [1 + 2 * PAGES, 2 + 2 * PAGES]
    assert [report.bytes for report in reports] == [kept.path(night).stat().st_size for night in (0, 1)]


def kinds(reports: list[fixity.FixityReport]) -> list[tuple[str, str]]:
    return [(report.warc_file, problem.kind) for report in reports for problem in report.problems]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0x40
    path.write_bytes(bytes(data))


def test_every_flipped_byte_is_told_and_harms_its_own_record_alone(kept: Kept) -> None:
    sound = kept.path().read_bytes()
    for at in Random(7).sample(range(len(sound)), 60):
        flip(kept.path(), at)
        report = kept.verify(NAMES[0])
        there = {c.url for c in kept.of(0) if c.offset <= at < c.offset + c.length}
        told = {url for problem in report.problems for url in problem.urls}
        if report.problems:
            assert told == there, at
        else:  # a byte that says nothing: the packer's clock, or bits behind its last symbol
            assert gzip.decompress(kept.path().read_bytes()) == gzip.decompress(sound), at
        kept.path().write_bytes(sound)


def test_a_truncated_file_names_every_page_that_was_cut_off(kept: Kept) -> None:
    cut = kept.of(0)[5].offset + 10
    os.truncate(kept.path(), cut)
    report = kept.verify(NAMES[0])
    assert [problem.kind for problem in report.problems] == ["damaged", "no_record"]
    harmed = {row for problem in report.problems for row in problem.captures}
    assert len(harmed) == PAGES - 5
    assert "restore the file" in report.problems[0].advice


def test_damage_in_the_middle_hides_nothing_behind_it(kept: Kept) -> None:
    data = bytearray(kept.path().read_bytes())
    middle = kept.of(0)[4]
    data[middle.offset : middle.offset + middle.length + 300] = os.urandom(middle.length + 300)
    kept.path().write_bytes(bytes(data))
    report = kept.verify(NAMES[0])
    harmed = {url for problem in report.problems for url in problem.urls}
    assert kept.of(0)[4].url in harmed
    assert not harmed & {capture.url for capture in (*kept.of(0)[:4], *kept.of(0)[7:])}


def test_a_missing_file_names_its_pages_and_the_revisits_that_need_it_still_resolve(kept: Kept) -> None:
    kept.path().unlink()
    (first, second) = kept.everything()
    assert kinds([first, second]) == [(NAMES[0], "missing")]
    assert len(first.problems[0].captures) == PAGES
    assert first.problems[0].urls[0] == "https://ldld.example/bai-0"


def test_a_record_without_a_row_is_told_and_one_left_by_a_crash_is_explained(kept: Kept) -> None:
    gone = kept.of(0)[3].record_id
    with kept.engine.begin() as connection:
        connection.execute(delete(captures).where(captures.c.record_id == gone))
    report = kept.verify(NAMES[0])
    assert [problem.kind for problem in report.problems] == ["no_row"]
    assert "bai-3" in report.problems[0].said
    with kept.engine.begin() as connection:
        connection.execute(update(run_rows).where(run_rows.c.id == 1).values(attempts=2))
    again = kept.verify(NAMES[0])
    assert (again.problems, again.unsettled) == ([], 1)


def test_a_revisit_whose_original_has_no_row_is_told(kept: Kept) -> None:
    with kept.engine.begin() as connection:
        connection.execute(delete(captures).where(captures.c.record_id == kept.of(0)[3].record_id))
    report = kept.verify(NAMES[1])
    assert [problem.kind for problem in report.problems] == ["unresolved"]


def test_a_wrong_offset_is_told_and_mended(kept: Kept) -> None:
    moved = kept.of(0)[2]
    with kept.engine.begin() as connection:
        wrong = update(captures).where(captures.c.record_id == moved.record_id)
        connection.execute(wrong.values(offset=moved.offset + 7, length=moved.length - 7))
    (problem,) = kept.verify(NAMES[0]).problems
    assert (problem.kind, problem.offset) == ("misplaced", moved.offset)
    with kept.engine.begin() as connection:
        assert fixity.correct_position(connection, problem) == 1
    assert kept.verify(NAMES[0]).problems == []


@pytest.mark.parametrize("column", ["payload_digest", "url"])
def test_a_row_that_tells_otherwise_than_its_record_is_told(kept: Kept, column: str) -> None:
    with kept.engine.begin() as connection:
        one = update(captures).where(captures.c.record_id == kept.of(0)[2].record_id)
        connection.execute(one.values({column: "sha1:" + "A" * 32}))
    assert [problem.kind for problem in kept.verify(NAMES[0]).problems] == ["other_facts"]


def test_a_renamed_file_says_what_it_was_called(kept: Kept) -> None:
    kept.path().rename(kept.directory / "sao-luu.warc.gz")
    assert kinds(kept.everything()) == [(NAMES[0], "missing"), ("sao-luu.warc.gz", "renamed")]
    (problem,) = kept.verify("sao-luu.warc.gz").problems
    assert problem.advice.startswith(f"rename it back to {NAMES[0]}")


def test_a_record_packed_again_with_a_wrong_digest_is_told(kept: Kept) -> None:
    one = kept.of(0)[0]
    data = kept.path().read_bytes()
    raw = gzip.decompress(data[one.offset : one.offset + one.length])
    forged = gzip.compress(raw.replace(b"1", b"2"), mtime=0)
    kept.path().write_bytes(data[: one.offset] + forged + data[one.offset + one.length :])
    found = {problem.kind for problem in kept.verify(NAMES[0]).problems}
    assert "damaged" in found


def test_an_attachment_under_another_digest_is_told(kept: Kept) -> None:
    with kept.engine.begin() as connection:
        told = {"digest": "sha1:OTHER", "size": 1, "type": "pdf", "status": "read", "detail": "", "chars": 0}
        connection.execute(insert(file_contents).values(**told, reader=1, read_at=NOW))
        row: dict[str, object] = {"site": "ldld_tinh", "key": "k", "url": "https://ldld.example/kh.pdf"}
        row |= {
            "kind": "attachment",
            "status": "read",
            "versions": 1,
            "first_seen": NOW,
            "digest": "sha1:OTHER",
        }
        file_id = connection.scalar(insert(files).values(**row).returning(files.c.id))
        at = connection.scalar(select(captures.c.id).limit(1))
        version = {"file_id": file_id, "number": 1, "digest": "sha1:OTHER", "capture_id": at, "seen_at": NOW}
        connection.execute(insert(file_versions).values(**version))
    assert [problem.kind for problem in kept.verify(NAMES[0]).problems] == ["file"]


def test_a_file_a_living_process_writes_is_left_for_another_night(kept: Kept) -> None:
    left = kept.path().rename(kept.path().with_name(NAMES[0] + ".open"))
    with left.open("rb+") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        report = kept.verify(NAMES[0])
        assert (report.being_written, report.problems) == (True, [])
    with left.open("ab") as stream:
        stream.write(b"\x1f\x8b\x08torn")  # its writer died amid a record nobody refers to
    after = kept.verify(NAMES[0])
    assert (after.being_written, after.problems, after.unsettled) == (False, [], 1)


def test_shares_of_many_nights_verify_everything_the_longest_unseen_first(kept: Kept) -> None:
    seen: list[str] = []
    for night in range(4):
        with kept.engine.begin() as connection:
            (name,) = fixity.files_to_verify(connection, kept.directory, 0.1)
            report = fixity.verify_file(connection, kept.directory, name)
            fixity.record_verification(connection, report, NOW + timedelta(days=night))
        seen.append(name)
    assert seen == [*NAMES, *NAMES]
    with reading(kept.engine) as connection:
        assert connection.execute(select(verified_files.c.problems)).scalars().all() == [0, 0]


def test_what_is_harmed_is_asked_again_when_it_is_the_newest_capture(kept: Kept) -> None:
    with kept.engine.begin() as connection:
        at = connection.scalar(select(captures.c.id).where(captures.c.record_id == kept.of(0)[1].record_id))
        row = {"site": "ldld_tinh", "key": "k", "url": kept.of(0)[1].url, "kind": "article", "phase": 2}
        row |= {
            "state": "done",
            "root": False,
            "found_on": "",
            "found_run": 1,
            "found_at": NOW,
            "attempts": 0,
        }
        row |= {"unchanged": 3, "etag": '"a"', "payload_digest": "sha1:X", "capture_id": at}
        connection.execute(insert(urls).values(**row))
    flip(kept.path(), kept.of(0)[1].offset + 60)
    (problem,) = kept.verify(NAMES[0]).problems
    with kept.engine.begin() as connection:
        assert fixity.request_again(connection, problem, NOW) == 1
        row_now = connection.execute(select(urls)).one()
    assert (row_now.etag, row_now.payload_digest, row_now.next_visit) == (None, None, NOW)


def test_a_survey_covers_every_byte_of_any_file(tmp_path: Path) -> None:
    chance = Random(3)
    for _ in range(20):
        parts = [gzip.compress(chance.randbytes(200)), chance.randbytes(90), b"\x1f\x8b\x08", b""]
        data = b"".join(chance.choice(parts) for _ in range(12))
        (tmp_path / "x.warc.gz").write_bytes(data)
        passed = list(scan_file(tmp_path / "x.warc.gz"))
        ends = [passage.end for passage in passed]
        assert [passage.offset for passage in passed] == [0, *ends][: len(passed)]
        assert ends[-1:] == [len(data)][: len(passed)]
        assert all(passage.problems for passage in passed)


@pytest.fixture
def command(kept: Kept, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def call(*arguments: str) -> tuple[int, str]:
        code = congdoan(["--data", str(tmp_path), "verify", *arguments])
        return code, capsys.readouterr().out

    return call


def test_the_command_says_sound_or_what_to_do(kept: Kept, command: Callable[..., tuple[int, str]]) -> None:
    code, said = command()
    assert (code, "sound" in said) == (0, True)
    flip(kept.path(), kept.of(0)[1].offset + 60)
    code, said = command("--share", "1/9", "--json")
    told = json.loads(said)
    assert (code, told["files"], told["sound"]) == (1, 1, False)
    assert told["problems"][0]["urls"] == ["https://ldld.example/bai-1"]
    code, said = command(NAMES[0])
    assert code == 1
    assert "restore the file from a copy" in said
    assert "bai-1" in said
    assert command("--share", "2")[0] == 2
