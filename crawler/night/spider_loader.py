"""SiteSpiderLoader: each site profile is a Scrapy spider of that name."""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.settings import BaseSettings

from crawler import config as configuration
from crawler.config import Config
from crawler.night.session import CrawlSession, NightSettings, user_agent
from crawler.settings import DOWNLOAD_HANDLERS
from crawler.site_run import SiteRun, utc_now
from spiders.profile.site_profile import SiteProfile, load_profiles
from spiders.site_spider import SiteSpider
from spiders.urls.classify import classify
from storage.database.engine import open_database, upgrade

BROWSER = "crawler.handlers.browser_render.BrowserRenderHandler"


def spider_class(profile: SiteProfile, config: Config) -> type[SiteSpider]:
    """A spider for one site, with the settings that follow from the profile and the config."""
    dialled = bool(set(config.dial) & profile.hosts)
    delay = config.delay if profile.fetch.delay is None else profile.fetch.delay
    settings: dict[str, Any] = {
        "USER_AGENT": user_agent(config),
        "DOWNLOAD_DELAY": config.delay if dialled else delay,
        "DOWNLOAD_TIMEOUT": config.timeout,
        "DOWNLOAD_MAXSIZE": config.max_bytes,
        "CONCURRENT_REQUESTS": config.concurrency,
        # without a gap there is no one to be polite to: a replica on loopback
        "CONCURRENT_REQUESTS_PER_DOMAIN": 4 if dialled and config.delay == 0 else 1,
    }
    body = {"name": profile.key, "profile": profile, "config": config, "custom_settings": settings}
    if profile.fetch.browser:
        settings["DOWNLOAD_HANDLERS"] = {**DOWNLOAD_HANDLERS, "http": BROWSER, "https": BROWSER}
    return type(f"{profile.key.title()}Spider", (SiteSpider,), body)


async def open_run(spider: SiteSpider) -> SiteRun:
    """Open the run of a spider's site, and set `spider.run`; return it.

    `scrapy crawl` gives the spider no session: it gets one of its own, which `close_run` closes. Raises as
    CrawlSession.begin_run.
    """
    spider.owns_session = spider.session is None
    if spider.session is None:
        now = utc_now()
        upgrade(open_database(spider.config.database_url))
        night = NightSettings(f"{now:%Y%m%dT%H%M%SZ}", now)
        spider.session = CrawlSession.open(spider.config, {spider.name: spider.profile}, night)
    site_run: SiteRun = await spider.session.begin_run(spider.profile)
    spider.run = site_run
    return site_run


async def close_run(spider: SiteSpider, reason: str) -> None:
    """Close the run of a spider's site, all of whose visits are settled."""
    await spider.session.end_run(spider.run, reason)
    if spider.owns_session:
        spider.session.close()


class SiteSpiderLoader:
    """So that `scrapy list` and `scrapy crawl <site>` work."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._profiles = load_profiles(config.sites, config.platforms)

    @classmethod
    def from_settings(cls, settings: BaseSettings) -> SiteSpiderLoader:
        """Scrapy's way to make the loader; the configuration is ours, not Scrapy's."""
        return cls(configuration.load())

    def load(self, spider_name: str) -> type[SiteSpider]:
        """The spider of a site; raises KeyError for a name that is none."""
        if spider_name not in self._profiles:
            raise KeyError(f"no site is called {spider_name}; `congdoan site list` names them")
        return spider_class(self._profiles[spider_name], self._config)

    def list(self) -> list[str]:
        """Every site's name."""
        return sorted(self._profiles)

    def find_by_request(self, request: Request) -> list[str]:  # type: ignore[valid-type]
        """The sites a request belongs to."""
        own = (key for key, p in self._profiles.items() if classify(request.url, p).refused != "offsite")
        return sorted(own)
