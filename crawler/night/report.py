"""RunReport: the numbers of one run, whether they add up, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

from sqlalchemy import Connection

from crawler.health.assess import AssessedVisit, assess_visit
from crawler.health.drift import chance_of_at_most
from crawler.site_run import SiteRun
from spiders.profile.site_profile import Expect
from spiders.urls.classify import url_rules
from storage.articles import files
from storage.articles import queries as catalogue
from storage.articles.files import FileTally
from storage.articles.queries import FilledFields
from storage.records import Outcome, Reason, UrlKind
from storage.runs import completeness, runs
from storage.runs import health_queries as health_rows
from storage.runs.completeness import CompletenessProof
from storage.runs.runs import OutcomeCount

MAX_CHANCE = 0.01  # chance of so few, or fewer, with a field on a site that is as its profile expects
MIN_ARTICLES_FOR_RATES = 10  # articles read before fill rates are held against the profile's expectations
OPERATOR_ENDINGS = {"deadline", "night_budget", "site_budget", "quiet_hours"}  # endings the operator has set
REPEATED_ENDINGS = 2  # runs before this one that ended so, too: then it is told
UNREAD_REASONS = {"poison", "unreadable", "read_timeout"}


@dataclass(frozen=True, slots=True)
class FillRates:
    """Shares (0–1) of the articles read in this run that had a field; `chars` is the median body."""

    articles: int
    copies: int  # of them: their text stood elsewhere before, word for word or changed a little
    dated: float
    authored: float
    leads: float
    sections: float
    chars: float

    @classmethod
    def of(cls, read: Sequence[FilledFields]) -> FillRates:
        """The shares of the articles that a run brought in."""
        n = len(read) or 1
        return cls(
            articles=len(read),
            copies=sum(page.copied for page in read),
            dated=sum(page.dated for page in read) / n,
            authored=sum(page.authored for page in read) / n,
            leads=sum(page.lead for page in read) / n,
            sections=sum(page.sectioned for page in read) / n,
            chars=float(median([page.chars for page in read])) if read else 0.0,
        )


@dataclass(frozen=True, slots=True)
class RunReport:
    """The numbers of one run, and its problems."""

    site: str
    run: int
    night: str
    ending: str
    detail: str
    attempts: int
    dialled: bool
    seconds: float
    found: int  # URLs that became known
    offsite: int  # links to other sites, counted only
    article_links: int  # links to articles on the listings, feeds and sitemaps read
    tallies: tuple[OutcomeCount, ...]
    files: tuple[FileTally, ...]  # attachments and images this run asked for, by how far they were had
    states: Mapping[str, int]  # of all the site's rows, after the run
    answered: Mapping[int, int]  # exchanges in the WARCs, by status
    fills: FillRates
    proof: CompletenessProof  # what became of every link that discovery saw
    browser: Mapping[str, int]  # pages rendered, requests of their scripts, what was refused them and why
    problems: tuple[str, ...]
    roots: Mapping[str, int]  # the profile's own addresses that were read → their links to articles
    health: Mapping[str, Any]  # held against the site's past: crawler.health.assess.HealthAssessment.as_dict

    @property
    def healthy(self) -> bool:
        """Whether nothing needs a person."""
        return not self.problems

    @property
    def counts(self) -> dict[str, int]:
        """URLs of this run by outcome."""
        summed: dict[str, int] = {}
        for tally in self.tallies:
            summed[tally.outcome.value] = summed.get(tally.outcome.value, 0) + tally.count
        return summed

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "proof": self.proof.as_json(), "healthy": self.healthy, "counts": self.counts}


def build_report(connection: Connection, visit: SiteRun, ending: str) -> RunReport:
    """The report of a run that is about to be closed."""
    tallies = runs.count_outcomes(connection, visit.run.id)
    states = runs.count_url_states(connection, visit.profile.key)
    answered = runs.count_responses(connection, visit.run.id)
    fills = FillRates.of(list(catalogue.filled_fields(connection, visit.run.id)))
    links = runs.count_article_links(connection, visit.run.id)
    proven = completeness.prove_completeness(connection, visit.profile.key, visit.run.id)
    before = [
        run.ending or ""
        for run in runs.finished_runs_before(connection, visit.profile.key, visit.run.id, REPEATED_ENDINGS)
    ]
    answers = sum(answered.values())
    facts = RunFacts(visit, ending, tallies, states, answers, fills, links, proven, tuple(before))
    report = RunReport(
        site=visit.profile.key,
        run=visit.run.id,
        night=visit.run.night,
        ending=ending,
        detail=visit.ending_detail,
        attempts=visit.run.attempts,
        dialled=visit.run.dialled,
        seconds=round(visit.progress_numbers()["seconds"], 1),
        found=runs.count_discovered_urls(connection, visit.run.id),
        offsite=visit.offsite,
        article_links=links,
        tallies=tallies,
        files=files.tallies(connection, visit.profile.key, visit.run.id),
        states=states,
        answered=answered,
        fills=fills,
        proof=proven,
        browser=dict(sorted(visit.browser.items())),
        problems=tuple(problems(facts)),
        roots=health_rows.root_links(connection, visit.run.id),
        health={},
    )
    return _examined(connection, visit, report)


def _examined(connection: Connection, visit: SiteRun, report: RunReport) -> RunReport:
    """The report with what the site's past says of it."""
    case = AssessedVisit(visit.profile, visit.run, report.as_dict(), visit.config.warcs)
    health = assess_visit(connection, case)
    return replace(report, problems=(*report.problems, *health.lines), health=health.as_dict())


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The facts that problems are derived from."""

    visit: SiteRun
    ending: str
    tallies: tuple[OutcomeCount, ...]
    states: Mapping[str, int]
    captures: int
    fills: FillRates
    article_links: int
    proof: CompletenessProof = completeness.EMPTY_PROOF
    before: tuple[str, ...] = ()  # how the runs before ended, the newest first

    def count(self, *outcomes: Outcome, kinds: frozenset[UrlKind] = frozenset(UrlKind)) -> int:
        """URLs of this run with one of the outcomes, of the given kinds."""
        return sum(t.count for t in self.tallies if t.outcome in outcomes and t.kind in kinds)


def problems(facts: RunFacts) -> Iterator[str]:
    """Everything a person should look at, one line each (pure)."""
    yield from _early_ending(facts)
    yield from (f"our own error: {line}" for line in facts.visit.errors[:5])
    yield from _discovery_problems(facts)
    yield from _failure_problems(facts)
    yield from _slow_patterns(facts)
    yield from _fill_rates(facts.fills, facts.visit.profile.expect)
    yield from balance(facts)


def _early_ending(facts: RunFacts) -> Iterator[str]:
    """A night may end before all is asked, as its operator wished; not the same site night after night."""
    if facts.ending == runs.FRONTIER_EMPTY:
        return
    again = facts.before[:REPEATED_ENDINGS]
    wished = facts.ending in OPERATOR_ENDINGS
    if wished and not (len(again) == REPEATED_ENDINGS and set(again) <= OPERATOR_ENDINGS):
        return
    often = f", as the {REPEATED_ENDINGS} runs before" if wished else ""
    yield f"ended early: {facts.ending} ({facts.visit.ending_detail or 'no detail'}){often}"


def _discovery_problems(facts: RunFacts) -> Iterator[str]:
    roots = frozenset({UrlKind.SEED, UrlKind.FEED, UrlKind.SITEMAP})
    discovery = roots | {UrlKind.LISTING}
    for tally in facts.tallies:
        if (
            tally.named
            and tally.kind in roots
            and tally.outcome in {Outcome.FAILED, Outcome.GONE, Outcome.REFUSED}
        ):
            why = f"{tally.reason} {tally.detail or ''}".strip()
            yield f"{tally.kind.value} {tally.example}: {why}; check the profile's addresses"
    read = facts.count(Outcome.DISCOVERED, Outcome.SAME, kinds=discovery)  # same: a feed that stood still
    if not read and facts.ending in OPERATOR_ENDINGS:  # its turn came too late
        return
    if not read:
        yield "no seed, feed, sitemap or listing could be read"
    elif not facts.article_links:
        yield f"{read} discovery pages were read and none linked to an article: has the layout changed?"


def _failure_problems(facts: RunFacts) -> Iterator[str]:
    visited = facts.count(*(set(Outcome) - {Outcome.REFUSED}))
    failed = facts.count(Outcome.FAILED)
    max_failed = facts.visit.profile.expect.failed
    if visited and failed / visited > max_failed:
        worst = max((t for t in facts.tallies if t.outcome is Outcome.FAILED), key=lambda t: t.count)
        yield (
            f"{failed} of {visited} URLs failed (at most {max_failed:.0%} expected), "
            f"mostly {worst.reason}, e.g. {worst.example}"
        )
    for tally in facts.tallies:
        if tally.reason in UNREAD_REASONS:
            example = f"{tally.example}: {tally.detail}"
            yield f"{tally.count} pages could not be read ({tally.reason}), e.g. {example}"


def _slow_patterns(facts: RunFacts) -> Iterator[str]:
    """Addresses of this run that a pattern of the profile took too long on, with the pattern."""
    rules = url_rules(facts.visit.profile)
    for tally in facts.tallies:
        if tally.reason == Reason.PATTERN_TIMEOUT:
            error = rules.slow_pattern(tally.example) or "no pattern takes too long on it now"
            yield f"{tally.count} addresses refused as pattern_timeout, e.g. {tally.example}: {error}"


def _fill_rates(fills: FillRates, expect: Expect) -> Iterator[str]:
    if fills.articles < MIN_ARTICLES_FOR_RATES:
        return
    expected = {"dated": expect.dated, "authored": expect.authored, "leads": expect.leads}
    for name, share in expected.items():
        actual = getattr(fills, name)
        if share is not None and actual < share and _too_few(actual, fills.articles, share):
            yield f"only {actual:.1%} of {fills.articles} articles are {name} ({share:.1%} expected)"
    if fills.chars < expect.body_chars:
        yield f"the median body has {fills.chars:.0f} characters ({expect.body_chars} expected)"


def _too_few(actual: float, articles: int, share: float) -> bool:
    """Whether so few with a field are more than chance: nine of ten are none where 95 % are expected."""
    return chance_of_at_most(round(actual * articles), articles, share) < MAX_CHANCE


def balance(facts: RunFacts) -> Iterator[str]:
    """Whether the run's numbers agree: rows settled, visits counted, exchanges recorded."""
    open_rows = facts.states.get("pending", 0) + facts.states.get("leased", 0)
    if open_rows > facts.proof.backlog and facts.ending == runs.FRONTIER_EMPTY:
        yield f"does not add up: finished, yet {open_rows - facts.proof.backlog} URLs are still waiting"
    if facts.proof.unexplained:
        yield f"does not add up: {facts.proof.unexplained} links of discovery pages are not accounted for"
    if facts.proof.lost:
        yield f"does not add up: {facts.proof.lost} articles found are neither settled nor waiting"
    visited = facts.count(*(set(Outcome) - {Outcome.REFUSED}))
    if facts.visit.run.attempts == 1 and visited > facts.visit.settled_count:
        yield f"does not add up: {visited} rows settled, {facts.visit.settled_count} visits counted"
    lost = facts.count(Outcome.FAILED)
    if facts.captures < visited - lost:
        yield f"does not add up: {visited - lost} answers settled, {facts.captures} exchanges recorded"
