"""`congdoan cite`: how to name an article in one's own work."""

from __future__ import annotations

import re

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup
from crawler.cli.show import number_of, short
from storage.citations.citation_formats import FORMS, citation
from storage.citations.lookup import cite_article, cite_capture
from storage.citations.reference import ArchiveIdentity, Reference
from storage.database.engine import reading
from storage.database.ids import number_in

CAPTURE = re.compile(r"(?:capture[:/ ])(\d+)")


@click.command()
@click.argument("article")
@click.option("--style", type=click.Choice(list(FORMS)), default="vn", show_default=True, help="The form.")
@click.option("--revision", type=int, metavar="K", help="Its text of that number, for ever that.")
@click.pass_obj
def cite(setup: Setup, article: str, style: str, revision: int | None) -> None:
    """Print the citation of an ARTICLE, by its number or URL, or of `capture:N`.

    \b
    Example: congdoan cite 42
             congdoan cite 42 --style bibtex --revision 1 >> references.bib
             congdoan cite capture:34 --style chicago

    vn is the form of Vietnamese offices and journals; docs/how-to/citing.md tells what it and the others
    rest on.
    """
    house = setup.house()
    with reading(setup.archive()) as connection:
        found = _found(connection, house, article, revision)
    click.echo(citation(found, style))
    if not house.base:
        click.echo("congdoan: public_url is not set, so the citation has no permanent address", err=True)


def _found(connection: Connection, house: ArchiveIdentity, article: str, revision: int | None) -> Reference:
    if capture := CAPTURE.fullmatch(article):
        if revision is not None:
            raise click.UsageError("--revision goes with an article: a capture has one text")
        number = number_in(capture[1])
        if number is None:
            raise click.ClickException(f"no capture {short(capture[1])}; `congdoan show` names an article's")
        return cite_capture(connection, house, number)
    return cite_article(connection, house, number_of(connection, article), revision)
