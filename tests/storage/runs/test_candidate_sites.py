from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from storage.runs.candidate_sites import Decision, Evidence, decide, note, undecided

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SEEN = Evidence(
    "congdoanmoi.example", "https://congdoanmoi.example/", "Công đoàn", "https://a.example/", "host"
)


def test_candidates_are_counted_kept_and_judged_once(archive: Engine) -> None:
    with archive.begin() as connection:
        note(connection, "a", [SEEN], NOW)
        note(connection, "b", [SEEN], NOW + timedelta(days=1))
        (found,) = undecided(connection)
        assert (found.sightings, found.site, found.first_seen) == (2, "a", NOW)
        assert decide(connection, SEEN.host, Decision.REJECTED)
        assert undecided(connection) == ()
        assert [each.decision for each in undecided(connection, decided=True)] == [Decision.REJECTED]
        assert not decide(connection, "nowhere.example", Decision.ACCEPTED)
