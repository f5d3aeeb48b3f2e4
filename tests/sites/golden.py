"""What one recorded crawl stored, as data that a person can read and a test can compare."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.config import Config
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from spiders.profile.site_profile import SPIDERS_FOLDER, Discover, SiteProfile
from storage.articles.queries import articles_on_site
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import urls
from storage.records import Article, PrintedTime, Reason
from storage.runs.runs import Run

SITES = Path(__file__).parent
NOWHERE = "127.0.0.1:9"  # what hosts are dialled to in a replay: exempt from the guard, and never asked
READ = ("read_by_a_person", "read_on", "read_note")  # what only a person writes
REPORTED = ("ending", "healthy", "problems", "found", "offsite", "article_links", "counts", "answered")
SAMPLE = 10  # articles in a recording of a live site
UNREAD = (
    "{path} was written by a program and has not been read by a person: hold every article in it against "
    "its page, then set `read_by_a_person` to true, `read_on` to the day and `read_note` to how it was read"
)
LONGEST = 60  # lines of a diff that are shown
Golden = dict[str, Any]


def cassette_of(site: str) -> Path:
    """Where a site's cassette lies: in the folder its profile lies in."""
    profile = next((SPIDERS_FOLDER / "sites").rglob(f"{site}.toml"))
    return SITES / profile.relative_to(SPIDERS_FOLDER / "sites").with_suffix(".yaml")


def golden_of(site: str) -> Path:
    """Where a site's golden lies."""
    return cassette_of(site).with_suffix(".json")


def load(path: Path) -> Golden:
    """A golden from its file."""
    golden: Golden = json.loads(path.read_text(encoding="utf-8"))
    return golden


def save(path: Path, golden: Golden) -> None:
    """A golden as indented lines, so that git shows what changed."""
    path.write_text(text_of(golden), encoding="utf-8")


def text_of(golden: Golden) -> str:
    """A golden as it stands in its file."""
    return json.dumps(golden, ensure_ascii=False, indent=2) + "\n"


def told(golden: Golden) -> Golden:
    """What a golden says of the site, without who has read it."""
    return {key: value for key, value in golden.items() if key not in READ}


def difference(expected: Golden, found: Golden) -> str:
    """The values that differ, each under its whole path, at most a screenful; empty when none does."""
    old, new = list(_flat(told(expected))), list(_flat(told(found)))
    compared = difflib.unified_diff(old, new, n=0, lineterm="")
    lines = [line for line in compared if not line.startswith(("---", "+++", "@@"))]
    more = [f"… and {len(lines) - LONGEST} lines more"] if len(lines) > LONGEST else []
    return "\n".join(["- golden", "+ this crawl", *lines[:LONGEST], *more]) if lines else ""


def _flat(value: Any, path: str = "") -> Iterator[str]:
    """One line a value; articles go by their URL, lines of a text all by the name of the text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{path} {key}")
    elif isinstance(value, list):
        for item in value:
            named = f"{path} {item['url']}" if isinstance(item, dict) and "url" in item else path
            yield from _flat(item, named)
    else:
        yield f"{path}: {value}"


def crawled(profile: SiteProfile, config: Config, settings: Mapping[str, Any]) -> Golden:
    """Crawl one site into a new archive, through the whole real path, and tell what it stored."""
    return crawled_together([profile], config, settings)[profile.key]


def crawled_together(
    profiles: Sequence[SiteProfile], config: Config, settings: Mapping[str, Any]
) -> dict[str, Golden]:
    """Crawl some sites in one night, as `crawled`; what each stored, by its key."""
    config.data.mkdir(parents=True, exist_ok=True)
    engine = open_database(config.database_url)
    upgrade(engine)
    result = crawl(config, profiles, NightSettings("recording", datetime.now(UTC)), settings=settings)
    if result.errors:
        raise RuntimeError(f"a crawl did not begin: {result.errors[0]}")
    with reading(engine) as connection:
        found = {run.site: stored(connection, run.site, run) for run in result.runs}
    engine.dispose()
    return found


def without_images(profile: SiteProfile) -> SiteProfile:
    """The profile as it is recorded: pictures would make a cassette many times as large, and tell nothing."""
    fetch = profile.fetch.model_copy(update={"images": False})
    return profile.model_copy(update={"fetch": fetch})


def as_recorded(profile: SiteProfile, source: str) -> SiteProfile:
    """The profile a recording is crawled with: replicas are small, a live site gives only a sample."""
    profile = without_images(profile)
    if source == "replica":
        return profile
    known = profile.discover
    sitemaps = () if known.feeds or known.listings else known.sitemaps[:1]
    discover = Discover(feeds=known.feeds[:1], sitemaps=sitemaps, listings=known.listings[:2])
    roots = 1 + len(discover.feeds) + len(discover.sitemaps) + len(discover.listings)
    return profile.model_copy(
        update={
            "seeds": profile.seeds[:1],
            "discover": discover,
            "urls": profile.urls.model_copy(update={"listing": ()}),  # only those named in the profile
            "fetch": profile.fetch.model_copy(update={"budget": roots + SAMPLE}),
        }
    )


def replay_config(data: Path, *profiles: SiteProfile) -> Config:
    """A configuration that asks nobody: every host of the sites is dialled to nowhere."""
    hosts = [host for profile in profiles for host in profile.hosts]
    return Config(data=data, dial=dict.fromkeys(hosts, NOWHERE), delay=0, workers=1)


def stored(connection: Connection, site: str, run: Run) -> Golden:
    """Report, URLs and articles of a run, sorted, without anything that differs from run to run."""
    rows = connection.execute(select(urls).where(urls.c.site == site).order_by(urls.c.url))
    articles = sorted(
        (article for article, _ in articles_on_site(connection, site)), key=lambda page: page.url
    )
    return {
        "site": site,
        "report": {key: _sorted((run.report or {})[key]) for key in REPORTED},
        "urls": {row.url: _line(row) for row in rows},
        "articles": [article_as_read(article) for article in articles],
    }


def _sorted(value: Any) -> Any:
    return dict(sorted(value.items())) if isinstance(value, dict) else value


def _line(row: Row[Any]) -> str:
    told = f"{row.kind} {row.outcome or row.state}" + (f": {row.reason}" if row.reason else "")
    return f"{told} ({row.detail})" if row.reason == Reason.NETWORK else told


def article_as_read(article: Article) -> Golden:
    """One article as a person would check it against the page; empty fields beyond the first are left out."""
    first: Golden = {
        "url": article.url,
        "title": article.title,
        "lead": article.lead,
        "author": article.author,
        "published": when(article.published),
        "section": " / ".join(article.section),
    }
    rest: Golden = {
        "author_unit": article.author_unit,
        "source_name": article.source_name,
        "updated": when(article.updated),
        "prefix": article.prefix,
        "place": article.place,
        "organisation": article.organisation,
        "documents": [
            _named(cited.number, cited.type, cited.issuer, cited.day.isoformat() if cited.day else None)
            for cited in article.documents
        ],
        "tags": list(article.tags),
        "images": [_named(image.url, image.caption, image.alt) for image in article.images],
        "attachments": [_named(file.url, file.name) for file in article.attachments],
        "repairs": list(article.repairs),
        "read_from": {one.field: f"{one.source.value}: {one.rule}" for one in article.provenance},
    }
    kept = {key: value for key, value in rest.items() if value}
    return {**first, **kept, "body": article.body.split("\n")}


def _named(url: str, *names: str | None) -> str:
    return " | ".join((url, *(name for name in names if name)))


def when(printed: PrintedTime | None) -> str | None:
    """`2019-03-02 07:30 +0700`, as far as it was printed."""
    if printed is None:
        return None
    parts: Iterable[str] = (
        printed.day.isoformat(),
        printed.time.isoformat("minutes") if printed.time else "",
    )
    zone = f"{printed.offset // 60:+03d}{printed.offset % 60:02d}" if printed.offset is not None else ""
    return " ".join(part for part in (*parts, zone) if part)
