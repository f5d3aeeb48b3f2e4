"""Compare pages of this run with those of good runs, read from the WARC files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from crawler.health.findings import HealthFinding, Sign
from crawler.health.page_features import (
    FetchedPage,
    PageFeatures,
    is_gambling_spam,
    page_features,
    structure_similarity,
    word_similarity,
)
from spiders.profile.site_profile import SiteProfile
from storage.records import Capture
from storage.runs import health_queries as health
from storage.warc.errors import WarcError
from storage.warc.record_reader import read_capture

MAX_ROOTS_COMPARED = 4  # addresses of the profile that are looked at
MAX_EARLIER_CAPTURES = 3  # of their earlier pages, what all have in common counts
MAX_ARTICLES_COMPARED = (8, 4)  # article pages looked at, then and now
MIN_SAME_PAGE_ADDRESSES = 3  # different addresses, at least, that answer with the same page
MIN_SAME_PAGE_SIMILARITY = (
    0.95  # of the words of two pages: then they are one page, but for a clock, a counter or the address
)
MIN_STRUCTURE_SIMILARITY = (
    0.6  # share of its build that a page of the same layout still has; measured: tests/crawler/health
)


CaptureRows = Sequence[tuple[Capture, int]]  # captures with their run


@dataclass(frozen=True, slots=True)
class PageComparison:
    """Features of the same kind of page in good runs (`then`) and in this run (`now`)."""

    role: str  # root or article
    then: tuple[tuple[PageFeatures, str], ...]  # with the capture's name
    now: tuple[tuple[PageFeatures, str], ...]

    @property
    def structure_similarity(self) -> float | None:
        """Share of the old structure that the new pages still have; None = nothing to compare."""
        old = [page for page, _ in self.then]
        if self.role == "root":
            shares = [structure_similarity(old, page) for page, _ in self.now]
        else:  # articles may have several layouts: the most similar old page counts
            shares = [
                _highest_share([structure_similarity([page], new) for page in old]) for new, _ in self.now
            ]
        comparable = [share for share in shares if share is not None]
        return max(comparable) if comparable else None

    @property
    def lost_rules(self) -> tuple[str, ...]:
        """Profile rules that matched on every page then, and match on none now."""
        if not self.then or not self.now:
            return ()
        rules = self.then[0][0].rule_matches
        always = (rule for rule in rules if all(page.rule_matches.get(rule) for page, _ in self.then))
        return tuple(rule for rule in always if not any(page.rule_matches.get(rule) for page, _ in self.now))

    @property
    def layout_changed(self) -> bool:
        """Whether the structure of the new pages differs from the old."""
        share = self.structure_similarity
        return share is not None and share < MIN_STRUCTURE_SIMILARITY


def _highest_share(shares: Sequence[float | None]) -> float | None:
    return max((share for share in shares if share is not None), default=None)


@dataclass(frozen=True, slots=True)
class CapturedPageReader:
    """Reads captured pages from the archive and extracts their features."""

    connection: Connection
    warcs: Path
    profile: SiteProfile

    def read_page(self, capture: Capture, run: int, role: str) -> tuple[PageFeatures, str] | None:
        """Return a capture's page features and its name for a person; None when unreadable or no HTML."""
        try:
            response = read_capture(self.warcs, capture)
            body = response.content()
        except WarcError:
            return None  # `congdoan verify` reports damage; here it is one example fewer
        types = (value for name, value in response.headers if name.lower() == "content-type")
        features = page_features(FetchedPage(capture.url, body, next(types, None), role), self.profile)
        name = f"run {run}, {capture.fetched_at:%Y-%m-%d %H:%M} UTC, {capture.warc_file}"
        return (features, name) if features else None

    def compare(self, now: CaptureRows, then: CaptureRows, role: str) -> PageComparison:
        """Compare captures of good runs with those of this run."""
        new = tuple(features for row in now if (features := self.read_page(*row, role)))
        old = tuple(features for row in then if (features := self.read_page(*row, role))) if new else ()
        return PageComparison(role, old, new)


def compare_pages(
    reader: CapturedPageReader, run: int, good_runs: Sequence[int]
) -> tuple[PageComparison, ...]:
    """Compare the root pages that changed since the `good` runs, and this run's articles with theirs."""
    comparisons = []
    for address in health.root_addresses(reader.connection, run)[:MAX_ROOTS_COMPARED]:
        if rows := health.responses_at(reader.connection, [run], address, 1):
            digest = rows[0][0].payload_digest
            earlier = health.responses_at(reader.connection, good_runs, address, MAX_EARLIER_CAPTURES)
            if all(old.payload_digest != digest for old, _ in earlier):
                comparisons.append(reader.compare(rows, earlier, "root"))
    now = health.article_responses(reader.connection, [run], MAX_ARTICLES_COMPARED[1], articles_only=False)
    earlier = (
        health.article_responses(reader.connection, good_runs, MAX_ARTICLES_COMPARED[0], articles_only=True)
        if now
        else ()
    )
    comparisons.append(reader.compare(now, earlier, "article"))
    return tuple(pair for pair in comparisons if pair.now)


def layout_findings(comparisons: Sequence[PageComparison], *, found_before: bool) -> Iterator[HealthFinding]:
    """Yield a finding when the structure of pages has changed; `found_before`: also at the previous visit.

    Several pages, or a root page whose rules match nothing any more, are an alarm; one page alone is a
    notice, and an alarm when the next visit finds it again.
    """
    changed = [pair for pair in comparisons if pair.layout_changed]
    if not changed:
        return
    pages = sum(len(pair.now) for pair in changed)
    compared = [pair for pair in comparisons if pair.structure_similarity is not None]
    lost_rules = tuple(dict.fromkeys(rule for pair in changed for rule in pair.lost_rules))
    roots = any(pair.role == "root" and pair.lost_rules for pair in changed)
    is_alarm = (
        found_before or roots or (pages >= 2 and (bool(lost_rules) or 2 * len(changed) >= len(compared)))
    )
    first = min(changed, key=lambda pair: pair.structure_similarity or 0.0)
    highest_share = max(pair.structure_similarity or 0.0 for pair in changed)
    line = f"of {pages} pages looked at, none keeps more than {highest_share:.0%} of how they were built"
    if lost_rules:
        line += f"; rules that find nothing any more: {', '.join(lost_rules[:4])}"
    examples = tuple(page.url for pair in changed for page, _ in pair.now)[:5]
    then, now = _page_summary(first.then[0]), _page_summary(first.now[0])
    yield HealthFinding(
        Sign.LAYOUT, line, examples, then, {**now, "rules lost": list(lost_rules)}, alarm=is_alarm
    )


def same_page_findings(
    comparisons: Sequence[PageComparison], articles: Collection[str], *, found_before: bool
) -> Iterator[HealthFinding]:
    """Yield a finding when different addresses answer with the same page, though earlier no two were alike.

    Three are an alarm; two are a notice when one was an article (`articles`), and an alarm when the previous
    visit found two as well (`found_before`): a single article that shows the front page may be gone.
    """
    then = _one_per_address(page for pair in comparisons for page, _ in pair.then)
    now = _one_per_address(page for pair in comparisons for page, _ in pair.now)
    if len(then) < 2 or any(
        word_similarity(first_page, second_page) >= MIN_SAME_PAGE_SIMILARITY
        for first_page, second_page in combinations(then, 2)
    ):
        return
    groups = [
        tuple(page.url for page in now if word_similarity(page, first) >= MIN_SAME_PAGE_SIMILARITY)
        for first in now
    ]
    same_urls = max(groups, key=len, default=())
    is_finding = len(same_urls) >= MIN_SAME_PAGE_ADDRESSES or (
        len(same_urls) > 1 and not set(same_urls).isdisjoint(articles)
    )
    if not is_finding or 2 * len(same_urls) <= len(now):
        return
    line = f"{len(same_urls)} of {len(now)} addresses answer with one and the same page"
    yield HealthFinding(
        Sign.ONE_PAGE, line, same_urls, alarm=found_before or len(same_urls) >= MIN_SAME_PAGE_ADDRESSES
    )


def _one_per_address(pages: Iterable[PageFeatures]) -> list[PageFeatures]:
    """Return the last page of each address."""
    return list({page.url: page for page in pages}.values())


def spam_findings(comparisons: Sequence[PageComparison]) -> Iterator[HealthFinding]:
    """Yield a finding for each root page that advertises gambling and did not before."""
    for pair in comparisons:
        if pair.role != "root" or any(is_gambling_spam(page) for page, _ in pair.then):
            continue
        for page, name in pair.now:
            if is_gambling_spam(page):
                line = f"{page.url} has {page.word_counts['gambling']} words of gambling"
                then = _page_summary(pair.then[0]) if pair.then else {}
                yield HealthFinding(
                    Sign.SPAM, line, (page.url,), then, {**_page_summary((page, name)), **page.outbound_hosts}
                )


def _page_summary(named_page: tuple[PageFeatures, str]) -> dict[str, Any]:
    page, name = named_page
    return {"capture": name, **page.summary()}
