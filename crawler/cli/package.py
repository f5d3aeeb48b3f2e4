"""`congdoan package`: all captures of a site as one WACZ file."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.context import Setup, console, open_archive
from crawler.config import Config
from crawler.packaging.wacz import WaczPackage, write_wacz
from spiders.profile.site_profile import SiteProfile
from storage.database.engine import reading

TARGET = click.Path(path_type=Path, dir_okay=False)


@click.command("package")
@click.argument("key", metavar="SITE")
@click.option("-o", "--output", type=TARGET, required=True, help="The WACZ file.")
@click.pass_obj
def package_site(setup: Setup, key: str, output: Path) -> None:
    """Write all captures of SITE as one WACZ file, which replays in ReplayWeb.page and pywb.

    \b
    Example: congdoan package congdoanbackan -o congdoanbackan.wacz
    """
    (profile,) = setup.profiles_named((key,))
    write_package(setup.config, profile, output)


def write_package(config: Config, profile: SiteProfile, output: Path) -> None:
    """Write the captures of a site to a WACZ file and print what is in it."""
    engine = open_archive(config)
    with reading(engine) as connection:
        _print_package(write_wacz(connection, config, profile, output))
    engine.dispose()


def _print_package(packaged: WaczPackage) -> None:
    size = f"{packaged.bytes / 1e6:.1f} MB"
    console().print(
        f"{packaged.path}: {packaged.pages} pages of {packaged.warcs} WARC files, {size}, valid", markup=False
    )
    if packaged.unchanged:
        line = f"  {packaged.unchanged} responses 304 (not modified) are not in the package"
        console().print(line, markup=False)
    for name in packaged.left_out:
        console().print(f"  left out: {name} is still being written, or missing", markup=False)
