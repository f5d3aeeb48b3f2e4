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

MAX_FACET_VALUES = 8  # values of each
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
    **search_options: Any,  # noqa: ANN401 - the options above
) -> None:
    """Find articles: "phrases", OR, -not, ( ), word*, NEAR(a b, 5), =with these accents, 2021..2023-06.

    Fields: title: author: file: section: doc: site: place: level: platform: has:file has:image. Words
    match with or without accents. The copies of a story on several sites are one hit.

    \b
    Example: congdoan search 'cong doan co so "phát triển đảng viên" place:bắc kạn'
    """
    search_text = " ".join(query)
    with reading(setup.archive()) as connection:
        try:
            search_request = SearchRequest(
                parse(search_text),
                SortOrder(search_options["sort"]),
                group_copies=not search_options["unfold"],
                limit=search_options["limit"],
                after=search_options["after"],
                facets=search_options["facets"],
            )
            search_result = search_archive(connection, engine_for(connection), search_request)
        except QueryError as error:
            raise click.ClickException(f"{error}\n  {search_text}\n  {' ' * error.position}^") from error
        hit_ids = [search_hit.article_id for search_hit in search_result.all_hits]
        hit_revisions = catalogue.current_revisions(connection, hit_ids)
        search_passages = passages_of(connection, search_request.query, search_result, hit_revisions)
    if search_options["as_json"]:
        _print_hits_json(search_result, hit_revisions)
    else:
        print_hits(console(), search_request.query, search_result, hit_revisions, search_passages)
        _print_facets_and_suggestions(console(), search_result)
    if search_options["in_browser"]:
        _open_in_browser(setup.config.public_url, search_text, search_options["sort"])
    if not search_result.article_count:
        sys.exit(1)


def _open_in_browser(reading_room: str, query: str, order: str) -> None:
    """Open the search in the reading room; raises ClickException when no browser can be started."""
    search_address = (
        f"{(reading_room or READING_ROOM_URL).rstrip('/')}/search?{urlencode({'q': query, 'sort': order})}"
    )
    click.echo(search_address)
    if click.launch(search_address, wait=True):
        raise click.ClickException(f"no browser could be started: open {search_address} yourself")


def _print_hits_json(search_result: SearchResult, hit_revisions: dict[int, Revision]) -> None:
    for search_hit in search_result.hits:
        hit_article = hit_revisions[search_hit.article_id].article
        hit_day = hit_article.published.day.isoformat() if hit_article.published else None
        hit_json = {
            "id": search_hit.article_id,
            "score": search_hit.score,
            "title": hit_article.title,
            "url": hit_article.url,
            "day": hit_day,
        }
        hit_json |= {"site": hit_article.site, "author": hit_article.author, "story": search_hit.story_id}
        hit_copies = [
            {"id": copy.article_id, "site": copy.site, "url": copy.url} for copy in search_hit.copies
        ]
        click.echo(json.dumps({**hit_json, "copies": hit_copies}, ensure_ascii=False))


def _print_facets_and_suggestions(search_output: Console, search_result: SearchResult) -> None:
    """Print what follows the hits: facets, the spelling and place suggestions, the cursor."""
    for facet, facet_counts in search_result.facets.items():
        if facet_counts:
            facet_line = "  ".join(
                f"{facet_value.label} ({facet_value.count})"
                for facet_value in facet_counts[:MAX_FACET_VALUES]
            )
            search_output.print(Text(f"{facet}: ", style="bold") + Text(facet_line))
    if search_result.facets:
        year_facet = "  ".join(f"{year or 'undated'} ({count})" for year, count in search_result.year_counts)
        search_output.print(Text("year: ", style="bold") + Text(year_facet))
    if search_result.spelling_suggestion:
        search_output.print(Text(f"Did you mean: {search_result.spelling_suggestion}"))
    for place_suggestion in search_result.place_suggestions:
        search_output.print(
            Text(
                f"{PLACE_RELATION_TEXTS[place_suggestion.relation]} "
                f"{place_suggestion.label}: {place_suggestion.query}",
                style="dim",
            )
        )
    if search_result.next_cursor:
        search_output.print(Text(f"next page: --after {search_result.next_cursor}", style="dim"))


PassageByHit = dict[
    int, tuple[str | None, Snippet]
]  # by article: the name of the attachment it is in, if any, and the snippet


def passages_of(
    connection: Connection, query: Query, search_result: SearchResult, hit_revisions: dict[int, Revision]
) -> PassageByHit:
    """The passage of each hit that matches the query best."""
    hit_ids = [search_hit.article_id for search_hit in search_result.all_hits]
    return {hit_id: passage(connection, query, hit_id, hit_revisions[hit_id].article) for hit_id in hit_ids}


def print_hits(
    search_output: Console,
    query: Query,
    search_result: SearchResult,
    hit_revisions: dict[int, Revision],
    search_passages: PassageByHit,
) -> None:
    """Print the hits: title, date, author, site, URL and a passage, the matching words marked.

    The passage is of the article, or of the attachment, named before it, when the words are only there.
    """
    search_output.print(_hit_count_text(search_result))
    for search_hit in search_result.all_hits:
        for first_hit, heading in _hit_headings(search_result):
            if search_hit is first_hit:
                search_output.print(Text(heading, style="bold"))
        hit_article = hit_revisions[search_hit.article_id].article
        search_output.print(
            Text(f"[{search_hit.article_id}] ")
            + _highlighted(hit_article.title, highlight(hit_article.title, query))
        )
        hit_details = (date_with_doubts(hit_article), hit_article.author, hit_article.site, hit_article.url)
        search_output.print(Text("    " + " · ".join(part for part in hit_details if part), style="dim"))
        snippet_file, snippet = search_passages[search_hit.article_id]
        snippet_text = snippet.text.replace("\n", " ")
        search_output.print(
            Text(f"    [{snippet_file}] " if snippet_file else "    ")
            + _highlighted(snippet_text, snippet.spans)
        )
        if search_hit.copies:
            search_output.print(Text(f"    {_copies_text(search_hit.copies)}", style="dim"))


def _hit_headings(search_result: SearchResult) -> Iterator[tuple[GroupedHit, str]]:
    """The headings between hits of different kinds, each with the hit it comes before."""
    if search_result.closer_hits:
        yield search_result.closer_hits[0], "closest, though words are missing:"
        if search_result.hits:
            yield search_result.hits[0], "with all words:"
    if search_result.relaxed_hits:
        yield search_result.relaxed_hits[0], "with most of these words:"


def _hit_count_text(search_result: SearchResult) -> str:
    """How many hits there are: stories, and the articles that are their copies."""
    ranking_limits = (
        f" (the newest {search_result.ranked_count} were ranked)" if search_result.is_capped else ""
    )
    if search_result.at_least and not search_result.is_capped:
        ranking_limits = " (the newest were looked through for these accents)"
    if search_result.story_count == search_result.article_count:
        plural = "" if search_result.story_count == 1 else "s"
        return f"{search_result.story_count} article{plural}{ranking_limits}"
    least = "at least " if search_result.at_least else ""
    story_hits = f"{search_result.story_count} stor{'y' if search_result.story_count == 1 else 'ies'}"
    return f"{least}{story_hits} in {search_result.article_count} articles{ranking_limits}"


def _copies_text(hit_copies: Sequence[StoryCopy]) -> str:
    """`+3 copies: a, b (2)`: the copies of a hit by site."""
    sites = Counter(copy.site for copy in hit_copies)
    by_site = ", ".join(f"{site} ({count})" if count > 1 else site for site, count in sites.items())
    return f"+{len(hit_copies)} cop{'ies' if len(hit_copies) > 1 else 'y'}: {by_site}"


def date_with_doubts(article: Article) -> str:
    """The publication date as printed, with its confidence and the other dates of the page."""
    date_text = printed_text(article.published)
    if article.dating and article.dating.confidence is not Confidence.CERTAIN:
        date_text += f" ({article.dating.confidence})"
    if article.dating and article.dating.others:
        date_text += f" (but {', '.join(article.dating.others)})"
    return date_text


def _highlighted(text: str, spans: Sequence[tuple[int, int]]) -> Text:
    """The text with the matching spans in colour and underlined."""
    highlighted_text = Text(text)
    for start, end in spans:
        highlighted_text.stylize("bold underline yellow", start, end)
    return highlighted_text
