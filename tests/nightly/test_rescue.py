"""Rescue mode: everything, whole articles first, without a budget; and its package replays."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from warcio.archiveiterator import ArchiveIterator

from crawler.cli.main import run
from crawler.cli.rescue import to_rescue
from crawler.config import Config
from crawler.demo.ground_truth import build_ground_truth
from crawler.demo.server import ReplicaServer
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from crawler.packaging.wacz import PackageError, write_wacz
from spiders.profile.site_profile import SiteProfile
from storage.captures.package_pages import warc_files_of_site
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import captures, urls

SITE = "congdoanbackan"
SCALE = 0.05


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=SCALE, sites=[SITE]) as running:
        yield running


@pytest.fixture(scope="module")
def rescued(
    server: ReplicaServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Config, Engine, dict[str, Any]]]:
    """A site of which a poor night had six pages and no image, then rescued, then visited again."""
    from spiders.profile.site_profile import load_profiles

    data = tmp_path_factory.mktemp("rescue")
    told = {"data": data, "dial": dict(server.dial), "delay": 0.0, "workers": 1, "timeout": 3.0}
    config = Config.model_validate(told)
    engine = open_database(config.database_url)
    upgrade(engine)
    profile = load_profiles()[SITE]
    poor = profile.model_copy(
        update={"fetch": profile.fetch.model_copy(update={"budget": 6, "images": False})}
    )
    crawl(config, [poor], NightSettings("poor", datetime.now(UTC)))
    result = crawl(config, [to_rescue(poor)], NightSettings("rescue", datetime.now(UTC), rescue=True))
    again = profile.model_copy(update={"fetch": profile.fetch.model_copy(update={"budget": 20})})
    crawl(config, [again], NightSettings("again", datetime.now(UTC), revisit_all=True))
    yield config, engine, dict(result.runs[0].report or {})
    engine.dispose()


def test_a_rescue_has_every_article_image_and_file_whatever_the_budget(
    rescued: tuple[Config, Engine, dict[str, Any]],
) -> None:
    _, engine, report = rescued
    assert report["ending"] == "finished", report["problems"]
    world = next(site for site in build_ground_truth(1, scale=SCALE).sites if site.key == SITE)
    with reading(engine) as connection:
        had = {
            row.url
            for row in connection.execute(
                select(urls).where(urls.c.kind == "article", urls.c.state == "done")
            )
        }
        files = [
            (row.kind, row.state)
            for row in connection.execute(select(urls).where(urls.c.kind.in_(("image", "attachment"))))
        ]
    assert {article.url for article in world.articles} <= had
    assert {kind for kind, _ in files} == {"image", "attachment"}
    assert {state for _, state in files} == {"done"}


def test_the_package_is_valid_and_every_page_listed_is_found_in_it(
    rescued: tuple[Config, Engine, dict[str, Any]], profiles: dict[str, SiteProfile], tmp_path: Path
) -> None:
    config, engine, _ = rescued
    target = tmp_path / "site.wacz"
    with reading(engine) as connection:
        made = write_wacz(connection, config, profiles[SITE], target)
    world = next(site for site in build_ground_truth(1, scale=SCALE).sites if site.key == SITE)
    assert made.left_out == ()
    assert made.warcs == 3
    assert made.pages > len(world.articles)
    with reading(engine) as connection:
        same = connection.scalar(select(func.count()).where(captures.c.status == 304))
    assert made.unchanged == same
    assert same, "known pages were asked again"
    with zipfile.ZipFile(target) as packed:
        about = json.loads(packed.read("datapackage.json"))
        assert "REPLICA" in about["description"]
        header, *pages = [json.loads(line) for line in packed.read("pages/pages.jsonl").splitlines()]
        assert header["format"] == "json-pages-1.0"
        index = gzip.decompress(packed.read("indexes/index.cdx.gz")).decode()
        found: dict[str, list[dict[str, str]]] = {}
        for line in index.splitlines():
            entry = json.loads(line.split(" ", 2)[2])
            found.setdefault(entry["url"], []).append(entry)
        shown = {entry["status"] for entries in found.values() for entry in entries}
        assert "304" not in shown, "a replayer takes the newest record, and shows nothing for this one"
        titles = {article.url: article.title for article in world.articles}
        for page in pages:
            entry = next(each for each in found[page["url"]] if each["status"] == "200")
            with packed.open(f"archive/{entry['filename']}") as warc:
                warc.seek(int(entry["offset"]))
                record = next(iter(ArchiveIterator(warc)))
                assert record.rec_headers["WARC-Target-URI"] == page["url"]
            assert page["title"] == titles.get(page["url"], page["title"])
        assert set(titles) <= {page["url"] for page in pages}


def test_a_damaged_file_is_named_with_what_to_do(
    rescued: tuple[Config, Engine, dict[str, Any]], profiles: dict[str, SiteProfile], tmp_path: Path
) -> None:
    config, engine, _ = rescued
    with reading(engine) as connection:
        damaged = config.warcs / warc_files_of_site(connection, SITE)[0]
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:-9])
        with pytest.raises(PackageError, match=f"{damaged.name}.*congdoan verify.*restore"):
            write_wacz(connection, config, profiles[SITE], tmp_path / "site.wacz")
        damaged.write_bytes(whole)
    assert list(tmp_path.iterdir()) == []


def test_a_site_without_captures_is_no_package(
    rescued: tuple[Config, Engine, dict[str, Any]], profiles: dict[str, SiteProfile], tmp_path: Path
) -> None:
    config, engine, _ = rescued
    with reading(engine) as connection, pytest.raises(PackageError, match="no finished WARC file"):
        write_wacz(connection, config, profiles["laodongthudo"], tmp_path / "none.wacz")
    assert list(tmp_path.iterdir()) == []


def test_the_commands_rescue_and_package_go_together(
    server: ReplicaServer,
    rescued: tuple[Config, Engine, dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config, _, _ = rescued
    dial = [part for host, address in server.dial.items() for part in ("--dial", f"{host}={address}")]
    target = tmp_path / "again.wacz"
    assert run(["--data", str(config.data), "rescue", SITE, "-o", str(target), *dial]) == 0
    assert run(["--data", str(config.data), "package", SITE, "-o", str(target)]) == 0
    told = capsys.readouterr().out
    assert told.count("valid") == 2
    assert target.exists()
