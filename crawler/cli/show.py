"""`congdoan show`: one article with its files, history and story, or what changed between revisions."""

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
from crawler.cli.search import date_with_doubts
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
from storage.stories.story import story_of_article

FILE_TEXT_CHARS = 200  # printed of the text of an attachment
TEXT_FORMATS = {"text": to_text, "html": to_html, "markdown": to_markdown}
DIFF_STEPS = re.compile(r"(\d{1,18})(?:\.\.(\d{1,18}))?")  # K or K..L, numbers of revisions
MAX_TYPED_CHARS = 200  # of an argument that an error repeats


@click.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="The article as exported, or the revision, as JSON.")
@click.option(
    "--as", "text_format", type=click.Choice(list(TEXT_FORMATS)), help="Only the text, in this format."
)
@click.option(
    "--revision",
    "revision_number",
    type=int,
    metavar="K",
    help="Print this revision instead of the current one.",
)
@click.option(
    "--diff",
    "diff_steps",
    is_flag=False,
    flag_value="",
    metavar="[K[..L]]",
    help="Print what changed: in every revision, in K, or from K to L.",
)
@click.pass_obj
def show(
    setup: Setup,
    article: str,
    as_json: bool,
    text_format: str | None,
    revision_number: int | None,
    diff_steps: str | None,
) -> None:
    """Print one ARTICLE, by its number or by a URL at which it is, or was, published.

    \b
    Example: congdoan show 42
             congdoan show 42 --revision 1 --as text
             congdoan show 42 --diff
    """
    if diff_steps is not None and (text_format or revision_number is not None):
        raise click.UsageError("--diff goes with neither --as nor --revision")
    with reading(setup.archive()) as connection:
        article_id = article_id_of(connection, article)
        revisions = catalogue.revisions_of(connection, article_id)
        if diff_steps is not None:
            _print_differences(console(), article_id, list(_steps(revisions, diff_steps)), as_json=as_json)
        elif revision_number is not None:
            _print_revision(console(), _revision(revisions, revision_number), text_format, as_json=as_json)
        elif as_json:
            click.echo(article_line(connection, article_id), nl=False)
        elif text_format:
            click.echo(TEXT_FORMATS[text_format](revisions[-1].article))
        else:
            _print_article(console(), connection, article_id, revisions)


def article_id_of(connection: Connection, article: str) -> int:
    """The id of the article that `article`, an id or a URL, names; raises ClickException for none."""
    number = number_in(article)
    if number is None and not article.isdecimal() and article.isprintable():
        number = catalogue.article_id_at(connection, article)
    if number is None or not catalogue.current_revisions(connection, [number]):
        raise click.ClickException(f"no article {shortened(article)}; `congdoan search` finds their numbers")
    return number


def shortened(typed: str) -> str:
    """An argument as an error message repeats it."""
    printable = typed.encode("utf-8", "replace").decode()
    return printable if len(printable) <= MAX_TYPED_CHARS else printable[:MAX_TYPED_CHARS] + " …"


def _revision(revisions: tuple[Revision, ...], number: int) -> Revision:
    for revision in revisions:
        if revision.number == number:
            return revision
    raise click.ClickException(
        f"article {revisions[0].article_id} has no revision {number}: it has 1 to {revisions[-1].number}"
    )


def _print_revision(out: Console, revision: Revision, text_format: str | None, *, as_json: bool) -> None:
    if as_json:
        revision_json = {"id": revision.article_id, "revision": revision.number, "content": revision.content}
        revision_json |= {"noticed_at": revision.noticed_at.isoformat()}
        click.echo(
            json.dumps(revision_json | ARTICLE.dump_python(revision.article, mode="json"), ensure_ascii=False)
        )
    elif text_format:
        click.echo(TEXT_FORMATS[text_format](revision.article))
    else:
        out.print(Text(f"revision {revision.number}, noticed {revision.noticed_at:%Y-%m-%d %H:%M} UTC"))
        _print_text(out, revision.article)


Step = tuple[Revision, Revision]


def _steps(revisions: tuple[Revision, ...], typed: str) -> Iterator[Step]:
    """The pairs of revisions to compare: each with the one before, or the two that were typed."""
    if not typed:
        yield from pairwise(revisions)
        return
    match = DIFF_STEPS.fullmatch(typed)
    if match is None:
        raise click.UsageError(f"--diff {shortened(typed)}: say K, or K..L, with numbers of revisions")
    first, last = (int(match[1]), int(match[2])) if match[2] else (int(match[1]) - 1, int(match[1]))
    if first == 0:
        raise click.UsageError(
            "--diff 1: the first revision changed nothing; it is the text as first fetched"
        )
    yield _revision(revisions, first), _revision(revisions, last)


def _print_differences(out: Console, article_id: int, steps: list[Step], *, as_json: bool) -> None:
    differences = [(step, diff_revisions(step[0].article, step[1].article)) for step in steps]
    if as_json:
        click.echo(
            json.dumps([_step_json(*step_and_parts) for step_and_parts in differences], ensure_ascii=False)
        )
    elif not differences:
        out.print(f"article {article_id} has one revision only: nothing changed since it was first fetched")
    for (old, new), parts in () if as_json else differences:
        noticed = f"noticed {new.noticed_at:%Y-%m-%d %H:%M} UTC"
        out.print(Text(f"revision {old.number} → {new.number}, {noticed}", style="bold"))
        print_differences(out, parts)


def _step_json(step: Step, parts: tuple[FieldDiff, ...]) -> dict[str, Any]:
    old, new = step
    step_json = {"from": old.number, "to": new.number, "noticed_at": new.noticed_at.isoformat()}
    return {**step_json, "parts": differences_json(parts)}


def _print_article(
    out: Console, connection: Connection, article_id: int, revisions: tuple[Revision, ...]
) -> None:
    newest = revisions[-1]
    article = newest.article
    _print_text(out, article)
    _print_files(out, article, files_of(connection, article_id))
    _print_provenance(out, article)
    _print_history(out, revisions, catalogue.appearances_of(connection, article_id))
    _print_story(out, connection, article_id)
    capture = catalogue.capture(connection, newest.capture_id) if newest.capture_id else None
    if capture:
        out.print(Text(f"capture: {capture.warc_file} at {capture.offset}, {capture.payload_digest}"))
        if capture.dialled:
            out.print(Text(f"(fetched from {capture.dialled}: a replica, not the live site)", style="yellow"))


def _print_text(out: Console, article: Article) -> None:
    out.print(Text(article.title, style="bold"))
    details = (date_with_doubts(article), article.author, article.author_unit, " / ".join(article.section))
    out.print(Text(" · ".join(part for part in details if part), style="dim"))
    if article.lead:
        out.print(Text("\n" + article.lead, style="italic"))
    out.print(Text("\n" + article.body.replace("\n", "\n\n")))
    if article.source_name:
        source_parts = dict.fromkeys(
            filter(None, (article.source_name, article.source_url))
        )  # a name may be the address
        out.print(Text("\nsource: " + " · ".join(source_parts), style="dim"))


def _print_story(out: Console, connection: Connection, article_id: int) -> None:
    """Print the story of the article and the articles related to it; `congdoan story` prints more."""
    story = story_of_article(connection, article_id)
    if story is None:
        return
    if story.id is not None:
        first = f"first at {story.first.site}, {printed_text(story.first.published)}"
        others = f"{len(story.members)} articles at {len(story.places)} addresses"
        out.print(Text(f"story {story.id}: {others}, {first}; `congdoan story {article_id}`", style="bold"))
    for relative in story.relatives:
        if relative.of == article_id:
            relation = relative.kinship.kind.value.replace("_", " ")
            line = f"{relation}: [{relative.article_id}] {relative.title} ({relative.site})"
            out.print(Text(f"  {line}"))


def _print_files(out: Console, article: Article, stored_files: tuple[StoredFile, ...]) -> None:
    """Print the stored attachments and images, then the images that were not fetched."""
    for file in stored_files:
        out.print(Text(f"{file.kind.value}: {file.name or 'no caption'}: {file.url}"))
        details = (*_file_size_texts(file), f"{file.versions} versions" if file.versions > 1 else "")
        not_offered = "" if file.current else "no longer offered"
        gone = f"gone {file.gone_at:%Y-%m-%d}" if file.gone_at else ""
        parts = (file.status.value, *details, not_offered, gone, file.detail)
        out.print(Text("    " + ", ".join(part for part in parts if part), style="dim"))
        if file.text:
            out.print(Text("    " + " ".join(file.text[:FILE_TEXT_CHARS].split()) + " …", style="dim"))
    stored_urls = {file.url for file in stored_files}
    for image in article.images:
        if image.url not in stored_urls:
            out.print(Text(f"image: {image.caption or 'no caption'}: {image.url} (not fetched)"))


def _file_size_texts(file: StoredFile) -> tuple[str, ...]:
    size = f"{file.size:,} bytes" if file.size is not None else ""
    pages = f"{file.pages} pages" if file.pages else ""
    pixels = f"{file.width} × {file.height} pixels" if file.width else ""
    letters = f"{file.chars:,} characters" if file.chars else ""
    return file.type or "", size, pages, pixels, letters


def _print_provenance(out: Console, article: Article) -> None:
    out.print(Text("\nfields and their sources:", style="dim"))
    for provenance in article.provenance:
        out.print(
            Text(
                f"  {provenance.field}: {provenance.source.value} ({provenance.rule}) {provenance.raw!r}",
                style="dim",
            )
        )


def _print_history(
    out: Console, revisions: tuple[Revision, ...], appearances: tuple[Appearance, ...]
) -> None:
    out.print(Text(f"\n{len(appearances)} appearances, {len(revisions)} revisions", style="bold"))
    for appearance in appearances:
        gone = f", gone {appearance.gone_at:%Y-%m-%d}" if appearance.gone_at else ""
        first = " (first)" if appearance.primary else ""
        out.print(
            Text(f"  {appearance.url}{first}: first seen {appearance.first_seen:%Y-%m-%d %H:%M} UTC{gone}")
        )
    for revision in revisions:
        out.print(Text(f"  revision {revision.number}: noticed {revision.noticed_at:%Y-%m-%d %H:%M} UTC"))
