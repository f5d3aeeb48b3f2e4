"""The gold set: pages as a visitor receives them, each with what a perfect reader would make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from datetime import date as Day
from pathlib import Path
from typing import Any

from benchmarks.reading.undated import without_date
from crawler.demo.ground_truth import SEED, TruthArticle, truth_of
from crawler.demo.pages import LIVE_COUNTERS, SitePages, header_clock
from crawler.demo.second_night import replica_night
from crawler.demo.site_systems import DEMO_SYSTEMS, System
from crawler.demo.story_placement import PrintedArticle
from spiders.profile.site_profile import SiteProfile, load_profiles
from tests.platforms.family import HERE as PLATFORMS
from tests.platforms.family import families

CAPTURED = datetime(2025, 7, 1, 20, 0, tzinfo=UTC)
SCALE = 0.12  # of the demo's sites: 14 articles and more each; the families' sites are whole
CLOCK_DAY = "2025-07-01"  # what the replicas' header clock shows on the first night
PHOTOGRAPHED = 0.25  # of the bylines; the families crawled in tests/platforms name authors alone
EVENTS = 3  # one title in so many names the day of an event
UNDATED = 4  # one page in so many is also given without its date, where its address tells none


@dataclass(frozen=True, slots=True)
class Truth:
    """What one page says of its article; what it does not print is None or empty."""

    title: str
    body: tuple[str, ...]  # lines, without title, lead, byline and captions
    lead: str | None = None
    day: str | None = None  # ISO
    time: str | None = None  # HH:MM as printed
    offset: int | None = None  # minutes east of UTC, where a zone is printed
    updated: str | None = None  # ISO day
    author: str | None = None
    unit: str | None = None
    photographer: str | None = None
    section: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    captions: tuple[tuple[str, str], ...] = ()  # address of the image, its caption
    files: tuple[str, ...] = ()  # addresses
    clock: str | None = None  # ISO day that a clock beside the article shows


@dataclass(frozen=True, slots=True)
class GoldPage:
    """One page with its truth; without one it is a page that shows no article."""

    ident: str
    family: str
    site: str  # key of the profile it is read with
    url: str
    content_type: str
    body: bytes = field(repr=False)
    truth: Truth | None
    captured: datetime = CAPTURED

    def listed(self) -> dict[str, str]:
        """What a reader is told of the page beside its bytes."""
        told = {"url": self.url, "content_type": self.content_type, "site": self.site}
        return {"ident": self.ident, "captured": self.captured.isoformat(), **told}


def truth_on_page(article: TruthArticle, system: System) -> Truth:
    """The replica's truth, as far as the page itself prints it (listings and feeds are not asked here)."""
    printed = article.published if system.dates.startswith("page") else None
    return Truth(
        title=article.title,
        body=article.body,
        lead=article.lead,
        day=printed.day.isoformat() if printed else None,
        time=f"{printed.time:%H:%M}" if printed and printed.time else None,
        offset=printed.offset if printed else None,
        updated=article.updated.day.isoformat() if article.updated else None,
        author=article.author,
        unit=article.author_unit,
        photographer=article.photographer,
        section=article.section,
        tags=article.tags,
        captions=tuple((image.url, image.caption or "") for image in article.images),
        files=tuple(file.url for file in article.attachments),
        clock=CLOCK_DAY,
    )


def replica_families() -> Mapping[str, tuple[System, ...]]:
    """Every family of systems that has replicas, and the five systems of the demo, each for itself."""
    known = {
        name: tuple(replace(system, photographed=PHOTOGRAPHED) for system in systems)
        for name, systems in families().items()
    }
    return {**{system.key: (system,) for system in DEMO_SYSTEMS}, **known}


def profiles() -> dict[str, SiteProfile]:
    """The profile of every site the gold pages come from, by key."""
    return {**load_profiles(), **load_profiles(PLATFORMS / "sites")}


def replica_pages(family: str, each: int) -> Iterator[GoldPage]:
    """`each` pages of every site of a family, evenly over its years (0: all), and some without their date."""
    systems = replica_families()[family]
    known = profiles()
    demo = systems[0] in DEMO_SYSTEMS
    scale, together = (SCALE, DEMO_SYSTEMS) if demo else (1.0, systems)
    printed = replica_night(1, SEED, scale, together)
    titled = {system.key: _with_events(printed.sites[system.key]) for system in systems}
    for system in systems:
        pages = SitePages(system, replace(printed, sites={**printed.sites, **titled}))
        for at, manuscript in _spread(titled[system.key], each):
            page = _page(family, pages, at, truth_of(manuscript))
            yield page
            if at % UNDATED == 0 and page.truth and page.truth.day and _may_lose_its_date(page, system):
                yield _undated(page, known[system.key])


def _may_lose_its_date(page: GoldPage, system: System) -> bool:
    """Whether the date can be cut out of the page: it is markup, and its address tells none."""
    return page.body.lstrip().startswith(b"<") and not _dated_address(system)


def _with_events(manuscripts: Sequence[PrintedArticle]) -> tuple[PrintedArticle, ...]:
    """The same, where some titles end with the day of what they tell of, shortly before they appeared."""
    return tuple(
        replace(told, title=f"{told.title} ngày {_event(told):%d/%m/%Y}") if at % EVENTS == 0 else told
        for at, told in enumerate(manuscripts)
    )


def _event(manuscript: PrintedArticle) -> Day:
    return manuscript.moment.date() - timedelta(days=2)


def _spread(articles: Sequence[PrintedArticle], each: int) -> list[tuple[int, PrintedArticle]]:
    step = max(1.0, len(articles) / each) if each else 1.0
    chosen = sorted({int(turn * step) for turn in range(each or len(articles))})
    return [(turn, articles[at]) for turn, at in enumerate(chosen) if at < len(articles)]


def _dated_address(system: System) -> bool:
    return any(part in system.article for part in ("{year}", "{moment"))


def _page(family: str, pages: SitePages, at: int, article: TruthArticle) -> GoldPage:
    system = pages.system
    path = article.url.removeprefix(f"https://{system.domain}")
    reply = pages.reply(path)
    body = reply.body
    for name in LIVE_COUNTERS:
        shown = header_clock(1, at + 1) if name == "clock" else str(100 + at)
        body = body.replace(f"@@{name}@@".encode(), shown.encode())
    ident = f"{system.key}-{at:03d}"
    truth = truth_on_page(article, system)
    return GoldPage(ident, family, system.key, article.url, reply.content_type, body, truth)


def _undated(page: GoldPage, profile: SiteProfile) -> GoldPage:
    assert page.truth
    told = {**asdict(page.truth), "day": None, "time": None, "offset": None, "updated": None}
    days = tuple(Day.fromisoformat(day) for day in (page.truth.day, page.truth.updated) if day)
    body = without_date(page.body, profile.layout_at(CAPTURED.date()), days)
    return GoldPage(
        f"{page.ident}-undated", page.family, page.site, page.url, page.content_type, body, truth_from(told)
    )


def truth_from(told: Mapping[str, Any]) -> Truth:
    """A truth from its JSON; raises TypeError naming a key that is none."""
    lists = {key: tuple(told.get(key) or ()) for key in ("body", "section", "tags", "files")}
    captions = tuple((url, text) for url, text in told.get("captions") or ())
    return Truth(**{**told, **lists, "captions": captions})


def write(pages: Iterable[GoldPage], folder: Path) -> None:
    """Put pages where readers find them: `pages.json` and a file each; their truth stays here."""
    listed = []
    for number, page in enumerate(pages):
        name = f"{number:05d}.html"
        (folder / name).write_bytes(page.body)
        listed.append({"file": name, **page.listed()})
    (folder / "pages.json").write_text(json.dumps(listed, ensure_ascii=False), encoding="utf-8")


def generic_profile(domain: str) -> SiteProfile:
    """A profile that knows nothing of its site."""
    return SiteProfile.model_validate(
        {
            "key": "generic",
            "name": "Trang chưa có hồ sơ",
            "domain": domain,
            "level": "press",
            "status": "unidentified",
            "verified": "nothing is known of it",
            "seeds": [f"https://{domain}/"],
        }
    )
