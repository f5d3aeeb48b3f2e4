"""How fast the archive's bytes are verified: `congdoan verify` beside `warcio check`, over one file."""

from __future__ import annotations

import contextlib
import io
import json
import random
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = (
    "công",
    "đoàn",
    "cơ",
    "sở",
    "viên",
    "người",
    "lao",
    "động",
    "hội",
    "nghị",
    "chăm",
    "lo",
    "đời",
    "sống",
)


def page(number: int, size: int) -> bytes:
    """A page of about `size` bytes that packs as pages do."""
    chance = random.Random(number)
    text = " ".join(chance.choice(WORDS) + str(chance.randrange(1000)) for _ in range(size // 12))
    return f"<html><h1>Bài số {number}</h1><p>{text}</p></html>".encode()


def build(folder: Path, pages: int, size: int) -> None:
    """An archive of one run with `pages` captures."""
    from storage.articles.store import ArticleStore
    from storage.database.engine import open_database, upgrade
    from storage.runs import runs
    from storage.search.engine import engine_for
    from storage.warc.exchange import Exchange
    from storage.warc.write import WarcWriter

    engine = open_database(f"sqlite:///{folder / 'archive.db'}")
    upgrade(engine)
    (folder / "warc").mkdir()
    with engine.begin() as connection:
        run = runs.begin_run(connection, runs.Run(0, "s", "n", NOW, NOW, None, 1, False, None, None, None)).id
        store, warc = (
            ArticleStore(run, engine_for("sqlite")),
            WarcWriter(folder / "warc", "s-000001-01", software="b"),
        )
        for number in range(pages):
            url = f"https://s.example/{number}"
            made = Exchange(
                "GET", url, (), 200, "OK", (("Content-Type", "text/html"),), page(number, size), NOW
            )
            store.capture(connection, "s", warc.write(made))
        warc.close()


def ours(folder: Path) -> float:
    """Seconds of `congdoan verify`."""
    from storage.captures import fixity
    from storage.database.engine import open_database, reading

    began = time.process_time()
    with reading(open_database(f"sqlite:///{folder / 'archive.db'}")) as connection:
        reports = [
            fixity.verify_file(connection, folder / "warc", name)
            for name in fixity.files_to_verify(connection, folder / "warc")
        ]
    assert not any(report.problems for report in reports), reports
    return time.process_time() - began


def warcio(folder: Path) -> float:
    """Seconds of `warcio check`, which knows no rows."""
    from warcio.cli import main as check

    began = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        check(["check", *map(str, (folder / "warc").iterdir())])
    return time.process_time() - began


@click.command()
@click.option("--pages", default=5000, show_default=True)
@click.option("--size", default=50_000, show_default=True, help="Bytes of a page, unpacked.")
@click.option("--json", "figures", type=click.Path(path_type=Path), help="Write the figures here too.")
def main(pages: int, size: int, figures: Path | None) -> None:
    """Verify one archive with both."""
    with tempfile.TemporaryDirectory(prefix="congdoan-verify-") as scratch:
        folder = Path(scratch)
        build(folder, pages, size)
        packed = sum(path.stat().st_size for path in (folder / "warc").iterdir())
        spent = {"congdoan verify": ours(folder), "warcio check": warcio(folder)}
        for name, seconds in spent.items():
            click.echo(
                f"{name}: {2 * pages} records, {packed / 1e6:.0f} MB packed of {pages * size / 1e6:.0f} MB: "
                f"{seconds:.1f} s CPU, {2 * pages / seconds:.0f} records/s, {packed / 1e6 / seconds:.1f} MB/s"
            )
    if figures:
        figures.write_text(json.dumps({"records": 2 * pages, **spent}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
