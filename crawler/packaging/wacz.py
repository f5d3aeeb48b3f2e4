"""Package a site's WARC files, an index and a list of pages as one WACZ file that replays elsewhere."""

from __future__ import annotations

import importlib.util
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from crawler.config import Config, ConfigError
from spiders.profile.site_profile import SiteProfile
from storage.captures import package_pages as packaging
from storage.warc.errors import DamageError
from storage.warc.without_revisits import copy_without_not_modified

WACZ_MAIN = "import sys; from wacz.main import main; sys.exit(main(sys.argv[1:]))"
INSTALL_HINT = "pip install 'congdoan-archive[package]'"


class PackageError(ConfigError):
    """A site cannot be packaged: the message names what is missing and what to do."""


@dataclass(frozen=True, slots=True)
class WaczPackage:
    """A written WACZ file and the counts of its contents."""

    path: Path
    pages: int
    warcs: int
    bytes: int
    left_out: tuple[str, ...]  # WARC files still being written, or missing
    unchanged: int  # 304 responses without a body, left out of the package


def write_wacz(connection: Connection, config: Config, profile: SiteProfile, target: Path) -> WaczPackage:
    """Write a site's captures as one WACZ file and validate it; the target file is replaced at once.

    Raises PackageError.
    """
    if importlib.util.find_spec("wacz") is None:
        raise PackageError(
            f"{target}: packages are made by the library wacz, which is not installed: {INSTALL_HINT}"
        )
    names = packaging.warc_files_of_site(connection, profile.key)
    files = [config.warcs / name for name in names]
    existing = [path for path in files if path.exists()]
    if not existing:
        raise PackageError(f"{profile.key}: no finished WARC file holds it; `congdoan crawl` it first")
    with tempfile.TemporaryDirectory(prefix="congdoan-", dir=_target_folder(target)) as folder:
        page_list = Path(folder, "pages.jsonl")
        lines = list(_page_list_lines(connection, profile))
        page_list.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft = Path(folder, "draft.wacz")
        pages = ["-p", str(page_list), "-c"]  # -c: copied as given; wacz finds no pages in gzip bodies
        options = ["-o", str(draft), *pages, *_metadata_options(connection, profile)]
        copies = [Path(folder, path.name) for path in existing]
        unchanged = sum(map(_copy_warc, existing, copies))
        _run_wacz(target, ["create", *options, *map(str, copies)])
        _run_wacz(target, ["validate", "-f", str(draft)])
        draft.replace(target)
    left_out = tuple(path.name for path in files if path not in existing)
    return WaczPackage(target, len(lines) - 1, len(existing), target.stat().st_size, left_out, unchanged)


def _copy_warc(source: Path, target: Path) -> int:
    try:
        return copy_without_not_modified(source, target)
    except DamageError as error:
        raise PackageError(
            f"{error}; `congdoan verify` tells more: restore it from a copy, package again"
        ) from error


def _target_folder(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent


def _page_list_lines(connection: Connection, profile: SiteProfile) -> list[str]:
    pages = itertools.chain(
        packaging.entry_pages(connection, profile.key), packaging.article_pages(connection, profile.key)
    )
    return list(packaging.pages_jsonl_lines(pages, profile.name))


def _metadata_options(connection: Connection, profile: SiteProfile) -> list[str]:
    description = f"{profile.domain}, archived by congdoan-archive"
    if packaging.is_replica(connection, profile.key):
        description += "; captures of a REPLICA on a loopback address, not of the live site"
    return ["--title", profile.name, "--desc", description]


def _run_wacz(target: Path, arguments: Sequence[str]) -> None:
    """Run wacz in a process of its own: it prints, and keeps its index in memory."""
    process = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-c", WACZ_MAIN, *arguments], capture_output=True, text=True, check=False
    )
    if process.returncode:
        output_lines = (process.stderr or process.stdout).strip().splitlines()
        raise PackageError(
            f"{target}: wacz {arguments[0]} failed: {output_lines[-1] if output_lines else 'no word why'}"
        )
