"""Files as the commands tell them, and read again from what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from crawler.cli import main
from crawler.config import Config
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from crawler.reprocess.reread_articles import reprocess
from spiders.profile.site_profile import load_profiles
from storage.articles import files
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import article_files, file_contents, file_versions
from storage.database.schema import files as file_rows
from storage.records import FileStatus, UrlKind
from storage.search.engine import engine_for
from storage.search.query.parse import parse

SITE, SEED, SCALE = "congdoanbackan", 534, 0.02  # with this seed the smallest replica offers a file


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Engine]]:
    data = tmp_path_factory.mktemp("refiling")
    with ReplicaServer(seed=SEED, scale=SCALE, sites=[SITE]) as server:
        config = Config(data=data, dial=dict(server.dial), delay=0, workers=1)
        engine = open_database(config.database_url)
        upgrade(engine)
        assert crawl(config, [load_profiles()[SITE]], NightSettings("one", datetime.now(UTC))).healthy
    yield data, engine
    engine.dispose()


def offering(engine: Engine) -> tuple[int, str]:
    """An article with a file, and words that stand in the file."""
    site = next(site for site in build_ground_truth(1, seed=SEED, scale=SCALE).sites if site.key == SITE)
    url = next(article.url for article in site.articles if article.attachments)
    with reading(engine) as connection:
        number = catalogue.article_id_on_site(connection, SITE, url)
        assert number is not None
        kept = files.files_of(connection, number)
    paper = next(file for file in kept if file.kind is UrlKind.ATTACHMENT)
    return number, " ".join(paper.text.split()[30:36])


def said_by(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> str:
    assert main.run(["--data", str(data), *arguments]) == 0
    return capsys.readouterr().out


def test_show_report_and_search_tell_of_files(
    archive: tuple[Path, Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    data, engine = archive
    number, words = offering(engine)
    said = said_by(capsys, data, "show", str(number))
    assert "attachment: " in said
    assert "    read, " in said
    assert "characters" in said
    record = json.loads(said_by(capsys, data, "show", str(number), "--json"))
    told = {file["kind"]: file for file in record["files"]}
    assert told["attachment"]["status"] == "read"
    assert told["attachment"]["digest"].startswith("sha1:")
    assert "1 attachment: 1 read" in said_by(capsys, data, "report")
    hits = said_by(capsys, data, "search", f'file:"{words}"')
    assert f"[{number}] " in hits


def test_a_night_without_images_asks_for_none(tmp_path: Path) -> None:
    profile = load_profiles()[SITE]
    bare = profile.model_copy(update={"fetch": profile.fetch.model_copy(update={"images": False})})
    with ReplicaServer(seed=SEED, scale=SCALE, sites=[SITE]) as server:
        config = Config(data=tmp_path, dial=dict(server.dial), delay=0, workers=1)
        engine = open_database(config.database_url)
        upgrade(engine)
        assert crawl(config, [bare], NightSettings("one", datetime.now(UTC))).healthy
        assert not [path for _, _, path, _ in server.requests if path.endswith((".jpg", ".png"))]
    engine.dispose()


def test_an_image_over_its_limit_is_told_and_its_article_stands(tmp_path: Path) -> None:
    with ReplicaServer(seed=SEED, scale=SCALE, sites=[SITE]) as server:
        config = Config(data=tmp_path, dial=dict(server.dial), delay=0, workers=1, max_image_bytes=100)
        engine = open_database(config.database_url)
        upgrade(engine)
        crawl(config, [load_profiles()[SITE]], NightSettings("one", datetime.now(UTC)))
    with reading(engine) as connection:
        told = {(tally.kind, tally.status) for tally in files.tallies(connection, SITE, 1)}
        articles = list(catalogue.articles_on_site(connection, SITE))
    assert (UrlKind.IMAGE, FileStatus.TOO_LARGE) in told
    assert (UrlKind.IMAGE, FileStatus.READ) not in told
    assert len(articles) >= 14
    engine.dispose()


def test_reprocessing_reads_kept_files_again_and_those_never_read(archive: tuple[Path, Engine]) -> None:
    data, engine = archive
    number, words = offering(engine)
    profile = load_profiles()[SITE]
    assert reprocess(engine, data / "warc", profile).files == 0
    with engine.begin() as connection:  # as an older reader left them
        connection.execute(update(file_contents).values(reader=0, text=None))
    again = reprocess(engine, data / "warc", profile)
    assert (again.files > 1, again.unread) == (True, [])
    assert offering(engine) == (number, words)
    with engine.begin() as connection:  # as an archive from before files were read
        for table in (article_files, file_versions, file_rows, file_contents):
            connection.execute(delete(table))
    assert reprocess(engine, data / "warc", profile).files == again.files
    assert offering(engine) == (number, words)
    with reading(engine) as connection:
        hits = engine_for(connection).search(connection, parse(f'file:"{words}"')).hits
        assert number in {hit.article_id for hit in hits}
