"""Profile lint: faults beyond single keys - refused addresses, missing discovery, relations that disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from spiders.profile.provinces import provinces
from spiders.profile.site_profile import SiteProfile
from spiders.urls.classify import BadUrl, classify, site_url


def profile_problems(profile: SiteProfile) -> tuple[str, ...]:
    """Return one line per fault of a profile, with the key to correct; empty when there is none."""
    problems = [*_address_problems(profile), *_identity_problems(profile)]
    if profile.place is not None and profile.place not in provinces():
        problems.append(
            f"place: {profile.place} is none of the 63 provinces of spiders/profile/provinces.toml"
        )
    problems += [] if profile.status == "unknown" else _discovery_problems(profile)
    open_ended = [rules for rules in profile.layout if rules.until is None]
    if len(open_ended) != 1:
        problems.append(f"layout: {len(open_ended)} layouts have no `until`; exactly one must be today's")
    return tuple(problems)


def registry_problems(profiles: Mapping[str, SiteProfile]) -> Mapping[str, tuple[str, ...]]:
    """Return faults between profiles, by profile key: relations that disagree, hosts claimed twice."""
    owners = Counter(host for profile in profiles.values() for host in profile.every_host)
    problems: dict[str, tuple[str, ...]] = {}
    for key, profile in profiles.items():
        twice = sorted(host for host in profile.every_host if owners[host] > 1)
        lines = [f"domain: {host} belongs to another profile too; keep it in one" for host in twice]
        problems[key] = (*lines, *_relation_problems(profile, profiles))
    return problems


def _relation_problems(profile: SiteProfile, profiles: Mapping[str, SiteProfile]) -> Iterator[str]:
    for side, other in (("successors", "predecessors"), ("predecessors", "successors")):
        for relation in getattr(profile, side):
            first = side == "successors" or relation.name
            if first and not relation.why:
                yield f"{side}: {relation.name or relation.key} has no `why`; say what it rests on"
            if relation.key and relation.key not in profiles:
                yield f"{side}: no site is called {relation.key}; give `name` for a unit without a profile"
            elif relation.key:
                back_relations = (
                    (back.key, back.kind, back.since) for back in getattr(profiles[relation.key], other)
                )
                if (profile.key, relation.kind, relation.since) not in back_relations:
                    missing = f"{profile.key} in `{other}` with this kind and day"
                    yield f"{side}: {relation.key} does not have {missing}"


def _discovery_problems(profile: SiteProfile) -> list[str]:
    """Lines on what a crawled site lacks to give articles."""
    problems = []
    if not profile.urls.article:
        problems.append("urls.article: no pattern, so no page can become an article")
    if not (profile.discover.feeds or profile.discover.sitemaps or profile.discover.listings):
        problems.append(
            "discover: neither feeds, sitemaps nor listings; only links on the seeds are followed"
        )
    return problems


def _address_problems(profile: SiteProfile) -> list[str]:
    problems = []
    discover = profile.discover
    named = {"seeds": profile.seeds, "discover.feeds": discover.feeds}
    named |= {"discover.sitemaps": discover.sitemaps, "discover.listings": discover.listings}
    for key, listed in named.items():
        for url in listed:
            try:
                kind = classify(site_url(url, profile, profile.seeds[0]), profile)
            except BadUrl as error:
                problems.append(f"{key}: {error}")
                continue
            if kind.refused:
                problems.append(f"{key}: {url} is refused by the profile itself ({kind.refused})")
    return problems


def _identity_problems(profile: SiteProfile) -> list[str]:
    reserved = (urlsplit(profile.seeds[0]).hostname or "").endswith(".example")
    if reserved != (profile.status == "unidentified"):
        return ["status: `unidentified` and a reserved .example domain go together"]
    return []
