"""Sample articles of `site new`: every field with the value a profile gives and its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from crawler.onboarding.explore import SampleReading
from spiders.profile.site_profile import SiteProfile
from storage.records import Article
from storage.stories.attribution import printed_text

TABLE_COLUMNS = 100  # columns
VALUE_CHARS, SOURCE_CHARS = 52, 26  # characters of a value and of its source


def sample_table(samples: Sequence[SampleReading], profile: SiteProfile) -> Table:
    """A table with a block of rows for each sample article, at most 100 columns wide."""
    table = Table(title="what would be stored", title_justify="left", width=TABLE_COLUMNS)
    table.add_column("field", no_wrap=True, width=12)
    table.add_column("value", no_wrap=True, width=VALUE_CHARS)
    table.add_column("from", no_wrap=True, style="dim", width=SOURCE_CHARS)
    for sample in samples:
        table.add_row("address", Text(shorten_url(sample.url, VALUE_CHARS), style="bold"), "")
        for name, value, source in _sample_rows(sample, profile):
            table.add_row(
                name, Text(value, style="" if source else "yellow"), Text(shorten_text(source, SOURCE_CHARS))
            )
        table.add_section()
    if not samples:
        table.add_row("", "no article page was seen", "")
    return table


def _sample_rows(sample: SampleReading, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    """Field, value and source; no source = not found."""
    article = sample.result.article
    if article is None:
        yield (
            "no article",
            shorten_text(f"{sample.result.reason} {sample.result.detail or ''}", VALUE_CHARS),
            "",
        )
        return
    sources = {
        provenance.field: f"{provenance.source} {provenance.rule}" for provenance in article.provenance
    }
    fields = (
        ("title", article.title),
        ("day, time", printed_text(article.published)),
        ("author", ", ".join(filter(None, (article.author, article.author_unit)))),
        ("section", " / ".join(article.section)),
        ("lead", article.lead or ""),
    )
    for name, value in fields:
        yield (
            name,
            shorten_text(value or "none", VALUE_CHARS),
            sources.get("published" if "day" in name else name, ""),
        )
    yield from _content_rows(article, profile)


def _content_rows(article: Article, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    rules = ", ".join(profile.layout[0].body)
    text = " ".join(article.body.split())
    size = f"{len(article.body)} characters: "
    yield (
        "body",
        size + shorten_text(text, VALUE_CHARS - len(size)),
        f"profile {rules}" if rules else "trafilatura",
    )
    captions = [image.caption for image in article.images if image.caption]
    yield "images", _count_and_first(len(article.images), captions), "the body" if article.images else ""
    labels = [attachment.name or shorten_url(attachment.url, 30) for attachment in article.attachments]
    yield "attachments", _count_and_first(len(labels), labels), "links in and below it" if labels else ""


def _count_and_first(count: int, labels: Sequence[str]) -> str:
    return shorten_text(f"{count}: {labels[0]}" if labels else str(count or "none"), VALUE_CHARS)


def shorten_text(text: str, max_chars: int) -> str:
    """The text on one line, cut at the end of a word when it is longer than `max_chars`."""
    line = " ".join(text.split())
    if len(line) <= max_chars:
        return line
    beginning = line[: max_chars - 2]
    return (beginning.rpartition(" ")[0] if " " in beginning[max_chars // 2 :] else beginning) + " …"


def shorten_url(url: str, max_chars: int) -> str:
    """A URL of at most `max_chars`, without its beginning when it is longer: URLs differ at the end."""
    return url if len(url) <= max_chars else "… " + url[-(max_chars - 2) :]
