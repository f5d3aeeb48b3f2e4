"""`congdoan search`: the archive by its words."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence

import click
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.render import highlighted
from storage import catalogue
from storage.database import reading
from storage.files import MOST_INDEXED, StoredFile, files_of
from storage.records import Article, Confidence, Revision, UrlKind
from storage.search.engine import engine_for
from storage.search.folding import Copy, Folded, search_folded, search_unfolded
from storage.search.query import QueryError, parse
from storage.search.snippet import Snippet, highlight, snippet
from storage.search.tree import Field, Query
from storage.testimony import shown


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="Hits to show.")
@click.option("--offset", default=0, help="Hits to skip.")
@click.option("--unfold", is_flag=True, help="Every copy of a story is a hit of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def search(
    setup: Setup, query: tuple[str, ...], limit: int, offset: int, unfold: bool, as_json: bool
) -> None:
    r"""Find articles: "phrases", OR, -not, word*, title: author: file: site:, 2021..2023-06, undated.

    With or without accents: both find the same. A story told on several sites is one hit.

    \b
    Example: congdoan search 'cong doan co so "phát triển đảng viên" site:congdoanbackan'
    """
    typed = " ".join(query)
    engine = setup.archive()
    with reading(engine) as connection:
        try:
            asked = parse(typed)
            find = search_unfolded if unfold else search_folded
            found = find(connection, engine_for(connection), asked, limit=limit, offset=offset)
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


def _print_json(found: Folded, revisions: dict[int, Revision]) -> None:
    for hit in found.hits:
        page = revisions[hit.article_id].article
        day = page.published.day.isoformat() if page.published else None
        told = {"id": hit.article_id, "score": hit.score, "title": page.title, "url": page.url, "day": day}
        told |= {"site": page.site, "author": page.author, "story": hit.story}
        copies = [{"id": copy.article_id, "site": copy.site, "url": copy.url} for copy in hit.copies]
        click.echo(json.dumps({**told, "copies": copies}, ensure_ascii=False))


FileTexts = dict[int, list[tuple[str, str]]]  # by article: (name, text) of its attachments


def file_texts(connection: Connection, found: Folded) -> FileTexts:
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
    out: Console, asked: Query, found: Folded, revisions: dict[int, Revision], texts: FileTexts
) -> None:
    """Hits with their titles, where they stood, and a passage, the words found marked.

    The passage is the article's; an attachment's, and its name, when the words stand only there.
    """
    out.print(_counted(found))
    for hit in found.hits:
        page = revisions[hit.article_id].article
        out.print(Text(f"[{hit.article_id}] ") + highlighted(page.title, highlight(page.title, asked)))
        told = (shown_date(page), page.author, page.site, page.url)
        out.print(Text("    " + " · ".join(part for part in told if part), style="dim"))
        name, passage = _passage(asked, page, texts.get(hit.article_id, []))
        text = passage.text.replace("\n", " ")
        out.print(Text(f"    {name}") + highlighted(text, passage.spans))
        if hit.copies:
            out.print(Text(f"    {_copied(hit.copies)}", style="dim"))


def _counted(found: Folded) -> str:
    """How many there are: stories once each, then the articles that tell them."""
    more = " (the newest were ranked)" if found.capped else ""
    if found.total == found.articles:
        return f"{found.total} articles{more}"
    least = "at least " if found.at_least else ""
    return f"{least}{found.total} stor{'y' if found.total == 1 else 'ies'} in {found.articles} articles{more}"


def _copied(copies: Sequence[Copy]) -> str:
    """`+3 copies: a, b (2)`: the other addresses by site."""
    sites = Counter(copy.site for copy in copies)
    named = ", ".join(f"{site} ({count})" if count > 1 else site for site, count in sites.items())
    return f"+{len(copies)} cop{'ies' if len(copies) > 1 else 'y'}: {named}"


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


def shown_date(page: Article) -> str:
    """The day as printed, and what speaks against it."""
    told = shown(page.published)
    if page.dating and page.dating.confidence is not Confidence.CERTAIN:
        told += f" ({page.dating.confidence})"
    if page.dating and page.dating.others:
        told += f" (but {', '.join(page.dating.others)})"
    return told


COMMANDS = (search,)
