"""Explorer: brings the pages of an unknown site to a survey - from the web, a WARC file or saved pages."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings
from twisted.python.failure import Failure

from crawler.config import Config, ConfigError
from crawler.workshop import SOFTWARE, user_agent
from pipelines.read import ReadResult, read
from spiders.discovery import discover
from spiders.explore.look import Home, host_of
from spiders.explore.survey import Survey
from spiders.failures import reason_of
from spiders.items import Hints, LinkKind, Page, Via
from spiders.links import BadUrl, canonical, same_site
from spiders.profile import SiteProfile
from storage.records import Capture
from storage.warc.exchange import Exchange, Original
from storage.warc.read import read_all
from storage.warc.write import WarcWriter

MOST_REQUESTS = 40  # robots.txt among them
SETTINGS: Mapping[str, Any] = {
    "SPIDER_LOADER_CLASS": "scrapy.spiderloader.DummySpiderLoader",
    "SCHEDULER": "scrapy.core.scheduler.Scheduler",  # there is no frontier yet
    "ITEM_PIPELINES": {},
    "RETRY_ENABLED": False,  # every request counts
    "CONCURRENT_REQUESTS": 1,
}
ADDRESS = re.compile(
    rb"(?is)<link[^>]+rel=[\"']?canonical[\"']?[^>]+href=[\"']?([^\"'> ]+)"
    rb"|<meta[^>]+og:url[\"'][^>]+content=[\"']([^\"']+)"
    rb"|saved from url=\(\d+\)(\S+)"
)


@dataclass(slots=True)
class Outing:
    """One exploration while it goes on: what Scrapy's components of a visit ask for."""

    config: Config
    survey: Survey
    warc: WarcWriter
    asked: int = 0
    ending: str | None = None

    def record(self, exchange: Exchange, original: Original | None) -> Capture:
        """Write an exchange to the WARC; robots.txt is told to the survey."""
        self.asked += 1
        if exchange.url.endswith("/robots.txt") and exchange.status == 200:
            self.survey.robots += exchange.body.decode("utf-8", "replace") + "\n"
        return self.warc.write(exchange, original)

    def stop(self, ending: str, detail: str) -> None:
        """Ask nothing more."""
        self.ending = self.ending or f"{ending}: {detail}"

    def fail(self, error: BaseException) -> None:
        """The disk failed: what cannot be kept is not asked either."""
        self.stop("error", str(error))

    def mishap(self, where: str, error: BaseException) -> None:
        """An error of our own."""
        self.stop("error", f"{where}: {type(error).__name__}: {error}")


class Scout(Spider):
    """Asks for the page the survey wishes next, one at a time."""

    name = "scout"
    visit: Outing

    async def start(self) -> Any:  # noqa: ANN401 - Scrapy's own signature
        """The front page."""
        for request in self._next():
            yield request

    def parse(self, response: Response) -> Iterator[Request]:
        """One page had; the next one wished."""
        pairs = ((n, v) for n, values in response.headers.items() for v in values)
        headers = tuple((n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in pairs)
        at = response.meta.get("fetched_at") or datetime.now(UTC)
        url = response.meta["url"]
        page = Page(
            "new", url, response.url, response.meta["kind"], response.status, headers, response.body, at
        )
        self.visit.survey.take(page)
        yield from self._next()

    def missed(self, failure: Failure) -> Iterator[Request]:
        """One page not had; the next one wished."""
        request: Request = failure.request  # type: ignore[attr-defined]  # scrapy sets it
        reason, detail = reason_of(failure.value or RuntimeError("no error given"))
        if reason not in ("robots", "robots_denied"):
            self.visit.asked += 1
        self.visit.survey.refuse(request.meta["url"], f"{reason}: {detail}")
        yield from self._next()

    def _next(self) -> Iterator[Request]:
        room = self.visit.asked < MOST_REQUESTS - (not self.visit.asked)
        url = self.visit.survey.wish() if room and self.visit.ending is None else None
        if url:
            meta = {"url": url, "kind": "seed"}
            yield Request(url, self.parse, errback=self.missed, dont_filter=True, meta=meta)


@dataclass(frozen=True, slots=True)
class Explored:
    """A survey that is over, and where its pages came from."""

    survey: Survey
    source: str  # for the profile's `verified`
    requests: int
    trouble: str | None = None  # why it ended early


def home_of(url: str) -> Home:
    """The front page of an address as typed, and the hosts that are its site; raises ConfigError."""
    try:
        home = canonical(url if "://" in url else f"https://{url}")
    except BadUrl as error:
        raise ConfigError(f"{error}; give the address of the site's front page") from error
    host = host_of(home).removeprefix("www.")
    return Home(home, frozenset((host, f"www.{host}")))


def explore_web(config: Config, url: str, now: datetime) -> Explored:
    """Ask the site for at most 40 pages, politely; every exchange goes into a WARC of its own.

    Raises ConfigError when the site may not be asked, WarcError when nothing can be written.
    """
    home = home_of(url)
    dialled = bool(set(config.dial) & home.hosts)
    if not dialled and not config.contact:
        raise ConfigError(
            f"{home.url}: live sites are only asked with a contact address for their webmasters; "
            "set `contact` in congdoan.toml or CONGDOAN_CONTACT, or explore saved pages with --from"
        )
    name = f"explore-{re.sub('[^a-z0-9]+', '-', host_of(home.url))}-{now:%Y%m%dT%H%M%S%fZ}"
    agent = user_agent(config)
    config.warcs.mkdir(parents=True, exist_ok=True)
    warc = WarcWriter(config.warcs, name, software=SOFTWARE, operator=config.contact, user_agent=agent)
    outing = Outing(config, Survey(home), warc)
    try:
        asyncio.run(_go(outing, agent))
    finally:
        warc.close()
    source = "a replica through --dial" if dialled else "the live site"
    told = f"{outing.asked} requests to {source}"
    return Explored(outing.survey, told, outing.asked, outing.ending)


async def _go(outing: Outing, agent: str) -> None:
    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    config = outing.config
    own = {
        "USER_AGENT": agent,
        "DOWNLOAD_DELAY": config.delay,
        "DOWNLOAD_TIMEOUT": config.timeout,
        "DOWNLOAD_MAXSIZE": config.max_bytes,
    }
    settings.setdict({**SETTINGS, **own}, priority="cmdline")
    middlewares = {**settings.getdict("DOWNLOADER_MIDDLEWARES")}
    middlewares["crawler.middlewares.revisit.RevisitMiddleware"] = None  # nothing was asked before
    settings.set("DOWNLOADER_MIDDLEWARES", middlewares, priority="cmdline")
    await AsyncCrawlerRunner(settings).crawl(Scout, visit=outing)


def explore_saved(path: Path, url: str, now: datetime) -> Explored:
    """Look at the pages of a WARC file, of one saved page, or of a directory of saved pages.

    Raises ConfigError when there is none, WarcError when the file cannot be read.
    """
    survey = Survey(home_of(url))
    pages = list(_from_warc(path) if ".warc" in path.name else _from_files(path, survey.home, now))
    if not pages:
        raise ConfigError(f"{path}: no page in it; give a WARC file, a saved page or a directory of them")
    for page in pages:
        survey.take(page)
    return Explored(survey, f"{len(pages)} pages of {path.name}", 0)


def _from_warc(path: Path) -> Iterator[Page]:
    for capture, stored in read_all(path, on_damage=lambda _: None):
        headers = tuple((name.lower(), value) for name, value in stored.headers)
        if not capture.revisit:
            at, body = stored.fetched_at, stored.content()
            yield Page("new", stored.url, stored.url, "seed", stored.status, headers, body, at, Via.WARC)


def _from_files(path: Path, home: Home, now: datetime) -> Iterator[Page]:
    """Saved pages under the address they name themselves, else under that of their path."""
    files = [path] if path.is_file() else sorted(path.rglob("*"))
    for file in files:
        if file.suffix.lower() in (".html", ".htm", ".xml", ".mhtml", ".aspx", ".php", "") and file.is_file():
            body = file.read_bytes()
            here = home.url if file == path else urljoin(home.url, quote(str(file.relative_to(path))))
            kind = "text/xml" if file.suffix == ".xml" else "text/html"
            at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            url = _own_address(body, home) or here.removesuffix("index.html")
            yield Page("new", url, url, "seed", 200, (("content-type", kind),), body, min(at, now), Via.WARC)


def _own_address(body: bytes, home: Home) -> str | None:
    for match in ADDRESS.finditer(body[:50_000]):
        told = next(group for group in match.groups() if group).decode("utf-8", "replace")
        try:
            if own := home.own(canonical(told, home.url)):
                return own
        except BadUrl:
            continue
    return None


@dataclass(frozen=True, slots=True)
class Sample:
    """One article page read with a proposed profile."""

    url: str
    result: ReadResult


def sample(explored: Survey, profile: SiteProfile, most: int = 5) -> tuple[Sample, ...]:
    """Some of the article pages seen, spread over them all, as a crawl with the profile would read them."""
    hints = _hints(explored, profile)
    looks = explored.atlas.article_looks
    chosen = looks[:: max(1, len(looks) // most)][:most]
    found = []
    for look in chosen:
        url = same_site(look.url, profile)
        page = replace(look.page, site=profile.key, url=url, kind="article", hints=hints.get(url) or Hints())
        found.append(Sample(url, read(page, profile)))
    return tuple(found)


def _hints(explored: Survey, profile: SiteProfile) -> dict[str, Hints]:
    """What feeds, sitemaps and listings say of each article, as discovery reads them."""
    told: dict[str, Hints] = {}
    pages: list[tuple[LinkKind, Page]] = [("listing", look.page) for look in explored.looks.values()]
    pages += [("sitemap" if b"<urlset" in page.body else "feed", page) for page in explored.papers]
    for kind, page in pages:
        for link in discover(replace(page, kind=kind), profile).links:
            known = told.get(link.url)
            if link.kind == "article" and (known is None or (not known.date and link.hints.date)):
                told[link.url] = link.hints
    return told
