"""`congdoan export` as its users meet it: formats, refusals, and a stream that ends in order."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from crawler.cli.main import EXIT_CANNOT, run
from storage.database.engine import open_database, upgrade
from storage.export.manifest import manifest_problems, read_manifest
from tests.paths import ROOT
from tests.storage.random_archive import Scribe


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    folder = tmp_path / "archive"
    engine = open_database(f"sqlite:///{folder}/archive.db")
    upgrade(engine)
    Scribe(engine).write(30)
    engine.dispose()
    return folder


def test_a_directory_then_what_changed_since(data: Path, tmp_path: Path) -> None:
    out, later = tmp_path / "out", tmp_path / "later.csv"
    base = ["--data", str(data), "export"]
    assert run([*base, "-o", str(out), "--by", "year", "--format", "parquet", "--place", "bac_kan"]) == 0
    assert manifest_problems(out / "manifest.json") == ()
    assert read_manifest(out / "manifest.json").selection == {"places": ["bac_kan"]}
    assert run([*base, "-o", str(later), "--since", str(out / "manifest.json"), "--excel"]) == 0
    assert read_manifest(tmp_path / "later.csv.manifest.json").rows == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--format", "xlsx"], EXIT_CANNOT, "jsonl, jsonl.zst, parquet, csv"),
        (["-o", "a.xlsx"], EXIT_CANNOT, "name one with --format"),
        (["--since", "100000"], EXIT_CANNOT, "this archive's last change is"),
        (["--since", "nowhere.json"], EXIT_CANNOT, "neither a cursor nor a file with one"),
        (["--site", "khong_co"], EXIT_CANNOT, "the archive has nothing of it"),
        (["--place", "atlantis"], EXIT_CANNOT, "no province is called so"),
        (["-o", "/proc/none/a.csv"], EXIT_CANNOT, "/proc/none/a.csv"),
        (["--query", '"never closed'], 1, "never closed"),
        (["--by", "year"], 2, "--by needs a directory"),
        (["--excel"], 2, "--excel goes with CSV"),
        (["--cursor", "c"], 2, "--cursor goes with --follow"),
        (["--follow", "--by", "site"], 2, "--follow writes JSON Lines"),
    ],
)
def test_what_cannot_be_done_is_told(
    capsys: pytest.CaptureFixture[str], data: Path, arguments: list[str], code: int, told: str
) -> None:
    assert run(["--data", str(data), "export", *arguments]) == code
    assert told in capsys.readouterr().err


def test_the_schema_of_a_row_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["export", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(
        (ROOT / "docs/reference/article.schema.json").read_text()
    )


def start(data: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "crawler.cli.main",
        "--data",
        str(data),
        "export",
        "--follow",
        *arguments,
    ]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_a_stream_ends_in_order_on_sigterm_and_goes_on_from_its_cursor(data: Path, tmp_path: Path) -> None:
    out, cursor = tmp_path / "feed.jsonl", tmp_path / "cursor.json"
    for again in (False, True):  # the second time nothing is left to tell
        with start(data, "-o", str(out), "--cursor", str(cursor)) as process:
            until = time.monotonic() + 60
            while not cursor.exists() and time.monotonic() < until:
                time.sleep(0.02)
            time.sleep(0.1 if out.stat().st_size else 0)
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
        # the second time it may be asked to end before it listens
        assert process.returncode in ({0, -signal.SIGTERM} if again else {0}), said
        seqs = [json.loads(line)["seq"] for line in out.read_bytes().splitlines()]
        assert seqs == list(range(1, json.loads(cursor.read_text())["cursor"] + 1))


def test_a_stream_ends_when_its_reader_goes_away(data: Path) -> None:
    with start(data) as process:
        assert process.stdout
        assert json.loads(process.stdout.readline())["seq"] == 1
        process.stdout.close()
        assert process.wait(60) == 0


def test_the_mirror_of_the_docs_follows_the_command_itself(data: Path, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror.db"
    congdoan = [sys.executable, "-m", "crawler.cli.main", "--data", str(data)]
    command = [sys.executable, "docs/examples/mirror.py", str(mirror), *congdoan]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        seq, until = 0, time.monotonic() + 60
        while not seq and time.monotonic() < until:
            time.sleep(0.1)
            with (
                closing(sqlite3.connect(mirror, timeout=10)) as connection,
                suppress(sqlite3.OperationalError),
            ):
                (seq,) = connection.execute("SELECT seq FROM cursor").fetchone()
        process.kill()
    assert seq > 20
