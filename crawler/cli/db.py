"""`congdoan db`: upgrade, check and rebuild the database."""

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
    """Upgrade, check and rebuild the database.

    \b
    Example: congdoan db check
    """


@db.command("upgrade")
@click.pass_obj
def upgrade(setup: Setup) -> None:
    """Create the tables, or migrate them to the schema version of this program.

    \b
    Example: congdoan db upgrade
    """
    db_engine = open_database(setup.config.database_url)
    click.echo(f"schema version {upgrade_tables(db_engine)}")
    with reading(db_engine) as connection:
        search_rebuild_unfinished = (
            rebuilding.rebuild_position(connection, rebuilding.SEARCH_REBUILD) is not None
        )
    if search_rebuild_unfinished:
        click.echo(f"search index: {rebuild_search(db_engine, click.echo)} articles indexed anew")


@db.command("check")
@click.pass_obj
def check(setup: Setup) -> None:
    """Check schema version, integrity, the search index, and that all articles were compared.

    \b
    Example: congdoan db check
    """
    db_engine = setup.archive()
    require_current(db_engine)
    db_problems = list(integrity(db_engine))
    with reading(db_engine) as connection:
        db_problems += engine_for(connection).verify(connection)
        db_problems += rebuilding_problems(connection)
        db_problems += entity_index.index_problems(connection)
    for db_problem in db_problems:
        click.echo(db_problem, err=True)
    click.echo(f"schema version {head()}: {'sound' if not db_problems else f'{len(db_problems)} problems'}")
    sys.exit(1 if db_problems else 0)


@db.command("rebuild")
@click.option("--stories", is_flag=True, help="Only compare all articles again for near-duplicates.")
@click.option("--search", is_flag=True, help="Only make the search index anew.")
@click.option("--lists", is_flag=True, help="Only list organisations and documents anew.")
@click.option("--fresh", is_flag=True, help="Start over instead of resuming an interrupted rebuild.")
@click.pass_obj
def rebuild(setup: Setup, stories: bool, search: bool, lists: bool, fresh: bool) -> None:
    """Rebuild stories, search index and entity lists from the articles, when `congdoan db check` says so.

    \b
    Example: congdoan db rebuild --stories

    The first two resume where they were interrupted, and are refused while a site is being visited. Stories
    keep their numbers; articles that move to another story are reported in the feed. Until the new index is
    complete, searches find what is in it so far.
    """
    db_engine = setup.archive()
    rebuild_everything = not (stories or search or lists)
    if lists or rebuild_everything:
        with db_engine.begin() as connection:
            listed_articles = entity_index.rebuild_entity_index(connection)
            click.echo(f"{listed_articles} articles listed by organisation and documents")
    if stories or rebuild_everything:
        stories_rebuild = rebuild_stories(db_engine, _print_rebuild_progress, fresh=fresh)
        click.echo(
            f"{stories_rebuild.articles} articles compared; "
            f"{stories_rebuild.moves} moves between stories reported in the feed"
        )
    if search or rebuild_everything:
        click.echo(f"{rebuild_search(db_engine, _print_rebuild_progress, fresh=fresh)} articles indexed")


def _print_rebuild_progress(progress_line: str) -> None:
    click.echo(progress_line, err=True)
