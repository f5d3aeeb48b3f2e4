"""`congdoan story`: one text told in many places - where, when, whence, and what was changed."""

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
from storage.stories.queries import Story, story_of_article
from storage.stories.relations import TextRelation

STORY = TypeAdapter(Story)


@click.command()
@click.argument("article")
@click.option("--diff", is_flag=True, help="What each text has otherwise than that of the first appearance.")
@click.option("--json", "as_json", is_flag=True, help="The whole as one JSON object.")
@click.pass_obj
def story(setup: Setup, article: str, diff: bool, as_json: bool) -> None:
    """Show the story an ARTICLE (number or URL) tells: everywhere it stands, and its likely source.

    \b
    Example: congdoan story 42 --diff

    Copies, shortened and lengthened texts are one story. The first appearance is the one with the earliest
    printed date; the likely source is what most evidence speaks for, and the evidence is there to be judged.
    """
    owners = {key: profile.owner for key, profile in setup.profiles.items() if profile.owner}
    with reading(setup.archive()) as connection:
        found = story_of_article(connection, article_id_of(connection, article), owners)
        assert found is not None, article
        variants = list(_variants(connection, found)) if diff else []
    if as_json:
        told = _as_json(found)
        if diff:
            told["differences"] = [_variant_json(*each) for each in variants]
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _print_story(console(), found)
        _print_variants(console(), found, variants)


Variant = tuple[StoryAppearance, tuple[FieldDiff, ...]]


def _variants(connection: Connection, found: Story) -> Iterator[Variant]:
    """Every other text of the story, with what it has otherwise than that of the first appearance."""
    texts: dict[tuple[int, int], Revision] = {
        (revision.article_id, revision.number): revision
        for member in found.members
        for revision in catalogue.revisions_of(connection, member.article_id)
    }
    first = found.first
    done = {(first.article_id, first.revision)}
    for place in found.places:
        which = place.article_id, place.revision
        if which not in done:
            done.add(which)
            yield place, diff_revisions(texts[first.article_id, first.revision].article, texts[which].article)


def _as_json(found: Story) -> dict[str, Any]:
    told: dict[str, Any] = STORY.dump_python(found, mode="json")
    return {**told, "first": {"article_id": found.first.article_id, "url": found.first.url}}


def _variant_json(place: StoryAppearance, parts: tuple[FieldDiff, ...]) -> dict[str, Any]:
    told = {"article_id": place.article_id, "revision": place.revision, "url": place.url}
    return {**told, "parts": differences_json(parts)}


def _print_story(out: Console, found: Story) -> None:
    first = found.first
    called = f"story {found.id}: " if found.id is not None else ""
    out.print(Text(f"{called}{first.title}", style="bold"))
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("", "printed", "site", "byline", "text", "akin to the first", "seen (UTC)"):
        table.add_column(name, overflow="fold")
    akin = {member.article_id: member.kinship for member in found.members}
    for number, place in enumerate(found.places, 1):
        cells = (str(number), *_cells(place, _akin(place, first, akin[place.article_id])))
        table.add_row(*map(Text, cells))
    out.print(table)
    for number, place in enumerate(found.places, 1):
        out.print(Text(f"  {number} {place.url}", style="dim"))
    out.print(Text(f"first appearance: {first.url}, {printed_text(first.published)}"))
    out.print(Text(f"likely source: {_source(found)}", style="bold"))
    for evidence in found.evidence:
        out.print(Text(f"  {evidence.ground.value}: {evidence.said}"))
        out.print(Text(f"      {evidence.url}", style="dim"))
    for kin in found.relatives:
        kind = kin.kinship.kind.value.replace("_", " ")
        out.print(Text(f"{kind} of {kin.of}: [{kin.article_id}] {kin.title} ({kin.site}, {kin.url})"))


def _source(found: Story) -> str:
    if found.source is None:
        return "nothing tells"
    return f"{found.source.site} ({found.source.name})" if found.source.site else found.source.name


def _cells(place: StoryAppearance, akin: str) -> tuple[str, ...]:
    gone = f", gone {place.gone_at:%Y-%m-%d}" if place.gone_at else ""
    text = f"{place.article_id}/{place.revision}"
    seen = f"{place.first_seen:%Y-%m-%d %H:%M}{gone}"
    return printed_text(place.published), place.site, place.author or "", text, akin, seen


def _akin(place: StoryAppearance, first: StoryAppearance, kinship: TextRelation | None) -> str:
    """How the text that stands there is akin to the first one's, with the shares it was told by."""
    if place == first:
        return "first"
    if place.article_id == first.article_id:
        return "word for word" if place.revision == first.revision else "an earlier or later text"
    if kinship is None:
        return "through others"
    shares = f"in order {kinship.order:.0%}, shared {kinship.jaccard:.0%}"
    return f"{kinship.kind.value} ({shares})"


def _print_variants(out: Console, found: Story, variants: list[Variant]) -> None:
    for place, parts in variants:
        whose = f"{found.first.site} → {place.site} (text {place.article_id}/{place.revision})"
        out.print(Text(f"\n{whose}", style="bold"))
        print_differences(out, parts)
