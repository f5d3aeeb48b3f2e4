"""`congdoan site boilerplate`: the boilerplate lines learned of a site, and corrections to them."""

from __future__ import annotations

import click
from rich.table import Table
from rich.text import Text

from crawler.cli.context import Setup, console
from storage.articles import boilerplate_lines as boilerplate_lines
from storage.database.engine import reading


@click.command("boilerplate")
@click.argument("site")
@click.option("--text", "text_key", metavar="KEY", help="Mark the line as text: it is kept from now on.")
@click.option("--not-text", "drop_key", metavar="KEY", help="Undo --text.")
@click.pass_obj
def boilerplate(setup: Setup, site: str, text_key: str | None, drop_key: str | None) -> None:
    """Print the boilerplate lines learned of SITE, or correct what was learned.

    \b
    Example: congdoan site boilerplate congdoanbackan

    A line is learned when at least half of the articles of one run have it. After a correction
    `congdoan reprocess SITE` adds the line to the stored articles, or removes it.
    """
    profile = setup.profiles_named((site,))[0]
    for boilerplate_key, keep_boilerplate in ((text_key, True), (drop_key, False)):
        if boilerplate_key:
            with setup.archive().begin() as connection:
                if not boilerplate_lines.mark_as_text(
                    connection, profile.key, boilerplate_key, kept=keep_boilerplate
                ):
                    raise click.ClickException(f"{site}: no line with the key {boilerplate_key} was learned")
    with reading(setup.archive()) as connection:
        learned_boilerplate = boilerplate_lines.learned_lines(connection, profile.key)
    if not learned_boilerplate:
        console().print(f"{site}: no lines were learned")
        return
    boilerplate_table = Table(box=None)
    for name in ("key", "is", "in articles", "learned", "line"):
        boilerplate_table.add_column(name, overflow="fold")
    for boilerplate_line in learned_boilerplate:
        boilerplate_state = "text" if boilerplate_line.kept else "boilerplate"
        boilerplate_share = f"{boilerplate_line.articles} of {boilerplate_line.run_articles}"
        boilerplate_table.add_row(
            boilerplate_line.key,
            boilerplate_state,
            boilerplate_share,
            f"{boilerplate_line.learned_at:%Y-%m-%d}",
            Text(boilerplate_line.line),
        )
    console().print(boilerplate_table)
