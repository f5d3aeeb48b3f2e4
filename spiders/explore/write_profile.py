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
    item_css = item_rule(listings, graph) if listings and graph.articles else None
    home_page = next((page for page in graph.pages if page.url == graph.home), None)
    pager_css = pager_rule(listings, graph)
    layout_guess = guess_layout(graph)
    proposed_sections = survey.find_sections()
    return ProfileProposal(
        home=survey.home.url,
        title=home_page.title if home_page else "",
        feeds=_proposed_feeds(survey),
        sitemaps=_root_sitemaps(survey),
        sections=proposed_sections,
        article=tuple(family.pattern for family in graph.article_families),
        listing=listing_patterns(graph, proposed_sections),
        twin=twin_patterns(graph),
        ignorable_parameters=tuple(sorted(graph.ignorable_parameters)),
        slug_pieces=survey.has_slug_pieces,
        item=item_css,
        item_date=entry_date_rule(listings, item_css, [home_page] if home_page else []) if item_css else None,
        pager=pager_css,
        layout=layout_guess,
        platform=guess_platform(graph, platforms),
        owner=guess_publisher(home_page, graph.home),
        fold_case=_proposed_case_folding(survey, graph),
        doubts=(
            *_shell_doubts(survey),
            *_profile_doubts(graph, proposed_sections, pager_css),
            *layout_guess.doubts,
        ),
    )


def _proposed_feeds(survey: Survey) -> tuple[str, ...]:
    """Feeds that were read, then offered ones of the same form that were not requested."""
    read_feeds = [feed.url for feed in survey.feeds]
    feed_forms = {generalized_shape(url_shape(url)) for url in read_feeds}
    offered_feeds = [url for url in survey.feed_addresses() if url not in survey.requested_urls]
    proposed_feeds = [url for url in offered_feeds if generalized_shape(url_shape(url)) in feed_forms]
    return tuple((read_feeds + proposed_feeds)[:MAX_FEEDS])


def _root_sitemaps(survey: Survey) -> tuple[str, ...]:
    """Sitemaps from robots.txt or /sitemap.xml, without those an index names."""
    return tuple(sitemap.url for sitemap in survey.sitemaps if sitemap.url not in survey.indexed)


def _proposed_case_folding(survey: Survey, graph: LinkGraph) -> bool | None:
    """Case folding as tried; False where it was not tried and URLs have capitals."""
    has_capitals = any(fold_url(page.url, case=True) != page.url for page in graph.article_pages)
    return False if survey.folds_case is None and has_capitals else survey.folds_case


def _shell_doubts(survey: Survey) -> Iterable[str]:
    if survey.js_shells:
        yield f"{len(survey.js_shells)} pages, {survey.js_shells[0]} first, {SHELL_ADVICE}"


def _profile_doubts(
    graph: LinkGraph, sections: Sequence[ListingSection], pager_css: str | None
) -> Iterable[str]:
    if not graph.articles:
        yield _why_no_articles(graph)
    for family in graph.unvisited_families[:2]:
        headline_note = f"{family.headlines} headlines lead to addresses like {family.pattern}"
        yield f"{headline_note}, and no page of one was had: save a few of them, and explore again"
    if not sections:
        yield "no listing was found"
    unvisited_sections = [section.url for section in sections if not section.visited]
    if unvisited_sections:
        yield f"{len(unvisited_sections)} listings were not looked at, only their addresses say that they are"
    if pager_css is None:
        is_scripted_pager = any(has_scripted_pager(page) for page in graph.listings)
        yield "the pager works by script only" if is_scripted_pager else "no pager was seen on the listings"


def _why_no_articles(graph: LinkGraph) -> str:
    """One line on why no URL family was taken for articles."""
    texts_by_url: dict[str, set[str]] = defaultdict(set)
    for page in graph.pages:
        for anchor in page.site_links:
            if len(anchor.text) >= MIN_HEADLINE_CHARS:
                texts_by_url[anchor.url].add(anchor.text)
    shared_url = max(texts_by_url, key=lambda shared_url: len(texts_by_url[shared_url]), default="")
    doubt_start = "no family of article addresses was found: "
    if shared_url and len(texts_by_url[shared_url]) >= MIN_SHARED_HEADLINES:
        shared = len(texts_by_url[shared_url])
        return f"{doubt_start}{shared} different headlines all lead to {shared_url}, as drafts of a site do"
    if (empty_links := _count_empty_links(graph)) >= MIN_SHARED_HEADLINES:
        doubt_cause = "a draft of a site, or clicks that scripts answer"
        return f"{doubt_start}{empty_links} headlines are links to nowhere: {doubt_cause}"
    if sum(map(len, texts_by_url.values())) < MIN_SHARED_HEADLINES:
        return f"{doubt_start}hardly a link reads like a headline: are its pages made by script?"
    return f"{doubt_start}no page that headlines lead to holds a longer text"


def _count_empty_links(graph: LinkGraph) -> int:
    """Number of different headlines whose links have no address."""
    anchor_nodes = (anchor_node for page in graph.pages for anchor_node in page.root.iter("a"))
    empty_anchors = (
        anchor_node for anchor_node in anchor_nodes if EMPTY_HREF.match(anchor_node.get("href", "").strip())
    )
    return len(
        {
            toml_text
            for anchor_node in empty_anchors
            if len(toml_text := text_of(anchor_node)) >= MIN_HEADLINE_CHARS
        }
    )


def profile_toml(proposal: ProfileProposal, description: SiteDescription) -> str:
    """Return the profile as TOML."""
    title_parts = (toml_line.strip() for toml_line in SITE_NAME_SEPARATOR.split(proposal.title))
    site_name = description.name or next(
        (toml_line for toml_line in title_parts if not FRONT_PAGE_NAME.fullmatch(toml_line)), proposal.domain
    )
    toml_lines: list[str | None] = [
        f"name = {_toml_string(site_name[:120])}",
        f"domain = {_toml_string(proposal.domain)}",
        f"level = {_toml_string(description.level)}{_guess_comment(description.level_why)}",
        f"place = {_toml_string(description.place)}{_guess_comment(description.place_why)}"
        if description.place
        else None,
        'status = "unidentified"' if proposal.domain.endswith(".example") else None,
        f"platform = {_toml_string(proposal.platform.name)}" if proposal.platform.name else None,
        f"verified = {_toml_string(description.verified)}",
        f"seeds = {_toml_array([proposal.home])}",
        *_toml_table("discover", _discover_table(proposal)),
        *_toml_table("urls", _urls_table(proposal), _fold_case_line(proposal.fold_case)),
        *_toml_table(
            "listing",
            {"item": _as_toml_array(proposal.item), "pager": _as_toml_array(proposal.pager)},
            _date_toml(proposal.item_date),
        ),
        *_layout_table(proposal.layout),
    ]
    return "\n".join(toml_line for toml_line in toml_lines if toml_line is not None) + "\n"


def _fold_case_line(fold_case: bool | None) -> str | None:
    return None if fold_case is None else f"fold_case = {str(fold_case).lower()}"


def _guess_comment(guess_evidence: str | None) -> str:
    """TOML comment with the evidence of a guess; empty without."""
    toml_line = " ".join((guess_evidence or "").split())
    return f"  # guessed: {toml_line[:80]}{'…' if len(toml_line) > 80 else ''}" if toml_line else ""


def _discover_table(proposal: ProfileProposal) -> dict[str, Sequence[str]]:
    listing_urls = [section.url for section in proposal.sections][:MAX_LISTINGS]
    return {"feeds": proposal.feeds, "sitemaps": proposal.sitemaps, "listings": listing_urls}


def _urls_table(proposal: ProfileProposal) -> dict[str, Sequence[str]]:
    dropped_parameters = [
        f"^{re.escape(parameter_name)}$" for parameter_name in proposal.ignorable_parameters
    ]
    dropped_parameters += [SLUG_NAME] if proposal.slug_pieces else []
    return {
        "article": proposal.article,
        "listing": proposal.listing,
        "twin": proposal.twin,
        "drop_params": dropped_parameters,
    }


def _layout_table(layout_guess: LayoutGuess) -> list[str]:
    toml_keys = {
        "title": _as_toml_array(layout_guess.title),
        "lead": _as_toml_array(layout_guess.lead),
        "body": _as_toml_array(layout_guess.body),
        "remove": layout_guess.remove,
        "section": _as_toml_array(layout_guess.section),
        "caption": _as_toml_array(layout_guess.caption),
    }
    author_css = f"css = {_toml_literal(layout_guess.byline)}, " if layout_guess.byline else ""
    unit_key = ", unit = true" if layout_guess.unit else ""
    return _toml_table(
        "[layout]",
        toml_keys,
        _date_toml(layout_guess.date),
        f"author = {{ {author_css}last_line = true{unit_key} }}",
    )


def _as_toml_array(toml_value: str | None) -> tuple[str, ...]:
    return (toml_value,) if toml_value else ()


def _date_toml(date_css: str | None) -> str | None:
    return f"date = {{ css = {_toml_literal(date_css)} }}" if date_css else None


def _toml_table(
    table_name: str, toml_keys: Mapping[str, Sequence[str]], *more_lines: str | None
) -> list[str]:
    toml_lines = [
        f"{toml_key} = {_toml_array(toml_values)}"
        for toml_key, toml_values in toml_keys.items()
        if toml_values
    ]
    toml_lines += [toml_line for toml_line in more_lines if toml_line]
    return ["", f"[{table_name}]", *toml_lines] if toml_lines else []


def _toml_array(toml_values: Sequence[str]) -> str:
    """An array on one line, or packed on several when it is long."""
    toml_literals = [_toml_literal(toml_value) for toml_value in toml_values]
    if sum(map(len, toml_literals)) <= MAX_LINE_CHARS - 20:
        return f"[{', '.join(toml_literals)}]"
    toml_lines, toml_line = [], ""
    for toml_text in toml_literals:
        if toml_line and len(toml_line) + len(toml_text) + 2 > MAX_LINE_CHARS:
            toml_lines.append(toml_line)
            toml_line = ""
        toml_line += f"{', ' if toml_line else ''}{toml_text}"
    return "[\n  " + ",\n  ".join([*toml_lines, toml_line]) + ",\n]"


def _toml_literal(toml_text: str) -> str:
    return (
        f"'{toml_text}'"
        if "'" not in toml_text and re.search(r'[\\"]', toml_text)
        else _toml_string(toml_text)
    )


def _toml_string(toml_text: str) -> str:
    return json.dumps(toml_text, ensure_ascii=False)
