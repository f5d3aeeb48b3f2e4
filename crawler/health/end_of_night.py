"""Closing: what is done once a night has ended - the page, the badges, the metrics, the message."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy import Engine

from crawler.alerts.notify import Addresses
from crawler.config import Config
from crawler.health.html_report import write_badges, write_page
from crawler.health.message import Message, message, send
from crawler.health.metrics import write_metrics
from crawler.health.overview import Overview, overview
from storage.database.engine import reading
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.runs import Run
from storage.runs.status_reviews import NightNotice

log = logging.getLogger("congdoan")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Rim:
    """What closing a night asks of the world outside."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    send: Callable[[Addresses, Sequence[str], Message], str] = send
    now: Callable[[], datetime] = _now


def close_night(
    engine: Engine, config: Config, ended: Sequence[Run], errors: Sequence[str], rim: Rim | None = None
) -> Overview:
    """Tell of a night wherever the configuration says; what cannot be told is logged, and fails nothing."""
    rim = rim or Rim()
    with reading(engine) as connection:
        seen = overview(connection, ended)
    failed = _tell(engine, config, seen, errors, rim)
    seen = replace(seen, undelivered=failed)
    try:
        _write(engine, config, seen)
    except OSError as error:
        log.warning("%s: cannot be written (%s)", error.filename or "the report", error.strerror or error)
    return seen


def _write(engine: Engine, config: Config, seen: Overview) -> None:
    """Page, badges and metrics tell every site, also those not visited tonight."""
    if not (config.report_page or config.badges or config.metrics):
        return
    with reading(engine) as connection:
        whole = replace(
            overview(connection, runs.newest_run_of_each_site(connection)), undelivered=seen.undelivered
        )
    if config.report_page:
        write_page(whole, config.report_page)
    if config.badges:
        write_badges(whole, config.badges)
    if config.metrics:
        write_metrics(whole, config.metrics)


def _tell(engine: Engine, config: Config, seen: Overview, errors: Sequence[str], rim: Rim) -> str:
    """Send the night's message, if there is one; why it did not arrive, or an empty string."""
    targets = config.tell.replace(",", " ").split()
    if not targets:
        return ""
    now = rim.now()
    with reading(engine) as connection:
        last = judgements.last_notice(connection)
    made = message(seen, errors, last, now)
    if made is None:
        return ""
    failed = rim.send(Addresses(rim.environ, config.notify_file), targets, made)
    if failed:
        log.warning("the night's message did not arrive: %s", failed)
    with engine.begin() as connection:
        notice = NightNotice(seen.night, now, not failed, failed, made.told)
        judgements.save_notice(connection, notice)
    return failed
