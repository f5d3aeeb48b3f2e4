"""Drift: one visit's numbers held against the site's own past (pure)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crawler.health.baseline import FIELDS, Seen, middle, norm
from crawler.health.findings import Finding, Sign
from crawler.health.publication_rate import Rhythm, fall

VISITS = 5  # whole visits that make a norm
SAMPLE = 20  # articles that make a norm of fill rates
CHANCE = 5e-5  # of a share this far off, on a site that goes on as it did
DROP = 0.25  # … and at least this far off, in shares
STEADY = 0.1  # of the usual links may come and go anyway
FEW = 4  # links fewer than this make no norm
HALF = 0.5
SIGMAS = 5.0
BODY_SPREAD = 0.5  # of the logarithm of one article's length, at least
LEAST_OFF = 0.69  # of that logarithm: half as long, or twice
TAIL = 5  # visits before this one that may be judged together with it
EXPECTED_OUTCOMES = {"new", "same", "copy", "revised", "moved"}


def drift(
    now: Seen, past: Sequence[Seen], beat: Rhythm, counts: Mapping[date, int], today: date
) -> Iterator[Finding]:
    """Everything unusual about a whole visit; `past` is the visits before it, newest first."""
    yield from _roots(now, past)
    yield from _fields(now, past)
    yield from _bodies(now, past)
    yield from _outcomes(now, past)
    yield from _rhythm(beat, counts, today)


def _rhythm(beat: Rhythm, counts: Mapping[date, int], today: date) -> Iterator[Finding]:
    if beat.is_silent:
        then = {"articles a week": round(beat.per_week, 1), "longest silence (working days)": beat.longest}
        now = {"silent working days": beat.silent, "since": str(beat.last)}
        yield Finding(Sign.SILENT, f"no new article: {beat.told()}", then=then, now=now)
    elif fallen := fall(counts, today):
        line = f"{fallen.now} articles in the last fortnight, usually {fallen.usual:.0f}"
        then = {"articles a fortnight": fallen.usual, "fortnights": fallen.fortnights}
        yield Finding(Sign.FEWER, line, then=then, now={"articles a fortnight": fallen.now})


def _roots(now: Seen, past: Sequence[Seen]) -> Iterator[Finding]:
    """Each of the profile's own addresses: how many articles it shows."""
    usual = norm(past, Sign.ROOT)
    for url, links in now.roots.items():
        shown = [visit.roots[url] for visit in usual if url in visit.roots]
        centre, spread = middle(shown)
        short = centre - links
        if len(shown) < VISITS or centre < FEW or links > HALF * centre:
            continue
        if short >= SIGMAS * max(spread, STEADY * centre, 0.5):
            line = f"{url} shows {links} articles, usually {centre:.0f}"
            yield Finding(Sign.ROOT, line, (url,), {"links": centre, "visits": len(shown)}, {"links": links})


def _fields(now: Seen, past: Sequence[Seen]) -> Iterator[Finding]:
    """Fill rates of this visit, alone or with the few before it, against those of the visits before these."""
    usual = [visit for visit in norm(past, Sign.FIELD) if visit.articles]
    if not now.articles:
        return
    for name in FIELDS:
        for length in range(min(TAIL, len(usual)) + 1):
            tail, base = (now, *usual[:length]), usual[length:]
            total = sum(visit.articles for visit in base)
            if total >= SAMPLE and (share := _fallen(tail, base, name)) is not None:
                n = sum(visit.articles for visit in tail)
                before = sum(visit.filled.get(name, 0) for visit in base) / total
                line = (
                    f"{share:.0%} of the last {n} articles read are {name}, usually {before:.0%} (of {total})"
                )
                told = {"field": name, "share": round(share, 3), "articles": n}
                yield Finding(Sign.FIELD, line, (), {"share": round(before, 3), "articles": total}, told)
                break


def _fallen(tail: Sequence[Seen], base: Sequence[Seen], name: str) -> float | None:
    """The share of the tail's articles with a field, when far below the base's in each visit."""
    n, k = sum(visit.articles for visit in tail), sum(visit.filled.get(name, 0) for visit in tail)
    total, had = sum(visit.articles for visit in base), sum(visit.filled.get(name, 0) for visit in base)
    before = (had + 0.5) / (total + 1)
    if any(before - _rate(visit, name) < DROP for visit in tail):
        return None
    floor = max(before - 2 * _unrest(base, name, before), 0.01)
    return k / n if at_most(k, n, floor) < CHANCE else None


def _rate(visit: Seen, name: str) -> float:
    return visit.filled.get(name, 0) / visit.articles


def _unrest(base: Sequence[Seen], name: str, before: float) -> float:
    """What differs between visits beyond chance: some days bring more unsigned notices than others."""
    told = [visit for visit in base if visit.articles >= 3]
    _, spread = middle([_rate(visit, name) for visit in told])
    chance = before * (1 - before) * sum(1 / visit.articles for visit in told) / max(len(told), 1)
    return math.sqrt(max(spread**2 - chance, 0.0))


def at_most(k: int, n: int, p: float) -> float:
    """The chance of at most k of n, each with chance p."""
    if p >= 1:
        return float(k >= n)
    return math.fsum(_exactly(i, n, p) for i in range(k + 1))


def _exactly(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))


def _bodies(now: Seen, past: Sequence[Seen]) -> Iterator[Finding]:
    """Lengths of this visit's bodies, alone or with the few before it, by their logarithms."""
    usual = [visit for visit in norm(past, Sign.BODY) if visit.articles and visit.chars > 0]
    if not now.articles:
        return
    for length in range(min(TAIL, len(usual)) + 1):
        tail, base = (now, *usual[:length]), usual[length:]
        if len(base) < VISITS or sum(visit.articles for visit in base) < SAMPLE:
            return
        centre, _ = middle([_log(visit) for visit in base])
        _, single = middle([(_log(visit) - centre) * math.sqrt(visit.articles) for visit in base])
        n = sum(visit.articles for visit in tail)
        off = sum((_log(visit) - centre) * visit.articles for visit in tail) / n
        same_way = all((_log(visit) - centre) * off > 0 for visit in tail)
        if same_way and abs(off) > SIGMAS * max(single, BODY_SPREAD) / math.sqrt(n) and abs(off) > LEAST_OFF:
            before, told = math.exp(centre), math.exp(centre + off)
            line = f"the last {n} articles read have {told:.0f} characters, usually {before:.0f}"
            then = {"characters": round(before), "visits": len(base)}
            yield Finding(Sign.BODY, line, (), then, {"characters": round(told), "articles": n})
            return


def _log(visit: Seen) -> float:
    return math.log(max(visit.chars, 1.0))


def _outcomes(now: Seen, past: Sequence[Seen]) -> Iterator[Finding]:
    """Shares of the article URLs asked that came to each unwelcome outcome."""
    usual = [visit for visit in norm(past, Sign.OUTCOME) if visit.pages]
    total = sum(visit.pages for visit in usual)
    if len(usual) < VISITS or total < SAMPLE or now.pages < VISITS:
        return
    for (outcome, reason), count in now.outcomes.items():
        if outcome in EXPECTED_OUTCOMES:
            continue
        had = [visit.outcomes.get((outcome, reason), 0) / visit.pages for visit in usual if visit.pages >= 3]
        _, spread = middle(had)
        before = (sum(visit.outcomes.get((outcome, reason), 0) for visit in usual) + 0.5) / (total + 1)
        ceiling = min(before + 2 * spread, 0.99)
        share = count / now.pages
        if share - before >= DROP and at_most(now.pages - count, now.pages, 1 - ceiling) < CHANCE:
            what = f"{outcome.replace('_', ' ')}{f': {reason}' if reason else ''}"
            line = f"{count} of {now.pages} articles asked came to {what}, usually {before:.0%}"
            example = now.examples.get((outcome, reason), "")
            then = {"share": round(before, 3), "asked": total}
            yield Finding(
                Sign.OUTCOME, line, (example,), then, {"share": round(share, 3), "asked": now.pages}
            )
