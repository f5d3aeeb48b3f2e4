"""Detect drift: numbers of a visit that differ from the site's own baseline beyond chance (pure)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from crawler.health.baseline import FILL_FIELDS, VisitNumbers, baseline_visits, median_and_spread
from crawler.health.findings import HealthFinding, Sign
from crawler.health.publication_rate import PublicationRate, rate_drop

MIN_BASELINE_VISITS = 5  # complete visits
MIN_BASELINE_ARTICLES = 20  # for fill rates
MAX_DRIFT_CHANCE = 5e-5  # probability of the difference on an unchanged site
MIN_SHARE_DRIFT = 0.25  # and the share differs by at least this
MIN_LINK_SPREAD_SHARE = 0.1  # of the usual links vary anyway
MIN_USUAL_LINKS = 4  # below it, a root address is not judged
MAX_LINKS_SHARE = 0.5
MIN_DRIFT_DEVIATIONS = 5.0
MIN_BODY_LOG_SPREAD = 0.5  # of the logarithm of one article's length
MIN_BODY_LOG_DRIFT = 0.69  # half as long, or twice
MAX_TAIL_VISITS = 5  # earlier visits judged together with this one
EXPECTED_OUTCOMES = {"new", "same", "copy", "revised", "moved"}


def drift_findings(
    now: VisitNumbers,
    past: Sequence[VisitNumbers],
    rate: PublicationRate,
    counts: Mapping[date, int],
    today: date,
) -> Iterator[HealthFinding]:
    """Yield a finding for each unusual number of a complete visit; `past` is newest first."""
    yield from _root_link_findings(now, past)
    yield from _fill_rate_findings(now, past)
    yield from _body_length_findings(now, past)
    yield from _outcome_share_findings(now, past)
    yield from _publication_rate_findings(rate, counts, today)


def _publication_rate_findings(
    rate: PublicationRate, counts: Mapping[date, int], today: date
) -> Iterator[HealthFinding]:
    if rate.is_silent:
        then = {
            "articles a week": round(rate.per_week, 1),
            "longest silence (working days)": rate.longest_silence,
        }
        now = {"silent working days": rate.silent_days, "since": str(rate.last_day)}
        yield HealthFinding(Sign.SILENT, f"no new article: {rate.summary()}", then=then, now=now)
    elif fallen := rate_drop(counts, today):
        line = f"{fallen.now} articles in the last fortnight, usually {fallen.usual:.0f}"
        then = {"articles a fortnight": fallen.usual, "fortnights": fallen.fortnights}
        yield HealthFinding(Sign.FEWER, line, then=then, now={"articles a fortnight": fallen.now})


def _root_link_findings(now: VisitNumbers, past: Sequence[VisitNumbers]) -> Iterator[HealthFinding]:
    """Compare the article links of each root address with the usual count."""
    usual = baseline_visits(past, Sign.ROOT)
    for url, links in now.roots.items():
        usual_links = [visit.roots[url] for visit in usual if url in visit.roots]
        centre, spread = median_and_spread(usual_links)
        shortfall = centre - links
        if (
            len(usual_links) < MIN_BASELINE_VISITS
            or centre < MIN_USUAL_LINKS
            or links > MAX_LINKS_SHARE * centre
        ):
            continue
        if shortfall >= MIN_DRIFT_DEVIATIONS * max(spread, MIN_LINK_SPREAD_SHARE * centre, 0.5):
            line = f"{url} shows {links} articles, usually {centre:.0f}"
            yield HealthFinding(
                Sign.ROOT, line, (url,), {"links": centre, "visits": len(usual_links)}, {"links": links}
            )


def _fill_rate_findings(now: VisitNumbers, past: Sequence[VisitNumbers]) -> Iterator[HealthFinding]:
    """Compare fill rates of this visit, alone or with up to five before it, with the visits before these."""
    usual = [visit for visit in baseline_visits(past, Sign.FIELD) if visit.articles_read]
    if not now.articles_read:
        return
    for name in FILL_FIELDS:
        for length in range(min(MAX_TAIL_VISITS, len(usual)) + 1):
            tail, base = (now, *usual[:length]), usual[length:]
            total = sum(visit.articles_read for visit in base)
            if total >= MIN_BASELINE_ARTICLES and (share := _dropped_share(tail, base, name)) is not None:
                n = sum(visit.articles_read for visit in tail)
                before = sum(visit.filled.get(name, 0) for visit in base) / total
                line = (
                    f"{share:.0%} of the last {n} articles read are {name}, usually {before:.0%} (of {total})"
                )
                now_numbers = {"field": name, "share": round(share, 3), "articles": n}
                yield HealthFinding(
                    Sign.FIELD, line, (), {"share": round(before, 3), "articles": total}, now_numbers
                )
                break


def _dropped_share(tail: Sequence[VisitNumbers], base: Sequence[VisitNumbers], name: str) -> float | None:
    """Return the share of the tail's articles with a field, when each visit is far below the base."""
    n, k = sum(visit.articles_read for visit in tail), sum(visit.filled.get(name, 0) for visit in tail)
    total, filled = (
        sum(visit.articles_read for visit in base),
        sum(visit.filled.get(name, 0) for visit in base),
    )
    before = (filled + 0.5) / (total + 1)
    if any(before - _fill_rate(visit, name) < MIN_SHARE_DRIFT for visit in tail):
        return None
    floor = max(before - 2 * _spread_beyond_chance(base, name, before), 0.01)
    return k / n if chance_of_at_most(k, n, floor) < MAX_DRIFT_CHANCE else None


def _fill_rate(visit: VisitNumbers, name: str) -> float:
    return visit.filled.get(name, 0) / visit.articles_read


def _spread_beyond_chance(base: Sequence[VisitNumbers], name: str, before: float) -> float:
    """Return the spread of fill rates between visits beyond chance: some days have more unsigned notices."""
    larger_visits = [visit for visit in base if visit.articles_read >= 3]
    _, spread = median_and_spread([_fill_rate(visit, name) for visit in larger_visits])
    chance = (
        before
        * (1 - before)
        * sum(1 / visit.articles_read for visit in larger_visits)
        / max(len(larger_visits), 1)
    )
    return math.sqrt(max(spread**2 - chance, 0.0))


def chance_of_at_most(k: int, n: int, p: float) -> float:
    """Return the binomial probability of at most k of n, each with chance p."""
    if p >= 1:
        return float(k >= n)
    return math.fsum(_chance_of_exactly(i, n, p) for i in range(k + 1))


def _chance_of_exactly(k: int, n: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))


def _body_length_findings(now: VisitNumbers, past: Sequence[VisitNumbers]) -> Iterator[HealthFinding]:
    """Compare the logarithm of body lengths of this visit, alone or with up to five before it."""
    usual = [
        visit for visit in baseline_visits(past, Sign.BODY) if visit.articles_read and visit.median_chars > 0
    ]
    if not now.articles_read:
        return
    for length in range(min(MAX_TAIL_VISITS, len(usual)) + 1):
        tail, base = (now, *usual[:length]), usual[length:]
        if (
            len(base) < MIN_BASELINE_VISITS
            or sum(visit.articles_read for visit in base) < MIN_BASELINE_ARTICLES
        ):
            return
        centre, _ = median_and_spread([_log_body_length(visit) for visit in base])
        _, single = median_and_spread(
            [(_log_body_length(visit) - centre) * math.sqrt(visit.articles_read) for visit in base]
        )
        n = sum(visit.articles_read for visit in tail)
        off = sum((_log_body_length(visit) - centre) * visit.articles_read for visit in tail) / n
        same_way = all((_log_body_length(visit) - centre) * off > 0 for visit in tail)
        if (
            same_way
            and abs(off) > MIN_DRIFT_DEVIATIONS * max(single, MIN_BODY_LOG_SPREAD) / math.sqrt(n)
            and abs(off) > MIN_BODY_LOG_DRIFT
        ):
            before, after = math.exp(centre), math.exp(centre + off)
            line = f"the last {n} articles read have {after:.0f} characters, usually {before:.0f}"
            then = {"characters": round(before), "visits": len(base)}
            yield HealthFinding(Sign.BODY, line, (), then, {"characters": round(after), "articles": n})
            return


def _log_body_length(visit: VisitNumbers) -> float:
    return math.log(max(visit.median_chars, 1.0))


def _outcome_share_findings(now: VisitNumbers, past: Sequence[VisitNumbers]) -> Iterator[HealthFinding]:
    """Compare the share of article URLs with each unwelcome outcome."""
    usual = [visit for visit in baseline_visits(past, Sign.OUTCOME) if visit.article_urls]
    total = sum(visit.article_urls for visit in usual)
    if (
        len(usual) < MIN_BASELINE_VISITS
        or total < MIN_BASELINE_ARTICLES
        or now.article_urls < MIN_BASELINE_VISITS
    ):
        return
    for (outcome, reason), count in now.outcomes.items():
        if outcome in EXPECTED_OUTCOMES:
            continue
        shares = [
            visit.outcomes.get((outcome, reason), 0) / visit.article_urls
            for visit in usual
            if visit.article_urls >= 3
        ]
        _, spread = median_and_spread(shares)
        before = (sum(visit.outcomes.get((outcome, reason), 0) for visit in usual) + 0.5) / (total + 1)
        ceiling = min(before + 2 * spread, 0.99)
        share = count / now.article_urls
        if (
            share - before >= MIN_SHARE_DRIFT
            and chance_of_at_most(now.article_urls - count, now.article_urls, 1 - ceiling) < MAX_DRIFT_CHANCE
        ):
            outcome_name = f"{outcome.replace('_', ' ')}{f': {reason}' if reason else ''}"
            line = f"{count} of {now.article_urls} article URLs ended as {outcome_name}, usually {before:.0%}"
            example = now.examples.get((outcome, reason), "")
            then = {"share": round(before, 3), "asked": total}
            yield HealthFinding(
                Sign.OUTCOME, line, (example,), then, {"share": round(share, 3), "asked": now.article_urls}
            )
