from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, update

from storage.database.schema import site_leases
from storage.frontier import leases
from storage.runs import runs

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
WANTED = runs.Run(0, "huyen", "n1", NOW, NOW, None, 1, False, None, None, None)


def test_a_site_is_visited_by_one_process_at_a_time(archive: Engine) -> None:
    with archive.begin() as connection:
        connection.execute(
            insert(site_leases).values(site="huyen", owner="elsewhere:1:2", until=NOW + timedelta(minutes=1))
        )
        with pytest.raises(leases.SiteBusyError, match="elsewhere:1:2 is visiting it"):
            leases.acquire(connection, "huyen", NOW)
        leases.acquire(connection, "huyen", NOW + timedelta(minutes=2))  # it lapsed
        leases.acquire(connection, "huyen", NOW + timedelta(minutes=3))  # renewing is no conflict
        leases.release(connection, "huyen")


def test_the_lease_of_a_dead_process_on_this_machine_is_taken_at_once(archive: Engine) -> None:
    host, _, _ = leases.lease_owner().rsplit(":", 2)
    with archive.begin() as connection:
        leases.acquire(connection, "huyen", NOW)
        dead = update(site_leases).values(owner=f"{host}:4194304:1")
        connection.execute(dead)
        leases.acquire(connection, "huyen", NOW)


def test_an_unfinished_run_is_resumed_and_a_finished_one_is_not(archive: Engine) -> None:
    with archive.begin() as connection:
        first = runs.begin_run(connection, WANTED)
        again = runs.begin_run(connection, WANTED)
        assert (again.id, again.attempts, again.as_of) == (first.id, 2, NOW)
        runs.finish_run(
            connection, first.id, runs.RunEnding(NOW, "finished", True, {"new": 1}, {"counts": {"new": 1}})
        )
        second = runs.begin_run(connection, WANTED)
        assert second.id != first.id
        assert runs.last_visits(connection) == {"huyen": (NOW, False)}
        assert [run.id for run in runs.finished_runs_before(connection, "huyen", second.id)] == [first.id]
        assert runs.last_night(connection) == "n1"
