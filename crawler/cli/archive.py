"""`congdoan search`, `show`: the commands that read the archive."""

from __future__ import annotations

import json
import sys

import click
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.render import highlighted
from storage import catalogue
from storage.database import reading
from storage.export.jsonl import line_of
from storage.files import MOST_INDEXED, StoredFile, files_of
from storage.forms import to_html, to_markdown, to_text
from storage.records import Appearance, Article, Confidence, PrintedTime, Revision, UrlKind
from storage.search.documents import Results
from storage.search.engine import engine_for
from storage.search.query import QueryError, parse
from storage.search.snippet import Snippet, highlight, snippet
from storage.search.tree import Field, Query

FIRST_WORDS = 200  # characters of a file's text that `show` prints


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="Hits to show.")
@click.option("--offset", default=0, help="Hits to skip.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def search(setup: Setup, query: tuple[str, ...], limit: int, offset: int, as_json: bool) -> None:
    r"""Find articles: "phrases", OR, -not, word*, title: author: file: site:, 2021..2023-06, undated.

    With or without accents: both find the same.

    \b
    Example: congdoan search 'cong doan co so "phát triển đảng viên" site:congdoanbackan'
    """
    typed = " ".join(query)
    engine = setup.archive()
    with reading(engine) as connection:
        try:
            asked = parse(typed)
            found = engine_for(connection).search(connection, asked, limit=limit, offset=offset)
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {typed}\n  {' ' * error.position}^") from error
        revisions = catalogue.current(connection, [hit.article_id for hit in found.hits])
        texts = file_texts(connection, found)
    if as_json:
        _print_json(found, revisions)
    else:
        print_hits(console(), asked, found, revisions, texts)
    if not found.total:
        sys.exit(1)


def _print_json(found: Results, revisions: dict[int, Revision]) -> None:
    for hit in found.hits:
        page = revisions[hit.article_id].article
        day = page.published.day.isoformat() if page.published else None
        told = {"id": hit.article_id, "score": hit.score, "title": page.title, "url": page.url, "day": day}
        click.echo(json.dumps({**told, "site": page.site, "author": page.author}, ensure_ascii=False))


FileTexts = dict[int, list[tuple[str, str]]]  # by article: (name, text) of its attachments


def file_texts(connection: Connection, found: Results) -> FileTexts:
    """What the attachments of the articles found say."""
    return {
        hit.article_id: [
            (file.name, file.text) for file in files_of(connection, hit.article_id) if _told(file)
        ]
        for hit in found.hits
    }


def _told(file: StoredFile) -> bool:
    return file.kind is UrlKind.ATTACHMENT and file.current and bool(file.text)


def print_hits(
    out: Console, asked: Query, found: Results, revisions: dict[int, Revision], texts: FileTexts
) -> None:
    """Hits with their titles, where they stood, and a passage, the words found marked.

    The passage is the article's; an attachment's, and its name, when the words stand only there.
    """
    more = " (the newest were ranked)" if found.capped else ""
    out.print(f"{found.total} articles{more}")
    for hit in found.hits:
        page = revisions[hit.article_id].article
        out.print(Text(f"[{hit.article_id}] ") + highlighted(page.title, highlight(page.title, asked)))
        told = (_shown_date(page), page.author, page.site, page.url)
        out.print(Text("    " + " · ".join(part for part in told if part), style="dim"))
        name, passage = _passage(asked, page, texts.get(hit.article_id, []))
        text = passage.text.replace("\n", " ")
        out.print(Text(f"    {name}") + highlighted(text, passage.spans))


def _passage(asked: Query, page: Article, texts: list[tuple[str, str]]) -> tuple[str, Snippet]:
    """The passage to show, and the file it stands in (`[Kế hoạch 12] `; empty = the article)."""
    own = snippet("\n".join((page.lead or "", page.body)), asked)
    if own.spans or highlight(page.title, asked):
        return "", own
    for name, text in texts:
        found = snippet(text[:MOST_INDEXED], asked, field=Field.FILE)
        if found.spans:
            return f"[{name}] ", found
    return "", own


FORMS = {"text": to_text, "html": to_html, "markdown": to_markdown}


def shown_time(moment: PrintedTime | None) -> str:
    """A time as far as it was printed; an undated article says so."""
    if moment is None:
        return "undated"
    if moment.time is None:
        return moment.day.strftime("%d/%m/%Y")
    return f"{moment.day:%d/%m/%Y} {moment.time:%H:%M}"


@click.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="The record as exported.")
@click.option("--as", "form", type=click.Choice(list(FORMS)), help="Only the text, in this form.")
@click.pass_obj
def show(setup: Setup, article: str, as_json: bool, form: str | None) -> None:
    r"""Show one ARTICLE, by its number or by a URL it stands (or stood) at.

    \b
    Example: congdoan show 42
    """
    with reading(setup.archive()) as connection:
        number = int(article) if article.isdigit() else catalogue.article_at(connection, article)
        revisions = catalogue.revisions_of(connection, number) if number else ()
        if not revisions or number is None:
            raise click.ClickException(f"no article {article}; `congdoan search` finds their numbers")
        if as_json:
            click.echo(line_of(connection, number), nl=False)
        elif form:
            click.echo(FORMS[form](revisions[-1].article))
        else:
            _print_article(console(), connection, number, revisions)


def _print_article(
    out: Console, connection: Connection, number: int, revisions: tuple[Revision, ...]
) -> None:
    newest = revisions[-1]
    page = newest.article
    out.print(Text(page.title, style="bold"))
    told = (_shown_date(page), page.author, page.author_unit, " / ".join(page.section))
    out.print(Text(" · ".join(part for part in told if part), style="dim"))
    if page.lead:
        out.print(Text("\n" + page.lead, style="italic"))
    out.print(Text("\n" + page.body.replace("\n", "\n\n")))
    _print_files(out, page, files_of(connection, number))
    _print_things(out, page)
    _print_history(out, revisions, catalogue.appearances_of(connection, number))
    capture = catalogue.capture(connection, newest.capture_id) if newest.capture_id else None
    if capture:
        out.print(Text(f"capture: {capture.warc_file} at {capture.offset}, {capture.payload_digest}"))
        if capture.dialled:
            out.print(Text(f"(asked at {capture.dialled}: a replica, not the live site)", style="yellow"))


def _print_files(out: Console, page: Article, stored: tuple[StoredFile, ...]) -> None:
    """Attachments and images as they are kept; what no row is kept of, as the article names it."""
    for file in stored:
        out.print(Text(f"{file.kind.value}: {file.name or 'no caption'}: {file.url}"))
        told = (*_shape(file), f"had {file.versions} versions" if file.versions > 1 else "")
        left = "" if file.current else "no longer offered"
        gone = f"gone {file.gone_at:%Y-%m-%d}" if file.gone_at else ""
        parts = (file.status.value, *told, left, gone, file.detail)
        out.print(Text("    " + ", ".join(part for part in parts if part), style="dim"))
        if file.text:
            out.print(Text("    " + " ".join(file.text[:FIRST_WORDS].split()) + " …", style="dim"))
    known = {file.url for file in stored}
    for image in page.images:
        if image.url not in known:
            out.print(Text(f"image: {image.caption or 'no caption'}: {image.url} (not asked for)"))


def _shown_date(page: Article) -> str:
    """The day as printed, and what speaks against it."""
    told = shown_time(page.published)
    if page.dating and page.dating.confidence is not Confidence.CERTAIN:
        told += f" ({page.dating.confidence})"
    if page.dating and page.dating.others:
        told += f" (but {', '.join(page.dating.others)})"
    return told


def _shape(file: StoredFile) -> tuple[str, ...]:
    size = f"{file.size:,} bytes" if file.size is not None else ""
    pages = f"{file.pages} pages" if file.pages else ""
    pixels = f"{file.width} × {file.height} pixels" if file.width else ""
    letters = f"{file.chars:,} characters" if file.chars else ""
    return file.type or "", size, pages, pixels, letters


def _print_things(out: Console, page: Article) -> None:
    out.print(Text("\nread from:", style="dim"))
    for origin in page.provenance:
        out.print(
            Text(f"  {origin.field}: {origin.source.value} ({origin.rule}) {origin.raw!r}", style="dim")
        )


def _print_history(out: Console, revisions: tuple[Revision, ...], places: tuple[Appearance, ...]) -> None:
    out.print(Text(f"\n{len(places)} appearances, {len(revisions)} revisions", style="bold"))
    for place in places:
        gone = f", gone {place.gone_at:%Y-%m-%d}" if place.gone_at else ""
        first = " (first)" if place.primary else ""
        out.print(Text(f"  {place.url}{first}: seen {place.first_seen:%Y-%m-%d %H:%M} UTC{gone}"))
    for revision in revisions:
        out.print(Text(f"  revision {revision.number}: noticed {revision.noticed_at:%Y-%m-%d %H:%M} UTC"))


COMMANDS = (search, show)
