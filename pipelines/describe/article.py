"""A Reading to an Article, each field with its provenance; or the reason why the page is none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipelines.attachments.file_type import sniff_file_type
from pipelines.describe.page_types import not_article_reason
from pipelines.describe.publication_date import PublicationDate, choose_publication_date
from pipelines.extract.article import Reading
from pipelines.extract.metadata import PageMetadata, RawField
from pipelines.extract.structure import match_structure
from pipelines.parse.bylines import Byline, last_line_byline, split_byline
from pipelines.parse.clean import offers_files, split_press_prefix
from pipelines.parse.printed_dates import DateClue
from pipelines.parse.source_link import find_source_link
from spiders.items import Page
from spiders.profile.site_profile import Layout, SiteProfile
from storage.records import Article, FieldSource, Provenance, Reason

HTML_TYPES = ("html", "xml")
HTML_START = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|!--|\?xml|meta|div|table|script)", re.IGNORECASE
)
MAYBE_PAGES = frozenset({"html", "unknown", "svg", "bmp"})  # BMP: a text may begin with "BM", too
FEED_START = re.compile(rb"<(?:rss|feed|urlset|sitemapindex)\b", re.IGNORECASE)


def refusal_reason(page: Page) -> Reason | None:
    """The reason why bytes are not worth decoding: nothing there, or not HTML."""
    if not page.body.strip():
        return Reason.EMPTY_BODY
    kind = (page.header("content-type") or "").split(";")[0].strip().lower()
    if FEED_START.search(page.body[:1000]) and not HTML_START.match(page.body[:1000].replace(b"<?xml", b"")):
        return Reason.NOT_HTML
    started = HTML_START.match(page.body[:1000])
    if not started and sniff_file_type(page.body) not in MAYBE_PAGES:  # a file that says text/html
        return Reason.NOT_HTML
    if started or not kind or any(word in kind for word in HTML_TYPES):
        return None if b"\x00\x00\x00" not in page.body[:1000] else Reason.NOT_HTML
    return Reason.NOT_HTML


def describe(reading: Reading, page: Page, profile: SiteProfile) -> Article | Reason:
    """The article read off a page, or why there is none; a missing date or a short text is no reason."""
    if reason := not_article_reason(reading, profile):
        return reason
    about = reading.metadata
    assert about.title
    layout = profile.layout_at(page.fetched_at.date())
    paragraphs, raw_byline, byline = _sign(reading, layout)
    lead, prefix, paragraphs = _split_lead(about.lead.text if about.lead else None, paragraphs)
    shape, images = match_structure(paragraphs, reading.outline, reading.images)
    published = choose_publication_date(_clues(reading, page, layout), page.url, page.fetched_at)
    updated = choose_publication_date(about.updates, "", page.fetched_at)
    return Article(
        site=page.site,
        url=page.url,
        title=about.title.text,
        lead=lead,
        body="\n".join(paragraphs),
        author=byline.author,
        author_unit=byline.unit,
        photographer=byline.photographer,
        source_name=byline.source_name,
        source_url=find_source_link(byline.source_name, _lines_with_links(reading)),
        published=published.at if published else None,
        updated=updated.at if updated else None,
        dating=published.dating if published else None,
        section=about.section,
        tags=about.tags,
        images=images,
        shape=shape,
        attachments=reading.attachments,
        prefix=prefix,
        repairs=reading.repairs,
        provenance=(*_provenance(about, raw_byline, published, updated), *_rendered(page)),
    )


def _provenance(
    about: PageMetadata,
    byline: RawField | None,
    published: PublicationDate | None,
    updated: PublicationDate | None,
) -> tuple[Provenance, ...]:
    found = {
        "title": about.title,
        "lead": about.lead,
        "author": byline,
        "section": about.section_raw,
        "published": _raw(published),
        "updated": _raw(updated),
    }
    return tuple(Provenance(name, raw.source, raw.rule, raw.text[:300]) for name, raw in found.items() if raw)


def _raw(dated: PublicationDate | None) -> RawField | None:
    return RawField(dated.clue.raw, dated.clue.source, dated.clue.rule) if dated else None


def _rendered(page: Page) -> tuple[Provenance, ...]:
    """Nobody may take what scripts made for what the server sent."""
    if page.rendered_by is None:
        return ()
    return (Provenance("page", FieldSource.PROFILE, "[fetch] browser", f"rendered by {page.rendered_by}"),)


def _sign(reading: Reading, layout: Layout) -> tuple[tuple[str, ...], RawField | None, Byline]:
    """The paragraphs without a byline at their end, the byline as found, and its parts.

    First the profile's selector, then the last line, then machine data, then a name before the date;
    what names only the account that typed the text in is passed over.
    """
    about = reading.metadata
    lines, files = _above_files(reading)
    files = tuple(line for line in files if not offers_files(line))  # what they offer is an attachment
    text, last = last_line_byline(lines, layout.author.unit)
    raw, rest = "\n".join(lines[len(text) :]), text + files
    last_source = FieldSource.PROFILE if layout.author.last_line else FieldSource.TEXT
    if about.byline and (parts := split_byline(about.byline.text, layout.author.unit)) != Byline():
        return rest, about.byline, _fill(parts, last)
    if last and (last.author or last.source_name):
        return rest, RawField(raw, last_source, "last line"), last
    for found in (about.structured_author, about.near_author):
        if found and (parts := split_byline(found.text, layout.author.unit)) != Byline():
            return rest, found, _fill(parts, last)
    return rest, None, last or Byline()


def _lines_with_links(reading: Reading) -> Iterator[tuple[str, str]]:
    """Where a source may be named: the byline, and the lines of the text from the last one on."""
    if byline := reading.metadata.byline:
        yield byline.text, byline.target
    yield from ((line.text, line.target) for line in reversed(reading.outline))


def _above_files(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines down to those at the end that only offer files, and these: a byline stands above them."""
    lines, names = reading.paragraphs, [file.name for file in reading.attachments if file.name]
    end = len(lines)
    while end and any(lines[end - 1].endswith(name) for name in names) and _offers(lines[end - 1], names):
        end -= 1
    return lines[:end], lines[end:]


def _offers(line: str, names: list[str]) -> bool:
    return line in names or offers_files(line)


def _fill(parts: Byline, below: Byline | None) -> Byline:
    """The parts with what only the line below the text says: the source, the photographer."""
    if below is None:
        return parts
    return Byline(
        parts.author or below.author,
        parts.unit or below.unit,
        parts.photographer or below.photographer,
        parts.source_name or below.source_name,
    )


def _split_lead(
    lead: str | None, paragraphs: tuple[str, ...]
) -> tuple[str | None, str | None, tuple[str, ...]]:
    if lead is not None:
        prefix, text = split_press_prefix(lead)
        return text, prefix, paragraphs
    if not paragraphs:
        return None, None, paragraphs
    prefix, first = split_press_prefix(paragraphs[0])
    return None, prefix, (first, *paragraphs[1:])


def _clues(reading: Reading, page: Page, layout: Layout) -> list[DateClue]:
    """The page's own clues and what listing, feed or sitemap said of it."""
    clues = list(reading.metadata.dates)
    hints = page.hints
    if hints.date and hints.source:
        machine = hints.source != "listing"
        clues.append(DateClue(FieldSource(hints.source), hints.source, hints.date, hints.form, machine))
    if hints.lastmod and layout.date is None:
        # A profile that knows where dates stand means an undated page when none is there.
        clues.append(DateClue(FieldSource.SITEMAP, "lastmod", hints.lastmod, machine=True))
    return clues
