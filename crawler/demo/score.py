"""Score the archive of a night against the replicas' ground truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from crawler.demo.ground_truth import GroundTruth, ReplicaSite, TruthArticle, true_changes
from spiders.urls.canonical import fold_url
from storage.articles import changes as feed
from storage.articles import files as stored_files
from storage.articles import queries as catalogue
from storage.records import Article, ChangeKind, UrlKind

SHINGLE_WORDS = 3  # words
NEW_KINDS = {ChangeKind.ADDED, ChangeKind.APPEARED}
EDITED_KINDS = {ChangeKind.REVISED, ChangeKind.PARTED}
VANISHED_KINDS = {ChangeKind.REMOVED, ChangeKind.VANISHED}


@dataclass(frozen=True, slots=True)
class SiteScore:
    """Scores of one site's articles against the ground truth; shares are 0 to 1."""

    site: str
    true_count: int
    matched: int
    titles: float
    days: float
    authors: float
    bodies: float  # mean F1 of word shingles
    files: tuple[int, int]  # attachments whose text was read, all attachments
    images: tuple[int, int]  # images captured and measured, all images
    missing: tuple[str, ...]
    extra: tuple[str, ...]  # URLs stored as articles that are none
    wrong: tuple[str, ...]  # one line per wrong field

    @property
    def good(self) -> bool:
        """Whether the site reaches the required scores."""
        complete = self.matched == self.true_count and not self.extra
        complete = complete and all(read == there for read, there in (self.files, self.images))
        return complete and self.titles == self.days == 1.0 and self.authors >= 0.95 and self.bodies >= 0.98


@dataclass(frozen=True, slots=True)
class NightScore:
    """Changes between two nights, reported and true."""

    new: tuple[int, int]  # (reported and true, true)
    edited: tuple[int, int]
    vanished: tuple[int, int]
    false: tuple[str, ...]  # reported changes that are none
    refetched: tuple[str, ...]  # unchanged articles whose page was downloaded again

    @property
    def good(self) -> bool:
        """Whether exactly the true changes were reported, and nothing unchanged was downloaded again."""
        exact = all(matched == true for matched, true in (self.new, self.edited, self.vanished))
        return exact and not self.false and not self.refetched


def word_shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the word 3-shingles of a text with their counts."""
    words = text.split()
    span = min(SHINGLE_WORDS, max(1, len(words)))
    return Counter(tuple(words[at : at + span]) for at in range(len(words) - span + 1))


def body_f1(read: str, true: Iterable[str]) -> float:
    """Return the F1 of the shingles of an extracted body against its true paragraphs."""
    have, want = word_shingles(read.replace(" | ", " ")), word_shingles("\n".join(true).replace(" | ", " "))
    both = sum((have & want).values())
    return 2 * both / (sum(have.values()) + sum(want.values()) or 1)


def score_site(connection: Connection, site: ReplicaSite, *, spell: Callable[[str], str] = str) -> SiteScore:
    """Score one site's stored articles; URLs that `spell` maps to the same are one."""
    shown = (page for page, gone in catalogue.articles_on_site(connection, site.key) if gone is None)
    stored = {spell(page.url): page for page in shown}
    truth = {spell(article.url): article for article in site.articles}
    both = [(stored[url], truth[url]) for url in truth if url in stored]
    n = len(both) or 1
    return SiteScore(
        site=site.key,
        true_count=len(truth),
        matched=len(both),
        titles=sum(page.title == true.title for page, true in both) / n,
        days=sum(_day(page) == _day(true) for page, true in both) / n,
        authors=sum(page.author == true.author for page, true in both) / n,
        bodies=sum(body_f1(page.body, true.body) for page, true in both) / n,
        files=_files(connection, site, UrlKind.ATTACHMENT),
        images=_files(connection, site, UrlKind.IMAGE),
        missing=tuple(url for url in truth if url not in stored),
        extra=tuple(url for url in stored if url not in truth),
        wrong=tuple(line for page, true in both for line in _wrong(page, true)),
    )


def _files(connection: Connection, site: ReplicaSite, kind: UrlKind) -> tuple[int, int]:
    """Return (files read, all files) of a site, for attachments or images."""
    read = stored_files.urls_read(connection, site.key, kind)
    papers = {file.url for article in site.articles for file in article.attachments}
    pictures = {image.url for article in site.articles for image in article.images}
    true = papers if kind is UrlKind.ATTACHMENT else pictures
    if site.iis:  # the frontier folds URLs of this site, its pages do not
        true = {fold_url(url, case=True, order=True) for url in true}
    return len(true & read), len(true)


def _day(page: Article | TruthArticle) -> str:
    return page.published.day.isoformat() if page.published else ""


def _wrong(page: Article, true: TruthArticle) -> list[str]:
    fields = (
        ("title", page.title, true.title),
        ("day", _day(page), _day(true)),
        ("author", page.author, true.author),
    )
    lines = [
        f"{page.url}: {name} {read_value!r}, in truth {true_value!r}"
        for name, read_value, true_value in fields
        if read_value != true_value
    ]
    f1 = body_f1(page.body, true.body)
    return lines + ([f"{page.url}: body F1 {f1:.3f}"] if f1 < 0.98 else [])


def score_changes(connection: Connection, before: GroundTruth, after: GroundTruth, since: int) -> NightScore:
    """Score the change feed after row `since` against the changes between two nights."""
    truth = true_changes(before, after)
    change_feed = list(feed.read(connection, since, limit=1_000_000))
    new, edited, vanished = (
        _urls_of_kinds(change_feed, kinds) for kinds in (NEW_KINDS, EDITED_KINDS, VANISHED_KINDS)
    )
    url_sets = ((new, set(truth.new)), (edited, set(truth.edited)), (vanished, set(truth.vanished)))
    false = sorted(url for reported, expected in url_sets for url in reported - expected)
    pairs = [(len(reported & expected), len(expected)) for reported, expected in url_sets]
    touched = {*truth.new, *truth.edited, *truth.vanished}
    return NightScore(pairs[0], pairs[1], pairs[2], tuple(false), _refetched(connection, after, touched))


def _urls_of_kinds(change_feed: Iterable[feed.Change], kinds: set[ChangeKind]) -> set[str]:
    return {change.url for change in change_feed if change.kind in kinds}


def _refetched(connection: Connection, truth: GroundTruth, touched: set[str]) -> tuple[str, ...]:
    refetched_urls: list[str] = []
    for site in truth.sites:
        answers: Mapping[str, int] = catalogue.full_response_counts(connection, site.key)
        urls = (article.url for article in site.articles if article.url not in touched)
        refetched_urls += [url for url in urls if answers.get(url, 0) > 1]
    return tuple(refetched_urls)
