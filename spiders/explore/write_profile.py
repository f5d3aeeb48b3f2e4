"""Profile proposal: gather the rules found by an exploration, and write them as a profile's TOML."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spiders.explore.ignorable_parameters import MIN_HEADLINE_CHARS
from spiders.explore.link_graph import LinkGraph
from spiders.explore.listing_rules import entry_date_rule, item_rule
from spiders.explore.metadata_rules import LayoutGuess, guess_layout
from spiders.explore.pagers import has_scripted_pager, pager_rule
from spiders.explore.platform import PlatformGuess, guess_platform
from spiders.explore.publisher import Publisher, guess_publisher
from spiders.explore.sections import ListingSection, listing_patterns, twin_patterns
from spiders.explore.survey import Survey
from spiders.explore.url_patterns import generalized_shape, url_shape
from spiders.markup.html import text_of
from spiders.urls.canonical import fold_url

MAX_LINE_CHARS = 108
MAX_LISTINGS = 40
MAX_FEEDS = 16
SLUG_NAME = "^[^-]+(-[^-]+){3,}$"
SHELL_ADVICE = (
    "are shells that scripts fill: a browser must run them (`[fetch] browser = true` in the profile, extra "
    "`browser`), or the API they ask is described (`[listing.json]`, `[layout.json]`); to have layouts and "
    "patterns proposed, save pages from a browser once they are filled and explore those with --from"
)
MIN_SHARED_HEADLINES = 4  # headlines
EMPTY_HREF = re.compile(r"(?i)$|#|javascript:")
FRONT_PAGE_NAME = re.compile(r"(?i)(?:trang chủ|trang nhất|home(?:page)?)?")  # no name of a site
SITE_NAME_SEPARATOR = re.compile(r"\s+[|»–—-]\s+")


@dataclass(frozen=True, slots=True)
class ProfileProposal:
    """The rules an exploration found, as far as it found them."""

    home: str
    title: str  # of the front page
    feeds: tuple[str, ...]
    sitemaps: tuple[str, ...]
    sections: tuple[ListingSection, ...]
    article: tuple[str, ...]  # patterns
    listing: tuple[str, ...]
    twin: tuple[str, ...]
    ignorable_parameters: tuple[str, ...]  # names of query parameters
    slug_pieces: bool  # queries carry titles beside the key
    item: str | None
    item_date: str | None
    pager: str | None
    layout: LayoutGuess
    platform: PlatformGuess
    owner: Publisher
    fold_case: bool | None  # whether the server ignores case; none = unknown
    doubts: tuple[str, ...]

    @property
    def domain(self) -> str:
        """The host without port and `www.`."""
        return self.home.split("/")[2].partition(":")[0].removeprefix("www.")


@dataclass(frozen=True, slots=True)
class SiteDescription:
    """Level, name and province of the site, as given on the command line or guessed."""

    level: str
    verified: str
    name: str | None = None
    place: str | None = None
    level_why: str | None = None  # evidence of a guess; none = given by a person
    place_why: str | None = None


def propose_profile(survey: Survey, platforms: Mapping[str, Mapping[str, Any]]) -> ProfileProposal:
    """Return the proposal that the pages of a survey support; `platforms` are tables by name."""
    graph = survey.graph
    listings = graph.listings or tuple(page for page in graph.pages if page.url == graph.home)
    item = item_rule(listings, graph) if listings and graph.articles else None
    home = next((page for page in graph.pages if page.url == graph.home), None)
    pager = pager_rule(listings, graph)
    layout = guess_layout(graph)
    listed = survey.find_sections()
    return ProfileProposal(
        home=survey.home.url,
        title=home.title if home else "",
        feeds=_proposed_feeds(survey),
        sitemaps=_root_sitemaps(survey),
        sections=listed,
        article=tuple(family.pattern for family in graph.article_families),
        listing=listing_patterns(graph, listed),
        twin=twin_patterns(graph),
        ignorable_parameters=tuple(sorted(graph.ignorable_parameters)),
        slug_pieces=survey.has_slug_pieces,
        item=item,
        item_date=entry_date_rule(listings, item, [home] if home else []) if item else None,
        pager=pager,
        layout=layout,
        platform=guess_platform(graph, platforms),
        owner=guess_publisher(home, graph.home),
        fold_case=_case_folding(survey, graph),
        doubts=(*_shell_doubts(survey), *_doubts(graph, listed, pager), *layout.doubts),
    )


def _proposed_feeds(survey: Survey) -> tuple[str, ...]:
    """Feeds that were read, then offered ones of the same form that were not requested."""
    read = [feed.url for feed in survey.feeds]
    forms = {generalized_shape(url_shape(url)) for url in read}
    offered = [url for url in survey.feed_addresses() if url not in survey.requested_urls]
    same_form = [url for url in offered if generalized_shape(url_shape(url)) in forms]
    return tuple((read + same_form)[:MAX_FEEDS])


def _root_sitemaps(survey: Survey) -> tuple[str, ...]:
    """Sitemaps from robots.txt or /sitemap.xml, without those an index names."""
    return tuple(sitemap.url for sitemap in survey.sitemaps if sitemap.url not in survey.indexed)


def _case_folding(survey: Survey, graph: LinkGraph) -> bool | None:
    """Case folding as tried; False where it was not tried and URLs have capitals."""
    cased = any(fold_url(page.url, case=True) != page.url for page in graph.article_pages)
    return False if survey.folds_case is None and cased else survey.folds_case


def _shell_doubts(survey: Survey) -> Iterable[str]:
    if survey.js_shells:
        yield f"{len(survey.js_shells)} pages, {survey.js_shells[0]} first, {SHELL_ADVICE}"


def _doubts(graph: LinkGraph, sections: Sequence[ListingSection], pager: str | None) -> Iterable[str]:
    if not graph.articles:
        yield _why_no_articles(graph)
    for family in graph.unvisited_families[:2]:
        headlines = f"{family.headlines} headlines lead to addresses like {family.pattern}"
        yield f"{headlines}, and no page of one was had: save a few of them, and explore again"
    if not sections:
        yield "no listing was found"
    unseen = [section.url for section in sections if not section.visited]
    if unseen:
        yield f"{len(unseen)} listings were not looked at, only their addresses say that they are"
    if pager is None:
        scripted = any(has_scripted_pager(page) for page in graph.listings)
        yield "the pager works by script only" if scripted else "no pager was seen on the listings"


def _why_no_articles(graph: LinkGraph) -> str:
    """One line on why no URL family was taken for articles."""
    texts_by_url: dict[str, set[str]] = defaultdict(set)
    for page in graph.pages:
        for anchor in page.site_links:
            if len(anchor.text) >= MIN_HEADLINE_CHARS:
                texts_by_url[anchor.url].add(anchor.text)
    url = max(texts_by_url, key=lambda url: len(texts_by_url[url]), default="")
    conclusion = "no family of article addresses was found: "
    if url and len(texts_by_url[url]) >= MIN_SHARED_HEADLINES:
        shared = len(texts_by_url[url])
        return f"{conclusion}{shared} different headlines all lead to {url}, as drafts of a site do"
    if (empty_links := _count_empty_links(graph)) >= MIN_SHARED_HEADLINES:
        cause = "a draft of a site, or clicks that scripts answer"
        return f"{conclusion}{empty_links} headlines are links to nowhere: {cause}"
    if sum(map(len, texts_by_url.values())) < MIN_SHARED_HEADLINES:
        return f"{conclusion}hardly a link reads like a headline: are its pages made by script?"
    return f"{conclusion}no page that headlines lead to holds a longer text"


def _count_empty_links(graph: LinkGraph) -> int:
    """Number of different headlines whose links have no address."""
    links = (node for page in graph.pages for node in page.root.iter("a"))
    empty = (node for node in links if EMPTY_HREF.match(node.get("href", "").strip()))
    return len({text for node in empty if len(text := text_of(node)) >= MIN_HEADLINE_CHARS})


def profile_toml(proposal: ProfileProposal, identity: SiteDescription) -> str:
    """Return the profile as TOML."""
    parted = (part.strip() for part in SITE_NAME_SEPARATOR.split(proposal.title))
    name = identity.name or next(
        (part for part in parted if not FRONT_PAGE_NAME.fullmatch(part)), proposal.domain
    )
    parts: list[str | None] = [
        f"name = {_string(name[:120])}",
        f"domain = {_string(proposal.domain)}",
        f"level = {_string(identity.level)}{_guess_comment(identity.level_why)}",
        f"place = {_string(identity.place)}{_guess_comment(identity.place_why)}" if identity.place else None,
        'status = "unidentified"' if proposal.domain.endswith(".example") else None,
        f"platform = {_string(proposal.platform.name)}" if proposal.platform.name else None,
        f"verified = {_string(identity.verified)}",
        f"seeds = {_array([proposal.home])}",
        *_table("discover", _discover_table(proposal)),
        *_table("urls", _urls_table(proposal), _fold_case_line(proposal.fold_case)),
        *_table(
            "listing",
            {"item": _as_array(proposal.item), "pager": _as_array(proposal.pager)},
            _date_rule(proposal.item_date),
        ),
        *_layout_table(proposal.layout),
    ]
    return "\n".join(part for part in parts if part is not None) + "\n"


def _fold_case_line(fold_case: bool | None) -> str | None:
    return None if fold_case is None else f"fold_case = {str(fold_case).lower()}"


def _guess_comment(why: str | None) -> str:
    """TOML comment with the evidence of a guess; empty without."""
    line = " ".join((why or "").split())
    return f"  # guessed: {line[:80]}{'…' if len(line) > 80 else ''}" if line else ""


def _discover_table(proposal: ProfileProposal) -> dict[str, Sequence[str]]:
    listed = [section.url for section in proposal.sections][:MAX_LISTINGS]
    return {"feeds": proposal.feeds, "sitemaps": proposal.sitemaps, "listings": listed}


def _urls_table(proposal: ProfileProposal) -> dict[str, Sequence[str]]:
    drop = [f"^{re.escape(key)}$" for key in proposal.ignorable_parameters]
    drop += [SLUG_NAME] if proposal.slug_pieces else []
    return {
        "article": proposal.article,
        "listing": proposal.listing,
        "twin": proposal.twin,
        "drop_params": drop,
    }


def _layout_table(layout: LayoutGuess) -> list[str]:
    keys = {
        "title": _as_array(layout.title),
        "lead": _as_array(layout.lead),
        "body": _as_array(layout.body),
        "remove": layout.remove,
        "section": _as_array(layout.section),
        "caption": _as_array(layout.caption),
    }
    css = f"css = {_literal(layout.byline)}, " if layout.byline else ""
    unit = ", unit = true" if layout.unit else ""
    return _table("[layout]", keys, _date_rule(layout.date), f"author = {{ {css}last_line = true{unit} }}")


def _as_array(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _date_rule(css: str | None) -> str | None:
    return f"date = {{ css = {_literal(css)} }}" if css else None


def _table(name: str, keys: Mapping[str, Sequence[str]], *more: str | None) -> list[str]:
    lines = [f"{key} = {_array(values)}" for key, values in keys.items() if values]
    lines += [line for line in more if line]
    return ["", f"[{name}]", *lines] if lines else []


def _array(values: Sequence[str]) -> str:
    """An array on one line, or packed on several when it is long."""
    literals = [_literal(value) for value in values]
    if sum(map(len, literals)) <= MAX_LINE_CHARS - 20:
        return f"[{', '.join(literals)}]"
    lines, line = [], ""
    for text in literals:
        if line and len(line) + len(text) + 2 > MAX_LINE_CHARS:
            lines.append(line)
            line = ""
        line += f"{', ' if line else ''}{text}"
    return "[\n  " + ",\n  ".join([*lines, line]) + ",\n]"


def _literal(text: str) -> str:
    return f"'{text}'" if "'" not in text and re.search(r'[\\"]', text) else _string(text)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
