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
    for key, kept in ((text_key, True), (drop_key, False)):
        if key:
            with setup.archive().begin() as connection:
                if not boilerplate_lines.mark_as_text(connection, profile.key, key, kept=kept):
                    raise click.ClickException(f"{site}: no line with the key {key} was learned")
    with reading(setup.archive()) as connection:
        learned = boilerplate_lines.learned_lines(connection, profile.key)
    if not learned:
        console().print(f"{site}: no lines were learned")
        return
    table = Table(box=None)
    for name in ("key", "is", "in articles", "learned", "line"):
        table.add_column(name, overflow="fold")
    for line in learned:
        state = "text" if line.kept else "boilerplate"
        share = f"{line.articles} of {line.run_articles}"
        table.add_row(line.key, state, share, f"{line.learned_at:%Y-%m-%d}", Text(line.line))
    console().print(table)
