"""A Reading to an Article, each field with its provenance; or the reason why the page is none."""

from __future__ import annotations

import re
from datetime import timedelta

from pipelines.bylines import Byline, last_line_byline, split_byline
from pipelines.clean import names_files, split_prefix
from pipelines.dates import DateClue, date_line, find_published
from pipelines.extract import Reading
from pipelines.gather import Raw
from spiders.items import Page
from spiders.profile import Layout, SiteProfile
from storage.records import Article, FieldSource, PrintedTime, Provenance, Reason

# Headings and page titles of answers that say "not found" with status 200; matched from the start.
NOT_FOUND = re.compile(
    r"(?i)^(?:lỗi\s*:?\s*404|error\s*404|404(?:\s*[-–:|!.]|\s+(?:not found|lỗi|error|page)|$)|(?:page |"
    r"file )?not found|"
    r"(?:không|chưa) tìm thấy(?: (?:trang|nội dung|bài viết|tài nguyên|dữ liệu|kết quả|"
    r"đường dẫn))?\s*(?:[-–|.!,]|này|bạn|yêu cầu|$)|"
    r"(?:trang|bài viết|nội dung|đường dẫn|tài nguyên|thông tin)\b.{0,40}\bkhông (?:tồn tại|tìm thấy|có sẵn)|"
    r"(?:rất tiếc|xin lỗi)\b.{0,60}\bkhông\b)"
)
STATUS_PAGE = re.compile(r"(?i)^trạng thái\b")
RESOURCE_MISSING = re.compile(r"(?i)tài nguyên được yêu cầu|không tìm thấy")
# The whole heading or page title, up to the site's name: a headline may begin with "Đăng ký".
SIGN_IN = re.compile(
    r"(?i)^(?:đăng nhập|đăng ký(?: tài khoản| thành viên)?|quên mật khẩu|sign in|log ?in|"
    r"forgot password|openid)"
    r"\s*(?:$|[-–|:])"
)
HTML_TYPES = ("html", "xml")
HTML_START = re.compile(
    rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|!--|\?xml|meta|div|table|script)", re.IGNORECASE
)
FEED_START = re.compile(rb"<(?:rss|feed|urlset|sitemapindex)\b", re.IGNORECASE)
SHORT = 600  # characters; a page that asks for a password and says less has no article
LISTED = 4  # date lines, or lines that are link texts, make a listing …
LISTED_SHARE = 0.5  # … the latter when they and the lines below them are this share of all lines


def refuse(page: Page) -> Reason | None:
    """The reason why bytes are not worth decoding: nothing there, or not HTML."""
    if not page.body.strip():
        return Reason.EMPTY_BODY
    kind = (page.header("content-type") or "").split(";")[0].strip().lower()
    if FEED_START.search(page.body[:1000]) and not HTML_START.match(page.body[:1000].replace(b"<?xml", b"")):
        return Reason.NOT_HTML
    if HTML_START.match(page.body[:1000]) or not kind or any(word in kind for word in HTML_TYPES):
        return None if b"\x00\x00\x00" not in page.body[:1000] else Reason.NOT_HTML
    return Reason.NOT_HTML


def describe(reading: Reading, page: Page, profile: SiteProfile) -> Article | Reason:
    """The article read off a page, or why there is none; a missing date or a short text is no reason."""
    if reason := _not_an_article(reading, profile):
        return reason
    about = reading.about
    assert about.title
    layout = profile.layout_at(page.fetched_at.date())
    paragraphs, raw_byline, byline = _sign(reading, layout)
    lead, prefix, paragraphs = _split_lead(about.lead.text if about.lead else None, paragraphs)
    published, clue = _date(_clues(reading, page, layout), page, with_url=True)
    updated, updated_clue = _date(about.updates, page, with_url=False)
    told = (
        _tell("title", about.title),
        _tell("lead", about.lead),
        _tell("author", raw_byline),
        _tell("section", about.section_raw),
        _tell("published", Raw(clue.raw, clue.source, clue.rule) if clue else None),
        _tell(
            "updated", Raw(updated_clue.raw, updated_clue.source, updated_clue.rule) if updated_clue else None
        ),
    )
    return Article(
        site=page.site,
        url=page.url,
        title=about.title.text,
        lead=lead,
        body="\n".join(paragraphs),
        author=byline.author,
        author_unit=byline.unit,
        source_name=byline.source_name,
        published=published,
        updated=updated,
        section=about.section,
        tags=about.tags,
        images=reading.images,
        attachments=reading.attachments,
        prefix=prefix,
        repairs=reading.repairs,
        provenance=tuple(each for each in told if each),
    )


def _tell(field: str, raw: Raw | None) -> Provenance | None:
    return Provenance(field, raw.source, raw.rule, raw.text[:300]) if raw else None


def _not_an_article(reading: Reading, profile: SiteProfile) -> Reason | None:
    about = reading.about
    size = sum(map(len, reading.paragraphs))
    headings = [about.title.text if about.title else "", about.page_title, *about.headings]
    if _is_missing(headings, reading, profile):
        return Reason.SOFT_404
    titled = bool(SIGN_IN.match(about.page_title))
    asks = about.password or titled or any(map(SIGN_IN.match, about.headings))
    if asks and size < (2 * SHORT if titled else SHORT):
        return Reason.LOGIN
    if _is_listing(reading):
        return Reason.LISTING_PAGE
    if not reading.paragraphs and not (about.lead or reading.attachments or reading.images):
        return Reason.NO_TEXT
    return None if about.title else Reason.NO_TITLE


def _is_missing(headings: list[str], reading: Reading, profile: SiteProfile) -> bool:
    if any(re.search(pattern, text) for pattern in profile.soft_404 for text in headings):
        return True
    if sum(map(len, reading.paragraphs)) >= SHORT * 2:
        return False  # a headline may say that something was not found
    if any(NOT_FOUND.match(text) and len(text) < 100 for text in headings):
        return True
    below = (*reading.about.headings, *reading.paragraphs)
    return any(map(STATUS_PAGE.match, headings)) and any(RESOURCE_MISSING.search(text) for text in below)


def _is_listing(reading: Reading) -> bool:
    """Mostly links; or several date lines, or several lines that are texts of links, between excerpts."""
    if reading.link_share > 0.6 and len(reading.paragraphs) < 3:
        return True
    if sum(1 for line in reading.paragraphs if date_line(line)) >= LISTED:
        return True
    return reading.listed >= max(LISTED, LISTED_SHARE * len(reading.paragraphs))


def _sign(reading: Reading, layout: Layout) -> tuple[tuple[str, ...], Raw | None, Byline]:
    """The paragraphs without a byline at their end, the byline as found, and its parts.

    First the profile's selector, then the last line, then machine data, then a name before the date;
    what names only the account that typed the text in is passed over.
    """
    about = reading.about
    lines, files = _above_files(reading)
    text, last = last_line_byline(lines, layout.author.unit)
    raw, rest = "\n".join(lines[len(text) :]), text + files
    last_source = FieldSource.PROFILE if layout.author.last_line else FieldSource.TEXT
    if about.byline and (parts := split_byline(about.byline.text, layout.author.unit)) != Byline():
        return rest, about.byline, _fill(parts, last)
    if last and (last.author or last.source_name):
        return rest, Raw(raw, last_source, "last line"), last
    for found in (about.structured_author, about.near_author):
        if found and (parts := split_byline(found.text, layout.author.unit)) != Byline():
            return rest, found, _fill(parts, last)
    return rest, None, last or Byline()


def _above_files(reading: Reading) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines down to those at the end that only offer files, and these: a byline stands above them."""
    lines, names = reading.paragraphs, [file.name for file in reading.attachments if file.name]
    end = len(lines)
    while end and any(lines[end - 1].endswith(name) for name in names) and _offers(lines[end - 1], names):
        end -= 1
    return lines[:end], lines[end:]


def _offers(line: str, names: list[str]) -> bool:
    return line in names or names_files(line)


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
        prefix, text = split_prefix(lead)
        return text, prefix, paragraphs
    if not paragraphs:
        return None, None, paragraphs
    prefix, first = split_prefix(paragraphs[0])
    return None, prefix, (first, *paragraphs[1:])


def _clues(reading: Reading, page: Page, layout: Layout) -> list[DateClue]:
    """The page's own clues and what listing, feed or sitemap said of it."""
    clues = list(reading.about.dates)
    hints = page.hints
    if hints.date and hints.source:
        machine = hints.source != "listing"
        clues.append(DateClue(FieldSource(hints.source), hints.source, hints.date, hints.form, machine))
    if hints.lastmod and layout.date is None:
        # A profile that knows where dates stand means an undated page when none is there.
        clues.append(DateClue(FieldSource.SITEMAP, "lastmod", hints.lastmod, machine=True))
    return clues


def _date(
    clues: list[DateClue] | tuple[DateClue, ...], page: Page, with_url: bool
) -> tuple[PrintedTime | None, DateClue | None]:
    tomorrow = page.fetched_at.date() + timedelta(days=1)
    found = find_published(clues, page.url if with_url else "", tomorrow)
    return found or (None, None)
