"""Layout guess: selectors of title, date, section and byline, by comparing several article pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spiders.explore.body_rules import (
    ArticleSample,
    article_samples,
    body_rule,
    caption_rule,
    lead_rule,
    letters_and_digits,
    remove_rules,
)
from spiders.explore.date_lines import is_date_line, printed_day
from spiders.explore.link_graph import LinkGraph
from spiders.explore.listing_rules import listed_days
from spiders.explore.page import ParsedPage
from spiders.explore.selectors import candidate_selectors, own_selectors
from spiders.markup.html import Element, select, text_of

MIN_TITLE_LETTERS = 8  # letters
MODIFIED_WORDS = re.compile(r"(?i)modif|updat|cap-?nhat|chinh-?sua|cập nhật|sửa")


@dataclass(frozen=True, slots=True)
class LayoutGuess:
    """Selectors of an article page; None or empty where no selector fits."""

    title: str | None = None
    lead: str | None = None
    body: str | None = None
    remove: tuple[str, ...] = ()
    date: str | None = None
    section: str | None = None
    byline: str | None = None
    unit: bool = False  # bylines name the author's office after a dash
    caption: str | None = None
    doubts: tuple[str, ...] = field(default=())


def guess_layout(graph: LinkGraph) -> LayoutGuess:
    """Return the layout of the explored article pages."""
    article_pages = graph.article_pages
    if not article_pages:
        return LayoutGuess(doubts=("no article page was seen: the layout is not known",))
    link_texts = [
        graph.link_texts.get(page.source.url) or graph.link_texts.get(page.url, "") for page in article_pages
    ]
    headings = [_heading(page, text) for page, text in zip(article_pages, link_texts, strict=True)]
    samples = article_samples(article_pages, headings)
    lead_css, lead_nodes = lead_rule(samples)
    body_css = body_rule(samples, lead_nodes)
    listed_days_by_url = listed_days(
        [*graph.listings, *(page for page in graph.pages if page.url == graph.home)], graph
    )
    date_css = date_rule(samples, listed_days_by_url, body_css)
    return LayoutGuess(
        title=title_rule(samples),
        lead=lead_css,
        body=body_css,
        remove=remove_rules(samples, body_css) if body_css else (),
        date=date_css,
        section=section_rule(samples, graph),
        byline=byline_rule(
            samples, body_css, frozenset(map(graph.link_texts.get, (x.url for x in graph.listings)))
        ),
        unit=_bylines_end_with_office(samples),
        caption=caption_rule(samples, body_css) if body_css else None,
        doubts=tuple(_layout_doubts(len(article_pages), body_css, date_css)),
    )


def _layout_doubts(sample_count: int, body_css: str | None, date_css: str | None) -> Iterable[str]:
    if sample_count < 4:
        yield f"only {sample_count} article pages were seen: too few to tell what repeats"
    if body_css is None:
        yield "no element holds the text on all pages: trafilatura decides alone"
    if date_css is None:
        yield "article pages print no date of their own: days come from listings, feeds or sitemaps"


def _heading(page: ParsedPage, link_text: str) -> Element | None:
    """Element that prints the title: the text of the link to this page, outside of any link."""
    linked_title, page_title = letters_and_digits(link_text.rstrip(". …")), letters_and_digits(page.title)
    best_heading: tuple[float, Element] | None = None
    for heading_at, heading_node in enumerate(page.nodes):
        if not isinstance(heading_node.tag, str) or heading_node.tag in (
            "title",
            "a",
            "head",
            "html",
            "body",
            "option",
        ):
            continue
        heading_text = letters_and_digits(text_of(heading_node)) if len(heading_node) < 8 else ""
        if (
            not MIN_TITLE_LETTERS <= len(heading_text) <= 400
            or _in_link(heading_node)
            or _in_head(heading_node)
        ):
            continue
        heading_score = (
            _title_score(heading_text, linked_title, page_title)
            + 0.3 * (heading_node.tag in ("h1", "h2", "h3"))
            - heading_at / 1e6
        )
        heading_score += 0.2 * (heading_node.tag == "h1")
        if heading_score > 0.6 and (best_heading is None or heading_score > best_heading[0]):
            best_heading = (heading_score, heading_node)
    return _innermost_heading(best_heading[1]) if best_heading else None


def _innermost_heading(heading_node: Element) -> Element:
    """Innermost element with all the text, when the outer one has no selector of its own."""
    heading_text = letters_and_digits(text_of(heading_node))
    while heading_node.tag not in ("h1", "h2", "h3") and not any(own_selectors(heading_node)):
        inner_heading = next(
            (child for child in heading_node if letters_and_digits(text_of(child)) == heading_text), None
        )
        if inner_heading is None or inner_heading.tag == "a":
            break
        heading_node = inner_heading
    return heading_node


def _title_score(heading_text: str, linked_title: str, page_title: str) -> float:
    title_score = (
        1.0
        if linked_title
        and (
            heading_text == linked_title or (len(linked_title) > 20 and heading_text.startswith(linked_title))
        )
        else 0.0
    )
    if page_title and heading_text in page_title:
        title_score += 0.6 * len(heading_text) / len(page_title) + 0.2
    return title_score


def _in_link(heading_node: Element) -> bool:
    return any(
        heading_ancestor.tag in ("a", "li", "marquee") for heading_ancestor in heading_node.iterancestors()
    )


def _in_head(heading_node: Element) -> bool:
    return next(
        (True for heading_ancestor in heading_node.iterancestors() if heading_ancestor.tag == "head"), False
    )


def title_rule(samples: Sequence[ArticleSample]) -> str | None:
    """Return the selector whose first element prints the title on most pages."""
    samples_with_title = [sample for sample in samples if sample.title is not None]
    title_votes = Counter(
        css
        for sample in samples_with_title
        if sample.title is not None
        for css in set(candidate_selectors(sample.title))
    )
    best_title = (0.0, 0.0, "")
    for css, _ in title_votes.most_common(30):
        best_title = max(
            best_title, (_title_share(samples_with_title, css), -len(css) - 30 * (" " in css), css)
        )
    return best_title[2] if best_title[0] >= 0.6 else None


def _title_share(samples: Sequence[ArticleSample], css: str) -> float:
    right_titles = 0.0
    for sample in samples:
        title_elements = [node for node in select(sample.page.root, css) if text_of(node)]
        if (
            title_elements
            and sample.title is not None
            and letters_and_digits(text_of(title_elements[0])) == letters_and_digits(text_of(sample.title))
        ):
            right_titles += 1 if len(title_elements) == 1 else 0.8
    return round(right_titles / len(samples), 2)


def date_rule(
    samples: Sequence[ArticleSample], day_by_url: Mapping[str, str], body_css: str | None
) -> str | None:
    """Return the selector of the publication date: near the title, with another day on other pages."""
    date_votes: Counter[str] = Counter()
    for sample in samples:
        for date_node in _date_nodes(sample, body_css):
            date_votes.update(set(candidate_selectors(date_node)))
    best_date = (0.0, 0, "")
    for css, page_count in date_votes.most_common(60):
        if page_count * 2 >= len(samples):
            date_score = _date_score(samples, css, day_by_url)
            date_score -= 0.2 * _is_modified_date(samples, css) if date_score > 0.2 else 0.0
            best_date = max(best_date, (round(date_score, 2), -len(css), css))
    return best_date[2] if best_date[0] > 0 else None


def _is_modified_date(samples: Sequence[ArticleSample], css: str) -> bool:
    """Whether a selector or its text names a time of change instead of publication."""
    printed_dates = (text_of(node) for sample in samples[:3] for node in select(sample.page.root, css)[:1])
    return MODIFIED_WORDS.search(css) is not None or any(map(MODIFIED_WORDS.search, printed_dates))


def _date_nodes(sample: ArticleSample, body_css: str | None) -> list[Element]:
    """Innermost elements outside the body whose text is a date."""
    body_nodes = (
        {date_node for element in select(sample.page.root, body_css) for date_node in element.iter()}
        if body_css
        else set()
    )
    date_nodes = [
        date_node
        for date_node in sample.page.root.iter()
        if isinstance(date_node.tag, str)
        and date_node not in body_nodes
        and len(date_node) < 8
        and is_date_line(text_of(date_node))
    ]
    date_node_set = set(date_nodes)
    inner_date_nodes = [
        date_node for date_node in date_nodes if not any(child in date_node_set for child in date_node)
    ]
    # "date" and "time" may be two elements of one
    date_holders = [
        up
        for date_node in inner_date_nodes
        if (up := date_node.getparent()) is not None and up in date_node_set
    ]
    return [*inner_date_nodes, *date_holders]


def _date_score(samples: Sequence[ArticleSample], css: str, day_by_url: Mapping[str, str]) -> float:
    """Score by coverage, agreement with listings, nearness to the title; 0 for clocks and related lists."""
    printed_days: list[str] = []
    agreements: list[bool] = []
    title_nearness = ambiguous_dates = 0.0
    for sample in samples:
        date_nodes = [
            date_node
            for date_node in select(sample.page.root, css)
            if any(map(str.isdigit, text_of(date_node)))
        ]
        page_day = printed_day(text_of(date_nodes[0])) if date_nodes else None
        if page_day is None:
            continue
        printed_days.append(page_day)
        listed_day = day_by_url.get(sample.page.source.url) or day_by_url.get(sample.page.url)
        agreements += [listed_day == page_day] if listed_day else []
        title_nearness += _title_nearness(sample, date_nodes[0])
        ambiguous_dates += len(date_nodes) > 1
    sample_count = len(samples)
    if len(printed_days) < 0.6 * sample_count or (sample_count > 2 and len(set(printed_days)) == 1):
        return 0.0
    if agreements and sum(agreements) < 0.5 * len(agreements):
        return 0.0
    agreement = sum(agreements) / len(agreements) if agreements else 0.5
    return max(
        0.0,
        round(
            len(printed_days) / sample_count
            + agreement
            + title_nearness / sample_count
            - 0.5 * ambiguous_dates / sample_count
            - 0.9,
            2,
        ),
    )


def _title_nearness(sample: ArticleSample, metadata_node: Element) -> float:
    """1 just around the title, less further down, negative below the text."""
    metadata_nodes = set(metadata_node.iter())
    metadata_line = next(
        (line.line_number for line in sample.page.lines if line.node in metadata_nodes), None
    )
    if metadata_line is None:  # inline: its block holds the line
        metadata_ancestors = set(metadata_node.iterancestors())
        metadata_line = next(
            (line.line_number for line in sample.page.lines if line.node in metadata_ancestors), 0
        )
    if not sample.own_lines or sample.title is None:
        return 0.0
    first_text_line, last_text_line = sample.own_lines[0].line_number, sample.own_lines[-1].line_number
    if metadata_line > last_text_line:
        return -0.5 if metadata_line > last_text_line + 3 else 0.2
    return 1.0 if metadata_line >= first_text_line - 8 else 0.4


def section_rule(samples: Sequence[ArticleSample], graph: LinkGraph) -> str | None:
    """Return the selector of the section trail: links near the title to listings of the article."""
    listing_urls = {page.url for page in graph.listings} | {page.source.url for page in graph.listings}
    section_votes: Counter[str] = Counter()
    trails_by_css: dict[str, set[str]] = {}
    for sample in samples:
        for css, section_trail in _section_trails(sample, listing_urls).items():
            section_votes[css] += 1
            trails_by_css.setdefault(css, set()).add(section_trail)
    for css, count in sorted(section_votes.items(), key=lambda pair: (-pair[1], len(pair[0]))):
        if count * 2 >= len(samples) and (len(trails_by_css[css]) > 1 or len(listing_urls) < 3):
            return css
    return None


def _section_trails(sample: ArticleSample, listing_urls: set[str]) -> dict[str, str]:
    """Selectors of small groups of links with a listing among them → their texts."""
    section_trails: dict[str, str] = {}
    for anchor in sample.page.site_links:
        if anchor.url not in listing_urls or not anchor.text:
            continue
        for trail_element, _ in zip(anchor.node.iterancestors(), range(4), strict=False):
            trail_links = list(trail_element.iter("a"))
            if len(trail_links) > 5 or len(text_of(trail_element)) > 200:
                break
            for css in filter(lambda css: css[0] in ".#", candidate_selectors(trail_element)):
                section_names = [text_of(node) for node in select(sample.page.root, f"{css} a")]
                if section_names and len(section_names) == len(trail_links):
                    section_trails[f"{css} a"] = " / ".join(section_names)
    return section_trails


def byline_rule(
    samples: Sequence[ArticleSample], body_css: str | None, section_names: frozenset[str | None]
) -> str | None:
    """Return the selector of an element near the text, outside of it, that holds a name on many pages."""
    byline_votes: Counter[str] = Counter()
    bylines_by_css: dict[str, set[str]] = {}
    for sample in samples:
        for byline_node in _nodes_around_text(sample, body_css):
            byline_text = text_of(byline_node) if len(byline_node) < 4 else ""
            if len(byline_text) > 60 or not _is_byline_name(byline_text) or byline_text in section_names:
                continue
            for css in set(candidate_selectors(byline_node)):
                if len(select(sample.page.root, css)) == 1:
                    byline_votes[css] += 1
                    bylines_by_css.setdefault(css, set()).add(byline_text)
    likely_bylines = [
        css
        for css, vote_count in byline_votes.items()
        if vote_count * 2 >= len(samples) and len(bylines_by_css[css]) > 1
    ]
    return min(likely_bylines, key=lambda css: (-byline_votes[css], len(css)), default=None)


def _nodes_around_text(sample: ArticleSample, body_css: str | None) -> list[Element]:
    """Elements from just before the title to just below the body, without the body's own."""
    if sample.title is None or not sample.own_lines:
        return []
    body_nodes = (
        {
            body_node
            for body_element in select(sample.page.root, body_css)
            for body_node in body_element.iter()
        }
        if body_css
        else set()
    )
    page_nodes = sample.page.nodes
    title_at, text_end = page_nodes.index(sample.title), page_nodes.index(sample.own_lines[-1].node)
    nodes_near_text = page_nodes[max(0, title_at - 25) : text_end + 40]
    return [
        byline_node
        for byline_node in nodes_near_text
        if isinstance(byline_node.tag, str)
        and byline_node not in body_nodes
        and not _in_list_item(byline_node)
    ]


def _in_list_item(node: Element) -> bool:
    return any(around.tag == "li" for around in (node, *node.iterancestors()))


def _is_byline_name(byline_text: str) -> bool:
    name_words = byline_text.rpartition(":")[2].split()
    is_capitalized = all(word[0].isupper() for word in name_words) and not any(map(str.isdigit, byline_text))
    return 2 <= len(name_words) <= 5 and is_capitalized


def _bylines_end_with_office(samples: Sequence[ArticleSample]) -> bool:
    """Whether several texts end in `Name - Office`."""
    last_lines = [line.text for sample in samples for line in sample.own_lines[-3:] if len(line.text) <= 100]
    return (
        sum(
            " - " in byline_line and _is_byline_name(byline_line.partition(" - ")[0])
            for byline_line in last_lines
        )
        >= 3
    )
