"""A decoded page to a Reading: raw strings as found; trafilatura cleans the body."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from posixpath import basename
from urllib.parse import unquote, urljoin, urlsplit

import trafilatura
from lxml.etree import ParserError, strip_tags
from lxml.html import Element, HtmlElement, HTMLParser, document_fromstring

from pipelines.decode.charset import DecodedText
from pipelines.decode.legacy_text import repair_legacy_text
from pipelines.extract.blocks import Block, segment
from pipelines.extract.legacy_html import repair_legacy_html
from pipelines.extract.metadata import About, gather, is_twin, select
from pipelines.parse import clean
from pipelines.parse.clean import squash
from pipelines.parse.printed_dates import DateClue, date_line
from spiders.discovery.onclick import clickable_elements
from spiders.items import Page
from spiders.profile.regex_safety import ProfilePattern, compile_pattern
from spiders.profile.site_profile import Layout, SiteProfile
from storage.records import Attachment, FieldSource, Image

NOT_WEB = re.compile(r"(?i)^\s*(?:#|(?:javascript|mailto|tel|data|sms|zalo|skype|viber|about|file|blob):)")
PLAIN_PATH = re.compile(r"/[^/\s.][^\s.]*(?:\.[^\s./]+)*")  # a path without dot segments is joined by hand
STYLING = ("font", "span", "b", "i", "u", "em", "strong", "center", "big", "small", "tt", "o:p")
DEEPEST = 250  # levels; three Python calls each
WHOLLY = 0.95
MOSTLY = 0.5  # a line with this share of its characters in links is a link
BELOW = 3  # lines below the text that may name a file: byline, file, tools
BEGINNING = 3  # lines that may repeat title, lead or date before the text


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off one page: raw strings as found, beside the rule that found each."""

    about: About  # title, lead, bylines, dates, section, tags, page title, …
    paragraphs: tuple[str, ...]  # of the body: clean, without title, lead, date line and captions
    outline: tuple[Block, ...]  # the text of the body as cut, of which the paragraphs are what stayed
    body_rule: str  # selector, or `trafilatura` when it decided alone
    images: tuple[Image, ...]  # `line` counts the lines of the outline above each
    attachments: tuple[Attachment, ...]
    canonical: str | None
    links: tuple[tuple[str, str], ...]  # absolute URL and text, of the whole page
    link_share: float  # of the body's characters, 0–1
    listed: int  # lines of the body that are the text of a link, or stand just below one
    repairs: tuple[str, ...]  # made while decoding


@dataclass(frozen=True, slots=True)
class _Body:
    paragraphs: tuple[str, ...]
    images: tuple[Image, ...] = ()
    link_share: float = 0.0
    listed: int = 0
    outline: tuple[Block, ...] = ()


def extract(decoded: DecodedText, page: Page, profile: SiteProfile) -> Reading:
    """Read a page by the layout that was in force on the day of its capture."""
    tree, notes = parse(decoded.text)
    notes += repair_legacy_html(tree)
    base = _base(tree, page.final_url)
    layout = profile.layout_at(page.fetched_at.date())
    links = _links(tree, base) + _whole_form(tree, base)
    for element in [e for css in layout.remove for e in select(tree, css)]:
        if element.getparent() is not None:
            element.drop_tree()
    rule, bodies = _bodies(tree, layout)
    hint = repair_legacy_text(page.hints.title)[0] if page.hints.title else None
    about = gather(tree, layout, hint, bodies[0] if bodies else None)
    attachments = _attachments(tree, bodies, links, base, (profile, about))
    # From here on the tree is taken apart.
    body = _read_body(bodies, layout, base, profile) if bodies else _read_whole(tree, base)
    paragraphs, dates = _without_surroundings(body.paragraphs, about)
    texts = {text for _, text in links if len(text) > 20}
    return Reading(
        about=replace(about, dates=about.dates + dates),
        paragraphs=paragraphs,
        outline=body.outline,
        body_rule=rule,
        images=body.images,
        attachments=attachments,
        canonical=_absolute(base, about.canonical) if about.canonical else None,
        links=links,
        link_share=body.link_share,
        listed=body.listed + sum(1 for line in paragraphs if line in texts),
        repairs=decoded.repairs + notes,
    )


def parse(text: str) -> tuple[HtmlElement, tuple[str, ...]]:
    """The page's tree, and a note when it is nested so deep that libxml2 would silently drop the rest.

    Old editors leave hundreds of <font> and <span> open: these are taken out.
    """
    source, parser = text.encode(), HTMLParser(encoding="utf-8")
    try:
        tree = document_fromstring(source, parser=parser)
    except ParserError:
        return document_fromstring("<html><body></body></html>"), ()  # comments and nothing else
    if not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        return tree, ()
    whole = document_fromstring(source, parser=HTMLParser(encoding="utf-8", huge_tree=True))
    strip_tags(whole, *STYLING)
    if whole.xpath(f"boolean(//*[count(ancestor::*) > {DEEPEST}])"):
        return tree, ("cut_at_depth",)
    return whole, ("too_deep",)


def _base(tree: HtmlElement, url: str) -> str:
    told = next((e.get("href") for e in tree.iter("base") if e.get("href")), None)
    base = _absolute(url, told) if told else None
    return base if base and base.startswith(("http://", "https://")) and _host(base) else url


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None  # `http://[::1`


def _absolute(base: str, href: str) -> str | None:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return None  # a malformed host


def _links(tree: HtmlElement, base: str) -> tuple[tuple[str, str], ...]:
    """Every web link of the page; joining by hand where that is certain, urljoin is slow."""
    parts = urlsplit(base)
    origin = f"{parts.scheme}://{parts.netloc}"
    found = []
    written = ((anchor, anchor.get("href")) for anchor in tree.iter("a"))
    for anchor, href in chain(written, clickable_elements(tree)):
        if not href or NOT_WEB.match(href):
            continue
        url = origin + href if PLAIN_PATH.fullmatch(href) else _absolute(base, href)
        if url and url.startswith(("http://", "https://")):
            found.append((url, clean.tidy("".join(anchor.itertext()))))
    return tuple(found)


def _whole_form(tree: HtmlElement, base: str) -> tuple[tuple[str, str], ...]:
    """The page that an AMP or print twin is a twin of, where it says so."""
    if not is_twin(tree):
        return ()
    told = (e.get("href", "") for e in tree.iter("link") if e.get("rel", "").lower() == "canonical")
    urls = (_absolute(base, href) for href in told)
    return tuple((url, "") for url in urls if url and url.startswith(("http://", "https://")))


def _bodies(tree: HtmlElement, layout: Layout) -> tuple[str, list[HtmlElement]]:
    """The first body rule that matches some text, and its outermost elements; else one with pictures."""
    pictured: tuple[str, list[HtmlElement]] = ("trafilatura", [])
    for css in layout.body:
        found = select(tree, css)
        inside = set(found)
        outer = [e for e in found if not any(above in inside for above in e.iterancestors())]
        if any(e.text_content().strip() for e in outer):
            return css, outer
        if not pictured[1] and any(e.find(".//img") is not None for e in outer):
            pictured = css, outer
    return pictured


def _attachments(
    tree: HtmlElement,
    bodies: Sequence[HtmlElement],
    links: Iterable[tuple[str, str]],
    base: str,
    rules: tuple[SiteProfile, About],
) -> tuple[Attachment, ...]:
    """Files linked from the body, just below it, or from an element beside it that is named for files."""
    profile, about = rules
    patterns = [compile_pattern(pattern) for pattern in profile.urls.attachment]
    if not any(_is_file(url, patterns) for url, _ in links):
        return ()
    inside = set(bodies)
    below = _just_below(bodies[-1], about.title.text) if bodies and about.title else frozenset()
    found: dict[str, Attachment] = {}
    for anchor in tree.iter("a"):
        href = anchor.get("href", "")
        url = _absolute(base, href.split("#")[0])
        if url and _is_file(url, patterns) and (href in below or _is_offered(anchor, inside)):
            name = clean.tidy(anchor.text_content()) or unquote(basename(urlsplit(url).path))
            found.setdefault(url, Attachment(url, name))
    return tuple(found.values())


def _just_below(body: HtmlElement, title: str) -> frozenset[str]:
    """What the few lines below the body link to, as written, as far as the element with the title reaches.

    A list of documents in a side column is no part of it.
    """
    room = next((e for e in body.iterancestors() if title in clean.tidy(e.text_content())), None)
    lines = segment(room, marks=[(body, "body")]) if room is not None else []
    at = next((at for at, line in enumerate(lines) if line.kind == "mark"), len(lines))
    below = lines[at + 1 : at + 1 + BELOW]
    return frozenset(line.target for line in below if line.linked >= MOSTLY and not line.aside)


def _is_file(url: str, patterns: Iterable[ProfilePattern]) -> bool:
    path = url[url.find("/", len("https://")) :].split("#")[0]
    return any(pattern.search_or_skip(path) for pattern in patterns)


def _is_offered(anchor: HtmlElement, bodies: Collection[HtmlElement]) -> bool:
    parent = anchor.getparent()
    if parent is not None and clean.names_files(parent.text_content()):
        return True
    return any(
        above in bodies or clean.FILES_NAME.search(f"{above.get('class', '')} {above.get('id', '')}")
        for above in anchor.iterancestors()
    )


def _read_whole(tree: HtmlElement, base: str) -> _Body:
    """The body of a page without a body rule: trafilatura finds it."""
    found = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True)
    if found is None or isinstance(found, dict):
        return _Body(())
    outline = tuple(block for block in segment(found.body) if block.kind == "text")
    lines = clean.paragraphs(block.text for block in outline)
    blocks = segment(tree)
    # One line is trafilatura's last resort, the text of the whole page: then the page's links count.
    share = _link_share(blocks) if len(lines) == 1 else 0.0
    images = _pictures_among(blocks, lines, base)
    return _Body(lines, images, share, _below_links(blocks, set(lines)), outline)


def _pictures_among(blocks: Sequence[Block], lines: Collection[str], base: str) -> tuple[Image, ...]:
    """The pictures that stand among the lines of the text, placed by how many of these stand above."""
    wanted = set(lines)
    at = [place for place, block in enumerate(blocks) if block.text in wanted]
    if len(at) < 2:
        return ()
    before = next(
        (place for place in range(at[0] - 1, max(-1, at[0] - 4), -1) if blocks[place].kind == "image"), at[0]
    )
    part = [block for block in blocks[before : at[-1] + 4] if not block.aside]
    return _split_pictures(part, base)[1]


def _below_links(blocks: Sequence[Block], lines: Collection[str]) -> int:
    """How many of the lines stand just below a linked heading, as the excerpts of a listing do."""
    links = [block.kind == "text" and block.linked >= MOSTLY and len(block.text) > 20 for block in blocks]
    below = {b.text for at, b in enumerate(blocks) if not links[at] and any(links[max(0, at - 2) : at])}
    return len(below.intersection(lines))


def _read_body(bodies: Sequence[HtmlElement], layout: Layout, base: str, profile: SiteProfile) -> _Body:
    """The body inside its elements: cut into lines by us, cleaned by trafilatura."""
    captions = [e for css in layout.caption for e in select(bodies[0].getroottree().getroot(), css)]
    blocks = _before_related([block for body in bodies for block in segment(body, captions)])
    text, images = _split_pictures(blocks, base)
    kept = _kept(bodies)
    files = [compile_pattern(pattern) for pattern in profile.urls.attachment]
    lines = [block.text for block in text if _stays(block, kept) and not _leads_away(block, files)]
    listed = _below_links(blocks, set(lines))
    return _Body(clean.paragraphs(lines), images, _link_share(blocks), listed, tuple(text))


def _link_share(blocks: Sequence[Block]) -> float:
    text = [block for block in blocks if block.kind == "text"]
    size = sum(len(block.text) for block in text)
    return sum(len(block.text) * block.linked for block in text) / size if size else 0.0


def _kept(bodies: Sequence[HtmlElement]) -> str:
    """What trafilatura keeps of the body elements, letters and digits alone; takes the elements away."""
    root, article = Element("html"), Element("article")
    root.append(Element("body"))
    root[0].append(article)
    for body in bodies:
        body.tail, body.tag = None, "div"
        article.append(body)
    found = trafilatura.bare_extraction(
        root, fast=True, favor_recall=True, include_comments=False, include_tables=True
    )
    if found is None or isinstance(found, dict):
        return ""
    return squash("".join(str(text) for text in found.body.itertext("*")))


def _stays(block: Block, kept: str) -> bool:
    """A line stays when trafilatura kept it, or lost it though nothing says that it is not text.

    (It drops headings at the end, short items of mixed lists and text between blocks.)
    """
    if block.aside and block.linked >= MOSTLY:
        return False
    return squash(block.text) in kept or not (block.aside or block.linked >= MOSTLY)


def _leads_away(block: Block, files: Iterable[ProfilePattern]) -> bool:
    """A line that is nothing but a link to another page: related news in the text, not the text.

    A file's name and an address written out belong to the text.
    """
    if block.linked < WHOLLY or len(block.text) <= 20 or block.text.startswith(("http", "www.")):
        return False
    return not any(pattern.search_or_skip(block.target) for pattern in files)


def _before_related(blocks: list[Block]) -> list[Block]:
    """The blocks up to the heading of a list of other articles, when mostly links follow it."""
    for at, block in enumerate(blocks):
        if block.kind == "text" and clean.is_related_heading(block.text):
            rest = [b.linked for b in blocks[at + 1 :] if b.kind == "text"]
            if sum(share >= MOSTLY for share in rest) * 2 >= len(rest):
                return blocks[:at]
    return blocks


def _split_pictures(blocks: Iterable[Block], base: str) -> tuple[list[Block], tuple[Image, ...]]:
    """Text apart from pictures; a caption goes to the picture before it."""
    text: list[Block] = []
    images: list[Image] = []
    picture: Block | None = None  # the last picture, while only its own lines followed it
    for block in blocks:
        if block.kind == "image":
            picture = block
            if url := _absolute(base, block.text):
                images.append(Image(url, None, block.alt or None, line=len(text)))
        elif block.kind == "caption":
            _caption(images, block.text)
        elif not clean.is_text(block.text):
            continue
        elif picture and block.text in (picture.alt, picture.title):
            continue  # the picture's own attribute printed below it
        elif picture and (clean.is_caption(block.text) or _framed(picture, block)):
            _caption(images, block.text)
        else:
            picture = None
            text.append(block)
    return text, _each_once(images)


def _each_once(images: Iterable[Image]) -> tuple[Image, ...]:
    unique: dict[str, Image] = {}
    for image in images:
        unique.setdefault(image.url, image)
    return tuple(unique.values())


def _framed(picture: Block, line: Block) -> bool:
    return bool(picture.frame) and picture.frame == line.frame and len(line.text) <= 400


def _caption(images: list[Image], text: str) -> None:
    if images and images[-1].caption is None:
        images[-1] = replace(images[-1], caption=clean.caption_text(text), credit=clean.caption_credit(text))


def _without_surroundings(lines: Sequence[str], about: About) -> tuple[tuple[str, ...], tuple[DateClue, ...]]:
    """The lines without title, lead, byline and date line repeated among them, and those date lines."""
    title = squash(about.title.text) if about.title else ""
    lead = squash(about.lead.text) if about.lead else ""
    byline = squash(about.byline.text) if about.byline else ""
    body: list[str] = []
    dates: list[DateClue] = []
    for at, line in enumerate(lines):
        plain = squash(line)
        edge = len(body) < BEGINNING or at >= len(lines) - 2
        if plain == title or (edge and plain == byline) or (len(body) == 0 and plain in lead):
            continue
        if edge and (kind := date_line(line)):
            dates.append(DateClue(FieldSource.LABEL, f"{kind} line in body", line))
            continue
        body.append(line)
    return tuple(body), tuple(dates)
