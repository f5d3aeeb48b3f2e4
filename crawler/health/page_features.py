"""Features of one page: structure, matches of the profile's rules, language and vocabulary (pure)."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml.cssselect import CSSSelector
from lxml.etree import ParserError
from lxml.html import HtmlElement

from pipelines.decode.charset import decode
from spiders.profile.fields import Css
from spiders.profile.site_profile import Layout, SiteProfile

MIN_GAMBLING_WORDS = (5, 3)  # in all, and different ones
MIN_COMMON_ELEMENTS = 10  # to compare pages at all
MIN_NAMED_ELEMENTS = 5  # with classes or ids, to compare only these
STRIPPED_MAX_SHARE = 0.25  # of the named elements: below it only these count
UNNAMED_ELEMENT = re.compile(r"[^.#>]+>[^.#>]+")
MAX_TEXT_CHARS = 100_000  # searched for words
DIGITS = re.compile(r"\d+")
VIETNAMESE_LETTER = re.compile("[ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ]")
WORD = re.compile(r"[^\W\d_]+")
LETTER = re.compile(r"[^\W\d_]")
FOREIGN_LETTER = re.compile(
    "[\u0400-\u052f\u0600-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
)
INVISIBLE_TAGS = "script", "style", "noscript", "template"


@dataclass(frozen=True, slots=True)
class PageFeatures:
    """Features of one page."""

    url: str
    title: str
    structure: frozenset[str]  # classes, ids and parent>child pairs, digits as 0
    rule_matches: Mapping[str, int]  # rule of the profile → elements it selects
    chars: int  # of visible text
    links: int
    outbound_hosts: Mapping[str, int]  # other hosts → links to them
    vietnamese_share: float  # letters only Vietnamese has, among all letters
    foreign_share: float  # letters of other scripts, among all letters
    word_counts: Mapping[str, int]  # occurrences, by vocabulary: union, gambling, parked
    distinct_word_counts: Mapping[str, int]  # different words, by vocabulary
    distinct_words: frozenset[str] = frozenset()  # every word of the page, once

    def summary(self) -> dict[str, Any]:
        """Return the part that a report stores."""
        summary = {"url": self.url, "title": self.title, "selectors": dict(self.rule_matches)}
        return {
            **summary,
            "characters": self.chars,
            "links": self.links,
            "kinds of elements": len(self.structure),
        }


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A response body with its URL, content type and role."""

    url: str
    body: bytes
    content_type: str | None
    role: str  # root or article


def page_features(page: FetchedPage, profile: SiteProfile) -> PageFeatures | None:
    """Return the features of a page; None for a response that is no HTML."""
    tree = _tree(page)
    if tree is None:
        return None
    structure = frozenset(_structure(tree))
    rule_matches = _rule_matches(tree, profile, page.role)
    title = " ".join((tree.findtext(".//title") or "").split())[:120]
    links = [urljoin(page.url, href) for href in tree.xpath("//a/@href")]
    for element in tree.xpath("|".join(f"//{tag}" for tag in INVISIBLE_TAGS)):
        element.drop_tree()
    text = " ".join(" ".join(tree.itertext("*")).split())[:MAX_TEXT_CHARS].lower()
    letters = len(LETTER.findall(text)) or 1
    vocabulary_counts = {name: _vocabulary_words(text, name) for name in ("union", "gambling", "parked")}
    return PageFeatures(
        url=page.url,
        title=title,
        structure=structure,
        rule_matches=rule_matches,
        chars=len(text),
        links=len(links),
        outbound_hosts=_outbound_hosts(links, profile),
        vietnamese_share=len(VIETNAMESE_LETTER.findall(text)) / letters,
        foreign_share=len(FOREIGN_LETTER.findall(text)) / letters,
        word_counts={name: words.total() for name, words in vocabulary_counts.items()},
        distinct_word_counts={name: len(words) for name, words in vocabulary_counts.items()},
        distinct_words=frozenset(WORD.findall(text)),
    )


def _tree(page: FetchedPage) -> HtmlElement | None:
    if page.body.lstrip()[:1] not in {b"<", b"\xef", b"\xff", b"\xfe"} or not page.body.strip():
        return None
    text = decode(page.body, page.content_type).text
    if re.match(r"\s*<\?xml[^>]*>\s*<(?!!doctype html|html)", text, re.IGNORECASE):
        return None  # a feed or sitemap has no page structure
    try:
        return lxml.html.document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text))
    except (ParserError, ValueError):
        return None


def _structure(tree: HtmlElement) -> list[str]:
    elements: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        parent = element.getparent()
        if parent is not None:
            elements.append(f"{parent.tag}>{element.tag}")
        names = [f".{name}" for name in (element.get("class") or "").split()]
        names += [f"#{name}" for name in (element.get("id") or "").split()]
        elements += [f"{element.tag}{DIGITS.sub('0', name)}" for name in names]
    return elements


def _rule_matches(tree: HtmlElement, profile: SiteProfile, role: str) -> dict[str, int]:
    rules = _listing_rules(profile) if role == "root" else _layout_rules(profile.layout[0])
    return {f"{name} {css}": _match_count(css, tree) for name, css in rules}


def _match_count(css: Css, tree: HtmlElement) -> int:
    elements = CSSSelector(css, translator="html")(tree)
    return len(elements) if isinstance(elements, list) else 0


def _listing_rules(profile: SiteProfile) -> list[tuple[str, Css]]:
    rules = profile.listing
    selectors = [("item", css) for css in rules.item] + [("pager", css) for css in rules.pager]
    return [*selectors, ("title", rules.title)] if rules.title else selectors


def _layout_rules(layout: Layout) -> list[tuple[str, Css]]:
    selectors = [("title", css) for css in layout.title] + [("lead", css) for css in layout.lead]
    selectors += [("body", css) for css in layout.body] + [("section", css) for css in layout.section]
    selectors += [("date", css) for css in (layout.date.css if layout.date else ())]
    return [*selectors, ("author", layout.author.css)] if layout.author.css else selectors


def _outbound_hosts(links: Sequence[str], profile: SiteProfile) -> dict[str, int]:
    hosts: Counter[str] = Counter()
    for link in links:
        try:
            host = (urlsplit(link).hostname or "").lower()
        except ValueError:
            continue
        if host and host not in profile.every_host:
            hosts[host] += 1
    return dict(hosts.most_common(5))


def _vocabulary_words(text: str, name: str) -> Counter[str]:
    return Counter(_word_patterns()[name].findall(fold_marks(text)))


def fold_marks(text: str) -> str:
    """Return the text in lower case, without Vietnamese marks."""
    unmarked = "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))
    return unmarked.replace("đ", "d")


@cache
def _word_patterns() -> Mapping[str, re.Pattern[str]]:
    vocabulary = tomllib.loads(Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8"))
    return {
        name: re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, words), key=len, reverse=True)) + r")\b")
        for name, words in vocabulary.items()
    }


def structure_similarity(then: Sequence[PageFeatures], now: PageFeatures) -> float | None:
    """Return the share of elements common to all earlier pages that the new one still has; None = too few.

    When nearly all classes and ids are gone, only these count: bare elements are alike everywhere.
    """
    if not then:
        return None
    common = frozenset.intersection(*(page.structure for page in then))
    if len(common) < MIN_COMMON_ELEMENTS:
        return None
    named_elements = [element for element in common if not UNNAMED_ELEMENT.fullmatch(element)]
    lasting_share = sum(element in now.structure for element in named_elements) / (len(named_elements) or 1)
    if len(named_elements) >= MIN_NAMED_ELEMENTS and lasting_share < STRIPPED_MAX_SHARE:
        return lasting_share
    return len(common & now.structure) / len(common)


def word_similarity(page: PageFeatures, other: PageFeatures) -> float:
    """Return the Jaccard similarity of the words of two pages, 0 to 1."""
    return len(page.distinct_words & other.distinct_words) / (
        len(page.distinct_words | other.distinct_words) or 1
    )


def is_gambling_spam(page: PageFeatures) -> bool:
    """Whether a page advertises gambling: at least 5 gambling words, 3 different ones."""
    return (
        page.word_counts["gambling"] >= MIN_GAMBLING_WORDS[0]
        and page.distinct_word_counts["gambling"] >= MIN_GAMBLING_WORDS[1]
    )
