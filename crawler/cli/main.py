"""`congdoan`: the command group, its options, and how errors become one line and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy.exc import DBAPIError

from crawler import config as configuration
from crawler.cli import (
    admitting,
    archive,
    citing,
    collecting,
    crawling,
    exporting,
    reporting,
    reprocessing,
    rescuing,
    scheduling,
    serving,
    showing,
    sites,
    storytelling,
    upkeep,
    verifying,
    watching,
)
from crawler.cli.budgeting import budget
from crawler.cli.candidates import candidates
from crawler.cli.context import Setup
from crawler.cli.exploring import new_site
from crawler.cli.rereading import diff
from crawler.config import Config, ConfigError
from crawler.notify import NotifyError
from crawler.workshop import VERSION
from spiders.profile import ProfileError
from storage.citations.found import NothingToCiteError
from storage.collections import CollectionError
from storage.database import DatabaseError, explain
from storage.export.errors import ExportError
from storage.leases import SiteBusyError
from storage.search.documents import SearchIndexError
from storage.warc.errors import WarcError
from storage.watches import WatchError

CANNOT = 3  # exit code: the command could not do its work; 1 = it did, and something is wrong
EXPECTED = (
    *(ConfigError, ProfileError, DatabaseError, WarcError, SiteBusyError, SearchIndexError, ExportError),
    *(NothingToCiteError, NotifyError, WatchError, CollectionError),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="congdoan")
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the archive.")
@click.option("--database", help="SQLAlchemy URL; by default SQLite in the data directory.")
@click.option("--sites", type=click.Path(path_type=Path), help="Folder of site profiles.")
@click.option("-v", "--verbose", is_flag=True, help="Log what Scrapy does.")
@click.pass_context
def congdoan(
    context: click.Context, /, data: Path | None, database: str | None, verbose: bool, **folders: Path | None
) -> None:
    """The nightly crawler and searchable archive of Viet Nam's trade-union press.

    \b
    Example: congdoan nightly && congdoan search "phát triển đoàn viên"

    Settings come from congdoan.toml (or the file CONGDOAN_CONFIG names), CONGDOAN_* variables over
    it, and these options over both. Exit codes: 0 all is well, 1 something needs a person, 2 wrong
    usage, 3 the command could not do its work.
    """  # noqa: D301 - \b is click's mark for text to leave as it is
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("congdoan").setLevel(logging.INFO)
    if not verbose:
        for noisy in ("scrapy", "aiohttp", "asyncio"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        # the report tells what could not be had, once a site
        logging.getLogger("scrapy.downloadermiddlewares.retry").setLevel(logging.CRITICAL)
    overrides = {"data": data, "database": database, **folders}
    context.obj = Setup(overrides)


for command in (
    *crawling.COMMANDS,
    *archive.COMMANDS,
    *showing.COMMANDS,
    *storytelling.COMMANDS,
    *serving.COMMANDS,
    *admitting.COMMANDS,
    *exporting.COMMANDS,
    *citing.COMMANDS,
    *watching.COMMANDS,
    *collecting.COMMANDS,
    *sites.COMMANDS,
    *reporting.COMMANDS,
    *rescuing.COMMANDS,
    *upkeep.COMMANDS,
    *scheduling.COMMANDS,
    *reprocessing.COMMANDS,
    *verifying.COMMANDS,
):
    congdoan.add_command(command)
sites.site.add_command(candidates)
sites.site.add_command(budget)
sites.site.add_command(diff)
sites.site.add_command(reprocessing.furniture)
sites.site.add_command(new_site)
sites.site.add_command(reporting.judge)


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command line; every expected failure is one line on standard error and 3."""
    try:
        code = congdoan.main(arguments, standalone_mode=False)
    except SystemExit as ended:
        return int(ended.code or 0)
    except EXPECTED as error:
        return _say(str(error))
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("stopped; what was done is kept, the next run goes on from there", 130)
    except (DBAPIError, OSError) as error:
        return _say(_told(error))
    return code if isinstance(code, int) else 0


def _told(error: DBAPIError | OSError) -> str:
    if isinstance(error, DBAPIError):
        return str(explain(error, _database()))
    if isinstance(error, BrokenPipeError):  # `congdoan export | head`
        sys.stderr.close()
    return f"{error.filename or 'system'}: {error.strerror or error}; mend it and run again"


def _say(line: str, code: int = CANNOT) -> int:
    click.echo(f"congdoan: {line}", err=True)
    return code


def _database() -> str:
    context = click.get_current_context(silent=True)
    config: Config = context.obj.config if context and context.obj else configuration.load()
    return config.database_url


if __name__ == "__main__":
    main()
