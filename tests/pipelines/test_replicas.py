"""The reader against the truth of the five replica sites, with their own profiles."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

import pytest

from crawler.demo.ground_truth import SEED, GroundTruth, TruthArticle, build_ground_truth
from crawler.demo.pages import LIVE_COUNTERS, SitePages, header_clock
from crawler.demo.second_night import ReplicaNight, replica_night
from crawler.demo.site_systems import SYSTEMS
from crawler.demo.story_placement import HANOI
from pipelines.read import ReadResult, read
from spiders.items import Hints, Page
from spiders.profile.site_profile import SiteProfile, load_profiles

SCALE = 0.12
CAPTURED = datetime(2025, 7, 1, 20, 0, tzinfo=UTC)


@dataclass
class Score:
    """Counts of fields read right, and body F1s."""

    right: Counter[str] = field(default_factory=Counter)
    bodies: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def note(self, name: str, truth: object, extracted: object, url: str) -> None:
        self.right[name] += truth == extracted
        if truth != extracted:
            self.wrong.append(f"{name} of {url}: {extracted!r}, not {truth!r}")


@cache
def world() -> tuple[GroundTruth, ReplicaNight]:
    return build_ground_truth(1, scale=SCALE), replica_night(1, SEED, SCALE)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return Counter(zip(words, words[1:], words[2:], strict=False))


def f1(extracted: str, truth: str) -> float:
    extracted_shingles, true_shingles = shingles(extracted), shingles(truth)
    total = extracted_shingles.total() + true_shingles.total()
    return 2 * (extracted_shingles & true_shingles).total() / total if total else 1.0


def pages_of(key: str) -> Iterator[tuple[TruthArticle, Page]]:
    truth, printed = world()
    pages = SitePages(SYSTEMS[key], printed)
    site = next(site for site in truth.sites if site.key == key)
    for at, article in enumerate(site.articles):
        path = article.url.removeprefix(f"https://{site.domain}")
        reply = pages.reply(path)
        body = reply.body
        for name in LIVE_COUNTERS:
            shown = header_clock(1, at + 1) if name == "clock" else str(100 + at)
            body = body.replace(f"@@{name}@@".encode(), shown.encode())
        yield article, page(article, body, reply.content_type, hints_of(pages, path, article))


def hints_of(pages: SitePages, path: str, article: TruthArticle) -> Hints:
    entry = pages.entries[path]
    since = pages.system.feed_since
    day = next(m for m in pages.articles if m.path == path).moment.astimezone(HANOI).date()
    if since and day >= since:
        return Hints(title=entry.title, date=entry.pub_date, source="feed")
    return Hints(title=entry.title, date=entry.listed_day or None, source="listing")


def page(article: TruthArticle, body: bytes, kind: str, hints: Hints) -> Page:
    return Page(
        site=article.site,
        url=article.url,
        final_url=article.url,
        kind="article",
        status=200,
        headers=(("content-type", kind),),
        body=body,
        fetched_at=CAPTURED,
        hints=hints,
    )


def measure(key: str, profile: SiteProfile) -> tuple[Score, int]:
    score, count = Score(), 0
    for truth, page_copy in pages_of(key):
        count += 1
        result = read(page_copy, profile)
        assert result.article, (truth.url, result.reason)
        compare(score, truth, result)
    return score, count


def compare(score: Score, truth: TruthArticle, result: ReadResult) -> None:
    article = result.article
    assert article
    values = (
        ("title", truth.title, article.title),
        ("published", truth.published, article.published),
        ("lead", truth.lead, article.lead),
        ("prefix", truth.prefix, article.prefix),
        ("author", (truth.author, truth.author_unit), (article.author, article.author_unit)),
        ("section", truth.section, article.section),
        (
            "captions",
            [(i.url, i.caption) for i in truth.images],
            [(i.url, i.caption) for i in article.images],
        ),
        ("attachments", truth.attachments, article.attachments),
        ("source", truth.source, article.source_name),
        ("lines", truth.body, tuple(article.body.split("\n"))),
    )
    for name, right, read_as in values:
        score.note(name, right, read_as, truth.url)
    score.bodies.append(f1(article.body, "\n".join(truth.body)))


@pytest.mark.parametrize("key", list(SYSTEMS))
def test_a_replica_is_read_as_it_was_written(key: str) -> None:
    score, count = measure(key, load_profiles()[key])
    wrong = "\n".join(score.wrong[:5])
    assert count >= 14
    assert score.right["title"] == count, wrong
    assert score.right["published"] == count, wrong
    assert sum(score.bodies) / count >= 0.98, wrong
    assert min(score.bodies) >= 0.95, wrong
    for name in ("author", "lead", "prefix", "section", "captions", "attachments", "source", "lines"):
        assert score.right[name] >= 0.95 * count, wrong


def test_places_and_documents_of_the_replicas() -> None:
    """A place may be coarser than the truth or missing, hardly ever wrong; every citation is read whole."""
    places, count = Counter[str](), 0
    for key in SYSTEMS:
        for truth, page_copy in pages_of(key):
            article = read(page_copy, load_profiles()[key]).article
            assert article, truth.url
            count += 1
            places[compare_places(truth.place, article.place)] += 1
            cited = {document.number: (document.type, document.day) for document in article.documents}
            assert list(cited) == [number for number, _, _ in truth.documents], truth.url
            for number, kind, day in truth.documents:
                assert cited[number][1] == day, truth.url
                assert kind in (None, cited[number][0]), truth.url
    assert places["right"] >= 0.95 * count, places
    assert places["wrong"] <= 0.015 * count, places


def compare_places(truth: str | None, place: str | None) -> str:
    if truth == place:
        return "right"
    if place is None:
        return "none"
    return "coarser" if truth is not None and truth.startswith(f"{place}/") else "wrong"


def test_what_is_not_an_article_never_becomes_one() -> None:
    _, printed = world()
    for key, system in SYSTEMS.items():
        pages, profile = SitePages(system, printed), load_profiles()[key]
        article = next(truth for truth, _ in pages_of(key))
        for path in ("/dang-nhap", system.soft_404):
            reply = pages.reply(path)
            page_copy = page(article, reply.body, reply.content_type, Hints())
            assert read(page_copy, profile).article is None, f"{key} {path}"


def test_republished_stories_have_one_fingerprint() -> None:
    """Printed whole on two sites, with or without press prefix and byline: the same digest."""
    digests: dict[str, set[str]] = {}
    for key in SYSTEMS:
        profile = load_profiles()[key]
        for truth, page_copy in pages_of(key):
            if truth.edit in ("original", "identical", "prefix") and truth.lead:
                result = read(page_copy, profile)
                assert result.fingerprint
                digests.setdefault(truth.story, set()).add(result.fingerprint.exact)
    assert {story: len(prints) for story, prints in digests.items() if len(prints) > 1} == {}
    assert len({next(iter(prints)) for prints in digests.values()}) == len(digests)
