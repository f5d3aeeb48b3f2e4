"""Recordings of the platforms' replicas: which, where they lie, and what they must say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from crawler.demo.ground_truth import ReplicaSite, TruthArticle, build_ground_truth
from crawler.demo.site_systems import System
from spiders.profile.site_profile import SiteProfile, load_profiles
from tests.cassettes import playing
from tests.platforms.family import HERE, families
from tests.sites import golden as goldens
from tests.sites.golden import Golden

FOLDER = HERE / "recordings"
COUNT = 10  # articles of a replica
SEED = 534  # one of many; the recordings need not be those of the other tests
PER_PAGE = 4  # entries of a listing page, so that each pager is paged through


def chosen(family: str) -> tuple[System, ...]:
    """One system of each generation of a family, each in another skin, with short listings."""
    generations: dict[Path | None, list[System]] = {}
    for system in families()[family]:
        generations.setdefault(system.templates, []).append(system)
    skins = (systems[place % len(systems)] for place, systems in enumerate(generations.values()))
    return tuple(replace(system, count=COUNT, per_page=PER_PAGE) for system in skins)


def profiles(systems: tuple[System, ...]) -> list[SiteProfile]:
    """Their site profiles, as they are recorded."""
    known = load_profiles(HERE / "sites")
    return [goldens.without_images(known[system.key]) for system in systems]


def truth(systems: tuple[System, ...]) -> dict[str, ReplicaSite]:
    """What is true of each replica as it was recorded."""
    world = build_ground_truth(1, seed=SEED, systems=systems)
    return {site.key: site for site in world.sites}


def cassette_of(family: str, site: str) -> Path:
    """Where a replica's cassette lies."""
    return FOLDER / family / f"{site}.yaml"


def golden_of(family: str, site: str) -> Path:
    """Where a replica's golden lies."""
    return FOLDER / family / f"{site}.json"


def replayed(systems: tuple[System, ...], cassettes: Path, data: Path) -> dict[str, Golden]:
    """What a night stores when only the cassettes in a folder answer."""
    sites = profiles(systems)
    return goldens.crawled_together(sites, goldens.replay_config(data, *sites), playing(cassettes))


def untrue(golden: Golden, site: ReplicaSite) -> list[str]:
    """What a golden says that is not so on the replica, one line each."""
    told = {article["url"]: article for article in golden["articles"]}
    true = {article.url: article for article in site.articles}
    lines = [f"{url} is no article in truth" for url in sorted(told.keys() - true.keys())]
    lines += [f"{url} is missing" for url in sorted(true.keys() - told.keys())]
    both = (url for url in true if url in told)
    return lines + [line for url in both for line in _untrue(told[url], true[url])]


def _untrue(told: Golden, article: TruthArticle) -> Iterator[str]:
    expected: Golden = {
        "title": article.title,
        "lead": article.lead,
        "author": article.author,
        "published": goldens.when(article.published),
        "section": " / ".join(article.section),
        "prefix": article.prefix,
    }
    found: Golden = {name: told.get(name) for name in expected}
    expected["body"], found["body"] = _joined(article.body), _joined(told["body"])
    expected["documents"] = [number for number, _, _ in article.documents]
    found["documents"] = [line.split(" | ")[0] for line in told.get("documents", [])]
    for name, true in expected.items():
        if found[name] != true:
            yield f"{article.url}: {name} {found[name]!r}, in truth {true!r}"
    yield from _unlike(article.url, told.get("images", []), [(i.url, i.caption) for i in article.images])
    yield from _unlike(
        article.url, told.get("attachments", []), [(f.url, f.name) for f in article.attachments]
    )


def _joined(body: Iterable[str]) -> str:
    """A body as one text; a table's cells are told apart by the truth alone."""
    return "\n".join(body).replace(" | ", " ")


def _unlike(where: str, told: list[str], true: list[tuple[str, str | None]]) -> Iterator[str]:
    """Pictures and files: the address, then what the page calls it (`Tải về: ` and an alt may be added)."""
    parts = [line.split(" | ") for line in told]
    same = [
        found[0] == url and (name is None or (len(found) > 1 and found[1].endswith(name)))
        for found, (url, name) in zip(parts, true, strict=False)
    ]
    if len(told) != len(true) or not all(same):
        yield f"{where}: {told}, in truth {true}"
