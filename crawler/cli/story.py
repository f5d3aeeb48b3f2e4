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
    site_owners = {key: profile.owner for key, profile in setup.profiles.items() if profile.owner}
    with reading(setup.archive()) as connection:
        found_story = story_of_article(connection, article_id_of(connection, article), site_owners)
        assert found_story is not None, article
        story_variants = list(_story_variants(connection, found_story)) if diff else []
    if as_json:
        story_json = _story_as_json(found_story)
        if diff:
            story_json["differences"] = [
                _story_variant_json(*story_variant) for story_variant in story_variants
            ]
        click.echo(json.dumps(story_json, ensure_ascii=False))
    else:
        _print_story(console(), found_story)
        _print_story_variants(console(), found_story, story_variants)


StoryVariant = tuple[StoryAppearance, tuple[FieldDiff, ...]]


def _story_variants(connection: Connection, story: Story) -> Iterator[StoryVariant]:
    """Every other text of the story, with its differences from that of the first appearance."""
    story_texts: dict[tuple[int, int], Revision] = {
        (revision.article_id, revision.number): revision
        for member in story.members
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first_of_story = story.first
    compared = {(first_of_story.article_id, first_of_story.revision)}
    for story_appearance in story.places:
        text_key = story_appearance.article_id, story_appearance.revision
        if text_key not in compared:
            compared.add(text_key)
            yield (
                story_appearance,
                diff_revisions(
                    story_texts[first_of_story.article_id, first_of_story.revision].article,
                    story_texts[text_key].article,
                ),
            )


def _story_as_json(story: Story) -> dict[str, Any]:
    story_json: dict[str, Any] = STORY.dump_python(story, mode="json")
    return {**story_json, "first": {"article_id": story.first.article_id, "url": story.first.url}}


def _story_variant_json(
    story_appearance: StoryAppearance, story_differences: tuple[FieldDiff, ...]
) -> dict[str, Any]:
    variant_json = {
        "article_id": story_appearance.article_id,
        "revision": story_appearance.revision,
        "url": story_appearance.url,
    }
    return {**variant_json, "parts": differences_json(story_differences)}


def _print_story(story_output: Console, story: Story) -> None:
    first_of_story = story.first
    prefix = f"story {story.id}: " if story.id is not None else ""
    story_output.print(Text(f"{prefix}{first_of_story.title}", style="bold"))
    story_table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("", "printed", "site", "byline", "text", "relation to the first", "first seen (UTC)"):
        story_table.add_column(name, overflow="fold")
    story_relations = {member.article_id: member.kinship for member in story.members}
    for number, story_appearance in enumerate(story.places, 1):
        appearance_cells = (
            str(number),
            *_appearance_cells(
                story_appearance,
                _story_relation_text(
                    story_appearance, first_of_story, story_relations[story_appearance.article_id]
                ),
            ),
        )
        story_table.add_row(*map(Text, appearance_cells))
    story_output.print(story_table)
    for number, story_appearance in enumerate(story.places, 1):
        story_output.print(Text(f"  {number} {story_appearance.url}", style="dim"))
    story_output.print(
        Text(f"first appearance: {first_of_story.url}, {printed_text(first_of_story.published)}")
    )
    story_output.print(Text(f"likely source: {_story_source_text(story)}", style="bold"))
    for source_evidence in story.evidence:
        story_output.print(Text(f"  {source_evidence.ground.value}: {source_evidence.said}"))
        story_output.print(Text(f"      {source_evidence.url}", style="dim"))
    for story_relative in story.relatives:
        kind = story_relative.kinship.kind.value.replace("_", " ")
        relative_text = f"[{story_relative.article_id}] {story_relative.title} "
        relative_text += f"({story_relative.site}, {story_relative.url})"
        story_output.print(Text(f"{kind} of {story_relative.of}: {relative_text}"))


def _story_source_text(story: Story) -> str:
    if story.source is None:
        return "unknown: there is no evidence"
    return f"{story.source.site} ({story.source.name})" if story.source.site else story.source.name


def _appearance_cells(story_appearance: StoryAppearance, relation: str) -> tuple[str, ...]:
    gone = f", gone {story_appearance.gone_at:%Y-%m-%d}" if story_appearance.gone_at else ""
    text_number = f"{story_appearance.article_id}/{story_appearance.revision}"
    first_seen = f"{story_appearance.first_seen:%Y-%m-%d %H:%M}{gone}"
    return (
        printed_text(story_appearance.published),
        story_appearance.site,
        story_appearance.author or "",
        text_number,
        relation,
        first_seen,
    )


def _story_relation_text(
    story_appearance: StoryAppearance, first_of_story: StoryAppearance, relation: TextRelation | None
) -> str:
    """The relation of an appearance's text to the first one's, with the shares of shingles behind it."""
    if story_appearance == first_of_story:
        return "first"
    if story_appearance.article_id == first_of_story.article_id:
        return (
            "word for word"
            if story_appearance.revision == first_of_story.revision
            else "an earlier or later text"
        )
    if relation is None:
        return "through others"
    shares = f"in order {relation.order:.0%}, shared {relation.jaccard:.0%}"
    return f"{relation.kind.value} ({shares})"


def _print_story_variants(story_output: Console, story: Story, story_variants: list[StoryVariant]) -> None:
    for story_appearance, story_differences in story_variants:
        text_number = f"{story_appearance.article_id}/{story_appearance.revision}"
        heading = f"{story.first.site} → {story_appearance.site} (text {text_number})"
        story_output.print(Text(f"\n{heading}", style="bold"))
        print_differences(story_output, story_differences)
