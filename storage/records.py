"""Records of the archive that the packages hand to each other, and the closed lists of kinds and reasons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as WallTime
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc


class UrlKind(StrEnum):
    """What a URL is on its site."""

    SEED = "seed"
    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    ARTICLE = "article"
    ATTACHMENT = "attachment"
    IMAGE = "image"  # of an article's body


class UrlState(StrEnum):
    """State of a frontier row."""

    PENDING = "pending"  # to be visited
    LEASED = "leased"  # leased by a running crawl
    DONE = "done"  # visited and settled; visited again at next_visit
    FAILED = "failed"  # no usable response; visited again at next_visit
    GONE = "gone"  # answered 404 or 410
    REFUSED = "refused"  # never visited, for a reason from the closed list


class Outcome(StrEnum):
    """Outcome of one URL in one run."""

    NEW = "new"
    REVISED = "revised"
    SAME = "same"
    COPY = "copy"
    NOT_AN_ARTICLE = "not_an_article"
    DISCOVERED = "discovered"  # a seed, feed, sitemap or listing that was read for links
    KEPT = "kept"  # an attachment or image stored
    MOVED = "moved"  # a redirect: its target has a row of its own
    GONE = "gone"
    FAILED = "failed"
    REFUSED = "refused"


class Reason(StrEnum):
    """Why a URL did not become an article: the closed list."""

    # same
    NOT_MODIFIED = "not_modified"  # 304
    SAME_BYTES = "same_bytes"  # payload digest unchanged
    SAME_TEXT = "same_text"  # page changed, article did not
    # copy
    SAME_TEXT_ELSEWHERE = "same_text_elsewhere"
    # not an article
    LISTING_PAGE = "listing_page"
    LOGIN = "login"
    SOFT_404 = "soft_404"
    NO_TEXT = "no_text"
    NO_TITLE = "no_title"
    GALLERY = "gallery"  # pictures without a text
    VIDEO = "video"  # a player without a text
    DOCUMENT_PAGE = "document_page"  # number, date and issuer of an official document; its file is kept
    CONTACT = "contact"  # addresses, forms, the map of the site
    TRANSLATED = "translated"  # a machine's translation of a page
    NOT_HTML = "not_html"
    EMPTY_BODY = "empty_body"
    POISON = "poison"  # the page killed its reader process
    READ_TIMEOUT = "read_timeout"  # reading the page took too long
    UNREADABLE = "unreadable"  # the reader raised an error on it
    # refused
    ROBOTS = "robots"
    DENIED = "denied"  # the profile's deny patterns
    TRAP = "trap"
    TWIN = "twin"  # print, AMP or language twin of another URL; told by its address, or by the page itself
    LOGIN_LINK = "login_link"
    UNMATCHED = "unmatched"  # on the site, but neither article, listing nor attachment
    BAD_URL = "bad_url"
    PATTERN_TIMEOUT = "pattern_timeout"  # a pattern of the profile takes too long on the address
    OFFSITE = "offsite"  # an image on a host the profile does not name
    # moved
    REDIRECT = "redirect"
    REDIRECT_OFFSITE = "redirect_offsite"
    REDIRECT_LOOP = "redirect_loop"  # to itself
    # gone
    HTTP_404 = "http_404"
    HTTP_410 = "http_410"
    # failed
    HTTP_4XX = "http_4xx"
    HTTP_429 = "http_429"
    HTTP_5XX = "http_5xx"
    WALL = "wall"  # a script or 403 wall
    DNS = "dns"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_LOST = "connection_lost"
    TIMEOUT = "timeout"
    TLS = "tls"
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"  # content-encoding that cannot be undone
    ROBOTS_UNAVAILABLE = "robots_unavailable"  # robots.txt answered 5xx: nothing is asked
    PRIVATE_ADDRESS = "private_address"
    UNRENDERED = "unrendered"  # only scripts, or a browser crashed on it or did not come to its end
    MALFORMED = "malformed"  # a feed, sitemap or pager nothing could be read from
    NETWORK = "network"  # any other transport failure, named in the detail


class ChangeKind(StrEnum):
    """What a row of the feed tells."""

    ADDED = "added"  # an article the archive did not have
    APPEARED = "appeared"  # a known article at a further URL
    REVISED = "revised"  # its title, lead, body or attachments changed
    VANISHED = "vanished"  # one of its URLs is gone, others still show it
    REMOVED = "removed"  # the last of its URLs is gone
    RESTORED = "restored"  # a URL that was gone shows it again
    RE_EXTRACTED = "re_extracted"  # the page stands as it stood; it is read better now
    CLUSTERED = "clustered"  # it joined a story, changed stories with a merge, or left one
    PARTED = "parted"  # a copy's text was changed: that URL became an article of its own
    REFILED = "refiled"  # a file it offers has other bytes than before; `url` is the file's
    LOST = "lost"  # the other side of it: the article that URL showed until then shows there no more


class FieldSource(StrEnum):
    """Where a field of an article was read, best first for dates."""

    PROFILE = "profile"  # a layout rule of the site's profile
    STRUCTURED = "structured"  # JSON-LD, microdata, meta
    LABEL = "label"  # a labelled or dated line near the title
    LISTING = "listing"
    FEED = "feed"
    SITEMAP = "sitemap"
    URL = "url"
    TEXT = "text"  # the running text itself
    GUESS = "guess"  # a last resort, marked as such


@dataclass(frozen=True, slots=True)
class PrintedTime:
    """A publication time as far as it was printed."""

    day: Annotated[date, Doc("as printed")]
    time: Annotated[WallTime | None, Doc("naive wall time, only when printed")] = None
    offset: Annotated[int | None, Doc("minutes east of UTC, only when printed")] = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one field came from."""

    field: Annotated[str, Doc("its name")]
    source: Annotated[FieldSource, Doc("the kind of place it was read at")]
    rule: Annotated[str, Doc("the selector, label or pattern that found it")]
    raw: Annotated[str, Doc("the string as found, at most 300 characters")]


class Confidence(StrEnum):
    """How sure a day of publication is."""

    CERTAIN = "certain"  # by the profile's rule, structured data or a label, and nothing speaks against it
    LIKELY = "likely"  # by a listing, a feed, the URL; or by the above with a contradiction
    WEAK = "weak"  # by a sitemap's lastmod or a time counted back from the capture


@dataclass(frozen=True, slots=True)
class Dating:
    """How the day of publication was come by."""

    source: Annotated[FieldSource, Doc("the kind of place it was read at")]
    confidence: Annotated[Confidence, Doc("how sure it is")]
    conflict: Annotated[bool, Doc("a source of the first ranks tells another day")] = False
    others: Annotated[
        tuple[str, ...], Doc("what the other sources tell, `source: ISO day`, those that differ alone")
    ] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the article body."""

    url: Annotated[str, Doc("absolute")]
    caption: Annotated[str | None, Doc("as printed with it")] = None
    alt: Annotated[str | None, Doc("the text in place of it")] = None
    credit: Annotated[str | None, Doc("who took it, as printed in or below the caption")] = None
    line: Annotated[int | None, Doc("how many lines of the body stand before it")] = None


class LineKind(StrEnum):
    """What a line of the body is, when it is no plain paragraph."""

    HEADING = "heading"
    ITEM = "item"  # of a list
    NUMBERED = "numbered"  # item of a numbered list
    ROW = "row"  # of a table, cells parted by ` | `
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Shape:
    """What one line of the body is; paragraphs have none."""

    line: Annotated[int, Doc("counted from 0")]
    kind: Annotated[LineKind, Doc("what it is")]
    level: Annotated[int, Doc("of a heading below the title (1–5), of nesting in a list")] = 1


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document the text refers to."""

    number: Annotated[str, Doc("as cited, white space removed: `02-NQ/TW`")]
    type: Annotated[str | None, Doc("in full: `Nghị quyết`")] = None
    issuer: Annotated[str | None, Doc("in full where the number or the text tells it: `Bộ Chính trị`")] = None
    day: Annotated[date | None, Doc("of the document")] = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file the article offers."""

    url: Annotated[str, Doc("absolute")]
    name: Annotated[str, Doc("the link text, or the file name")]


class FileStatus(StrEnum):
    """How far a file or image was had: the closed list."""

    WAITING = "waiting"  # known from an article, not fetched yet
    READ = "read"  # its text, or an image's size, is kept
    # kept, without a text
    NO_TEXT = "no_text"  # nothing but pictures: a scan
    ENCRYPTED = "encrypted"  # a password is needed
    BROKEN = "broken"  # truncated, or not what it says it is
    BOMB = "bomb"  # unpacks to far more than a document may be
    UNSUPPORTED = "unsupported"  # a format no reader is kept for, archives among them
    PAGE = "page"  # an HTML page was answered in place of the file
    POISON = "poison"  # it killed its reader process
    TIMEOUT = "timeout"  # reading it took too long
    # not kept
    TOO_LARGE = "too_large"  # over the limit of one response
    OFFSITE = "offsite"
    REFUSED = "refused"  # never asked, for another reason: see the frontier's row
    FAILED = "failed"  # asked, no usable answer so far
    MOVED = "moved"  # a redirect: what it leads to is tied to the article too
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class FileReading:
    """Outcome of reading the bytes of one file."""

    status: FileStatus
    type: str  # as its bytes say: pdf, docx, xlsx, doc, jpeg, …; `unknown`
    text: str = ""  # NFC, one paragraph or table row a line
    detail: str = ""  # one line for a person
    pages: int | None = None  # of a PDF; sheets, slides
    width: int | None = None  # pixels, of an image
    height: int | None = None
    note: str | None = None  # what was mended in the text (legacy fonts)


@dataclass(frozen=True, slots=True)
class OfferedFile:
    """One file or image that a page offers."""

    url: str  # canonical
    kind: UrlKind  # ATTACHMENT or IMAGE
    name: str  # link text, caption or file name
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One article as read off one page."""

    site: Annotated[str, Doc("key of the site")]
    url: Annotated[str, Doc("canonical, where it was first seen")]
    title: Annotated[str, Doc("as printed")]
    lead: Annotated[str | None, Doc("the summary above the body (sapô), without the press prefix")]
    body: Annotated[str, Doc("plain text, one paragraph a line; no title, lead, byline or captions")]
    author: Annotated[str | None, Doc("as signed")] = None
    author_unit: Annotated[str | None, Doc("the office after the name in the byline")] = None
    photographer: Annotated[str | None, Doc("as signed")] = None
    source_name: Annotated[str | None, Doc("a re-publication source named by the page")] = None
    source_url: Annotated[str | None, Doc("its address, when the line that names it has one; absolute")] = (
        None
    )
    published: Annotated[PrintedTime | None, Doc("when, as far as it was printed")] = None
    updated: Annotated[PrintedTime | None, Doc("last time it was edited, when the page says so")] = None
    section: Annotated[tuple[str, ...], Doc("of the site, the widest first")] = ()
    tags: Annotated[tuple[str, ...], Doc("keywords the page gives")] = ()
    images: Annotated[tuple[Image, ...], Doc("of the body, in order")] = ()
    attachments: Annotated[tuple[Attachment, ...], Doc("files it offers, in order")] = ()
    prefix: Annotated[str | None, Doc('press prefix of the lead without brackets, e.g. "LĐTĐ"')] = None
    place: Annotated[str | None, Doc("key of the unit the article is about: `bac_kan`, `bac_kan/ba_be`")] = (
        None
    )
    organisation: Annotated[str | None, Doc("the union body that issued it, in full")] = None
    documents: Annotated[tuple[DocumentRef, ...], Doc("cited in the text, in order, each once")] = ()
    dating: Annotated[Dating | None, Doc("of `published`")] = None
    shape: Annotated[tuple[Shape, ...], Doc("the lines of the body that are no plain paragraphs")] = ()
    repairs: Annotated[tuple[str, ...], Doc("every change of bytes or characters made while decoding")] = ()
    provenance: Annotated[tuple[Provenance, ...], Doc("where each field was read")] = ()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Identity of an article's text."""

    exact: str  # hex digest of the normalised title, lead and body
    version: int  # of the normalisation; digests of two versions are never compared


@dataclass(frozen=True, slots=True)
class Capture:
    """Pointer to raw bytes: one response (or revisit) record in a WARC file."""

    record_id: Annotated[str, Doc("WARC-Record-ID, `<urn:uuid:…>`")]
    url: str
    fetched_at: datetime
    status: int
    content_type: str | None
    payload_digest: Annotated[str, Doc("`sha1:<base32>` of the payload as sent")]
    warc_file: Annotated[str, Doc("name within the archive's warc directory")]
    offset: Annotated[int, Doc("bytes from the start of the file")]
    length: Annotated[int, Doc("bytes of the compressed record")]
    revisit: bool = False
    dialled: Annotated[str | None, Doc("`127.0.0.1:8001` when the host was dialled to a replica")] = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Outcome of one visit, with the reason when it is no article."""

    outcome: Outcome
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DiscoveredUrl:
    """One URL discovered on a page, for the frontier (made of a spiders.items.Link)."""

    url: str
    kind: UrlKind
    found_on: str
    title_hint: str | None = None
    date_hint: str | None = None
    hint_source: str | None = None
    hint_form: str | None = None
    lastmod: str | None = None
    next_page: bool = False
    refused: Reason | None = None


@dataclass(frozen=True, slots=True)
class Appearance:
    """One URL at which an article is (or was) on the web."""

    id: int
    article_id: int
    revision_id: int
    site: str
    url: str
    first_seen: datetime
    last_seen: datetime
    gone_at: datetime | None
    author: str | None
    published: PrintedTime | None
    capture_id: int | None
    primary: bool  # the first URL the article was seen at


@dataclass(frozen=True, slots=True)
class Revision:
    """One text of an article at one time."""

    id: int
    article_id: int
    number: int
    exact: str
    content: str  # hex digest of title, lead, body and attachments exactly as read
    article: Article
    capture_id: int | None
    noticed_at: datetime
