"""Sections: the listings of a site - those seen, and those of the same form that the menus name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from spiders.explore.ignorable_parameters import keys_of
from spiders.explore.link_graph import TITLE_LENGTH, Atlas, is_page
from spiders.explore.page import Look
from spiders.explore.page_numbers import continues
from spiders.explore.url_patterns import Shape, escaped, joined, loosened, pattern_of, shape_of, subject

SEARCH = re.compile(r"(?i)[?&](?:q|s|k|key|keyword|search|query|tukhoa)=|/(?:search|tim-kiem)(?:[/.?]|$)")
ENOUGH_KIN = 3  # listings seen of one form before the others of it are believed


@dataclass(frozen=True, slots=True)
class Section:
    """One listing."""

    url: str
    name: str
    seen: bool  # False: only its address says that it is one


def _base_listings(atlas: Atlas) -> list[Look]:
    """The listings seen, without further pages of each other."""
    urls = [look.url for look in atlas.listings]
    return [
        look
        for look in atlas.listings
        if not any(len(url) <= len(look.url) and _pages(url, look.url) for url in urls)
        and not _is_no_section(atlas, look.url)
    ]


def _pages(url: str, other: str) -> bool:
    return continues(url, other) and not continues(other, url)


def _kin(atlas: Atlas) -> dict[Shape, list[str]]:
    """Listings seen by loosened shape, of the shapes that say more than `a word`."""
    kin: dict[Shape, list[str]] = defaultdict(list)
    for look in _base_listings(atlas):
        kin[_form(look.url)].append(look.url)
    return kin


def _form(url: str) -> Shape:
    """The shape with its last name open; a path of one word stays what it is."""
    shape = shape_of(url)
    if shape.keys or len(shape.tokens) < 2:
        return shape
    return Shape((*shape.tokens[:-1], loosened(shape).tokens[-1]), ())


def sections(atlas: Atlas, tried: frozenset[str]) -> tuple[Section, ...]:
    """The listings seen, then those of the same form that pages link to."""
    seen = _base_listings(atlas)
    found = {look.url: Section(look.url, atlas.texts.get(look.url, "")[:80], True) for look in seen}
    kin = _kin(atlas)
    for url in atlas.urls:
        form = _form(url)
        if url in found or url in tried or form not in kin or atlas.is_formed(url):
            continue
        further = any(continues(one, url, "1") for one in kin[form]) or _is_no_section(atlas, url)
        if not further and _is_believed(atlas, form, kin[form], tried):
            found[url] = Section(url, atlas.texts.get(url, "")[:80], False)
    return tuple(found.values())


def _is_believed(atlas: Atlas, form: Shape, known: list[str], tried: frozenset[str]) -> bool:
    asked = sum(1 for url in tried if _form(url) == form and not atlas.is_article(url))
    return len(known) >= min(ENOUGH_KIN, 2) and len(known) * 4 >= asked * 3


def section_candidates(atlas: Atlas, tried: frozenset[str]) -> Iterator[str]:
    """Addresses that may be listings: kin of known ones first, then what menus name, most linked first."""
    kin = _kin(atlas)
    failed: dict[Shape, int] = defaultdict(int)
    good = {look.url for look in atlas.listings}
    for url in (url for url in tried - good if not atlas.is_article(url)):
        failed[_form(url)] += 1
    ranked = []
    for at, url in enumerate(atlas.urls):
        form = _form(url)
        if atlas.is_article(url) or _is_no_section(atlas, url):
            continue
        known = len(kin.get(form, ()))
        enough = known >= ENOUGH_KIN and not atlas.is_formed(url)  # such a one must be seen to be told
        if enough or (failed[form] >= 3 and not known):
            continue
        if any(continues(one, url, "1") for one in good):
            continue
        ranked.append((-min(known, 1), -atlas.everywhere[url] // 3, len(shape_of(url).tokens), at, url))
    yield from (row[-1] for row in sorted(ranked))


def _is_no_section(atlas: Atlas, url: str) -> bool:
    """A search, a variant of an article, of another page or of the front page, or from a sitemap alone."""
    bare = url.partition("?")[0]
    if bare != url and atlas.is_article(bare):
        return True  # a share or reply link of an article
    if SEARCH.search(url) or (url in atlas.told and not atlas.everywhere[url]):
        return True
    root = atlas.home.partition("?")[0]
    routed = atlas.articles is not None and atlas.articles.urls[0].partition("?")[0] == root
    return bare == root and "page" not in url and not routed


def listing_patterns(atlas: Atlas, found: tuple[Section, ...]) -> tuple[str, ...]:
    """Regexes of listings where their form says enough, never one of an article.

    Further pages need none: what a pager leads to is a listing.
    """
    groups: dict[Shape, list[str]] = defaultdict(list)
    for section in found:
        groups[_form(section.url)].append(section.url)
    patterns = [_pattern(urls) for urls in groups.values()]
    good = [p for p in dict.fromkeys(patterns) if p and not _hits_articles(p, atlas)]
    return tuple(good)[:6]


def _pattern(urls: list[str]) -> str | None:
    shape = joined({shape_of(url) for url in urls})
    named = any(r"[^/]+" not in token and re.search("[a-z]", token) for token in shape.tokens[:-1])
    return pattern_of(shape, urls) if shape.keys or (named and len(urls) > 1) else None


def _hits_articles(pattern: str, atlas: Atlas) -> bool:
    regex = re.compile(pattern)
    urls = atlas.articles.urls if atlas.articles else ()
    titled = (url for url in urls if len(atlas.texts.get(url, "")) >= TITLE_LENGTH)
    return any(regex.search(subject(url)) for url in titled)


def twin_patterns(atlas: Atlas) -> tuple[str, ...]:
    """Regexes of print and mail twins: on most article pages linked, with the article's own key in them."""
    groups: dict[str, list[str]] = defaultdict(list)
    for look in atlas.article_looks:
        key = _key(look.url)
        for url in dict.fromkeys(anchor.url for anchor in look.anchors):
            if key and url != look.url and _key_in(key, url) and _may_be_twin(atlas, url):
                groups[pattern_of(shape_of(url), [url])].append(url)
                for name in set(keys_of(url)) - set(keys_of(look.url)):  # the article with `&print=1`
                    groups[rf"[?&]{escaped(name)}="].append(url)
                if "?" in url:  # `/in-bai.htm?id=12`: one page prints them all
                    groups[rf"^{escaped(subject(url).partition('?')[0])}\?"].append(url)
    often = {p: urls for p, urls in groups.items() if len(urls) * 2 >= len(atlas.article_looks)}
    good = [p for p, urls in often.items() if len(set(urls)) > 1 and not _hits_articles(p, atlas)]
    return tuple(p for p in good if not any(p != q and set(often[p]) < set(often[q]) for q in good))[:4]


def _may_be_twin(atlas: Atlas, url: str) -> bool:
    titled = len(atlas.texts.get(url, "")) >= TITLE_LENGTH
    return is_page(url) and not titled


def _key(url: str) -> str:
    """What tells an article's address from others: its longest number, else its slug."""
    numbers = re.findall(r"\d+", subject(url))
    longest = max(numbers, key=len, default="")
    return longest if len(longest) >= 2 else subject(url).strip("/").rpartition("/")[2].partition(".")[0]


def _key_in(key: str, url: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(key)}(?!\d)", subject(url)) is not None
