"""`congdoan search`: the archive by its words."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

import click
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.reports import highlighted
from storage.articles import queries as catalogue
from storage.articles.passages import passage
from storage.database.engine import reading
from storage.records import Article, Confidence, Revision
from storage.search.engine import engine_for
from storage.search.query.parse import QueryError, parse
from storage.search.query.tree import Query
from storage.search.results.place_suggestions import PlaceRelation
from storage.search.results.search import SearchRequest, SearchResult, SortOrder, search_archive
from storage.search.results.snippets import Snippet, highlight
from storage.search.results.stories import GroupedHit, StoryCopy
from storage.stories.attribution import printed_text

FACETS_SHOWN = 8  # values of each
ROOM = "http://127.0.0.1:8300"  # where `congdoan serve` listens unless told otherwise
RELATIONS = {
    PlaceRelation.FORMER: "only the former",
    PlaceRelation.ITSELF: "without those it took over,",
    PlaceRelation.SUCCESSOR: "since then part of",
}


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="Hits to show.")
@click.option("--after", help="The cursor a page ended with: show the page after it.")
@click.option(
    "--sort",
    type=click.Choice([str(order) for order in SortOrder]),
    default=str(SortOrder.BEST),
    show_default=True,
    help="Order of the hits.",
)
@click.option("--facets", is_flag=True, help="Count what is found by year, site, place, section and more.")
@click.option("--unfold", is_flag=True, help="Every copy of a story is a hit of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--open", "in_room", is_flag=True, help="Open the answer in the reading room (`congdoan serve`)."
)
@click.pass_obj
def search(
    setup: Setup,
    /,
    query: tuple[str, ...],
    **told: Any,  # noqa: ANN401 - the options above
) -> None:
    """Find articles: "phrases", OR, -not, ( ), word*, NEAR(a b, 5), =with these accents, 2021..2023-06.

    Fields: title: author: file: section: doc: site: place: level: platform: has:file has:image. With or
    without accents: both find the same. A story told on several sites is one hit.

    \b
    Example: congdoan search 'cong doan co so "phát triển đảng viên" place:bắc kạn'
    """
    typed = " ".join(query)
    with reading(setup.archive()) as connection:
        try:
            asked = SearchRequest(
                parse(typed),
                SortOrder(told["sort"]),
                group_copies=not told["unfold"],
                limit=told["limit"],
                after=told["after"],
                facets=told["facets"],
            )
            found = search_archive(connection, engine_for(connection), asked)
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {typed}\n  {' ' * error.position}^") from error
        shown = found.all_hits
        revisions = catalogue.current_revisions(connection, [hit.article_id for hit in shown])
        windows = passages(connection, asked.query, found, revisions)
    if told["as_json"]:
        _print_json(found, revisions)
    else:
        print_hits(console(), asked.query, found, revisions, windows)
        _print_beside(console(), found)
    if told["in_room"]:
        _open(setup.config.public_url, typed, told["sort"])
    if not found.article_count:
        sys.exit(1)


def _open(room: str, typed: str, order: str) -> None:
    """Show the answer in the reading room; raises ClickException when no browser can be started."""
    address = f"{(room or ROOM).rstrip('/')}/search?{urlencode({'q': typed, 'sort': order})}"
    click.echo(address)
    if click.launch(address, wait=True):
        raise click.ClickException(f"no browser could be started: open {address} yourself")


def _print_json(found: SearchResult, revisions: dict[int, Revision]) -> None:
    for hit in found.hits:
        page = revisions[hit.article_id].article
        day = page.published.day.isoformat() if page.published else None
        told = {"id": hit.article_id, "score": hit.score, "title": page.title, "url": page.url, "day": day}
        told |= {"site": page.site, "author": page.author, "story": hit.story_id}
        copies = [{"id": copy.article_id, "site": copy.site, "url": copy.url} for copy in hit.copies]
        click.echo(json.dumps({**told, "copies": copies}, ensure_ascii=False))


def _print_beside(out: Console, found: SearchResult) -> None:
    """What stands after the hits: facets, the cursor, other queries."""
    for facet, counts in found.facets.items():
        if counts:
            shown_counts = "  ".join(f"{each.label} ({each.count})" for each in counts[:FACETS_SHOWN])
            out.print(Text(f"{facet}: ", style="bold") + Text(shown_counts))
    if found.facets:
        years = "  ".join(f"{year or 'undated'} ({times})" for year, times in found.year_counts)
        out.print(Text("year: ", style="bold") + Text(years))
    if found.spelling_suggestion:
        out.print(Text(f"Did you mean: {found.spelling_suggestion}"))
    for offer in found.place_suggestions:
        out.print(Text(f"{RELATIONS[offer.relation]} {offer.label}: {offer.query}", style="dim"))
    if found.next_cursor:
        out.print(Text(f"next page: --after {found.next_cursor}", style="dim"))


Passages = dict[int, tuple[str | None, Snippet]]  # by article: the file it stands in, if any, and the window


def passages(
    connection: Connection, asked: Query, found: SearchResult, revisions: dict[int, Revision]
) -> Passages:
    """What to show of each article found."""
    ids = [hit.article_id for hit in found.all_hits]
    return {key: passage(connection, asked, key, revisions[key].article) for key in ids}


def print_hits(
    out: Console, asked: Query, found: SearchResult, revisions: dict[int, Revision], windows: Passages
) -> None:
    """Hits with their titles, where they stood, and a passage, the words found marked.

    The passage is the article's; an attachment's, and its name, when the words stand only there.
    """
    out.print(_counted(found))
    for hit in found.all_hits:
        for begins, heading in _headings(found):
            if hit is begins:
                out.print(Text(heading, style="bold"))
        page = revisions[hit.article_id].article
        out.print(Text(f"[{hit.article_id}] ") + highlighted(page.title, highlight(page.title, asked)))
        told = (shown_date(page), page.author, page.site, page.url)
        out.print(Text("    " + " · ".join(part for part in told if part), style="dim"))
        file, window = windows[hit.article_id]
        text = window.text.replace("\n", " ")
        out.print(Text(f"    [{file}] " if file else "    ") + highlighted(text, window.spans))
        if hit.copies:
            out.print(Text(f"    {_copied(hit.copies)}", style="dim"))


def _headings(found: SearchResult) -> Iterator[tuple[GroupedHit, str]]:
    """The hits before which something is said."""
    if found.closer_hits:
        yield found.closer_hits[0], "closest, though words are missing:"
        if found.hits:
            yield found.hits[0], "with all words:"
    if found.relaxed_hits:
        yield found.relaxed_hits[0], "with most of these words:"


def _counted(found: SearchResult) -> str:
    """How many there are: stories once each, then the articles that tell them."""
    more = f" (the newest {found.ranked_count} were ranked)" if found.is_capped else ""
    if found.at_least and not found.is_capped:
        more = " (the newest were looked through for these accents)"
    if found.story_count == found.article_count:
        return f"{found.story_count} article{'' if found.story_count == 1 else 's'}{more}"
    least = "at least " if found.at_least else ""
    stories = f"{found.story_count} stor{'y' if found.story_count == 1 else 'ies'}"
    return f"{least}{stories} in {found.article_count} articles{more}"


def _copied(copies: Sequence[StoryCopy]) -> str:
    """`+3 copies: a, b (2)`: the other addresses by site."""
    sites = Counter(copy.site for copy in copies)
    named = ", ".join(f"{site} ({count})" if count > 1 else site for site, count in sites.items())
    return f"+{len(copies)} cop{'ies' if len(copies) > 1 else 'y'}: {named}"


def shown_date(page: Article) -> str:
    """The day as printed, and what speaks against it."""
    told = printed_text(page.published)
    if page.dating and page.dating.confidence is not Confidence.CERTAIN:
        told += f" ({page.dating.confidence})"
    if page.dating and page.dating.others:
        told += f" (but {', '.join(page.dating.others)})"
    return told
