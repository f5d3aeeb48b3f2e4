"""Body rules: selectors of body, lead, removable parts and captions, from lines that differ between pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from spiders.explore.date_lines import is_date_line, printed_day
from spiders.explore.page import ParsedPage, TextLine, self_and_ancestors
from spiders.explore.selectors import candidate_selectors
from spiders.markup.html import Element, select, text_of

MIN_LEAD_CHARS = 50  # characters of a lead, at the median
MAX_LEAD_CHARS = 1200
TEMPLATE_SENTENCE_SHARE = 2 / 3  # a sentence around a date that more of them have is no article's own


@dataclass(frozen=True, slots=True)
class ArticleSample:
    """One article page with the lines that occur on no other page."""

    page: ParsedPage
    title: Element | None
    own_lines: tuple[TextLine, ...]  # unlinked lines of this page alone, without title and dates

    @property
    def size(self) -> int:
        """Characters of the page's own lines."""
        return sum(len(line.text) for line in self.own_lines)


def letters_and_digits(text: str) -> str:
    """Return the letters and digits of a text, case folded."""
    return "".join(char for char in text if char.isalnum()).casefold()


def article_samples(
    article_pages: Sequence[ParsedPage], titles: Sequence[Element | None]
) -> tuple[ArticleSample, ...]:
    """Return the article pages with their own lines."""
    pages_with_line = Counter(
        mask for article_page in article_pages for mask in {line.mask for line in article_page.lines}
    )
    template_runs = _template_date_runs(article_pages)
    max_pages = max(
        1, len(article_pages) // 3
    )  # related lists repeat leads on a few pages, template lines are on all
    return tuple(
        ArticleSample(
            article_page,
            title,
            tuple(
                line
                for line in _own_lines(article_page, title, pages_with_line, max_pages)
                if not _is_template_sentence(line, template_runs)
            ),
        )
        for article_page, title in zip(article_pages, titles, strict=True)
    )


def _template_date_runs(article_pages: Sequence[ParsedPage]) -> frozenset[tuple[str, ...]]:
    """Three-word runs on most pages' dated lines: the template's sentence `posted on … at … in …`."""
    word_runs = Counter(
        run
        for article_page in article_pages
        for run in {run for line in article_page.lines for run in _line_word_runs(line)}
    )
    return frozenset(
        run
        for run, samples in word_runs.items()
        if samples > max(2, len(article_pages) * TEMPLATE_SENTENCE_SHARE)
    )


def _line_word_runs(line: TextLine) -> set[tuple[str, ...]]:
    line_words = line.mask.split() if printed_day(line.text) else []
    return set(zip(line_words, line_words[1:], line_words[2:], strict=False))


def _is_template_sentence(line: TextLine, around: frozenset[tuple[str, ...]]) -> bool:
    word_runs = _line_word_runs(line)
    return bool(word_runs) and len(word_runs & around) * 2 > len(word_runs)


def _own_lines(
    article_page: ParsedPage, title: Element | None, pages_with_line: Counter[str], max_pages: int
) -> tuple[TextLine, ...]:
    title_line_number, title_letters = -1, ""
    if title is not None:
        title_letters = letters_and_digits(text_of(title))
        title_nodes = {*title.iter(), title.getparent()}
        title_line_number = next(
            (line.line_number for line in article_page.lines if line.node in title_nodes), -1
        )
    own_lines = []
    for line in article_page.lines:
        if (
            line.line_number <= title_line_number
            or line.is_link
            or _is_headline_link(line)
            or pages_with_line[line.mask] > max_pages
            or len(line.text) < 2
        ):
            continue
        if letters_and_digits(line.text) != title_letters and not is_date_line(line.text):
            own_lines.append(line)
    return tuple(_main_lines(article_page, own_lines))


def _is_headline_link(line: TextLine) -> bool:
    """Whether a line is a headline's link, with or without its excerpt."""
    return line.linked_chars >= 28 and line.linked_chars * 5 >= len(line.text)


def _main_lines(article_page: ParsedPage, own_lines: Sequence[TextLine]) -> Sequence[TextLine]:
    """The lines without those far below the text: excerpts between links to other articles."""
    main_lines: list[TextLine] = []
    last_line_number = 0
    headline_link_numbers = {line.line_number for line in article_page.lines if _is_headline_link(line)}
    for line in own_lines:
        crossed_links = (
            sum(
                1
                for link_number in headline_link_numbers
                if last_line_number < link_number < line.line_number
            )
            if main_lines
            else 0
        )
        if crossed_links >= 3 and sum(len(line.text) for line in main_lines) > 300:
            break
        main_lines.append(line)
        last_line_number = line.line_number
    return main_lines


def body_rule(
    samples: Sequence[ArticleSample], skipped_nodes: frozenset[Element] = frozenset()
) -> str | None:
    """Return the selector whose elements hold the pages' own lines and little else; None below F1 0.5."""
    body_votes: Counter[str] = Counter()
    for sample in samples[:6]:
        body_chars_by_node = Counter[Element]()
        for line in sample.own_lines:
            body_chars_by_node.update({node: len(line.text) for node in self_and_ancestors(line.node)})
        likely_bodies = [node for node, chars in body_chars_by_node.items() if chars * 2 > sample.size]
        body_votes.update({css for node in likely_bodies for css in candidate_selectors(node)})
    best_body = (0.0, 0, "")
    for css, _ in body_votes.most_common(80):
        body_score = mean(_body_score(sample, css, skipped_nodes) for sample in samples)
        best_body = max(best_body, (round(body_score, 3), -len(css), css))
    return best_body[2] if best_body[0] >= 0.5 else None


def _body_score(sample: ArticleSample, css: str, skipped_nodes: frozenset[Element]) -> float:
    """F1 of the characters inside a selector's elements against the page's own text."""
    body_elements = select(sample.page.root, css)
    if not body_elements:
        return 0.0
    body_nodes = {node for body_element in body_elements for node in body_element.iter()}
    own_line_numbers = {line.line_number for line in sample.own_lines if line.node not in skipped_nodes}
    own_chars = wanted_chars = foreign_chars = 0
    for line in sample.page.lines:
        in_body = line.node in body_nodes
        wanted_chars += len(line.text) * (line.line_number in own_line_numbers)
        own_chars += len(line.text) * (in_body and line.line_number in own_line_numbers)
        foreign_chars += len(line.text) * (in_body and line.line_number not in own_line_numbers)
    return 2 * own_chars / (own_chars + foreign_chars + wanted_chars) if wanted_chars else 0.0


def lead_rule(samples: Sequence[ArticleSample]) -> tuple[str | None, frozenset[Element]]:
    """Return the selector that finds each page's first own line alone, and the nodes of those leads."""
    lead_votes: Counter[str] = Counter()
    for sample in samples:
        for lead_line in sample.own_lines[:2]:
            if len(lead_line.text) >= MIN_LEAD_CHARS:
                lead_votes.update(_lead_selectors(lead_line))
    scored_leads = [
        (_lead_score(samples, css), -len(css), css)
        for css, vote_count in lead_votes.items()
        if vote_count * 2 >= len(samples)
    ]
    best_lead = max(scored_leads, default=(0.0, 0, ""))
    if best_lead[0] < 0.55:
        return None, frozenset()
    lead_elements = [lead_node for sample in samples for lead_node in select(sample.page.root, best_lead[2])]
    return best_lead[2], frozenset(
        inner_node for lead_node in lead_elements for inner_node in lead_node.iter()
    )


def _lead_selectors(lead_line: TextLine) -> set[str]:
    lead_text = letters_and_digits(lead_line.text)
    lead_holders = [
        lead_node
        for lead_node in self_and_ancestors(lead_line.node)
        if letters_and_digits(text_of(lead_node)) == lead_text
    ]
    inner_leads = [
        lead_node
        for lead_node in lead_line.node.iter()
        if lead_node is not lead_line.node and letters_and_digits(text_of(lead_node)) == lead_text
    ]
    return {css for lead_node in (*lead_holders, *inner_leads) for css in candidate_selectors(lead_node)}


def _lead_score(samples: Sequence[ArticleSample], css: str) -> float:
    """Share of pages on which the selector finds the first line of the text and no other."""
    right_leads, lead_sizes = 0, []
    for sample in samples:
        lead_chars_by_text = {
            letters_and_digits(text_of(node)): len(text_of(node)) for node in select(sample.page.root, css)
        }
        own_texts = [letters_and_digits(own_text.text) for own_text in sample.own_lines]
        if not lead_chars_by_text:
            continue
        lead_places = [at for at, own_text in enumerate(own_texts) if own_text in lead_chars_by_text]
        if (
            len(lead_chars_by_text) != 1
            or not lead_places
            or lead_places[0] > 1
            or len(lead_places) != 1
            or len(own_texts) < 2
        ):
            return 0.0 if lead_places and max(lead_places) > 1 else right_leads / len(samples) - 0.2
        right_leads += 1
        lead_sizes.append(next(iter(lead_chars_by_text.values())))
    is_lead_long = lead_sizes and MIN_LEAD_CHARS <= median(lead_sizes) <= MAX_LEAD_CHARS
    return right_leads / len(samples) if is_lead_long else 0.0


def remove_rules(samples: Sequence[ArticleSample], body: str) -> tuple[str, ...]:
    """Return selectors of parts inside the body that are no text: links to other pages, repeated lines."""
    remove_votes: Counter[str] = Counter()
    harmful_votes: Counter[str] = Counter()
    for sample in samples:
        own_line_numbers = {line.line_number for line in sample.own_lines}
        for body_element in select(sample.page.root, body):
            for css, harmful in _removable_parts(sample.page, body_element, own_line_numbers).items():
                (harmful_votes if harmful else remove_votes)[css] += 1
    remove_selectors = [
        f"{body} {css}"
        for css, vote_count in remove_votes.most_common()
        if vote_count * 3 >= len(samples) and not harmful_votes[css]
    ]
    return tuple(_outermost_selectors(remove_selectors, samples))[:5]


def _removable_parts(article_page: ParsedPage, body: Element, own_line_numbers: set[int]) -> dict[str, bool]:
    """Selectors inside a body → whether removing their elements would remove text."""
    lines_by_node: dict[Element, list[TextLine]] = {}
    body_nodes = set(body.iter())
    for line in article_page.lines:
        if line.node in body_nodes:
            for part_node in self_and_ancestors(line.node):
                if part_node is body:
                    break
                lines_by_node.setdefault(part_node, []).append(line)
    harmful_by_css: dict[str, bool] = {}
    for part_node, part_lines in lines_by_node.items():
        part_selectors = {css for css in candidate_selectors(part_node) if css[0] in ".#" and " " not in css}
        harmful = any(line.line_number in own_line_numbers or not _is_aside(line) for line in part_lines)
        for css in part_selectors:
            harmful_by_css[css] = harmful_by_css.get(css, False) or harmful
    return harmful_by_css


def _is_aside(line: TextLine) -> bool:
    """Whether a line is a link or short."""
    return line.is_link or len(line.text) < 60


def _outermost_selectors(remove_selectors: Sequence[str], samples: Sequence[ArticleSample]) -> list[str]:
    """The selectors without those whose elements all lie inside another's."""
    outermost: list[str] = []
    for css in remove_selectors:
        outer_elements = {node for sample in samples for node in select(sample.page.root, css)}
        if not any(outer_elements <= _nodes_inside(samples, other_css) for other_css in outermost):
            outermost.append(css)
    return outermost


def _nodes_inside(samples: Sequence[ArticleSample], css: str) -> set[Element]:
    return {
        node
        for sample in samples
        for body_element in select(sample.page.root, css)
        for node in body_element.iter()
    }


def caption_rule(samples: Sequence[ArticleSample], body: str) -> str | None:
    """Return the selector of lines just below a picture that occur nowhere else; None without one."""
    caption_votes: Counter[str] = Counter()
    for sample in samples:
        body_nodes = _nodes_inside([sample], body)
        for line in sample.own_lines:
            if line.node in body_nodes and _is_below_picture(line.node):
                caption_votes.update(set(candidate_selectors(line.node)))
    best_caption: tuple[int, int, str] = (2, 0, "")
    for css, caption_count in caption_votes.items():
        captions = [caption_node for sample in samples for caption_node in select(sample.page.root, css)]
        right_captions = sum(_is_below_picture(caption_node) for caption_node in captions)
        if right_captions == len(captions):
            best_caption = max(best_caption, (caption_count, -len(css), css))
    return best_caption[2] or None


def _is_below_picture(caption_node: Element) -> bool:
    """Whether the element before it, in the same row or block, holds a picture and no text."""
    for caption_block in (caption_node, caption_node.getparent()):
        picture_before = (
            caption_block.getprevious() if caption_block is not None and caption_block.tag != "td" else None
        )
        if picture_before is not None and not text_of(picture_before):
            return picture_before.tag == "img" or next(picture_before.iter("img"), None) is not None
    return False
