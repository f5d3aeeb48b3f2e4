"""`congdoan search`: full-text search, its hits, facets and suggestions."""

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
from storage.search.results.result_page import SearchRequest, SearchResult, SortOrder, search_archive
from storage.search.results.snippets import Snippet, highlight
from storage.search.results.story_groups import GroupedHit, StoryCopy
from storage.stories.attribution import printed_text

FACETS_SHOWN = 8  # values of each
READING_ROOM_URL = "http://127.0.0.1:8300"  # where `congdoan serve` listens by default
PLACE_RELATION_TEXTS = {
    PlaceRelation.FORMER: "only the former",
    PlaceRelation.ITSELF: "without those it took over,",
    PlaceRelation.SUCCESSOR: "since then part of",
}


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("-n", "--limit", default=10, show_default=True, help="Hits to show.")
@click.option("--after", help="Cursor printed after a page: print the next page.")
@click.option(
    "--sort",
    type=click.Choice([str(order) for order in SortOrder]),
    default=str(SortOrder.BEST),
    show_default=True,
    help="Order of the hits.",
)
@click.option("--facets", is_flag=True, help="Count the hits by year, site, place, section and more.")
@click.option("--unfold", is_flag=True, help="List every copy of a story as a hit of its own.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option(
    "--open", "in_browser", is_flag=True, help="Open the search in the reading room (`congdoan serve`)."
)
@click.pass_obj
def search(
    setup: Setup,
    /,
    query: tuple[str, ...],
    **options: Any,  # noqa: ANN401 - the options above
) -> None:
    """Find articles: "phrases", OR, -not, ( ), word*, NEAR(a b, 5), =with these accents, 2021..2023-06.

    Fields: title: author: file: section: doc: site: place: level: platform: has:file has:image. Words
    match with or without accents. The copies of a story on several sites are one hit.

    \b
    Example: congdoan search 'cong doan co so "phát triển đảng viên" place:bắc kạn'
    """
    typed = " ".join(query)
    with reading(setup.archive()) as connection:
        try:
            request = SearchRequest(
                parse(typed),
                SortOrder(options["sort"]),
                group_copies=not options["unfold"],
                limit=options["limit"],
                after=options["after"],
                facets=options["facets"],
            )
            result = search_archive(connection, engine_for(connection), request)
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {typed}\n  {' ' * error.position}^") from error
        hits = result.all_hits
        revisions = catalogue.current_revisions(connection, [hit.article_id for hit in hits])
        passages = passages_of(connection, request.query, result, revisions)
    if options["as_json"]:
        _print_json(result, revisions)
    else:
        print_hits(console(), request.query, result, revisions, passages)
        _print_facets_and_suggestions(console(), result)
    if options["in_browser"]:
        _open_in_browser(setup.config.public_url, typed, options["sort"])
    if not result.article_count:
        sys.exit(1)


def _open_in_browser(reading_room: str, query: str, order: str) -> None:
    """Open the search in the reading room; raises ClickException when no browser can be started."""
    address = (
        f"{(reading_room or READING_ROOM_URL).rstrip('/')}/search?{urlencode({'q': query, 'sort': order})}"
    )
    click.echo(address)
    if click.launch(address, wait=True):
        raise click.ClickException(f"no browser could be started: open {address} yourself")


def _print_json(result: SearchResult, revisions: dict[int, Revision]) -> None:
    for hit in result.hits:
        article = revisions[hit.article_id].article
        day = article.published.day.isoformat() if article.published else None
        hit_json = {
            "id": hit.article_id,
            "score": hit.score,
            "title": article.title,
            "url": article.url,
            "day": day,
        }
        hit_json |= {"site": article.site, "author": article.author, "story": hit.story_id}
        copies = [{"id": copy.article_id, "site": copy.site, "url": copy.url} for copy in hit.copies]
        click.echo(json.dumps({**hit_json, "copies": copies}, ensure_ascii=False))


def _print_facets_and_suggestions(out: Console, result: SearchResult) -> None:
    """Print what follows the hits: facets, the spelling and place suggestions, the cursor."""
    for facet, counts in result.facets.items():
        if counts:
            line = "  ".join(f"{value.label} ({value.count})" for value in counts[:FACETS_SHOWN])
            out.print(Text(f"{facet}: ", style="bold") + Text(line))
    if result.facets:
        years = "  ".join(f"{year or 'undated'} ({count})" for year, count in result.year_counts)
        out.print(Text("year: ", style="bold") + Text(years))
    if result.spelling_suggestion:
        out.print(Text(f"Did you mean: {result.spelling_suggestion}"))
    for suggestion in result.place_suggestions:
        out.print(
            Text(
                f"{PLACE_RELATION_TEXTS[suggestion.relation]} {suggestion.label}: {suggestion.query}",
                style="dim",
            )
        )
    if result.next_cursor:
        out.print(Text(f"next page: --after {result.next_cursor}", style="dim"))


PassageByArticle = dict[
    int, tuple[str | None, Snippet]
]  # by article: the name of the attachment it is in, if any, and the snippet


def passages_of(
    connection: Connection, query: Query, result: SearchResult, revisions: dict[int, Revision]
) -> PassageByArticle:
    """The passage of each hit that matches the query best."""
    ids = [hit.article_id for hit in result.all_hits]
    return {key: passage(connection, query, key, revisions[key].article) for key in ids}


def print_hits(
    out: Console,
    query: Query,
    result: SearchResult,
    revisions: dict[int, Revision],
    passages: PassageByArticle,
) -> None:
    """Print the hits: title, date, author, site, URL and a passage, the matching words marked.

    The passage is of the article, or of the attachment, named before it, when the words are only there.
    """
    out.print(_count_text(result))
    for hit in result.all_hits:
        for first_hit, heading in _headings(result):
            if hit is first_hit:
                out.print(Text(heading, style="bold"))
        article = revisions[hit.article_id].article
        out.print(Text(f"[{hit.article_id}] ") + highlighted(article.title, highlight(article.title, query)))
        details = (date_with_doubts(article), article.author, article.site, article.url)
        out.print(Text("    " + " · ".join(part for part in details if part), style="dim"))
        file, snippet = passages[hit.article_id]
        text = snippet.text.replace("\n", " ")
        out.print(Text(f"    [{file}] " if file else "    ") + highlighted(text, snippet.spans))
        if hit.copies:
            out.print(Text(f"    {_copies_text(hit.copies)}", style="dim"))


def _headings(result: SearchResult) -> Iterator[tuple[GroupedHit, str]]:
    """The headings between hits of different kinds, each with the hit it comes before."""
    if result.closer_hits:
        yield result.closer_hits[0], "closest, though words are missing:"
        if result.hits:
            yield result.hits[0], "with all words:"
    if result.relaxed_hits:
        yield result.relaxed_hits[0], "with most of these words:"


def _count_text(result: SearchResult) -> str:
    """How many hits there are: stories, and the articles that are their copies."""
    limits = f" (the newest {result.ranked_count} were ranked)" if result.is_capped else ""
    if result.at_least and not result.is_capped:
        limits = " (the newest were looked through for these accents)"
    if result.story_count == result.article_count:
        return f"{result.story_count} article{'' if result.story_count == 1 else 's'}{limits}"
    least = "at least " if result.at_least else ""
    stories = f"{result.story_count} stor{'y' if result.story_count == 1 else 'ies'}"
    return f"{least}{stories} in {result.article_count} articles{limits}"


def _copies_text(copies: Sequence[StoryCopy]) -> str:
    """`+3 copies: a, b (2)`: the copies of a hit by site."""
    sites = Counter(copy.site for copy in copies)
    by_site = ", ".join(f"{site} ({count})" if count > 1 else site for site, count in sites.items())
    return f"+{len(copies)} cop{'ies' if len(copies) > 1 else 'y'}: {by_site}"


def date_with_doubts(article: Article) -> str:
    """The publication date as printed, with its confidence and the other dates of the page."""
    text = printed_text(article.published)
    if article.dating and article.dating.confidence is not Confidence.CERTAIN:
        text += f" ({article.dating.confidence})"
    if article.dating and article.dating.others:
        text += f" (but {', '.join(article.dating.others)})"
    return text
