"""Compose and send the night's message, when there is news."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.alerts.notify import NotifyAddresses, NotifyError, notify_target
from crawler.health.findings import Failure, Sign, advice
from crawler.health.overview import Overview, SiteState
from storage.runs.status_reviews import NightNotice

REMINDER_INTERVAL = timedelta(days=7)  # between reports of lasting trouble
MAX_SITES_IN_DETAIL = 12  # further sites are only named
MAX_LINES_PER_SITE = 3  # problems of one site
NIGHT_KEY = "night"  # stands for the night itself among the site keys


@dataclass(frozen=True, slots=True)
class NightMessage:
    """Title and text of a message, and the trouble that counts as reported once it arrives."""

    title: str
    body: str
    reported_trouble: Mapping[str, tuple[str, ...]]  # site → what it is in trouble for


def night_message(
    overview: Overview, errors: Sequence[str], last: NightNotice | None, now: datetime
) -> NightMessage | None:
    """Compose the message of a night; None when there is nothing new (pure).

    New trouble is reported, and once each recovery; lasting trouble is repeated after a week. A message that
    was not delivered does not count as reported.
    """
    before = {site: set(kinds) for site, kinds in (last.troubles if last else {}).items()}
    in_trouble = {site.key: site.trouble_kinds for site in overview.sites if site.in_trouble}
    if errors:
        in_trouble[NIGHT_KEY] = ("could_not_begin",)
    visited = {site.key for site in overview.sites} | {NIGHT_KEY}
    newly_in_trouble = [site for site, kinds in in_trouble.items() if set(kinds) - before.get(site, set())]
    recovered = sorted(site for site in before if site in visited and site not in in_trouble)
    due = last is not None and now - last.at >= REMINDER_INTERVAL and bool(in_trouble)
    if not (newly_in_trouble or recovered or due):
        return None
    lasting = {site: tuple(sorted(kinds)) for site, kinds in before.items() if site not in visited}
    body = "\n".join(_lines(overview, errors, newly_in_trouble if not due else list(in_trouble), recovered))
    return NightMessage(
        _title(overview, in_trouble, newly_in_trouble, recovered), body, {**lasting, **in_trouble}
    )


def _title(
    overview: Overview,
    in_trouble: Mapping[str, tuple[str, ...]],
    newly_in_trouble: Sequence[str],
    recovered: Sequence[str],
) -> str:
    parts = [f"{len(newly_in_trouble)} newly in trouble"] if newly_in_trouble else []
    parts += [f"{len(recovered)} recovered"] if recovered else []
    lasting = len(in_trouble) - len(newly_in_trouble)
    parts += [f"{lasting} still in trouble"] if lasting else []
    return f"congdoan, night {overview.night}: {', '.join(parts)}"


def _lines(
    overview: Overview, errors: Sequence[str], reported: Sequence[str], recovered: Sequence[str]
) -> Iterator[str]:
    states = {site.key: site for site in overview.sites}
    yield from (f"could not begin: {line}" for line in errors)
    shown = [key for key in reported if key in states]
    for key in shown[:MAX_SITES_IN_DETAIL]:
        yield from _site_lines(states[key])
    if more := shown[MAX_SITES_IN_DETAIL:]:
        yield f"and {len(more)} more: {', '.join(more)}"
    if recovered:
        yield f"recovered: {', '.join(recovered)}"
    lasting = sorted(site.key for site in overview.sites if site.in_trouble and site.key not in reported)
    if lasting:
        yield f"still in trouble: {', '.join(lasting)}"
    for proposal in overview.proposals:
        change = f"{proposal.was} → {proposal.becomes}"
        yield f"to decide: {proposal.site}: {change} (congdoan site judge {proposal.site})"
    yield "congdoan report tells more"


def _site_lines(state: SiteState) -> Iterator[str]:
    yield f"{state.key}: {', '.join(state.trouble_kinds).replace('_', ' ')}"
    yield from (f"  {line}" for line in state.problems[:MAX_LINES_PER_SITE])
    if len(state.problems) > MAX_LINES_PER_SITE:
        yield f"  … {len(state.problems) - MAX_LINES_PER_SITE} more"
    for sign in state.trouble_kinds[:1]:
        if sign in set(Failure) | set(Sign):
            yield f"  → {advice(Failure(sign) if sign in set(Failure) else Sign(sign))}"


def send_message(addresses: NotifyAddresses, targets: Sequence[str], message: NightMessage) -> str:
    """Send to every target; return the failures, without addresses, or an empty string."""
    failed = []
    with _apprise_log_disabled():
        for target in targets:
            try:
                notify_target(addresses, target, message.title, message.body)
            except NotifyError as error:
                failed.append(str(error))
    return "; ".join(failed)


@contextmanager
def _apprise_log_disabled() -> Iterator[None]:
    """Disable Apprise's log, which names hosts and users."""
    logger = logging.getLogger("apprise")
    was = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = was
