"""`congdoan serve`: the reading room on this machine."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Mapping
from typing import Any

import click

from crawler.cli.account import ACCESS_OPTION_NAMES, AccessOptions, access_from_options, access_options
from crawler.cli.context import Setup, console
from crawler.config import ConfigError
from spiders.profile.site_profile import SiteProfile, SiteRelation
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import map_files
from storage.web.settings import RelatedSite, SiteFacts, WebSettings

CONNECTIONS = 500  # at once; beyond them 503
PUBLIC = re.compile(r"https?://[^/?#\s]+/?")
NAME = ArchiveIdentity().name


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8300, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--base-url", default="", help="Public address, for links that are kept: https://…")
@click.option("--name", default="", help="What the archive calls itself.")
@click.option(
    "--patience",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1, 120),
    help="Seconds the database may take for one page.",
)
@access_options
@click.pass_obj
def serve(setup: Setup, /, host: str, port: int, **told: Any) -> None:  # noqa: ANN401
    """Open the reading room: search, articles, stories, sites, places, in Vietnamese and English.

    \b
    Example: congdoan serve
             congdoan serve --behind-proxy --base-url https://archive.example --accounts accounts.txt

    It listens on this machine alone and asks nobody who they are. Before others come in, put a reverse proxy
    with TLS in front and say --behind-proxy; who may do what is told by the proxy (--user-header) or by a
    file of accounts (--accounts): docs/how-to/serving.md.
    """
    import uvicorn

    from storage.web.app import create_app

    access = access_from_options(
        AccessOptions(host=host, **{name: told.pop(name) for name in ACCESS_OPTION_NAMES}), told["base_url"]
    )
    setup = setup.or_demo()
    room = room_of(setup, **told)
    engine = setup.archive()
    map_files(engine)
    app = create_app(engine, room, access)
    address = f"http://{_shown(host)}:{port}/"
    console(err=True).print(
        f"reading room of {setup.config.data}: {address} (Ctrl-C ends it)", soft_wrap=True
    )
    gc.freeze()  # what was loaded stays: looking through it for garbage took 50 ms of an answer now and then
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # storage/web/access reads them, and who may send them
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=10,
    )


def room_of(setup: Setup, base_url: str, name: str, patience: float) -> WebSettings:
    """The room over the archive that is set up: `public_url` and `archive_name` unless told otherwise."""
    config = setup.config
    base = base_url or config.public_url
    if base and not PUBLIC.fullmatch(base):
        told = f"--base-url {base}" if base_url else f"public_url = {base}"
        raise ConfigError(f"{told}: write it as https://host, without a path")
    own = (
        "" if config.archive_name == NAME else config.archive_name
    )  # the house's own is said in two languages
    return WebSettings(config.warcs, base.rstrip("/"), name or own, patience, facts_of(setup.profiles))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def facts_of(profiles: Mapping[str, SiteProfile]) -> dict[str, SiteFacts]:
    """What the profiles tell of their sites' lives."""
    return {key: _facts(profile, profiles) for key, profile in profiles.items()}


def _facts(profile: SiteProfile, profiles: Mapping[str, SiteProfile]) -> SiteFacts:
    return SiteFacts(
        owner=profile.owner,
        valid_from=profile.valid_from,
        valid_until=profile.valid_until,
        predecessors=tuple(_relations(profile.predecessors, profiles)),
        successors=tuple(_relations(profile.successors, profiles)),
        mirrors=profile.mirrors,
        platform=profile.platform,
        every=profile.every,
        verified=profile.verified,
        sources=profile.sources,
        notes=profile.notes,
    )


def _relations(kin: Iterable[SiteRelation], profiles: Mapping[str, SiteProfile]) -> Iterable[RelatedSite]:
    for each in kin:
        other = profiles.get(each.key or "")
        yield RelatedSite(each.key, other.name if other else each.name or "", each.kind, each.since, each.why)
