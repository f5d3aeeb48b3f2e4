"""Makes an Article of a Reading, each field with its provenance; or returns why the page is no article."""

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
    """Return the reason why a page is not decoded at all (an empty body, no HTML), or None."""
    if not page.body.strip():
        return Reason.EMPTY_BODY
    content_type = (page.header("content-type") or "").split(";")[0].strip().lower()
    if FEED_START.search(page.body[:1000]) and not HTML_START.match(page.body[:1000].replace(b"<?xml", b"")):
        return Reason.NOT_HTML
    is_html = HTML_START.match(page.body[:1000])
    if not is_html and sniff_file_type(page.body) not in MAYBE_PAGES:  # a file that says text/html
        return Reason.NOT_HTML
    if is_html or not content_type or any(word in content_type for word in HTML_TYPES):
        return None if b"\x00\x00\x00" not in page.body[:1000] else Reason.NOT_HTML
    return Reason.NOT_HTML


def describe(reading: Reading, page: Page, profile: SiteProfile) -> Article | Reason:
    """Return the article on a page, or why it is none; a missing date or a short text is no reason."""
    if reason := not_article_reason(reading, profile):
        return reason
    metadata = reading.metadata
    assert metadata.title
    layout = profile.layout_at(page.fetched_at.date())
    paragraphs, raw_byline, byline = _split_byline_off(reading, layout)
    lead, prefix, paragraphs = _split_lead(metadata.lead.text if metadata.lead else None, paragraphs)
    shape, images = match_structure(paragraphs, reading.outline, reading.images)
    published = choose_publication_date(_date_clues(reading, page, layout), page.url, page.fetched_at)
    updated = choose_publication_date(metadata.updates, "", page.fetched_at)
    return Article(
        site=page.site,
        url=page.url,
        title=metadata.title.text,
        lead=lead,
        body="\n".join(paragraphs),
        author=byline.author,
        author_unit=byline.office,
        photographer=byline.photographer,
        source_name=byline.source_name,
        source_url=find_source_link(byline.source_name, _lines_with_links(reading)),
        published=published.at if published else None,
        updated=updated.at if updated else None,
        dating=published.dating if published else None,
        section=metadata.section,
        tags=metadata.tags,
        images=images,
        shape=shape,
        attachments=reading.attachments,
        prefix=prefix,
        repairs=reading.repairs,
        provenance=(*_provenance(metadata, raw_byline, published, updated), *_browser_provenance(page)),
    )


def _provenance(
    metadata: PageMetadata,
    byline: RawField | None,
    published: PublicationDate | None,
    updated: PublicationDate | None,
) -> tuple[Provenance, ...]:
    fields = {
        "title": metadata.title,
        "lead": metadata.lead,
        "author": byline,
        "section": metadata.section_raw,
        "published": _date_field(published),
        "updated": _date_field(updated),
    }
    return tuple(
        Provenance(name, raw.source, raw.rule, raw.text[:300]) for name, raw in fields.items() if raw
    )


def _date_field(dated: PublicationDate | None) -> RawField | None:
    return RawField(dated.clue.raw, dated.clue.source, dated.clue.rule) if dated else None


def _browser_provenance(page: Page) -> tuple[Provenance, ...]:
    """Return provenance that marks a page rendered by a browser, whose text the server did not send."""
    if page.rendered_by is None:
        return ()
    return (Provenance("page", FieldSource.PROFILE, "[fetch] browser", f"rendered by {page.rendered_by}"),)


def _split_byline_off(reading: Reading, layout: Layout) -> tuple[tuple[str, ...], RawField | None, Byline]:
    """Return the paragraphs without a byline at their end, the byline as printed, and its parts.

    First the profile's selector, then the last line, then JSON-LD, then a name before the date; the default
    account name of a content system is no byline.
    """
    metadata = reading.metadata
    lines, attachment_lines = _split_attachment_lines(reading)
    attachment_lines = tuple(
        line for line in attachment_lines if not offers_files(line)
    )  # the files they offer are attachments
    text, last_line = last_line_byline(lines, layout.author.unit)
    byline_lines, body_lines = "\n".join(lines[len(text) :]), text + attachment_lines
    last_line_source = FieldSource.PROFILE if layout.author.last_line else FieldSource.TEXT
    if metadata.byline and (parts := split_byline(metadata.byline.text, layout.author.unit)) != Byline():
        return body_lines, metadata.byline, parts.completed_by(last_line)
    if last_line and (last_line.author or last_line.source_name):
        return body_lines, RawField(byline_lines, last_line_source, "last line"), last_line
    for author in (metadata.structured_author, metadata.near_author):
        if author and (parts := split_byline(author.text, layout.author.unit)) != Byline():
            return body_lines, author, parts.completed_by(last_line)
    return body_lines, None, last_line or Byline()


def _lines_with_links(reading: Reading) -> Iterator[tuple[str, str]]:
    """Yield text and link of lines that may name a source: the byline, and the text from its last line on."""
    if byline := reading.metadata.byline:
        yield byline.text, byline.target
    yield from ((line.text, line.target) for line in reversed(reading.outline))


def _split_attachment_lines(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split off the lines at the end that only offer files: a byline is above them."""
    lines, names = reading.paragraphs, [file.name for file in reading.attachments if file.name]
    end = len(lines)
    while (
        end
        and any(lines[end - 1].endswith(name) for name in names)
        and _is_attachment_line(lines[end - 1], names)
    ):
        end -= 1
    return lines[:end], lines[end:]


def _is_attachment_line(line: str, names: list[str]) -> bool:
    return line in names or offers_files(line)


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


def _date_clues(reading: Reading, page: Page, layout: Layout) -> list[DateClue]:
    """Return the date clues of the page itself and of the listing, feed or sitemap that linked it."""
    clues = list(reading.metadata.dates)
    hints = page.hints
    if hints.date and hints.source:
        machine = hints.source != "listing"
        clues.append(DateClue(FieldSource(hints.source), hints.source, hints.date, hints.form, machine))
    if hints.lastmod and layout.date is None:
        # A profile that knows where dates stand means an undated page when none is there.
        clues.append(DateClue(FieldSource.SITEMAP, "lastmod", hints.lastmod, machine=True))
    return clues
