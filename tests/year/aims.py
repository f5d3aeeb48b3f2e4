"""The aims of the year, each with its figure and whether it was met."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from tests.year.chronicle import HARMLESS, Episode
from tests.year.ledger import GONE, REVISED
from tests.year.year import NightRecord, Year

REACH = 2  # visits within which an episode must be told
AFTERMATH = 2  # nights after an episode on which a report may still speak of it
WARM = 5  # nights before a process's memory and a site's history are judged
GROWTH = 1.10  # of the crawling process's memory, last third of the year against the second
SLIP = 0.010  # seconds: a thread may be put aside between the end of the wait and the time that is noted


@dataclass(frozen=True, slots=True)
class Aim:
    """One line of the report of the year."""

    name: str
    figure: str
    aim: str
    met: bool
    value: float  # what the figure is about, for floors in tests


def judge(year: Year) -> tuple[Aim, ...]:
    """Every aim."""
    return (
        _found(year),
        _lost(year),
        _sound(year),
        _flagged(year),
        _false_alarms(year),
        _requests(year),
        _gap(year),
        _memory(year),
    )


def _found(year: Year) -> Aim:
    missing = year.reachable - year.ledger.shown()
    total = len(year.reachable)
    share = 1 - len(missing) / total
    figure = f"{share:.2%} of {total}" + "".join(f"\n{url}" for _, url in sorted(missing)[:5])
    return Aim("articles ever reachable for one night found", figure, "100 %", not missing, share)


def _lost(year: Year) -> Aim:
    lost = len(year.forgotten)
    figure = f"{lost} URLs after {year.crawling.killed} kills"
    return Aim("lost by kill -9", figure, "0", not lost, float(lost))


def _sound(year: Year) -> Aim:
    damage = year.ledger.damage(year.folder / "archive" / "warc")
    figure = f"{len(damage)} problems" + "".join(f"\n{line}" for line in damage[:5])
    return Aim("database and WARCs verified at the end", figure, "0", not damage, float(len(damage)))


def untold(year: Year) -> list[Episode]:
    """The episodes that none of their first visits told."""
    return [e for e in year.befalling if e.what not in HARMLESS and not _told(year, e)]


def _told(year: Year, episode: Episode) -> bool:
    nights = [record for record in year.records if episode.on(record.night)][:REACH]
    return any(episode.site in record.problems for record in nights)


def _flagged(year: Year) -> Aim:
    ours = [e for e in year.befalling if e.what not in HARMLESS]
    missed = untold(year)
    share = 1 - len(missed) / (len(ours) or 1)
    figure = f"{len(ours) - len(missed)} of {len(ours)}"
    figure += "".join(f"\nuntold: {e.what} at {e.site}, night {e.first}" for e in missed[:5])
    return Aim("outages and relayouts told within two visits", figure, "all", not missed, share)


def false_alarms(year: Year) -> Iterator[tuple[int, str, str]]:
    """(night, site, first problem) of every report that complains when nothing befell its site."""
    for record in year.records:
        for site, lines in record.problems.items():
            struck = (e for e in year.befalling if e.site == site)
            if not any(e.first <= record.night <= e.last + AFTERMATH for e in struck):
                yield record.night, site, lines[0]


def _false_alarms(year: Year) -> Aim:
    told = list(false_alarms(year))
    weeks = len(year.records) / 7
    value = len(told) / weeks
    figure = f"{value:.2f} a week ({len(told)} in all)"
    figure += "".join(f"\nnight {night}, {site}: {line[:120]}" for night, site, line in told[:5])
    return Aim("false alarms", figure, "≤ 1 a week", value <= 1, value)


def allowed(record: NightRecord) -> float:
    """Requests that a night may make."""
    return 1.2 * record.doings + 4 * record.visits


def _requests(year: Year) -> Aim:
    nights = year.records[1:]  # the first is the backfill of everything
    asked = sum(record.requests for record in nights)
    most = sum(allowed(record) for record in nights)
    within = sum(record.requests <= allowed(record) for record in nights)
    value = asked / most
    doings, visits = sum(record.doings for record in nights), sum(record.visits for record in nights)
    figure = f"{value:.2f} × that: {asked} for {doings} changes and {visits} visits"
    figure += f"; {within} of {len(nights)} nights within"
    over = [record for record in nights if record.requests > allowed(record)]
    figure += "".join(f"\nnight {each.night}: {each.requests} of {allowed(each):.1f}" for each in over[:5])
    return Aim("requests a night", figure, "≤ 1.2 × changes + 4 a site", within == len(nights), value)


def _gap(year: Year) -> Aim:
    shortest = min(record.gap for record in year.records)
    floor = year.plan.delay
    figure = f"{shortest * 1000:.1f} ms (floor {floor * 1000:.0f} ms)"
    return Aim(
        "shortest gap between two requests to a host",
        figure,
        "≥ the floor",
        shortest >= floor - SLIP,
        shortest,
    )


def _memory(year: Year) -> Aim:
    held = [record.resident for record in year.records[WARM:] or year.records]
    third = max(1, len(held) // 3)
    middle, last = median(held[third : 2 * third] or held), median(held[-third:] or held)
    value = last / middle
    figure = f"{last / 1e6:.0f} MB, {value:.2f} × the middle of the year"
    return Aim("memory of the crawling process", figure, f"≤ {GROWTH} ×", value <= GROWTH, value)


def extras(year: Year) -> Iterator[str]:
    """What has no aim of its own: one line each."""
    revised, gone = year.ledger.told(REVISED), year.ledger.told(GONE)
    yield f"corrections noticed so far: {len(year.corrected & revised)} of {len(year.corrected)}"
    yield f"removals noticed so far: {len(year.removed & gone)} of {len(year.removed)}"
    seconds = sum(record.seconds for record in year.records)
    yield f"{len(year.records)} nights in {seconds:.0f} s, {sum(r.visits for r in year.records)} visits"
