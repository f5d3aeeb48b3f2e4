"""`congdoan collection`: articles put together, with notes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.cli.show import number_of
from storage.database.engine import reading, snapshot
from storage.database.ids import HIGHEST
from storage.export.atomic_write import write_atomically
from storage.readers import collections
from storage.readers.bibliography import FORMS, noted

NAME = click.argument("name")
ARTICLE = click.argument("article")
REVISION = click.option(
    "--revision", type=click.IntRange(1, HIGHEST), metavar="K", help="Its text of that number."
)
OWNER = click.option("--owner", default=getpass.getuser, show_default="you", help="Whose collection.")


@click.group("collection")
def collection() -> None:
    """Articles put together, each by the text that was read, with notes.

    \b
    Example: congdoan collection new luan_van && congdoan collection add luan_van 42 --note "chương 2"
    """


@collection.command()
@NAME
@OWNER
@click.pass_obj
def new(setup: Setup, name: str, owner: str) -> None:
    """Begin a collection.

    \b
    Example: congdoan collection new luan_van
    """
    with setup.archive().begin() as connection:
        collections.new(connection, owner, name, datetime.now(UTC))
    click.echo(f"collection {name} of {owner} is begun", err=True)


@collection.command()
@NAME
@ARTICLE
@REVISION
@click.option("--note", default="", help="What is to be remembered about it.")
@OWNER
@click.pass_obj
def add(setup: Setup, name: str, article: str, revision: int | None, note: str, owner: str) -> None:
    """Put an ARTICLE in, by its number or URL; by the text it has now, unless --revision names another.

    \b
    Example: congdoan collection add luan_van 42 --revision 1 --note "số liệu trước khi sửa"
    """
    with setup.archive().begin() as connection:
        into = collections.find(connection, owner, name)
        wanted = (number_of(connection, article), revision)
        made = collections.add(connection, into, wanted, note, datetime.now(UTC))
    click.echo(f"article {made.article_id}, revision {made.revision}, is in {name}", err=True)


@collection.command()
@NAME
@ARTICLE
@click.argument("text")
@REVISION
@OWNER
@click.pass_obj
def note(setup: Setup, name: str, article: str, text: str, revision: int | None, owner: str) -> None:
    """Write another note on an ARTICLE; an empty TEXT takes the note away.

    \b
    Example: congdoan collection note luan_van 42 "xem lại số liệu"
    """
    with setup.archive().begin() as connection:
        within = collections.find(connection, owner, name)
        collections.annotate(connection, within, (number_of(connection, article), revision), text)


@collection.command()
@NAME
@ARTICLE
@REVISION
@OWNER
@click.pass_obj
def remove(setup: Setup, name: str, article: str, revision: int | None, owner: str) -> None:
    """Take an ARTICLE out, with its note.

    \b
    Example: congdoan collection remove luan_van 42
    """
    with setup.archive().begin() as connection:
        within = collections.find(connection, owner, name)
        collections.take_out(connection, within, (number_of(connection, article), revision))


@collection.command()
@NAME
@OWNER
@click.confirmation_option(prompt="Delete it with all its notes?")
@click.pass_obj
def delete(setup: Setup, name: str, owner: str) -> None:
    """Delete a collection with its notes; the articles stay in the archive.

    \b
    Example: congdoan collection delete luan_van --yes
    """
    with setup.archive().begin() as connection:
        collections.remove(connection, collections.find(connection, owner, name))
    click.echo(f"collection {name} of {owner} is deleted", err=True)


@collection.command("list")
@OWNER
@click.pass_obj
def list_collections(setup: Setup, owner: str) -> None:
    """Show your collections and how many articles are in each.

    \b
    Example: congdoan collection list
    """
    with reading(setup.archive()) as connection:
        found = collections.of(connection, owner)
    for each in found:
        console().print(Text(f"{each.name}: {each.size} article{'' if each.size == 1 else 's'}"))
    if not found:
        click.echo(f"{owner} has no collection; `congdoan collection new` begins one", err=True)


@collection.command()
@NAME
@OWNER
@click.pass_obj
def show(setup: Setup, name: str, owner: str) -> None:
    """Show what is in a collection, with its notes.

    \b
    Example: congdoan collection show luan_van
    """
    out = console()
    with snapshot(setup.archive()) as connection:
        rows = noted(connection, setup.house(), collections.find(connection, owner, name))
    for cited, text in rows:
        out.print(Text(f"[{cited.number}/{cited.revision}] {cited.title}"))
        day = f"{cited.day:%d/%m/%Y}" if cited.day else "undated"
        told = (", ".join(cited.authors), cited.site, day, cited.url)
        out.print(Text("    " + " · ".join(part for part in told if part), style="dim"))
        for said in text.splitlines():
            out.print(Text(f"    {said}", style="italic"))


@collection.command()
@NAME
@click.option("--format", "form", type=click.Choice(list(FORMS)), help="Default: what the file's name tells.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; default: stdout.")
@OWNER
@click.pass_obj
def export(setup: Setup, name: str, form: str | None, output: Path | None, owner: str) -> None:
    """Write a collection with its notes as CSV, RIS or BibTeX.

    \b
    Example: congdoan collection export luan_van -o luan_van.bib
    """
    chosen = form or (output.suffix.removeprefix(".").lower() if output else "csv")
    if chosen not in FORMS:
        raise click.UsageError(
            f"{output}: its name tells no format ({', '.join(FORMS)}); name one with --format"
        )
    with snapshot(setup.archive()) as connection:
        rows = noted(connection, setup.house(), collections.find(connection, owner, name))
    text = FORMS[chosen](rows)
    if output:
        write_atomically(output, text)
    else:
        click.echo(text.encode(), nl=False)
