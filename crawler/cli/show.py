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

SHOWN_FILE_TEXT_CHARS = 200  # printed of the text of an attachment
SHOW_FORMATS = {"text": to_text, "html": to_html, "markdown": to_markdown}
DIFF_STEPS = re.compile(r"(\d{1,18})(?:\.\.(\d{1,18}))?")  # K or K..L, numbers of revisions
MAX_TYPED_CHARS = 200  # of an argument that an error repeats


@click.command()
@click.argument("article")
@click.option("--json", "as_json", is_flag=True, help="The article as exported, or the revision, as JSON.")
@click.option(
    "--as", "text_format", type=click.Choice(list(SHOW_FORMATS)), help="Only the text, in this format."
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
        shown_revisions = catalogue.revisions_of(connection, article_id)
        if diff_steps is not None:
            _show_differences(
                console(), article_id, list(_steps(shown_revisions, diff_steps)), as_json=as_json
            )
        elif revision_number is not None:
            _show_revision(
                console(), _revision(shown_revisions, revision_number), text_format, as_json=as_json
            )
        elif as_json:
            click.echo(article_line(connection, article_id), nl=False)
        elif text_format:
            click.echo(SHOW_FORMATS[text_format](shown_revisions[-1].article))
        else:
            _show_article(console(), connection, article_id, shown_revisions)


def article_id_of(connection: Connection, article: str) -> int:
    """The id of the article that `article`, an id or a URL, names; raises ClickException for none."""
    number = number_in(article)
    if number is None and not article.isdecimal() and article.isprintable():
        number = catalogue.article_id_at(connection, article)
    if number is None or not catalogue.current_revisions(connection, [number]):
        raise click.ClickException(f"no article {shortened(article)}; `congdoan search` finds their numbers")
    return number


def shortened(typed_article: str) -> str:
    """An argument as an error message repeats it."""
    printable = typed_article.encode("utf-8", "replace").decode()
    return printable if len(printable) <= MAX_TYPED_CHARS else printable[:MAX_TYPED_CHARS] + " …"


def _revision(shown_revisions: tuple[Revision, ...], number: int) -> Revision:
    for shown_revision in shown_revisions:
        if shown_revision.number == number:
            return shown_revision
    raise click.ClickException(
        f"article {shown_revisions[0].article_id} has no revision {number}: "
        f"it has 1 to {shown_revisions[-1].number}"
    )


def _show_revision(
    show_output: Console, shown_revision: Revision, text_format: str | None, *, as_json: bool
) -> None:
    if as_json:
        revision_json = {
            "id": shown_revision.article_id,
            "revision": shown_revision.number,
            "content": shown_revision.content,
        }
        revision_json |= {"noticed_at": shown_revision.noticed_at.isoformat()}
        click.echo(
            json.dumps(
                revision_json | ARTICLE.dump_python(shown_revision.article, mode="json"), ensure_ascii=False
            )
        )
    elif text_format:
        click.echo(SHOW_FORMATS[text_format](shown_revision.article))
    else:
        show_output.print(
            Text(f"revision {shown_revision.number}, noticed {shown_revision.noticed_at:%Y-%m-%d %H:%M} UTC")
        )
        _show_text(show_output, shown_revision.article)


Step = tuple[Revision, Revision]


def _steps(shown_revisions: tuple[Revision, ...], typed_steps: str) -> Iterator[Step]:
    """The pairs of revisions to compare: each with the one before, or the two that were typed."""
    if not typed_steps:
        yield from pairwise(shown_revisions)
        return
    match = DIFF_STEPS.fullmatch(typed_steps)
    if match is None:
        raise click.UsageError(f"--diff {shortened(typed_steps)}: say K, or K..L, with numbers of revisions")
    first, last = (int(match[1]), int(match[2])) if match[2] else (int(match[1]) - 1, int(match[1]))
    if first == 0:
        raise click.UsageError(
            "--diff 1: the first revision changed nothing; it is the text as first fetched"
        )
    yield _revision(shown_revisions, first), _revision(shown_revisions, last)


def _show_differences(
    show_output: Console, article_id: int, diff_steps: list[Step], *, as_json: bool
) -> None:
    shown_differences = [
        (diff_step, diff_revisions(diff_step[0].article, diff_step[1].article)) for diff_step in diff_steps
    ]
    if as_json:
        click.echo(
            json.dumps(
                [_step_json(*step_and_parts) for step_and_parts in shown_differences], ensure_ascii=False
            )
        )
    elif not shown_differences:
        show_output.print(
            f"article {article_id} has one revision only: nothing changed since it was first fetched"
        )
    for (old, new), field_diffs in () if as_json else shown_differences:
        noticed = f"noticed {new.noticed_at:%Y-%m-%d %H:%M} UTC"
        show_output.print(Text(f"revision {old.number} → {new.number}, {noticed}", style="bold"))
        print_differences(show_output, field_diffs)


def _step_json(diff_step: Step, field_diffs: tuple[FieldDiff, ...]) -> dict[str, Any]:
    old, new = diff_step
    step_json = {"from": old.number, "to": new.number, "noticed_at": new.noticed_at.isoformat()}
    return {**step_json, "parts": differences_json(field_diffs)}


def _show_article(
    show_output: Console, connection: Connection, article_id: int, shown_revisions: tuple[Revision, ...]
) -> None:
    newest_shown = shown_revisions[-1]
    shown_article = newest_shown.article
    _show_text(show_output, shown_article)
    _show_files(show_output, shown_article, files_of(connection, article_id))
    _show_provenance(show_output, shown_article)
    _show_history(show_output, shown_revisions, catalogue.appearances_of(connection, article_id))
    _show_story(show_output, connection, article_id)
    capture = catalogue.capture(connection, newest_shown.capture_id) if newest_shown.capture_id else None
    if capture:
        show_output.print(Text(f"capture: {capture.warc_file} at {capture.offset}, {capture.payload_digest}"))
        if capture.dialled:
            show_output.print(
                Text(f"(fetched from {capture.dialled}: a replica, not the live site)", style="yellow")
            )


def _show_text(show_output: Console, shown_article: Article) -> None:
    show_output.print(Text(shown_article.title, style="bold"))
    details = (
        date_with_doubts(shown_article),
        shown_article.author,
        shown_article.author_unit,
        " / ".join(shown_article.section),
    )
    show_output.print(Text(" · ".join(part for part in details if part), style="dim"))
    if shown_article.lead:
        show_output.print(Text("\n" + shown_article.lead, style="italic"))
    show_output.print(Text("\n" + shown_article.body.replace("\n", "\n\n")))
    if shown_article.source_name:
        source_parts = dict.fromkeys(
            filter(None, (shown_article.source_name, shown_article.source_url))
        )  # a name may be the address
        show_output.print(Text("\nsource: " + " · ".join(source_parts), style="dim"))


def _show_story(show_output: Console, connection: Connection, article_id: int) -> None:
    """Print the story of the article and the articles related to it; `congdoan story` prints more."""
    shown_story = story_of_article(connection, article_id)
    if shown_story is None:
        return
    if shown_story.id is not None:
        first = f"first at {shown_story.first.site}, {printed_text(shown_story.first.published)}"
        others = f"{len(shown_story.members)} articles at {len(shown_story.places)} addresses"
        show_output.print(
            Text(f"story {shown_story.id}: {others}, {first}; `congdoan story {article_id}`", style="bold")
        )
    for shown_relative in shown_story.relatives:
        if shown_relative.of == article_id:
            relation = shown_relative.kinship.kind.value.replace("_", " ")
            line = f"{relation}: [{shown_relative.article_id}] {shown_relative.title} ({shown_relative.site})"
            show_output.print(Text(f"  {line}"))


def _show_files(show_output: Console, shown_article: Article, shown_files: tuple[StoredFile, ...]) -> None:
    """Print the stored attachments and images, then the images that were not fetched."""
    for shown_file in shown_files:
        show_output.print(
            Text(f"{shown_file.kind.value}: {shown_file.name or 'no caption'}: {shown_file.url}")
        )
        details = (
            *_file_size_texts(shown_file),
            f"{shown_file.versions} versions" if shown_file.versions > 1 else "",
        )
        not_offered = "" if shown_file.current else "no longer offered"
        gone_text = f"gone {shown_file.gone_at:%Y-%m-%d}" if shown_file.gone_at else ""
        shown_details = (shown_file.status.value, *details, not_offered, gone_text, shown_file.detail)
        show_output.print(Text("    " + ", ".join(part for part in shown_details if part), style="dim"))
        if shown_file.text:
            show_output.print(
                Text("    " + " ".join(shown_file.text[:SHOWN_FILE_TEXT_CHARS].split()) + " …", style="dim")
            )
    stored_urls = {shown_file.url for shown_file in shown_files}
    for image in shown_article.images:
        if image.url not in stored_urls:
            show_output.print(Text(f"image: {image.caption or 'no caption'}: {image.url} (not fetched)"))


def _file_size_texts(shown_file: StoredFile) -> tuple[str, ...]:
    size = f"{shown_file.size:,} bytes" if shown_file.size is not None else ""
    pages = f"{shown_file.pages} pages" if shown_file.pages else ""
    pixels = f"{shown_file.width} × {shown_file.height} pixels" if shown_file.width else ""
    letters = f"{shown_file.chars:,} characters" if shown_file.chars else ""
    return shown_file.type or "", size, pages, pixels, letters


def _show_provenance(show_output: Console, shown_article: Article) -> None:
    show_output.print(Text("\nfields and their sources:", style="dim"))
    for shown_provenance in shown_article.provenance:
        show_output.print(
            Text(
                f"  {shown_provenance.field}: {shown_provenance.source.value} "
                f"({shown_provenance.rule}) {shown_provenance.raw!r}",
                style="dim",
            )
        )


def _show_history(
    show_output: Console, shown_revisions: tuple[Revision, ...], shown_appearances: tuple[Appearance, ...]
) -> None:
    show_output.print(
        Text(f"\n{len(shown_appearances)} appearances, {len(shown_revisions)} revisions", style="bold")
    )
    for shown_appearance in shown_appearances:
        gone_text = f", gone {shown_appearance.gone_at:%Y-%m-%d}" if shown_appearance.gone_at else ""
        first = " (first)" if shown_appearance.primary else ""
        show_output.print(
            Text(
                f"  {shown_appearance.url}{first}: "
                f"first seen {shown_appearance.first_seen:%Y-%m-%d %H:%M} UTC{gone_text}"
            )
        )
    for shown_revision in shown_revisions:
        show_output.print(
            Text(
                f"  revision {shown_revision.number}: noticed {shown_revision.noticed_at:%Y-%m-%d %H:%M} UTC"
            )
        )
