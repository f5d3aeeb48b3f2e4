"""`congdoan serve`: start the web server of the reading room and the API."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Mapping
from typing import Any

import click

from crawler.cli.access_options import ACCESS_OPTION_NAMES, AccessOptions, access_from_options, access_options
from crawler.cli.context import Setup, console
from crawler.cli.old_options import CommandWithOldOptions
from crawler.config import ConfigError
from spiders.profile.site_profile import SiteProfile, SiteRelation
from storage.citations.reference import ArchiveIdentity
from storage.database.engine import map_files
from storage.web.settings import WebSettings
from storage.web.site_facts import RelatedSite, SiteFacts

MAX_SERVER_CONNECTIONS = 500  # at once; further ones are answered 503
PUBLIC_URL = re.compile(r"https?://[^/?#\s]+/?")
DEFAULT_ARCHIVE_NAME = ArchiveIdentity().name


@click.command(cls=CommandWithOldOptions, old_options={"--patience": "--timeout"})
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8300, show_default=True, type=click.IntRange(1, 65535), help="Port.")
@click.option("--base-url", default="", help="Public address for permanent links: https://…")
@click.option("--name", default="", help="Name of the archive in the reading room.")
@click.option(
    "--timeout",
    "timeout",
    default=5.0,
    show_default=True,
    type=click.FloatRange(0.1, 120),
    help="Most seconds that database queries of one page may take.",
)
@access_options
@click.pass_obj
def serve(setup: Setup, /, host: str, port: int, **serve_options: Any) -> None:  # noqa: ANN401
    """Open the reading room: search, articles, stories, sites, places, in Vietnamese and English.

    \b
    Example: congdoan serve
             congdoan serve --behind-proxy --base-url https://archive.example --accounts accounts.txt

    It listens on this machine alone, without sign-in. To let others use it, put a reverse proxy with TLS in
    front and give --behind-proxy; roles come from the proxy (--user-header) or from a file of accounts
    (--accounts): docs/how-to/serving.md. Without an archive it opens that of `congdoan demo`.
    """
    import uvicorn

    from storage.web.app import create_app

    serve_access = access_from_options(
        AccessOptions(host=host, **{name: serve_options.pop(name) for name in ACCESS_OPTION_NAMES}),
        serve_options["base_url"],
    )
    setup = setup.or_demo()
    serve_settings = web_settings(setup, **serve_options)
    served_engine = setup.archive()
    map_files(served_engine)
    served_app = create_app(served_engine, serve_settings, serve_access)
    serve_address = f"http://{_host_in_url(host)}:{port}/"
    console(err=True).print(
        f"reading room of {setup.config.data}: {serve_address} (Ctrl-C ends it)", soft_wrap=True
    )
    gc.freeze()  # what is loaded stays: collecting it took 50 ms of a response now and then
    uvicorn.run(
        served_app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # storage/web/auth/proxy_headers.py reads them, of trusted proxies alone
        limit_concurrency=MAX_SERVER_CONNECTIONS,
        timeout_graceful_shutdown=10,
    )


def web_settings(setup: Setup, base_url: str, name: str, timeout: float) -> WebSettings:
    """The room over the archive that is set up: `public_url` and `archive_name` unless told otherwise."""
    config = setup.config
    public_url = base_url or config.public_url
    if public_url and not PUBLIC_URL.fullmatch(public_url):
        setting = f"--base-url {public_url}" if base_url else f"public_url = {public_url}"
        raise ConfigError(f"{setting}: write it as https://host, without a path")
    served_name = (
        "" if config.archive_name == DEFAULT_ARCHIVE_NAME else config.archive_name
    )  # the default name has two languages
    return WebSettings(
        config.warcs, public_url.rstrip("/"), name or served_name, timeout, site_facts(setup.profiles)
    )


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def site_facts(profiles: Mapping[str, SiteProfile]) -> dict[str, SiteFacts]:
    """The facts about sites that the reading room shows, from their profiles."""
    return {key: _facts_of_site(profile, profiles) for key, profile in profiles.items()}


def _facts_of_site(profile: SiteProfile, profiles: Mapping[str, SiteProfile]) -> SiteFacts:
    return SiteFacts(
        owner=profile.owner,
        valid_from=profile.valid_from,
        valid_until=profile.valid_until,
        predecessors=tuple(_related_sites(profile.predecessors, profiles)),
        successors=tuple(_related_sites(profile.successors, profiles)),
        mirrors=profile.mirrors,
        platform=profile.platform,
        every=profile.every,
        verified=profile.verified,
        sources=profile.sources,
        notes=profile.notes,
    )


def _related_sites(
    relations: Iterable[SiteRelation], profiles: Mapping[str, SiteProfile]
) -> Iterable[RelatedSite]:
    for site_relation in relations:
        related_profile = profiles.get(site_relation.key or "")
        yield RelatedSite(
            site_relation.key,
            related_profile.name if related_profile else site_relation.name or "",
            site_relation.kind,
            site_relation.since,
            site_relation.why,
        )
