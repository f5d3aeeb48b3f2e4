"""`congdoan`: the command group, its options, and how errors become one line and an exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from crawler.cli.lazy_group import LazyGroup
from crawler.version import VERSION

EXIT_CANNOT = 3  # exit code: the command could not do its work; 1 = it did, and something is wrong
COMMAND_SUMMARIES = {
    "account": "Make, change or remove accounts of the reading room.",
    "cite": "Print the citation of an article, or its entry for a reference manager.",
    "collection": "Collect articles, each as it was read, with notes.",
    "config": "Print every setting in force and where it comes from.",
    "crawl": "Visit the named sites now, due or not.",
    "db": "Upgrade, check and rebuild the database.",
    "demo": "Crawl five bundled replica sites for two nights, report, search.",
    "doctor": "Check everything a nightly crawl needs, and print what is missing.",
    "export": "Write articles as JSON Lines, Parquet, CSV, RIS or BibTeX.",
    "nightly": "Visit every site that is due, side by side, and report.",
    "package": "Write all captures of a site as one WACZ file.",
    "report": "Print the report of a run or a night, trouble first.",
    "reprocess": "Extract stored captures again after a profile was corrected.",
    "rescue": "Fetch everything of a site that may be gone soon.",
    "schedule": "Print systemd timers and cron lines for this archive.",
    "search": "Find articles, with or without accents.",
    "serve": "Serve the reading room, for the browser, and the API.",
    "show": "Print one article, its revisions and what changed between them.",
    "site": "List, show and check site profiles, and propose one for a new site.",
    "story": "Print the copies of an article, the likely source, and how they differ.",
    "verify": "Compare every WARC record with its row in the database.",
    "watch": "Manage saved searches, and send their alerts.",
}


@click.group(
    cls=LazyGroup,
    package="crawler.cli",
    summaries=COMMAND_SUMMARIES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="congdoan")
@click.option("--data", type=click.Path(path_type=Path), help="Directory of the archive.")
@click.option("--database", help="SQLAlchemy URL; by default SQLite in the data directory.")
@click.option("--sites", type=click.Path(path_type=Path), help="Folder of site profiles.")
@click.option("-v", "--verbose", is_flag=True, help="Also log what Scrapy does.")
@click.pass_context
def congdoan(
    context: click.Context, /, data: Path | None, database: str | None, verbose: bool, **folders: Path | None
) -> None:
    """The nightly crawler and searchable archive of Viet Nam's trade-union press.

    \b
    Example: congdoan nightly && congdoan search "phát triển đoàn viên"

    Settings come from congdoan.toml (or the file CONGDOAN_CONFIG names); CONGDOAN_* variables override
    it, and these options override both. Exit codes: 0 all is well, 1 something needs a person, 2 wrong
    usage, 3 the command could not do its work.
    """
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("congdoan").setLevel(logging.INFO)
    if not verbose:
        for noisy_logger in ("scrapy", "aiohttp", "asyncio"):
            logging.getLogger(noisy_logger).setLevel(logging.ERROR)
        # the report names failed requests, once a site
        logging.getLogger("scrapy.downloadermiddlewares.retry").setLevel(logging.CRITICAL)
    from crawler.cli.context import Setup

    context.obj = Setup({"data": data, "database": database, **folders})


def main() -> NoReturn:
    """Run the command line and end the process with its exit code."""
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; an expected error is one line on stderr and code 3."""
    try:
        exit_code = congdoan.main(arguments, standalone_mode=False)
    except SystemExit as exit_error:
        return int(exit_error.code or 0)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _print_error_line("stopped; what was done is stored, the next run continues from there", 130)
    except Exception as error:  # sorted below: naming the expected ones here would import half the program
        error_line = _expected_error_line(error)
        if error_line is None:
            raise
        return _print_error_line(error_line)
    return exit_code if isinstance(exit_code, int) else 0


def _expected_error_line(error: Exception) -> str | None:
    """The message of an expected error, None for any other; imports here, since most runs have no error."""
    from sqlalchemy.exc import DBAPIError

    from crawler.cli.errors import EXPECTED
    from storage.database.engine import explain

    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, DBAPIError):
        return str(explain(error, _database_url()))
    if not isinstance(error, OSError):
        return None
    if isinstance(error, BrokenPipeError):  # `congdoan export | head`
        sys.stderr.close()
    return f"{error.filename or 'system'}: {error.strerror or error}; mend it and run again"


def _print_error_line(error_line: str, exit_code: int = EXIT_CANNOT) -> int:
    click.echo(f"congdoan: {error_line}", err=True)
    return exit_code


def _database_url() -> str:
    from crawler.cli.context import Setup

    context = click.get_current_context(silent=True)
    setup = context.obj if context and context.obj else Setup({})
    return str(setup.config.database_url)


if __name__ == "__main__":
    main()
