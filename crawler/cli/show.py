"""`congdoan show`: one article, its earlier texts, and what changed between them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import click
from rich.console import Console
from rich.text import Text
from sqlalchemy import Connection

from crawler.cli.context import Setup, console
from crawler.cli.output.text_diff import differences_json, print_differences
from crawler.cli.search import shown_date
from storage.articles import queries as catalogue
from storage.articles.files import StoredFile, files_of
from storage.articles.queries import ARTICLE
from storage.articles.render import to_html, to_markdown, to_text
from storage.articles.revision_diff import FieldDiff, diff_revisions
from storage.database.engine import reading
from storage.database.ids import number_in
from storage.export.jsonl import article_line
from storage.records import Appearance, Article, Revision
from storage.stories.attribution import printed_text
from storage.stories.queries import story_of_article

FIRST_WORDS = 200  # characters of a file's text that `show` prints
FORMS = {"text": to_text, "html": to_html, "markdown": to_markdown}
STEPS = re.compile(r"(\d{1,18})(?:\.\.(\d{1,18}))?")  # numbers of revisions
MOST_TYPED = 200  # characters that an error repeats


@click.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="The record as exported; of a revision, its text.")
@click.option("--as", "form", type=click.Choice(list(FORMS)), help="Only the text, in this form.")
@click.option("--revision", "wanted", type=int, metavar="K", help="Its text of that number.")
@click.option(
    "--diff",
    "steps",
    is_flag=False,
    flag_value="",
    metavar="[K[..L]]",
    help="What changed: with every revision, with K, or from K to L.",
)
@click.pass_obj
def show(
    setup: Setup, article: str, as_json: bool, form: str | None, wanted: int | None, steps: str | None
) -> None:
    """Show one ARTICLE, by its number or by a URL it stands (or stood) at.

    \b
    Example: congdoan show 42
             congdoan show 42 --revision 1 --as text
             congdoan show 42 --diff
    """
    if steps is not None and (form or wanted is not None):
        raise click.UsageError("--diff goes with neither --as nor --revision")
    with reading(setup.archive()) as connection:
        number = article_id_of(connection, article)
        revisions = catalogue.revisions_of(connection, number)
        if steps is not None:
            _differ(console(), number, list(_steps(revisions, steps)), as_json=as_json)
        elif wanted is not None:
            _print_revision(console(), _revision(revisions, wanted), form, as_json=as_json)
        elif as_json:
            click.echo(article_line(connection, number), nl=False)
        elif form:
            click.echo(FORMS[form](revisions[-1].article))
        else:
            _print_article(console(), connection, number, revisions)


def article_id_of(connection: Connection, article: str) -> int:
    """The number of the article that is named by it or by a URL; raises ClickException."""
    number = number_in(article)
    if number is None and not article.isdecimal() and article.isprintable():
        number = catalogue.article_id_at(connection, article)
    if number is None or not catalogue.current_revisions(connection, [number]):
        raise click.ClickException(f"no article {shortened(article)}; `congdoan search` finds their numbers")
    return number


def shortened(typed: str) -> str:
    """What was typed, as an error repeats it."""
    shown = typed.encode("utf-8", "replace").decode()
    return shown if len(shown) <= MOST_TYPED else shown[:MOST_TYPED] + " …"


def _revision(revisions: tuple[Revision, ...], number: int) -> Revision:
    for revision in revisions:
        if revision.number == number:
            return revision
    raise click.ClickException(
        f"article {revisions[0].article_id} has no revision {number}: it has 1 to {revisions[-1].number}"
    )


def _print_revision(out: Console, revision: Revision, form: str | None, *, as_json: bool) -> None:
    if as_json:
        told = {"id": revision.article_id, "revision": revision.number, "content": revision.content}
        told |= {"noticed_at": revision.noticed_at.isoformat()}
        click.echo(json.dumps(told | ARTICLE.dump_python(revision.article, mode="json"), ensure_ascii=False))
    elif form:
        click.echo(FORMS[form](revision.article))
    else:
        out.print(Text(f"revision {revision.number}, noticed {revision.noticed_at:%Y-%m-%d %H:%M} UTC"))
        _print_text(out, revision.article)


Step = tuple[Revision, Revision]


def _steps(revisions: tuple[Revision, ...], asked: str) -> Iterator[Step]:
    """The pairs of texts to compare: each with the one before, or the two that were asked for."""
    if not asked:
        yield from pairwise(revisions)
        return
    match = STEPS.fullmatch(asked)
    if match is None:
        raise click.UsageError(f"--diff {shortened(asked)}: say K, or K..L, with numbers of revisions")
    first, last = (int(match[1]), int(match[2])) if match[2] else (int(match[1]) - 1, int(match[1]))
    if first == 0:
        raise click.UsageError("--diff 1: the first revision changed nothing; it is the text that was found")
    yield _revision(revisions, first), _revision(revisions, last)


def _differ(out: Console, number: int, steps: list[Step], *, as_json: bool) -> None:
    found = [(step, diff_revisions(step[0].article, step[1].article)) for step in steps]
    if as_json:
        click.echo(json.dumps([_step_json(*each) for each in found], ensure_ascii=False))
    elif not found:
        out.print(f"article {number} has one text only: nothing changed since it was found")
    for (old, new), parts in () if as_json else found:
        noticed = f"noticed {new.noticed_at:%Y-%m-%d %H:%M} UTC"
        out.print(Text(f"revision {old.number} → {new.number}, {noticed}", style="bold"))
        print_differences(out, parts)


def _step_json(step: Step, parts: tuple[FieldDiff, ...]) -> dict[str, Any]:
    old, new = step
    told = {"from": old.number, "to": new.number, "noticed_at": new.noticed_at.isoformat()}
    return {**told, "parts": differences_json(parts)}


def _print_article(
    out: Console, connection: Connection, number: int, revisions: tuple[Revision, ...]
) -> None:
    newest = revisions[-1]
    page = newest.article
    _print_text(out, page)
    _print_files(out, page, files_of(connection, number))
    _print_things(out, page)
    _print_history(out, revisions, catalogue.appearances_of(connection, number))
    _print_story(out, connection, number)
    capture = catalogue.capture(connection, newest.capture_id) if newest.capture_id else None
    if capture:
        out.print(Text(f"capture: {capture.warc_file} at {capture.offset}, {capture.payload_digest}"))
        if capture.dialled:
            out.print(Text(f"(asked at {capture.dialled}: a replica, not the live site)", style="yellow"))


def _print_text(out: Console, page: Article) -> None:
    out.print(Text(page.title, style="bold"))
    told = (shown_date(page), page.author, page.author_unit, " / ".join(page.section))
    out.print(Text(" · ".join(part for part in told if part), style="dim"))
    if page.lead:
        out.print(Text("\n" + page.lead, style="italic"))
    out.print(Text("\n" + page.body.replace("\n", "\n\n")))
    if page.source_name:
        named = dict.fromkeys(filter(None, (page.source_name, page.source_url)))  # a name may be the address
        out.print(Text("\nsource: " + " · ".join(named), style="dim"))


def _print_story(out: Console, connection: Connection, number: int) -> None:
    """Whether others tell it too, and who quotes it; `congdoan story` tells more."""
    found = story_of_article(connection, number)
    if found is None:
        return
    if found.id is not None:
        first = f"first at {found.first.site}, {printed_text(found.first.published)}"
        others = f"{len(found.members)} articles at {len(found.places)} addresses"
        out.print(Text(f"story {found.id}: {others}, {first}; `congdoan story {number}`", style="bold"))
    for kin in found.relatives:
        if kin.of == number:
            told = f"{kin.kinship.kind.value.replace('_', ' ')}: [{kin.article_id}] {kin.title} ({kin.site})"
            out.print(Text(f"  {told}"))


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
