"""Sample articles as a profile reads them: every field with what would be stored and where it is from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from crawler.onboarding.explore import SampleReading
from spiders.profile.site_profile import SiteProfile
from storage.records import Article
from storage.stories.attribution import printed_text

WIDTH = 100  # columns
VALUE, SOURCE = 52, 26  # characters of a value and of its source


def sample_table(samples: Sequence[SampleReading], profile: SiteProfile) -> Table:
    """One block of rows for each article, at most 100 columns wide."""
    table = Table(title="what would be stored", title_justify="left", width=WIDTH)
    table.add_column("field", no_wrap=True, width=12)
    table.add_column("value", no_wrap=True, width=VALUE)
    table.add_column("from", no_wrap=True, style="dim", width=SOURCE)
    for each in samples:
        table.add_row("address", Text(tail(each.url, VALUE), style="bold"), "")
        for name, value, source in _rows(each, profile):
            table.add_row(name, Text(value, style="" if source else "yellow"), Text(cut(source, SOURCE)))
        table.add_section()
    if not samples:
        table.add_row("", "no article page was seen", "")
    return table


def _rows(each: SampleReading, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    """Field, value and source; no source = not found."""
    article = each.result.article
    if article is None:
        yield "no article", cut(f"{each.result.reason} {each.result.detail or ''}", VALUE), ""
        return
    sources = {told.field: f"{told.source} {told.rule}" for told in article.provenance}
    fields = (
        ("title", article.title),
        ("day, time", printed_text(article.published)),
        ("author", ", ".join(filter(None, (article.author, article.author_unit)))),
        ("section", " / ".join(article.section)),
        ("lead", article.lead or ""),
    )
    for name, value in fields:
        yield name, cut(value or "none", VALUE), sources.get("published" if "day" in name else name, "")
    yield from _contents(article, profile)


def _contents(article: Article, profile: SiteProfile) -> Iterator[tuple[str, str, str]]:
    rules = ", ".join(profile.layout[0].body)
    text = " ".join(article.body.split())
    size = f"{len(article.body)} characters: "
    yield "body", size + cut(text, VALUE - len(size)), f"profile {rules}" if rules else "trafilatura"
    captions = [image.caption for image in article.images if image.caption]
    yield "images", _counted(len(article.images), captions), "the body" if article.images else ""
    labels = [paper.name or tail(paper.url, 30) for paper in article.attachments]
    yield "attachments", _counted(len(labels), labels), "links in and below it" if labels else ""


def _counted(count: int, told: Sequence[str]) -> str:
    return cut(f"{count}: {told[0]}" if told else str(count or "none"), VALUE)


def cut(text: str, most: int) -> str:
    """The text on one line, whole or its beginning up to a word's end."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    kept = line[: most - 2]
    return (kept.rpartition(" ")[0] if " " in kept[most // 2 :] else kept) + " …"


def tail(url: str, most: int) -> str:
    """An address, whole or without its beginning: its end tells it from others."""
    return url if len(url) <= most else "… " + url[-(most - 2) :]
