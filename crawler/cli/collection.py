"""`congdoan collection`: a reader's collections of articles, with notes."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.text import Text

from crawler.cli.context import Setup, console
from crawler.cli.show import article_id_of
from storage.database.engine import reading, snapshot
from storage.database.ids import HIGHEST
from storage.export.atomic_write import write_atomically
from storage.readers import collections
from storage.readers.bibliography import BIBLIOGRAPHY_FORMATS, annotated_references

NAME = click.argument("name")
ARTICLE = click.argument("article")
REVISION = click.option(
    "--revision", type=click.IntRange(1, HIGHEST), metavar="K", help="Revision of the article."
)
OWNER = click.option("--owner", default=getpass.getuser, show_default="you", help="Owner of the collection.")


@click.group("collection")
def collection() -> None:
    """Collect articles, each in the revision that was read, with notes.

    \b
    Example: congdoan collection new luan_van && congdoan collection add luan_van 42 --note "chương 2"
    """


@collection.command()
@NAME
@OWNER
@click.pass_obj
def new(setup: Setup, name: str, owner: str) -> None:
    """Create a collection.

    \b
    Example: congdoan collection new luan_van
    """
    with setup.archive().begin() as connection:
        collections.create_collection(connection, owner, name, datetime.now(UTC))
    click.echo(f"collection {name} of {owner} is created", err=True)


@collection.command()
@NAME
@ARTICLE
@REVISION
@click.option("--note", default="", help="A note on the article.")
@OWNER
@click.pass_obj
def add(setup: Setup, name: str, article: str, revision: int | None, note: str, owner: str) -> None:
    """Add an ARTICLE, by its number or URL, in its current revision or the one that --revision names.

    \b
    Example: congdoan collection add luan_van 42 --revision 1 --note "số liệu trước khi sửa"
    """
    with setup.archive().begin() as connection:
        collection_row = collections.collection_by_name(connection, owner, name)
        collected_revision = (article_id_of(connection, article), revision)
        collection_item = collections.add_item(
            connection, collection_row, collected_revision, note, datetime.now(UTC)
        )
    click.echo(
        f"article {collection_item.article_id}, revision {collection_item.revision}, is in {name}", err=True
    )


@collection.command()
@NAME
@ARTICLE
@click.argument("text")
@REVISION
@OWNER
@click.pass_obj
def note(setup: Setup, name: str, article: str, text: str, revision: int | None, owner: str) -> None:
    """Replace the note on an ARTICLE; an empty TEXT removes it.

    \b
    Example: congdoan collection note luan_van 42 "xem lại số liệu"
    """
    with setup.archive().begin() as connection:
        collection_row = collections.collection_by_name(connection, owner, name)
        collections.set_note(connection, collection_row, (article_id_of(connection, article), revision), text)


@collection.command()
@NAME
@ARTICLE
@REVISION
@OWNER
@click.pass_obj
def remove(setup: Setup, name: str, article: str, revision: int | None, owner: str) -> None:
    """Remove an ARTICLE with its note.

    \b
    Example: congdoan collection remove luan_van 42
    """
    with setup.archive().begin() as connection:
        collection_row = collections.collection_by_name(connection, owner, name)
        collections.remove_item(connection, collection_row, (article_id_of(connection, article), revision))


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
        collections.delete_collection(connection, collections.collection_by_name(connection, owner, name))
    click.echo(f"collection {name} of {owner} is deleted", err=True)


@collection.command("list")
@OWNER
@click.pass_obj
def list_collections(setup: Setup, owner: str) -> None:
    """List your collections and how many articles each has.

    \b
    Example: congdoan collection list
    """
    with reading(setup.archive()) as connection:
        owned_collections = collections.collections_of(connection, owner)
    for collection_row in owned_collections:
        articles = f"{collection_row.size} article{'' if collection_row.size == 1 else 's'}"
        console().print(Text(f"{collection_row.name}: {articles}"))
    if not owned_collections:
        click.echo(f"{owner} has no collection; `congdoan collection new` creates one", err=True)


@collection.command()
@NAME
@OWNER
@click.pass_obj
def show(setup: Setup, name: str, owner: str) -> None:
    """Print the articles of a collection with their notes.

    \b
    Example: congdoan collection show luan_van
    """
    collection_output = console()
    with snapshot(setup.archive()) as connection:
        collected_articles = annotated_references(
            connection, setup.archive_identity(), collections.collection_by_name(connection, owner, name)
        )
    for collected_reference, note_text in collected_articles:
        collection_output.print(
            Text(f"[{collected_reference.number}/{collected_reference.revision}] {collected_reference.title}")
        )
        collected_day = f"{collected_reference.day:%d/%m/%Y}" if collected_reference.day else "undated"
        collected_details = (
            ", ".join(collected_reference.authors),
            collected_reference.site,
            collected_day,
            collected_reference.url,
        )
        collection_output.print(
            Text("    " + " · ".join(part for part in collected_details if part), style="dim")
        )
        for note_line in note_text.splitlines():
            collection_output.print(Text(f"    {note_line}", style="italic"))


@collection.command()
@NAME
@click.option(
    "--format",
    "format_option",
    type=click.Choice(list(BIBLIOGRAPHY_FORMATS)),
    help="Default: by the ending of the file's name.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File; default: stdout.")
@OWNER
@click.pass_obj
def export(setup: Setup, name: str, format_option: str | None, output: Path | None, owner: str) -> None:
    """Write a collection with its notes as CSV, RIS or BibTeX.

    \b
    Example: congdoan collection export luan_van -o luan_van.bib
    """
    collection_format = format_option or (output.suffix.removeprefix(".").lower() if output else "csv")
    if collection_format not in BIBLIOGRAPHY_FORMATS:
        raise click.UsageError(
            f"{output}: its ending names no format ({', '.join(BIBLIOGRAPHY_FORMATS)}); "
            "name one with --format"
        )
    with snapshot(setup.archive()) as connection:
        collected_articles = annotated_references(
            connection, setup.archive_identity(), collections.collection_by_name(connection, owner, name)
        )
    collection_text = BIBLIOGRAPHY_FORMATS[collection_format](collected_articles)
    if output:
        write_atomically(output, collection_text)
    else:
        click.echo(collection_text.encode(), nl=False)
