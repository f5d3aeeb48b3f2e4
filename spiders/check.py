"""What is wrong with a profile beyond its keys: addresses and patterns that cannot do their work."""

from __future__ import annotations

from urllib.parse import urlsplit

from spiders.links import BadUrl, classify, same_site
from spiders.profile import SiteProfile


def complaints(profile: SiteProfile) -> tuple[str, ...]:
    """One line per fault, with the key to mend; empty = none found."""
    found = [*_addresses(profile), *_identified(profile)]
    if not profile.urls.article:
        found.append("urls.article: no pattern, so no page can become an article")
    if not (profile.discover.feeds or profile.discover.sitemaps or profile.discover.listings):
        found.append("discover: neither feeds, sitemaps nor listings; only links on the seeds are followed")
    open_ended = [rules for rules in profile.layout if rules.until is None]
    if len(open_ended) != 1:
        found.append(f"layout: {len(open_ended)} layouts have no `until`; exactly one must be today's")
    return tuple(found)


def _addresses(profile: SiteProfile) -> list[str]:
    found = []
    discover = profile.discover
    named = {"seeds": profile.seeds, "discover.feeds": discover.feeds}
    named |= {"discover.sitemaps": discover.sitemaps, "discover.listings": discover.listings}
    for key, listed in named.items():
        for url in listed:
            try:
                kind = classify(same_site(url, profile, profile.seeds[0]), profile)
            except BadUrl as error:
                found.append(f"{key}: {error}")
                continue
            if kind.refused:
                found.append(f"{key}: {url} is refused by the profile itself ({kind.refused})")
    return found


def _identified(profile: SiteProfile) -> list[str]:
    reserved = (urlsplit(profile.seeds[0]).hostname or "").endswith(".example")
    if reserved != (profile.status == "unidentified"):
        return ["status: `unidentified` and a reserved .example domain go together"]
    return []
