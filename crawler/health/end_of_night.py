"""Finish a night: send its message, write the report page, badges and metrics."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from crawler.alerts.notify import NotifyAddresses
from crawler.config import Config
from crawler.health.html_report import write_badges, write_report_page
from crawler.health.message import NightMessage, night_message, send_message
from crawler.health.metrics import write_metrics
from crawler.health.overview import Overview, build_overview
from storage.database.engine import reading
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import NightNotice

log = logging.getLogger("congdoan")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ExternalCalls:
    """Environment, message service and clock, replaceable in tests."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    send_message: Callable[[NotifyAddresses, Sequence[str], NightMessage], str] = send_message
    now: Callable[[], datetime] = _utc_now


def close_night(
    engine: Engine,
    config: Config,
    ended: Sequence[Run],
    errors: Sequence[str],
    external_calls: ExternalCalls | None = None,
) -> Overview:
    """Send and write everything the configuration names; log what fails, raise nothing for it."""
    external_calls = external_calls or ExternalCalls()
    with reading(engine) as connection:
        night_overview = build_overview(connection, ended)
    failed = _send_night_message(engine, config, night_overview, errors, external_calls)
    night_overview = replace(night_overview, undelivered=failed)
    try:
        _write_reports(engine, config, night_overview)
    except OSError as error:
        log.warning("%s: cannot be written (%s)", error.filename or "the report", error.strerror or error)
    return night_overview


def _write_reports(engine: Engine, config: Config, night_overview: Overview) -> None:
    """Write report page, badges and metrics of every site, also of those not visited tonight."""
    if not (config.report_page or config.badges or config.metrics):
        return
    with reading(engine) as connection:
        all_sites = replace(
            build_overview(connection, runs.newest_run_of_each_site(connection)),
            undelivered=night_overview.undelivered,
        )
    if config.report_page:
        write_report_page(all_sites, config.report_page)
    if config.badges:
        write_badges(all_sites, config.badges)
    if config.metrics:
        write_metrics(all_sites, config.metrics)


def _send_night_message(
    engine: Engine,
    config: Config,
    night_overview: Overview,
    errors: Sequence[str],
    external_calls: ExternalCalls,
) -> str:
    """Send the night's message, if there is news; return why it did not arrive, else an empty string."""
    targets = config.tell.replace(",", " ").split()
    if not targets:
        return ""
    now = external_calls.now()
    with reading(engine) as connection:
        last = judgements.last_notice(connection)
    message = night_message(night_overview, errors, last, now)
    if message is None:
        return ""
    failed = external_calls.send_message(
        NotifyAddresses(external_calls.environ, config.notify_file), targets, message
    )
    if failed:
        log.warning("the night's message did not arrive: %s", failed)
    with engine.begin() as connection:
        notice = NightNotice(night_overview.night, now, not failed, failed, message.reported_trouble)
        judgements.save_notice(connection, notice)
    return failed
