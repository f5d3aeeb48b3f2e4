"""Failing: the class of a site's failure, from what a visit met and what its pages look like (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from crawler.health.findings import Failing, Failure
from crawler.health.page_features import Look, gambles

ROOTS = {"seed", "feed", "sitemap", "listing"}
MOST = 0.5  # of what was asked fails for one reason: that is the site's failure
POOR = 3  # words of a union on a page that is nobody's, at most
ALIEN = 0.3  # share of letters of another script
SILENT_IN_VIETNAMESE = 0.005  # share of Vietnamese letters below which a page is in another language
WORDY = 400  # letters a page must have before its language is judged
THIN = 1500  # characters a parked page has at most
BY_REASON: Mapping[str, Failure] = {
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
BY_ENDING: Mapping[str, Failure] = {
    "throttled": Failure.THROTTLED,
    "robots_unavailable": Failure.ROBOTS,
    "unreachable": Failure.UNREACHABLE,
}
REASON = re.compile(r"^\S+: (\w+): ")  # how crawler.middlewares.robots begins the detail of `unreachable`


@dataclass(frozen=True, slots=True)
class Met:
    """What a visit met."""

    ending: str
    detail: str
    tallies: Sequence[Mapping[str, Any]]  # as a report has them
    links: int  # to articles, on the discovery pages read
    read: int  # discovery pages read
    looks: Sequence[Look] = ()  # of the profile's own addresses, now
    rebuilt: bool = False  # pages are built otherwise than before (Sign.LAYOUT)
    usual_links: float = 0.0  # to articles, in the visits before
    uniform: Sequence[str] = ()  # addresses that answer with one and the same page, and did not before


def failing(met: Met) -> Failing | None:
    """The first class that fits, the most telling first; None for a site that gives what it should."""
    rules: tuple[Callable[[Met], Failing | None], ...] = (
        _moved,
        _taken,
        _not_found,
        _one_page,
        _ended,
        _roots_lost,
        _forbidden,
        _nothing_linked,
        _mostly,
    )
    return next((found for rule in rules if (found := rule(met)) is not None), None)


def _moved(met: Met) -> Failing | None:
    """Its own addresses send to another host."""
    told = [t for t in met.tallies if t["reason"] == "redirect_offsite" and t["kind"] in {"seed", "listing"}]
    if not told or met.links:
        return None
    lines = [f"{t['example']} leads to {moved_to(t)}" for t in told]
    return Failing(Failure.MOVED, tuple(dict.fromkeys(lines)))


def moved_to(tally: Mapping[str, Any]) -> str:
    """The host a redirect leads to."""
    return urlsplit(urljoin(tally["example"], tally["detail"] or "")).hostname or "nowhere"


def _taken(met: Met) -> Failing | None:
    """A home that is nobody's, or somebody else's."""
    for page in met.looks:
        if met.links and page.words["union"] > POOR:
            continue
        if page.kinds["parked"] and page.words["union"] <= POOR and page.chars < THIN:
            return Failing(Failure.PARKED, (f"{page.url}: {page.title!r}, {page.chars} characters of text",))
        if reasons := list(_alien(page)):
            return Failing(Failure.HIJACKED, (f"{page.url}: {page.title!r}", *reasons))
    return None


def _not_found(met: Met) -> Failing | None:
    """Its own addresses show a page that says there is none, or that the site is being mended."""
    missing = [page for page in met.looks if is_missing(page)]
    if not missing or 2 * len(missing) < len(met.looks):
        return None
    return Failing(Failure.SOFT_404, tuple(f"{page.url}: {page.title!r}" for page in missing))


def _one_page(met: Met) -> Failing | None:
    """Whatever is asked, the same page comes: it may keep the site's menus, and say nothing of being lost."""
    if not met.uniform:
        return None
    line = f"{len(met.uniform)} addresses answer with one and the same page"
    return Failing(Failure.SOFT_404, (line, *met.uniform[:3]))


def _alien(page: Look) -> Iterator[str]:
    if gambles(page) and page.words["gambling"] > page.words["union"]:
        yield f"{page.words['gambling']} words of gambling, {page.words['union']} of a union"
    if page.chars >= WORDY and page.foreign > ALIEN:
        yield f"{page.foreign:.0%} of its letters are of another script"
    elif page.chars >= WORDY and page.vietnamese < SILENT_IN_VIETNAMESE and page.words["union"] <= POOR:
        yield f"written in another language: {page.vietnamese:.1%} Vietnamese letters, no word of a union"


def _ended(met: Met) -> Failing | None:
    kind = BY_ENDING.get(met.ending)
    if kind is None:
        return None
    if (named := REASON.match(met.detail)) and met.ending == "unreachable":
        kind = BY_REASON.get(named[1], kind)
    return Failing(kind, (met.detail or met.ending,))


def _roots_lost(met: Met) -> Failing | None:
    """Most of the profile's own addresses could not be had, for one reason."""
    asked = [t for t in met.tallies if t["kind"] in ROOTS]
    return _worst(asked, {"failed", "gone", "not_an_article", "refused"})


def _worst(asked: Sequence[Mapping[str, Any]], bad: set[str]) -> Failing | None:
    total = sum(tally["count"] for tally in asked)
    lost: Counter[Failure] = Counter()
    lines: dict[Failure, list[str]] = {}
    for tally in asked:
        kind = BY_REASON.get(tally["reason"] or "")
        if kind and tally["outcome"] in bad:
            lost[kind] += tally["count"]
            told = f"{tally['count']} {tally['kind']} {tally['reason']}, e.g. {tally['example']}"
            lines.setdefault(kind, []).append(f"{told} {tally['detail'] or ''}".strip())
    if not lost or lost.total() <= MOST * total:
        return None
    kind = lost.most_common(1)[0][0]
    return Failing(kind, (f"{lost[kind]} of {total} asked", *lines[kind][:3]))


def _forbidden(met: Met) -> Failing | None:
    """robots.txt refuses the profile's own addresses."""
    told = [t for t in met.tallies if t["reason"] == "robots" and t["kind"] in ROOTS]
    if met.read or not told:
        return None
    return Failing(Failure.ROBOTS, tuple(f"{t['example']}: {t['detail'] or 'forbidden'}" for t in told[:3]))


def _nothing_linked(met: Met) -> Failing | None:
    if not met.read or met.links:
        return None
    usual = f", usually {met.usual_links:.0f}" if met.usual_links else ""
    line = f"{met.read} discovery pages were read and show no article{usual}"
    return Failing(Failure.LAYOUT_CHANGED if met.rebuilt else Failure.EMPTY_LISTING, (line,))


MISSING = re.compile(r"(?i)\b404\b|không tìm thấy|không tồn tại|not found|page missing|đang bảo trì|bảo trì")


def is_missing(page: Look) -> bool:
    """Whether a page says in its title that there is none."""
    return bool(MISSING.search(page.title))


def _mostly(met: Met) -> Failing | None:
    """Most articles asked could not be had, though the listings could."""
    asked = [t for t in met.tallies if t["kind"] == "article" and t["outcome"] != "refused"]
    if sum(tally["count"] for tally in asked) >= 5 and (found := _worst(asked, {"failed", "not_an_article"})):
        return found
    return (
        Failing(Failure.LAYOUT_CHANGED, ("pages are built otherwise than before",)) if met.rebuilt else None
    )
