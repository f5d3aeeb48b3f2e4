"""What is wrong with profiles beyond their keys: addresses that cannot work, kin that do not agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from spiders.profile.provinces import provinces
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import BadUrl, classify, site_url


def profile_problems(profile: SiteProfile) -> tuple[str, ...]:
    """One line per fault, with the key to mend; empty = none found."""
    found = [*_addresses(profile), *_identified(profile)]
    if profile.place is not None and profile.place not in provinces():
        found.append(f"place: {profile.place} is none of the 63 provinces of spiders/profile/provinces.toml")
    found += [] if profile.status == "unknown" else _can_work(profile)
    open_ended = [rules for rules in profile.layout if rules.until is None]
    if len(open_ended) != 1:
        found.append(f"layout: {len(open_ended)} layouts have no `until`; exactly one must be today's")
    return tuple(found)


def registry_problems(profiles: Mapping[str, SiteProfile]) -> Mapping[str, tuple[str, ...]]:
    """What is wrong between profiles, by key: kin that do not agree, hosts claimed twice."""
    owners = Counter(host for profile in profiles.values() for host in profile.every_host)
    found: dict[str, tuple[str, ...]] = {}
    for key, profile in profiles.items():
        twice = sorted(host for host in profile.every_host if owners[host] > 1)
        lines = [f"domain: {host} belongs to another profile too; keep it in one" for host in twice]
        found[key] = (*lines, *_kin(profile, profiles))
    return found


def _kin(profile: SiteProfile, profiles: Mapping[str, SiteProfile]) -> Iterator[str]:
    for side, other in (("successors", "predecessors"), ("predecessors", "successors")):
        for kin in getattr(profile, side):
            first = side == "successors" or kin.name
            if first and not kin.why:
                yield f"{side}: {kin.name or kin.key} has no `why`; say what it rests on"
            if kin.key and kin.key not in profiles:
                yield f"{side}: no site is called {kin.key}; give `name` for a unit without a profile"
            elif kin.key:
                told = ((back.key, back.kind, back.since) for back in getattr(profiles[kin.key], other))
                if (profile.key, kin.kind, kin.since) not in told:
                    yield f"{side}: {kin.key} does not have {profile.key} in `{other}` with this kind and day"


def _can_work(profile: SiteProfile) -> list[str]:
    """What keeps a site that is asked from giving articles; an unknown one may lack all of it."""
    found = []
    if not profile.urls.article:
        found.append("urls.article: no pattern, so no page can become an article")
    if not (profile.discover.feeds or profile.discover.sitemaps or profile.discover.listings):
        found.append("discover: neither feeds, sitemaps nor listings; only links on the seeds are followed")
    return found


def _addresses(profile: SiteProfile) -> list[str]:
    found = []
    discover = profile.discover
    named = {"seeds": profile.seeds, "discover.feeds": discover.feeds}
    named |= {"discover.sitemaps": discover.sitemaps, "discover.listings": discover.listings}
    for key, listed in named.items():
        for url in listed:
            try:
                kind = classify(site_url(url, profile, profile.seeds[0]), profile)
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
