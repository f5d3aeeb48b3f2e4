"""Sample articles of `site new`: every field with the value a profile gives and its source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from crawler.onboarding.explore import SampleReading
from spiders.profile.site_profile import SiteProfile
from storage.records import Article
from storage.stories.attribution import printed_text

SAMPLE_TABLE_COLUMNS = 100  # columns
SAMPLE_VALUE_CHARS, SAMPLE_SOURCE_CHARS = 52, 26  # characters of a value and of its source


def sample_table(samples: Sequence[SampleReading], profile: SiteProfile) -> Table:
    """A table with a block of rows for each sample article, at most 100 columns wide."""
    samples_table = Table(title="what would be stored", title_justify="left", width=SAMPLE_TABLE_COLUMNS)
    samples_table.add_column("field", no_wrap=True, width=12)
    samples_table.add_column("value", no_wrap=True, width=SAMPLE_VALUE_CHARS)
    samples_table.add_column("from", no_wrap=True, style="dim", width=SAMPLE_SOURCE_CHARS)
    for sample in samples:
        samples_table.add_row("address", Text(shorten_url(sample.url, SAMPLE_VALUE_CHARS), style="bold"), "")
        for sample_field, sample_value, sample_source in _sample_rows(sample, profile):
            samples_table.add_row(
                sample_field,
                Text(sample_value, style="" if sample_source else "yellow"),
                Text(shorten_text(sample_source, SAMPLE_SOURCE_CHARS)),
            )
        samples_table.add_section()
    if not samples:
        samples_table.add_row("", "no article page was seen", "")
    return samples_table


def _sample_rows(sample: SampleReading, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    """Field, value and source; no source = not found."""
    sample_article = sample.result.article
    if sample_article is None:
        yield (
            "no article",
            shorten_text(f"{sample.result.reason} {sample.result.detail or ''}", SAMPLE_VALUE_CHARS),
            "",
        )
        return
    sample_sources = {
        provenance.field: f"{provenance.source} {provenance.rule}" for provenance in sample_article.provenance
    }
    sample_fields = (
        ("title", sample_article.title),
        ("day, time", printed_text(sample_article.published)),
        ("author", ", ".join(filter(None, (sample_article.author, sample_article.author_unit)))),
        ("section", " / ".join(sample_article.section)),
        ("lead", sample_article.lead or ""),
    )
    for sample_field, sample_value in sample_fields:
        yield (
            sample_field,
            shorten_text(sample_value or "none", SAMPLE_VALUE_CHARS),
            sample_sources.get("published" if "day" in sample_field else sample_field, ""),
        )
    yield from _content_rows(sample_article, profile)


def _content_rows(sample_article: Article, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    body_rules = ", ".join(profile.layout[0].body)
    sample_text = " ".join(sample_article.body.split())
    sample_size = f"{len(sample_article.body)} characters: "
    yield (
        "body",
        sample_size + shorten_text(sample_text, SAMPLE_VALUE_CHARS - len(sample_size)),
        f"profile {body_rules}" if body_rules else "trafilatura",
    )
    sample_captions = [image.caption for image in sample_article.images if image.caption]
    yield (
        "images",
        _count_and_first(len(sample_article.images), sample_captions),
        "the body" if sample_article.images else "",
    )
    sample_labels = [
        attachment.name or shorten_url(attachment.url, 30) for attachment in sample_article.attachments
    ]
    yield (
        "attachments",
        _count_and_first(len(sample_labels), sample_labels),
        "links in and below it" if sample_labels else "",
    )


def _count_and_first(count: int, sample_labels: Sequence[str]) -> str:
    return shorten_text(
        f"{count}: {sample_labels[0]}" if sample_labels else str(count or "none"), SAMPLE_VALUE_CHARS
    )


def shorten_text(sample_text: str, max_chars: int) -> str:
    """The text on one line, cut at the end of a word when it is longer than `max_chars`."""
    line = " ".join(sample_text.split())
    if len(line) <= max_chars:
        return line
    beginning = line[: max_chars - 2]
    return (beginning.rpartition(" ")[0] if " " in beginning[max_chars // 2 :] else beginning) + " …"


def shorten_url(url: str, max_chars: int) -> str:
    """A URL of at most `max_chars`, without its beginning when it is longer: URLs differ at the end."""
    return url if len(url) <= max_chars else "… " + url[-(max_chars - 2) :]
