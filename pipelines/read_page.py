"""Read a page or file in a reader process: its article, links, offered files and index words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipelines.attachments.text import TextRepair, read_attachment, read_image
from pipelines.decode.legacy_text import repair_legacy_text
from pipelines.duplicates.fingerprint import fingerprint
from pipelines.duplicates.shingles import ShingleSample, sample_article
from pipelines.extract.boilerplate import without_boilerplate
from pipelines.read import ReadResult, read
from spiders.discovery.discover import article_file_links, links_from_pairs
from spiders.items import Link, Page
from spiders.outlinks import Outlink
from spiders.profile.site_profile import SiteProfile
from storage.records import Article, FileReading
from storage.search.engine import IndexEntry, SearchDoc, SearchEngine

MEND: TextRepair = repair_legacy_text  # repairs text in legacy fonts (TCVN3, VNI), in files as in pages


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page that has been read: the reading, the links found on it, its words as the index wants them."""

    result: ReadResult
    links: tuple[Link, ...] = ()
    offsite: int = 0
    prepared: IndexEntry | None = None  # of an article, when an engine was given
    outlinks: tuple[Outlink, ...] = ()
    sample: ShingleSample | None = None  # of an article's text, to find its near-duplicates by
    file_links: tuple[Link, ...] = ()  # the files and images of the article, in order


def read_page(
    page: Page,
    profile: SiteProfile,
    search: SearchEngine | None = None,
    boilerplate: frozenset[str] = frozenset(),
) -> ReadPage:
    """Read one page and classify its links: what a worker process does."""
    result = read(page, profile, boilerplate)
    discovered = links_from_pairs(result.links, page, profile)
    prepared = (
        search.prepare(SearchDoc.from_article(0, result.article)) if search and result.article else None
    )
    sample = sample_article(result.article) if result.article else None
    file_links = offered_links(page, result.article, profile)
    return ReadPage(
        replace(result, links=()),
        discovered.links,
        discovered.offsite,
        prepared,
        discovered.outlinks,
        sample,
        file_links,
    )


def reread_article(article: Article, boilerplate: frozenset[str]) -> ReadPage | None:
    """Read a stored article again without boilerplate lines; None when it has none of them."""
    shortened = without_boilerplate(article, boilerplate)
    if shortened is article:
        return None
    result = ReadResult(shortened, fingerprint(shortened), None, "", (), 0.0)
    return ReadPage(result, sample=sample_article(shortened))


def offered_links(page: Page, article: Article | None, profile: SiteProfile) -> tuple[Link, ...]:
    """The files and images an article offers, as links, in order."""
    if article is None:
        return ()
    files = ((file.url, file.name) for file in article.attachments)
    images = ((image.url, image.caption or image.alt or "") for image in article.images)
    return article_file_links(files, images, page, profile)


def read_file_bytes(page: Page, mend: TextRepair = MEND) -> FileReading:
    """Read one attachment or image: what a worker process does with it."""
    if page.kind == "image":
        return read_image(page.body)
    return read_attachment(page.body, urlsplit(page.final_url).path, page.header("content-type"), mend)
