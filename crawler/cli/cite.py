"""`congdoan cite`: the citation of an article or a capture."""

from __future__ import annotations

import re

import click
from sqlalchemy import Connection

from crawler.cli.context import Setup
from crawler.cli.show import article_id_of, shortened
from storage.citations.citation_formats import CITATION_FORMATS, format_citation
from storage.citations.lookup import cite_article, cite_capture
from storage.citations.reference import ArchiveIdentity, Reference
from storage.database.engine import reading
from storage.database.ids import number_in

CITED_CAPTURE = re.compile(r"(?:capture[:/ ])(\d+)")


@click.command()
@click.argument("article")
@click.option(
    "--style",
    type=click.Choice(list(CITATION_FORMATS)),
    default="vn",
    show_default=True,
    help="Citation style.",
)
@click.option("--revision", type=int, metavar="K", help="Cite this revision instead of the current one.")
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
    citing_archive = setup.archive_identity()
    with reading(setup.archive()) as connection:
        citation_reference = _citation_reference(connection, citing_archive, article, revision)
    click.echo(format_citation(citation_reference, style))
    if not citing_archive.base_url:
        click.echo("congdoan: public_url is not set, so the citation has no permanent address", err=True)


def _citation_reference(
    connection: Connection, citing_archive: ArchiveIdentity, article: str, revision: int | None
) -> Reference:
    if cited_capture := CITED_CAPTURE.fullmatch(article):
        if revision is not None:
            raise click.UsageError("--revision goes with an article: a capture has one text")
        cited_capture_id = number_in(cited_capture[1])
        if cited_capture_id is None:
            raise click.ClickException(
                f"no capture {shortened(cited_capture[1])}; `congdoan show` names an article's"
            )
        return cite_capture(connection, citing_archive, cited_capture_id)
    return cite_article(connection, citing_archive, article_id_of(connection, article), revision)
