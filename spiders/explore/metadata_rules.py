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
    pages = graph.article_pages
    if not pages:
        return LayoutGuess(doubts=("no article page was seen: the layout is not known",))
    link_texts = [
        graph.link_texts.get(page.source.url) or graph.link_texts.get(page.url, "") for page in pages
    ]
    headings = [_heading(page, text) for page, text in zip(pages, link_texts, strict=True)]
    samples = article_samples(pages, headings)
    lead, within = lead_rule(samples)
    body = body_rule(samples, within)
    days = listed_days([*graph.listings, *(page for page in graph.pages if page.url == graph.home)], graph)
    date = date_rule(samples, days, body)
    return LayoutGuess(
        title=title_rule(samples),
        lead=lead,
        body=body,
        remove=remove_rules(samples, body) if body else (),
        date=date,
        section=section_rule(samples, graph),
        byline=byline_rule(
            samples, body, frozenset(map(graph.link_texts.get, (x.url for x in graph.listings)))
        ),
        unit=_signs_with_office(samples),
        caption=caption_rule(samples, body) if body else None,
        doubts=tuple(_doubts(len(pages), body, date)),
    )


def _doubts(samples: int, body: str | None, date: str | None) -> Iterable[str]:
    if samples < 4:
        yield f"only {samples} article pages were seen: too few to tell what repeats"
    if body is None:
        yield "no element holds the text on all pages: trafilatura decides alone"
    if date is None:
        yield "article pages print no date of their own: days come from listings, feeds or sitemaps"


def _heading(page: ParsedPage, link_text: str) -> Element | None:
    """Element that prints the title: the text of the link to this page, outside of any link."""
    linked_title, page_title = letters_and_digits(link_text.rstrip(". …")), letters_and_digits(page.title)
    best: tuple[float, Element] | None = None
    for at, node in enumerate(page.nodes):
        if not isinstance(node.tag, str) or node.tag in ("title", "a", "head", "html", "body", "option"):
            continue
        text = letters_and_digits(text_of(node)) if len(node) < 8 else ""
        if not MIN_TITLE_LETTERS <= len(text) <= 400 or _in_link(node) or _in_head(node):
            continue
        score = (
            _title_score(text, linked_title, page_title) + 0.3 * (node.tag in ("h1", "h2", "h3")) - at / 1e6
        )
        score += 0.2 * (node.tag == "h1")
        if score > 0.6 and (best is None or score > best[0]):
            best = (score, node)
    return _innermost_heading(best[1]) if best else None


def _innermost_heading(node: Element) -> Element:
    """Innermost element with all the text, when the outer one has no selector of its own."""
    text = letters_and_digits(text_of(node))
    while node.tag not in ("h1", "h2", "h3") and not any(own_selectors(node)):
        inside = next((child for child in node if letters_and_digits(text_of(child)) == text), None)
        if inside is None or inside.tag == "a":
            break
        node = inside
    return node


def _title_score(text: str, linked_title: str, page_title: str) -> float:
    score = (
        1.0
        if linked_title
        and (text == linked_title or (len(linked_title) > 20 and text.startswith(linked_title)))
        else 0.0
    )
    if page_title and text in page_title:
        score += 0.6 * len(text) / len(page_title) + 0.2
    return score


def _in_link(node: Element) -> bool:
    return any(around.tag in ("a", "li", "marquee") for around in node.iterancestors())


def _in_head(node: Element) -> bool:
    return next((True for around in node.iterancestors() if around.tag == "head"), False)


def title_rule(samples: Sequence[ArticleSample]) -> str | None:
    """Return the selector whose first element prints the title on most pages."""
    titled = [sample for sample in samples if sample.title is not None]
    votes = Counter(
        css for sample in titled if sample.title is not None for css in set(candidate_selectors(sample.title))
    )
    best = (0.0, 0.0, "")
    for css, _ in votes.most_common(30):
        best = max(best, (_title_share(titled, css), -len(css) - 30 * (" " in css), css))
    return best[2] if best[0] >= 0.6 else None


def _title_share(samples: Sequence[ArticleSample], css: str) -> float:
    right = 0.0
    for sample in samples:
        titles = [node for node in select(sample.page.root, css) if text_of(node)]
        if (
            titles
            and sample.title is not None
            and letters_and_digits(text_of(titles[0])) == letters_and_digits(text_of(sample.title))
        ):
            right += 1 if len(titles) == 1 else 0.8
    return round(right / len(samples), 2)


def date_rule(samples: Sequence[ArticleSample], days: Mapping[str, str], body: str | None) -> str | None:
    """Return the selector of the publication date: near the title, with another day on other pages."""
    votes: Counter[str] = Counter()
    for sample in samples:
        for node in _date_nodes(sample, body):
            votes.update(set(candidate_selectors(node)))
    best = (0.0, 0, "")
    for css, count in votes.most_common(60):
        if count * 2 >= len(samples):
            score = _date_score(samples, css, days)
            score -= 0.2 * _says_modified(samples, css) if score > 0.2 else 0.0
            best = max(best, (round(score, 2), -len(css), css))
    return best[2] if best[0] > 0 else None


def _says_modified(samples: Sequence[ArticleSample], css: str) -> bool:
    """Whether a selector or its text names a time of change instead of publication."""
    dates = (text_of(node) for sample in samples[:3] for node in select(sample.page.root, css)[:1])
    return MODIFIED_WORDS.search(css) is not None or any(map(MODIFIED_WORDS.search, dates))


def _date_nodes(sample: ArticleSample, body: str | None) -> list[Element]:
    """Innermost elements outside the body whose text is a date."""
    text = {node for element in select(sample.page.root, body) for node in element.iter()} if body else set()
    dated = [
        node
        for node in sample.page.root.iter()
        if isinstance(node.tag, str) and node not in text and len(node) < 8 and is_date_line(text_of(node))
    ]
    around = set(dated)
    inner = [node for node in dated if not any(child in around for child in node)]
    # "date" and "time" may be two elements of one
    holders = [up for node in inner if (up := node.getparent()) is not None and up in around]
    return [*inner, *holders]


def _date_score(samples: Sequence[ArticleSample], css: str, days: Mapping[str, str]) -> float:
    """Score by coverage, agreement with listings, nearness to the title; 0 for clocks and related lists."""
    printed_days: list[str] = []
    agreements: list[bool] = []
    nearness = ambiguous = 0.0
    for sample in samples:
        date_elements = [
            node for node in select(sample.page.root, css) if any(map(str.isdigit, text_of(node)))
        ]
        day = printed_day(text_of(date_elements[0])) if date_elements else None
        if day is None:
            continue
        printed_days.append(day)
        listed = days.get(sample.page.source.url) or days.get(sample.page.url)
        agreements += [listed == day] if listed else []
        nearness += _nearness(sample, date_elements[0])
        ambiguous += len(date_elements) > 1
    n = len(samples)
    if len(printed_days) < 0.6 * n or (n > 2 and len(set(printed_days)) == 1):
        return 0.0
    if agreements and sum(agreements) < 0.5 * len(agreements):
        return 0.0
    agreement = sum(agreements) / len(agreements) if agreements else 0.5
    return max(0.0, round(len(printed_days) / n + agreement + nearness / n - 0.5 * ambiguous / n - 0.9, 2))


def _nearness(sample: ArticleSample, node: Element) -> float:
    """1 just around the title, less further down, negative below the text."""
    inside = set(node.iter())
    at = next((line.line_number for line in sample.page.lines if line.node in inside), None)
    if at is None:  # inline: its block holds the line
        around = set(node.iterancestors())
        at = next((line.line_number for line in sample.page.lines if line.node in around), 0)
    if not sample.own_lines or sample.title is None:
        return 0.0
    first, last = sample.own_lines[0].line_number, sample.own_lines[-1].line_number
    if at > last:
        return -0.5 if at > last + 3 else 0.2
    return 1.0 if at >= first - 8 else 0.4


def section_rule(samples: Sequence[ArticleSample], graph: LinkGraph) -> str | None:
    """Return the selector of the section trail: links near the title to listings of the article."""
    listed = {page.url for page in graph.listings} | {page.source.url for page in graph.listings}
    votes: Counter[str] = Counter()
    trails: dict[str, set[str]] = {}
    for sample in samples:
        for css, text in _section_trails(sample, listed).items():
            votes[css] += 1
            trails.setdefault(css, set()).add(text)
    for css, count in sorted(votes.items(), key=lambda pair: (-pair[1], len(pair[0]))):
        if count * 2 >= len(samples) and (len(trails[css]) > 1 or len(listed) < 3):
            return css
    return None


def _section_trails(sample: ArticleSample, listed: set[str]) -> dict[str, str]:
    """Selectors of small groups of links with a listing among them → their texts."""
    trails: dict[str, str] = {}
    for anchor in sample.page.site_links:
        if anchor.url not in listed or not anchor.text:
            continue
        for around, _ in zip(anchor.node.iterancestors(), range(4), strict=False):
            inside = list(around.iter("a"))
            if len(inside) > 5 or len(text_of(around)) > 200:
                break
            for css in filter(lambda css: css[0] in ".#", candidate_selectors(around)):
                links = [text_of(node) for node in select(sample.page.root, f"{css} a")]
                if links and len(links) == len(inside):
                    trails[f"{css} a"] = " / ".join(links)
    return trails


def byline_rule(
    samples: Sequence[ArticleSample], body: str | None, rubrics: frozenset[str | None]
) -> str | None:
    """Return the selector of an element near the text, outside of it, that holds a name on many pages."""
    votes: Counter[str] = Counter()
    names_by_css: dict[str, set[str]] = {}
    for sample in samples:
        for node in _around_text(sample, body):
            text = text_of(node) if len(node) < 4 else ""
            if len(text) > 60 or not _is_name(text) or text in rubrics:
                continue
            for css in set(candidate_selectors(node)):
                if len(select(sample.page.root, css)) == 1:
                    votes[css] += 1
                    names_by_css.setdefault(css, set()).add(text)
    likely = [css for css, n in votes.items() if n * 2 >= len(samples) and len(names_by_css[css]) > 1]
    return min(likely, key=lambda css: (-votes[css], len(css)), default=None)


def _around_text(sample: ArticleSample, body: str | None) -> list[Element]:
    """Elements from just before the title to just below the body, without the body's own."""
    if sample.title is None or not sample.own_lines:
        return []
    text = {n for e in select(sample.page.root, body) for n in e.iter()} if body else set()
    nodes = sample.page.nodes
    first, last = nodes.index(sample.title), nodes.index(sample.own_lines[-1].node)
    near = nodes[max(0, first - 25) : last + 40]
    return [node for node in near if isinstance(node.tag, str) and node not in text and not _in_list(node)]


def _in_list(node: Element) -> bool:
    return any(around.tag == "li" for around in (node, *node.iterancestors()))


def _is_name(text: str) -> bool:
    words = text.rpartition(":")[2].split()
    named = all(word[0].isupper() for word in words) and not any(map(str.isdigit, text))
    return 2 <= len(words) <= 5 and named


def _signs_with_office(samples: Sequence[ArticleSample]) -> bool:
    """Whether several texts end in `Name - Office`."""
    last = [line.text for sample in samples for line in sample.own_lines[-3:] if len(line.text) <= 100]
    return sum(" - " in text and _is_name(text.partition(" - ")[0]) for text in last) >= 3
