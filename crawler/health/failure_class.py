"""Classify a site's failure from the visit's outcomes and the features of its pages (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.health.findings import ClassifiedFailure, Failure
from crawler.health.page_features import PageFeatures, is_gambling_spam

ROOT_KINDS = {"seed", "feed", "sitemap", "listing"}
MIN_FAILED_SHARE = 0.5  # of the fetched URLs fail for one reason
MAX_UNION_WORDS = 3  # on a parked or hijacked page
MIN_FOREIGN_SHARE = 0.3  # of letters of another script
MAX_VIETNAMESE_SHARE = 0.005  # below it a page is in another language
MIN_LANGUAGE_CHARS = 400  # below it the language is not judged
MAX_PARKED_CHARS = 1500  # of text on a parked page
FAILURE_BY_REASON: Mapping[str, Failure] = {
    "dns": Failure.DNS_GONE,
    "connection_refused": Failure.REFUSED,
    "connection_lost": Failure.UNREACHABLE,
    "network": Failure.UNREACHABLE,
    "private_address": Failure.DNS_GONE,
    "tls": Failure.CERTIFICATE,
    "timeout": Failure.SLOW,
    "wall": Failure.WALL,
    "unrendered": Failure.WALL,
    "http_429": Failure.THROTTLED,
    "http_5xx": Failure.SERVER_ERROR,
    "robots_unavailable": Failure.ROBOTS,
    "robots": Failure.ROBOTS,
    "soft_404": Failure.SOFT_404,
    "http_404": Failure.SOFT_404,
    "http_410": Failure.SOFT_404,
}
FAILURE_BY_ENDING: Mapping[str, Failure] = {
    "throttled": Failure.THROTTLED,
    "robots_unavailable": Failure.ROBOTS,
    "unreachable": Failure.UNREACHABLE,
}
UNREACHABLE_REASON = re.compile(
    r"^\S+: (\w+): "
)  # how crawler.middlewares.robots begins the detail of `unreachable`


@dataclass(frozen=True, slots=True)
class VisitEvidence:
    """Evidence of one visit for the failure class."""

    ending: str
    detail: str
    tallies: Sequence[Mapping[str, Any]]  # as in a report: kind, outcome, reason, count, example
    article_links: int  # on the discovery pages read
    discovery_pages: int  # discovery pages read
    root_pages: Sequence[PageFeatures] = ()  # features of the root pages
    layout_changed: bool = False  # Sign.LAYOUT is an alarm
    usual_links: float = 0.0  # article links in the visits before
    same_page_urls: Sequence[str] = ()  # now the same page, earlier different ones


def classify_failure(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Return the first matching failure class, most specific first; None for a healthy site."""
    rules: tuple[Callable[[VisitEvidence], ClassifiedFailure | None], ...] = (
        _moved,
        _parked_or_hijacked,
        _soft_404,
        _one_page,
        _visit_ended_early,
        _roots_lost,
        _robots_forbids_roots,
        _empty_listings,
        _articles_lost,
    )
    return next((failure for rule in rules if (failure := rule(evidence)) is not None), None)


def _moved(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Root addresses redirect to another host."""
    redirects = [
        t for t in evidence.tallies if t["reason"] == "redirect_offsite" and t["kind"] in {"seed", "listing"}
    ]
    if not redirects or evidence.article_links:
        return None
    lines = [f"{t['example']} leads to {redirect_host(t)}" for t in redirects]
    return ClassifiedFailure(Failure.MOVED, tuple(dict.fromkeys(lines)))


def redirect_host(tally: Mapping[str, Any]) -> str:
    """Return the host a redirect leads to."""
    return urlsplit(urljoin(tally["example"], tally["detail"] or "")).hostname or "nowhere"


def _parked_or_hijacked(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """A root page is a parking page, or of a hijacked domain."""
    for page in evidence.root_pages:
        if evidence.article_links and page.word_counts["union"] > MAX_UNION_WORDS:
            continue
        if (
            page.distinct_word_counts["parked"]
            and page.word_counts["union"] <= MAX_UNION_WORDS
            and page.chars < MAX_PARKED_CHARS
        ):
            return ClassifiedFailure(
                Failure.PARKED, (f"{page.url}: {page.title!r}, {page.chars} characters of text",)
            )
        if reasons := list(_hijack_evidence(page)):
            return ClassifiedFailure(Failure.HIJACKED, (f"{page.url}: {page.title!r}", *reasons))
    return None


def _soft_404(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Root pages say that the page does not exist, or that the site is under maintenance."""
    missing = [page for page in evidence.root_pages if is_not_found_page(page)]
    if not missing or 2 * len(missing) < len(evidence.root_pages):
        return None
    return ClassifiedFailure(Failure.SOFT_404, tuple(f"{page.url}: {page.title!r}" for page in missing))


def _one_page(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Different addresses answer with the same page, which may keep the site's menus."""
    if not evidence.same_page_urls:
        return None
    line = f"{len(evidence.same_page_urls)} addresses answer with one and the same page"
    return ClassifiedFailure(Failure.SOFT_404, (line, *evidence.same_page_urls[:3]))


def _hijack_evidence(page: PageFeatures) -> Iterator[str]:
    if is_gambling_spam(page) and page.word_counts["gambling"] > page.word_counts["union"]:
        yield f"{page.word_counts['gambling']} words of gambling, {page.word_counts['union']} of a union"
    if page.chars >= MIN_LANGUAGE_CHARS and page.foreign_share > MIN_FOREIGN_SHARE:
        yield f"{page.foreign_share:.0%} of its letters are of another script"
    elif (
        page.chars >= MIN_LANGUAGE_CHARS
        and page.vietnamese_share < MAX_VIETNAMESE_SHARE
        and page.word_counts["union"] <= MAX_UNION_WORDS
    ):
        share = f"{page.vietnamese_share:.1%} Vietnamese letters"
        yield f"written in another language: {share}, no word of a union"


def _visit_ended_early(evidence: VisitEvidence) -> ClassifiedFailure | None:
    kind = FAILURE_BY_ENDING.get(evidence.ending)
    if kind is None:
        return None
    if (reason_match := UNREACHABLE_REASON.match(evidence.detail)) and evidence.ending == "unreachable":
        kind = FAILURE_BY_REASON.get(reason_match[1], kind)
    return ClassifiedFailure(kind, (evidence.detail or evidence.ending,))


def _roots_lost(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Most root addresses failed for one reason."""
    root_tallies = [t for t in evidence.tallies if t["kind"] in ROOT_KINDS]
    return _most_common_failure(root_tallies, {"failed", "gone", "not_an_article", "refused"})


def _most_common_failure(
    tallies: Sequence[Mapping[str, Any]], failed_outcomes: set[str]
) -> ClassifiedFailure | None:
    total = sum(tally["count"] for tally in tallies)
    failures: Counter[Failure] = Counter()
    lines: dict[Failure, list[str]] = {}
    for tally in tallies:
        kind = FAILURE_BY_REASON.get(tally["reason"] or "")
        if kind and tally["outcome"] in failed_outcomes:
            failures[kind] += tally["count"]
            line = f"{tally['count']} {tally['kind']} {tally['reason']}, e.g. {tally['example']}"
            lines.setdefault(kind, []).append(f"{line} {tally['detail'] or ''}".strip())
    if not failures or failures.total() <= MIN_FAILED_SHARE * total:
        return None
    kind = failures.most_common(1)[0][0]
    return ClassifiedFailure(kind, (f"{failures[kind]} of {total} fetched", *lines[kind][:3]))


def _robots_forbids_roots(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """robots.txt forbids the root addresses."""
    forbidden = [t for t in evidence.tallies if t["reason"] == "robots" and t["kind"] in ROOT_KINDS]
    if evidence.discovery_pages or not forbidden:
        return None
    return ClassifiedFailure(
        Failure.ROBOTS, tuple(f"{t['example']}: {t['detail'] or 'forbidden'}" for t in forbidden[:3])
    )


def _empty_listings(evidence: VisitEvidence) -> ClassifiedFailure | None:
    if not evidence.discovery_pages or evidence.article_links:
        return None
    usual = f", usually {evidence.usual_links:.0f}" if evidence.usual_links else ""
    line = f"{evidence.discovery_pages} discovery pages were read and show no article{usual}"
    return ClassifiedFailure(
        Failure.LAYOUT_CHANGED if evidence.layout_changed else Failure.EMPTY_LISTING, (line,)
    )


NOT_FOUND_TITLE = re.compile(
    r"(?i)\b404\b|không tìm thấy|không tồn tại|not found|page missing|đang bảo trì|bảo trì"
)


def is_not_found_page(page: PageFeatures) -> bool:
    """Whether a page's title says that it does not exist."""
    return bool(NOT_FOUND_TITLE.search(page.title))


def _articles_lost(evidence: VisitEvidence) -> ClassifiedFailure | None:
    """Most article URLs failed, though the listings did not."""
    article_tallies = [t for t in evidence.tallies if t["kind"] == "article" and t["outcome"] != "refused"]
    if sum(tally["count"] for tally in article_tallies) >= 5 and (
        failure := _most_common_failure(article_tallies, {"failed", "not_an_article"})
    ):
        return failure
    return (
        ClassifiedFailure(Failure.LAYOUT_CHANGED, ("pages are built otherwise than before",))
        if evidence.layout_changed
        else None
    )
