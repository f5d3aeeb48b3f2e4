"""`congdoan db`, `doctor`: the commands that look after the archive."""

from __future__ import annotations

import sys

import click

from crawler.cli.context import Setup
from crawler.reprocess.rebuild import problems as rebuilding_problems
from crawler.reprocess.rebuild import rebuild_search, rebuild_stories
from storage.articles import entity_index
from storage.database.engine import head, integrity, open_database, reading, require_current
from storage.database.engine import upgrade as upgrade_tables
from storage.search.engine import engine_for
from storage.stories import rebuild_state as rebuilding


@click.group()
def db() -> None:
    """Upgrade and check the database.

    \b
    Example: congdoan db check
    """


@db.command("upgrade")
@click.pass_obj
def upgrade(setup: Setup) -> None:
    """Create the tables, or bring them to this program's version.

    \b
    Example: congdoan db upgrade
    """
    engine = open_database(setup.config.database_url)
    click.echo(f"schema version {upgrade_tables(engine)}")
    with reading(engine) as connection:
        unfinished = rebuilding.rebuild_position(connection, rebuilding.SEARCH_REBUILD) is not None
    if unfinished:
        click.echo(f"search index: {rebuild_search(engine, click.echo)} articles indexed anew")


@db.command("check")
@click.pass_obj
def check(setup: Setup) -> None:
    """Check schema version, integrity, the search index, and that all articles were held against others.

    \b
    Example: congdoan db check
    """
    engine = setup.archive()
    require_current(engine)
    found = list(integrity(engine))
    with reading(engine) as connection:
        found += engine_for(connection).verify(connection)
        found += rebuilding_problems(connection)
        found += entity_index.index_problems(connection)
    for line in found:
        click.echo(line, err=True)
    click.echo(f"schema version {head()}: {'sound' if not found else f'{len(found)} problems'}")
    sys.exit(1 if found else 0)


@db.command("rebuild")
@click.option("--stories", is_flag=True, help="Only compare all articles again for near-duplicates.")
@click.option("--search", is_flag=True, help="Only make the search index anew.")
@click.option("--lists", is_flag=True, help="Only list organisations and documents anew.")
@click.option("--fresh", is_flag=True, help="Begin anew where an earlier rebuilding was interrupted.")
@click.pass_obj
def rebuild(setup: Setup, stories: bool, search: bool, lists: bool, fresh: bool) -> None:
    """Make stories, search index and lists again from the articles; `congdoan db check` tells when to.

    \b
    Example: congdoan db rebuild --stories

    The first two go on where they were interrupted, and are refused while a site is being visited. Stories
    keep their numbers; what moves is told in the feed. Until a new index is whole, searches find what is in
    it so far.
    """
    engine = setup.archive()
    whole = not (stories or search or lists)
    if lists or whole:
        with engine.begin() as connection:
            count = entity_index.rebuild_entity_index(connection)
            click.echo(f"{count} articles listed by organisation and documents")
    if stories or whole:
        told = rebuild_stories(engine, _say, fresh=fresh)
        click.echo(f"{told.articles} articles compared; {told.moves} moves between stories told in the feed")
    if search or whole:
        click.echo(f"{rebuild_search(engine, _say, fresh=fresh)} articles indexed")


def _say(line: str) -> None:
    click.echo(line, err=True)
