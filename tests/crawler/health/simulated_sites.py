"""A simulated fleet: sites that publish as union sites do, visited every night, for measuring the rules."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from crawler.health.baseline import FILL_FIELDS, VisitNumbers
from crawler.health.drift import drift_findings
from crawler.health.findings import HealthFinding
from crawler.health.publication_rate import is_holiday, publication_rate

START = date(2027, 3, 1)
Change = Callable[[VisitNumbers, Random], VisitNumbers]


@dataclass(frozen=True, slots=True)
class Habit:
    """How a site publishes."""

    rate: float  # articles a working day
    weekend: float = 0.1  # of the rate, on Saturdays and Sundays
    burst: float = 1.0  # 1 = Poisson; more = the variance over the mean
    fields: Mapping[str, float] = field(
        default_factory=lambda: {"dated": 0.99, "authored": 0.8, "leads": 0.9, "sections": 1.0}
    )
    chars: float = 2400.0
    roots: tuple[int, ...] = (20, 12, 12)  # links each of the profile's addresses shows
    lost: float = 0.01  # of the articles asked come to no article
    every: int = 1  # days between visits


def draw(rng: Random, mean: float, burst: float = 1.0) -> int:
    """A count of this mean; of this variance over the mean."""
    if burst > 1:
        mean = rng.gammavariate(mean / (burst - 1), burst - 1) if mean > 0 else 0.0
    if mean > 50:
        return max(0, round(rng.gauss(mean, math.sqrt(mean))))
    count, left = 0, math.exp(-mean)
    chance = rng.random()
    while chance > left:
        count, chance = count + 1, chance * rng.random()
    return count


def published(habit: Habit, rng: Random, days: int, first: date) -> dict[date, int]:
    """Articles by day; offices are closed on holidays."""
    counts = {}
    for day in (first + timedelta(days=n) for n in range(days)):
        share = habit.weekend if day.weekday() >= 5 else 1.0
        share *= 0.05 if is_holiday(day) else 1.0
        if count := draw(rng, habit.rate * share, habit.burst):
            counts[day] = count
    return counts


def visit(habit: Habit, rng: Random, run: int, today: date, new: int) -> VisitNumbers:
    """One healthy visit that finds `new` articles."""
    revisits = draw(rng, 5)
    lost = sum(rng.random() < habit.lost for _ in range(new + revisits))
    filled = {name: sum(rng.random() < habit.fields[name] for _ in range(new)) for name in FILL_FIELDS}
    lengths = sorted(habit.chars * math.exp(rng.gauss(0, 0.6)) for _ in range(new))
    roots = {f"https://a.example/{n}": links - (rng.random() < 0.1) for n, links in enumerate(habit.roots)}
    outcomes = Counter({("new", ""): new, ("same", "same_text"): revisits})
    outcomes["not_an_article", "no_text"] += lost
    return VisitNumbers(
        run=run,
        at=datetime.combine(today, time(18), UTC) - timedelta(days=1),
        ending="finished",
        new_articles=new,
        settled_urls=new + revisits + 3,
        article_urls=new + revisits + lost,
        discovery_pages=len(roots),
        article_links=sum(roots.values()),
        roots=roots,
        outcomes=+outcomes,
        articles_read=new,
        filled=filled,
        median_chars=lengths[len(lengths) // 2] if lengths else 0.0,
    )


def nights(
    habit: Habit, seed: str, days: int, *, back: int = 365, change: Change | None = None, at: int = 0
) -> Iterator[tuple[int, VisitNumbers, list[HealthFinding]]]:
    """(day, visit, what is flagged) of a site visited for `days`; from day `at` on its visits are changed.

    `back`: days of publication the archive knows when the visits begin.
    """
    rng = Random(seed)
    counts = published(habit, rng, back + days, START - timedelta(days=back))
    past: list[VisitNumbers] = []
    for day in range(0, days, habit.every):
        today = START + timedelta(days=day)
        known = {d: c for d, c in counts.items() if d < today}
        new = sum(counts.get(today - timedelta(days=n), 0) for n in range(1, habit.every + 1))
        seen = visit(habit, rng, day + 1, today, new)
        if change and day >= at:
            seen = change(seen, rng)
        found = list(drift_findings(seen, past, publication_rate(known, today), known, today))
        signs = frozenset(str(finding.sign) for finding in found)
        past.insert(0, replace(seen, signs=signs))
        yield day, seen, found


def fleet(rng: Random, sites: int) -> list[Habit]:
    """Sites from a quiet office to a daily paper, as the registry has them."""
    made = []
    for _ in range(sites):
        rate = math.exp(rng.uniform(math.log(0.08), math.log(30)))
        fields = {"dated": rng.choice([1.0, 0.97]), "authored": rng.choice([0.0, 0.4, 0.85, 0.99])}
        fields |= {"leads": rng.choice([0.1, 0.7, 1.0]), "sections": rng.choice([0.0, 1.0])}
        roots = tuple(rng.choice([0, 3, 10, 20, 30]) for _ in range(rng.randint(1, 8)))
        weekend, burst = rng.choice([0.02, 0.3, 1.0]), rng.choice([1.0, 1.5, 3.0])
        every = rng.choice([1, 1, 1, 7])
        made.append(Habit(rate, weekend, burst, fields, rng.choice([900, 2400, 4000]), roots, 0.02, every))
    return made
