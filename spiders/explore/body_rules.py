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
    pages: Sequence[ParsedPage], titles: Sequence[Element | None]
) -> tuple[ArticleSample, ...]:
    """Return the article pages with their own lines."""
    pages_with_line = Counter(mask for page in pages for mask in {line.mask for line in page.lines})
    template_runs = _template_date_runs(pages)
    max_pages = max(
        1, len(pages) // 3
    )  # related lists repeat leads on a few pages, template lines are on all
    return tuple(
        ArticleSample(
            page,
            title,
            tuple(
                line
                for line in _own_lines(page, title, pages_with_line, max_pages)
                if not _is_template_sentence(line, template_runs)
            ),
        )
        for page, title in zip(pages, titles, strict=True)
    )


def _template_date_runs(pages: Sequence[ParsedPage]) -> frozenset[tuple[str, ...]]:
    """Three-word runs on most pages' dated lines: the template's sentence `posted on … at … in …`."""
    runs = Counter(run for page in pages for run in {run for line in page.lines for run in _word_runs(line)})
    return frozenset(
        run for run, samples in runs.items() if samples > max(2, len(pages) * TEMPLATE_SENTENCE_SHARE)
    )


def _word_runs(line: TextLine) -> set[tuple[str, ...]]:
    words = line.mask.split() if printed_day(line.text) else []
    return set(zip(words, words[1:], words[2:], strict=False))


def _is_template_sentence(line: TextLine, around: frozenset[tuple[str, ...]]) -> bool:
    runs = _word_runs(line)
    return bool(runs) and len(runs & around) * 2 > len(runs)


def _own_lines(
    page: ParsedPage, title: Element | None, pages_with_line: Counter[str], max_pages: int
) -> tuple[TextLine, ...]:
    start, heading = -1, ""
    if title is not None:
        heading = letters_and_digits(text_of(title))
        inside = {*title.iter(), title.getparent()}
        start = next((line.line_number for line in page.lines if line.node in inside), -1)
    own_lines = []
    for line in page.lines:
        if (
            line.line_number <= start
            or line.is_link
            or _is_headline_link(line)
            or pages_with_line[line.mask] > max_pages
            or len(line.text) < 2
        ):
            continue
        if letters_and_digits(line.text) != heading and not is_date_line(line.text):
            own_lines.append(line)
    return tuple(_main_lines(page, own_lines))


def _is_headline_link(line: TextLine) -> bool:
    """Whether a line is a headline's link, with or without its excerpt."""
    return line.linked_chars >= 28 and line.linked_chars * 5 >= len(line.text)


def _main_lines(page: ParsedPage, own_lines: Sequence[TextLine]) -> Sequence[TextLine]:
    """The lines without those far below the text: excerpts between links to other articles."""
    main_lines: list[TextLine] = []
    last_number = 0
    links = {line.line_number for line in page.lines if _is_headline_link(line)}
    for line in own_lines:
        crossed = sum(1 for n in links if last_number < n < line.line_number) if main_lines else 0
        if crossed >= 3 and sum(len(line.text) for line in main_lines) > 300:
            break
        main_lines.append(line)
        last_number = line.line_number
    return main_lines


def body_rule(samples: Sequence[ArticleSample], skip: frozenset[Element] = frozenset()) -> str | None:
    """Return the selector whose elements hold the pages' own lines and little else; None below F1 0.5."""
    votes: Counter[str] = Counter()
    for sample in samples[:6]:
        around = Counter[Element]()
        for line in sample.own_lines:
            around.update({node: len(line.text) for node in self_and_ancestors(line.node)})
        likely = [node for node, size in around.items() if size * 2 > sample.size]
        votes.update({css for node in likely for css in candidate_selectors(node)})
    best = (0.0, 0, "")
    for css, _ in votes.most_common(80):
        score = mean(_body_score(sample, css, skip) for sample in samples)
        best = max(best, (round(score, 3), -len(css), css))
    return best[2] if best[0] >= 0.5 else None


def _body_score(sample: ArticleSample, css: str, skip: frozenset[Element]) -> float:
    """F1 of the characters inside a selector's elements against the page's own text."""
    body_elements = select(sample.page.root, css)
    if not body_elements:
        return 0.0
    inside = {node for element in body_elements for node in element.iter()}
    own = {line.line_number for line in sample.own_lines if line.node not in skip}
    own_chars = wanted_chars = foreign_chars = 0
    for line in sample.page.lines:
        within = line.node in inside
        wanted_chars += len(line.text) * (line.line_number in own)
        own_chars += len(line.text) * (within and line.line_number in own)
        foreign_chars += len(line.text) * (within and line.line_number not in own)
    return 2 * own_chars / (own_chars + foreign_chars + wanted_chars) if wanted_chars else 0.0


def lead_rule(samples: Sequence[ArticleSample]) -> tuple[str | None, frozenset[Element]]:
    """Return the selector that finds each page's first own line alone, and the nodes of those leads."""
    votes: Counter[str] = Counter()
    for sample in samples:
        for line in sample.own_lines[:2]:
            if len(line.text) >= MIN_LEAD_CHARS:
                votes.update(_lead_selectors(line))
    scored = [
        (_lead_score(samples, css), -len(css), css) for css, n in votes.items() if n * 2 >= len(samples)
    ]
    best = max(scored, default=(0.0, 0, ""))
    if best[0] < 0.55:
        return None, frozenset()
    lead_elements = [node for sample in samples for node in select(sample.page.root, best[2])]
    return best[2], frozenset(inner for node in lead_elements for inner in node.iter())


def _lead_selectors(line: TextLine) -> set[str]:
    line_text = letters_and_digits(line.text)
    holders = [
        node for node in self_and_ancestors(line.node) if letters_and_digits(text_of(node)) == line_text
    ]
    inner = [
        node
        for node in line.node.iter()
        if node is not line.node and letters_and_digits(text_of(node)) == line_text
    ]
    return {css for node in (*holders, *inner) for css in candidate_selectors(node)}


def _lead_score(samples: Sequence[ArticleSample], css: str) -> float:
    """Share of pages on which the selector finds the first line of the text and no other."""
    right, sizes = 0, []
    for sample in samples:
        texts = {
            letters_and_digits(text_of(node)): len(text_of(node)) for node in select(sample.page.root, css)
        }
        lines = [letters_and_digits(line.text) for line in sample.own_lines]
        if not texts:
            continue
        hit = [at for at, line in enumerate(lines) if line in texts]
        if len(texts) != 1 or not hit or hit[0] > 1 or len(hit) != 1 or len(lines) < 2:
            return 0.0 if hit and max(hit) > 1 else right / len(samples) - 0.2
        right += 1
        sizes.append(next(iter(texts.values())))
    long_enough = sizes and MIN_LEAD_CHARS <= median(sizes) <= MAX_LEAD_CHARS
    return right / len(samples) if long_enough else 0.0


def remove_rules(samples: Sequence[ArticleSample], body: str) -> tuple[str, ...]:
    """Return selectors of parts inside the body that are no text: links to other pages, repeated lines."""
    votes: Counter[str] = Counter()
    harm: Counter[str] = Counter()
    for sample in samples:
        own = {line.line_number for line in sample.own_lines}
        for element in select(sample.page.root, body):
            for css, harmful in _removable_parts(sample.page, element, own).items():
                (harm if harmful else votes)[css] += 1
    selectors = [f"{body} {css}" for css, n in votes.most_common() if n * 3 >= len(samples) and not harm[css]]
    return tuple(_outermost(selectors, samples))[:5]


def _removable_parts(page: ParsedPage, body: Element, own: set[int]) -> dict[str, bool]:
    """Selectors inside a body → whether removing their elements would remove text."""
    lines_by_node: dict[Element, list[TextLine]] = {}
    inside = set(body.iter())
    for line in page.lines:
        if line.node in inside:
            for node in self_and_ancestors(line.node):
                if node is body:
                    break
                lines_by_node.setdefault(node, []).append(line)
    harmful_by_css: dict[str, bool] = {}
    for node, lines in lines_by_node.items():
        names = {css for css in candidate_selectors(node) if css[0] in ".#" and " " not in css}
        harmful = any(line.line_number in own or not _is_aside(line) for line in lines)
        for css in names:
            harmful_by_css[css] = harmful_by_css.get(css, False) or harmful
    return harmful_by_css


def _is_aside(line: TextLine) -> bool:
    """Whether a line is a link or short."""
    return line.is_link or len(line.text) < 60


def _outermost(selectors: Sequence[str], samples: Sequence[ArticleSample]) -> list[str]:
    """The selectors without those whose elements all lie inside another's."""
    outermost: list[str] = []
    for css in selectors:
        elements = {node for sample in samples for node in select(sample.page.root, css)}
        if not any(elements <= _nodes_inside(samples, other) for other in outermost):
            outermost.append(css)
    return outermost


def _nodes_inside(samples: Sequence[ArticleSample], css: str) -> set[Element]:
    return {
        node for sample in samples for element in select(sample.page.root, css) for node in element.iter()
    }


def caption_rule(samples: Sequence[ArticleSample], body: str) -> str | None:
    """Return the selector of lines just below a picture that occur nowhere else; None without one."""
    below: Counter[str] = Counter()
    for sample in samples:
        inside = _nodes_inside([sample], body)
        for line in sample.own_lines:
            if line.node in inside and _is_below_picture(line.node):
                below.update(set(candidate_selectors(line.node)))
    best: tuple[int, int, str] = (2, 0, "")
    for css, count in below.items():
        captions = [node for sample in samples for node in select(sample.page.root, css)]
        right = sum(_is_below_picture(node) for node in captions)
        if right == len(captions):
            best = max(best, (count, -len(css), css))
    return best[2] or None


def _is_below_picture(node: Element) -> bool:
    """Whether the element before it, in the same row or block, holds a picture and no text."""
    for block in (node, node.getparent()):
        before = block.getprevious() if block is not None and block.tag != "td" else None
        if before is not None and not text_of(before):
            return before.tag == "img" or next(before.iter("img"), None) is not None
    return False
