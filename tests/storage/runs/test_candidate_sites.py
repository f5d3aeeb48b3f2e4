from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from storage.runs.candidate_sites import (
    CandidateDecision,
    CandidateSighting,
    decide_candidate,
    read_candidates,
    record_sightings,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SEEN = CandidateSighting(
    "congdoanmoi.example", "https://congdoanmoi.example/", "Công đoàn", "https://a.example/", "host"
)


def test_candidates_are_counted_kept_and_judged_once(archive: Engine) -> None:
    with archive.begin() as connection:
        record_sightings(connection, "a", [SEEN], NOW)
        record_sightings(connection, "b", [SEEN], NOW + timedelta(days=1))
        (found,) = read_candidates(connection)
        assert (found.sightings, found.site, found.first_seen) == (2, "a", NOW)
        assert decide_candidate(connection, SEEN.host, CandidateDecision.REJECTED)
        assert read_candidates(connection) == ()
        assert [each.decision for each in read_candidates(connection, decided=True)] == [
            CandidateDecision.REJECTED
        ]
        assert not decide_candidate(connection, "nowhere.example", CandidateDecision.ACCEPTED)
