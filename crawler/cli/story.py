"""`congdoan story`: the copies of a text on all sites, its likely source, and how the copies differ."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.text_diff import differences_json, print_differences
from crawler.cli.show import article_id_of
from storage.articles import queries as catalogue
from storage.articles.revision_diff import FieldDiff, diff_revisions
from storage.database.engine import reading
from storage.records import Revision
from storage.stories.attribution import StoryAppearance, printed_text
from storage.stories.relations import TextRelation
from storage.stories.story import Story, story_of_article

STORY = TypeAdapter(Story)


@click.command()
@click.argument("article")
@click.option("--diff", is_flag=True, help="How each text differs from that of the first appearance.")
@click.option("--json", "as_json", is_flag=True, help="The story as one JSON object.")
@click.pass_obj
def story(setup: Setup, article: str, diff: bool, as_json: bool) -> None:
    """Print the story of an ARTICLE (number or URL): all its appearances and its likely source.

    \b
    Example: congdoan story 42 --diff

    Copies, shortened and lengthened texts are one story. The first appearance has the earliest printed date;
    the likely source is what most evidence speaks for, and the evidence is printed below it.
    """
    owners = {key: profile.owner for key, profile in setup.profiles.items() if profile.owner}
    with reading(setup.archive()) as connection:
        found_story = story_of_article(connection, article_id_of(connection, article), owners)
        assert found_story is not None, article
        variants = list(_variants(connection, found_story)) if diff else []
    if as_json:
        story_json = _as_json(found_story)
        if diff:
            story_json["differences"] = [_variant_json(*variant) for variant in variants]
        click.echo(json.dumps(story_json, ensure_ascii=False))
    else:
        _print_story(console(), found_story)
        _print_variants(console(), found_story, variants)


Variant = tuple[StoryAppearance, tuple[FieldDiff, ...]]


def _variants(connection: Connection, story: Story) -> Iterator[Variant]:
    """Every other text of the story, with its differences from that of the first appearance."""
    texts: dict[tuple[int, int], Revision] = {
        (revision.article_id, revision.number): revision
        for member in story.members
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first = story.first
    compared = {(first.article_id, first.revision)}
    for appearance in story.places:
        key = appearance.article_id, appearance.revision
        if key not in compared:
            compared.add(key)
            yield (
                appearance,
                diff_revisions(texts[first.article_id, first.revision].article, texts[key].article),
            )


def _as_json(story: Story) -> dict[str, Any]:
    story_json: dict[str, Any] = STORY.dump_python(story, mode="json")
    return {**story_json, "first": {"article_id": story.first.article_id, "url": story.first.url}}


def _variant_json(appearance: StoryAppearance, parts: tuple[FieldDiff, ...]) -> dict[str, Any]:
    variant_json = {
        "article_id": appearance.article_id,
        "revision": appearance.revision,
        "url": appearance.url,
    }
    return {**variant_json, "parts": differences_json(parts)}


def _print_story(out: Console, story: Story) -> None:
    first = story.first
    prefix = f"story {story.id}: " if story.id is not None else ""
    out.print(Text(f"{prefix}{first.title}", style="bold"))
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("", "printed", "site", "byline", "text", "relation to the first", "first seen (UTC)"):
        table.add_column(name, overflow="fold")
    relations = {member.article_id: member.kinship for member in story.members}
    for number, appearance in enumerate(story.places, 1):
        cells = (
            str(number),
            *_appearance_cells(
                appearance, _relation_text(appearance, first, relations[appearance.article_id])
            ),
        )
        table.add_row(*map(Text, cells))
    out.print(table)
    for number, appearance in enumerate(story.places, 1):
        out.print(Text(f"  {number} {appearance.url}", style="dim"))
    out.print(Text(f"first appearance: {first.url}, {printed_text(first.published)}"))
    out.print(Text(f"likely source: {_source_text(story)}", style="bold"))
    for evidence in story.evidence:
        out.print(Text(f"  {evidence.ground.value}: {evidence.said}"))
        out.print(Text(f"      {evidence.url}", style="dim"))
    for relative in story.relatives:
        kind = relative.kinship.kind.value.replace("_", " ")
        article = f"[{relative.article_id}] {relative.title} ({relative.site}, {relative.url})"
        out.print(Text(f"{kind} of {relative.of}: {article}"))


def _source_text(story: Story) -> str:
    if story.source is None:
        return "unknown: there is no evidence"
    return f"{story.source.site} ({story.source.name})" if story.source.site else story.source.name


def _appearance_cells(appearance: StoryAppearance, relation: str) -> tuple[str, ...]:
    gone = f", gone {appearance.gone_at:%Y-%m-%d}" if appearance.gone_at else ""
    text = f"{appearance.article_id}/{appearance.revision}"
    first_seen = f"{appearance.first_seen:%Y-%m-%d %H:%M}{gone}"
    return (
        printed_text(appearance.published),
        appearance.site,
        appearance.author or "",
        text,
        relation,
        first_seen,
    )


def _relation_text(appearance: StoryAppearance, first: StoryAppearance, relation: TextRelation | None) -> str:
    """The relation of an appearance's text to the first one's, with the shares of shingles behind it."""
    if appearance == first:
        return "first"
    if appearance.article_id == first.article_id:
        return "word for word" if appearance.revision == first.revision else "an earlier or later text"
    if relation is None:
        return "through others"
    shares = f"in order {relation.order:.0%}, shared {relation.jaccard:.0%}"
    return f"{relation.kind.value} ({shares})"


def _print_variants(out: Console, story: Story, variants: list[Variant]) -> None:
    for appearance, parts in variants:
        heading = (
            f"{story.first.site} → {appearance.site} (text {appearance.article_id}/{appearance.revision})"
        )
        out.print(Text(f"\n{heading}", style="bold"))
        print_differences(out, parts)
