"""Numbers nothing has, typed to every command that takes one: one line, and a code that is not 0."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from crawler.cli.main import EXIT_CANNOT, run
from tests.storage.random_archive import Scribe

HUGE = (str(2**31), str(2**63 - 1), str(2**63), str(10**30), "9" * 5000, "0", "²", "\udcff")
OTHERS: tuple[tuple[list[str], set[int]], ...] = (
    (["show", "1", "--revision"], {1, 2}),
    (["show", "1", "--diff"], {1, 2}),
    (["cite", "1", "--revision"], {EXIT_CANNOT, 2}),
    (["collection", "add", "luan_van", "1", "--revision"], {EXIT_CANNOT, 2}),
    (["collection", "note", "luan_van", "1", "x", "--revision"], {EXIT_CANNOT, 2}),
    (["collection", "remove", "luan_van", "1", "--revision"], {EXIT_CANNOT, 2}),
    (["watch", "remove"], {EXIT_CANNOT}),
    (["report"], {1, EXIT_CANNOT}),
)
ARTICLES = (["show"], ["show", "--json"], ["cite"], ["story"], ["collection", "add", "luan_van"])


@pytest.fixture
def database(
    archive: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[str]:
    """An archive with some articles and a collection, on each engine."""
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    Scribe(archive).write(3)
    url = archive.url.render_as_string(hide_password=False)
    assert run(["--database", url, "collection", "new", "luan_van"]) == 0
    assert run(["--database", url, "collection", "add", "luan_van", "1"]) == 0
    capsys.readouterr()
    yield url
    archive.dispose()


def said(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr().err.strip()
    assert told
    assert "Traceback" not in told
    return told


def test_no_article_has_it(capsys: pytest.CaptureFixture[str], database: str) -> None:
    for command in ARTICLES:
        for number in HUGE:
            assert run(["--database", database, *command, number]) == 1, (command, number[:30])
            told = said(capsys)
            assert told.startswith("Error: no article ")
            assert "`congdoan search` finds their numbers" in told
            assert len(told) < 300, "a long number is not repeated whole"


def test_nothing_else_has_it(capsys: pytest.CaptureFixture[str], database: str) -> None:
    for command, codes in OTHERS:
        for number in HUGE[:-1]:
            assert run(["--database", database, *command, number]) in codes, (command, number[:30])
            said(capsys)


def test_no_capture_has_it(capsys: pytest.CaptureFixture[str], database: str) -> None:
    for number in HUGE[:-1]:
        assert run(["--database", database, "cite", f"capture:{number}"]) in {1, EXIT_CANNOT}, number[:30]
        assert "congdoan" in said(capsys)
