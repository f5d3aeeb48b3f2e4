from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from storage.frontier.queue import Frontier
from storage.frontier.revisit_budget import RevisitBudget
from storage.frontier.soft_404 import reset_soft_404s
from storage.records import DiscoveredUrl, Outcome, Reason, UrlKind, UrlState
from storage.runs.runs import count_outcomes
from tests.storage.frontier.frontiers import (
    HOME,
    LISTING,
    NOW,
    SITEMAP,
    article,
    ends,
    frontier,
    listing,
    row,
    settle_all,
)


def test_each_url_is_kept_once_with_the_first_sighting(archive: Engine) -> None:
    with archive.begin() as connection:
        first = frontier().add(connection, [article(1, title_hint="Một"), article(1), article(2)], NOW)
        again = frontier().add(connection, [article(1, title_hint="Khác")], NOW)
        assert (first.new, first.existing) == (2, 0)
        assert (again.new, again.existing) == (0, 1)
        assert row(connection, article(1).url).title_hint == "Một"


def test_a_missing_date_hint_is_filled_and_a_given_one_kept(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1), article(2, date_hint="01/02/2022", hint_source="feed")], NOW)
        listed = {"date_hint": "03/03/2023", "hint_source": "listing"}
        frontier().add(connection, [article(1, **listed), article(2, **listed)], NOW)
        assert row(connection, article(1).url).date_hint == "03/03/2023"
        assert row(connection, article(2).url).date_hint == "01/02/2022"


def test_articles_wait_until_discovery_is_settled(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().seed(connection, [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")], NOW)
        frontier().add(connection, [article(1), article(2)], NOW)
        leased = frontier().lease(connection, 10)
        assert [task.kind for task in leased] == [UrlKind.LISTING]
        assert frontier().lease(connection, 10) == ()  # in flight: it may still hint at the articles
        frontier().record_visit(connection, ends(LISTING, Outcome.DISCOVERED))
        assert [task.url for task in frontier().lease(connection, 10)] == [article(1).url, article(2).url]
        assert frontier().lease(connection, 10) == ()


def test_what_a_dead_process_had_leased_is_handed_out_again(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1), article(2)], NOW)
        frontier().lease(connection, 10)
        assert frontier().make_due(connection) == 2
        assert len(frontier().lease(connection, 10)) == 2


def test_a_refused_url_has_its_reason_and_is_never_handed_out(archive: Engine) -> None:
    with archive.begin() as connection:
        added = frontier().add(connection, [article(1, refused=Reason.TRAP)], NOW)
        kept = row(connection, article(1).url)
        assert (added.refused, kept.state, kept.reason) == (1, UrlState.REFUSED, "trap")
        assert frontier().lease(connection, 10) == ()


def test_a_refusal_that_the_profile_no_longer_makes_is_lifted(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1, refused=Reason.UNMATCHED)], NOW)
        assert frontier(2).add(connection, [article(1)], NOW).woken == 1
        assert len(frontier(2).lease(connection, 10)) == 1


def test_roots_are_asked_in_every_run_and_once_a_run(archive: Engine) -> None:
    root = [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")]
    with archive.begin() as connection:
        for number in (1, 2, 3):
            run = frontier(number, NOW + timedelta(days=number))
            run.seed(connection, root, NOW)
            run.make_due(connection)
            assert settle_all(connection, run, Outcome.DISCOVERED) == [LISTING]
            run.seed(connection, root, NOW)  # the same run resumed
            run.make_due(connection)
            assert settle_all(connection, run) == []


@pytest.mark.parametrize(
    ("age_days", "lastmod", "changed", "wait_days"),
    [
        (0, None, 0, 1),  # never sooner than tomorrow
        (10, None, 0, 9.9),
        (10, None, 2, 2.6),  # what was changed twice is asked sooner
        (90, None, 0, 122),
        (90, None, 5, 14),
        (4000, None, 0, 180),  # the floor for the very old
        (1, "2026-02-28", 0, 180),  # the sitemap tells when it changes
        (None, None, 0, 180),
    ],
)
def test_an_article_is_asked_again_by_age_and_by_how_often_it_changed(
    archive: Engine, age_days: int | None, lastmod: str | None, changed: int, wait_days: float
) -> None:
    day = date(2026, 3, 1) - timedelta(days=age_days) if age_days is not None else None
    with archive.begin() as connection:
        frontier().add(connection, [article(1, lastmod=lastmod)], NOW)
        settle_all(connection, frontier(), day=day)
        for _ in range(changed):
            frontier().record_visit(connection, ends(article(1).url, Outcome.REVISED, day=day))
        waits = row(connection, article(1).url).next_visit - NOW
    assert waits / timedelta(days=1) == pytest.approx(wait_days, rel=0.05)


def test_a_due_article_is_asked_again_and_an_early_one_is_not(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1)], NOW)
        settle_all(connection, frontier(), day=date(2026, 3, 1))
        for hours, due in ((20, 0), (23, 1)):  # a timer that fires a little early
            run = frontier(2, NOW + timedelta(hours=hours))
            assert run.make_due(connection) == 0
            assert len(run.lease(connection, 10)) == due


def test_revisits_are_bounded_by_what_the_run_found_and_shared_by_the_lively_and_the_overdue(
    archive: Engine,
) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(number) for number in range(1, 31)], NOW)
        settle_all(connection, frontier(), day=date(2020, 3, 1))
        for number in (29, 30):
            frontier().record_visit(
                connection, ends(article(number).url, Outcome.REVISED, day=date(2026, 2, 20))
            )
        later = NOW + timedelta(days=400)
        run = Frontier("cong_doan", 2, later, RevisitBudget(0.2, 4))
        run.make_due(connection)
        run.add(connection, [article(number) for number in range(101, 111)], NOW)
        assert [task.url for task in run.lease(connection, 99)] == [article(n).url for n in range(101, 111)]
        for number in range(101, 111):
            run.record_visit(connection, ends(article(number).url, Outcome.NEW))
        known = settle_all(connection, run, Outcome.SAME)
        assert len(known) == 5  # 1.2 x 10 + 4, less the ten themselves and robots.txt
        assert {article(29).url, article(30).url} < set(known), "those that had changed before"
        again = frontier(3, later + timedelta(days=1))
        again.make_due(connection)
        quiet = settle_all(connection, again, Outcome.SAME)
        assert len(quiet) == 3  # four requests a run without news, robots.txt among them
        assert not set(quiet) & set(known)


def test_revisit_all_wakes_every_article_but_no_listing(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [listing(2), article(1), article(2)], NOW)
        settle_all(connection, frontier())
        assert frontier(2).make_due(connection, revisit_all=True) == 2


def test_a_listing_that_tells_nothing_new_is_asked_ever_more_rarely(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().seed(connection, [DiscoveredUrl(LISTING, UrlKind.LISTING, "profile")], NOW)
        waits = []
        for new_links in (20, 0, 0, 0, 0, 0, 2):
            frontier().record_visit(connection, ends(LISTING, Outcome.DISCOVERED, new_links=new_links))
            waits.append((row(connection, LISTING).next_visit - NOW).days)
        assert waits == [0, 0, 2, 4, 7, 7, 0]
        frontier().record_visit(connection, ends(LISTING, Outcome.DISCOVERED, new_links=0))
        frontier().record_visit(connection, ends(LISTING, Outcome.DISCOVERED, new_links=0))
        assert frontier(2).make_due(connection) == 0
        assert frontier(2).wake_roots(connection) == 1


def test_what_was_not_reached_waits_in_the_backlog_behind_what_is_new(archive: Engine) -> None:
    old = [article(number) for number in range(1, 9)]
    with archive.begin() as connection:
        frontier(1).add(connection, [*old, listing(7)], NOW)
        run = Frontier("cong_doan", 2, NOW, backfill=6)
        run.make_due(connection)
        run.add(connection, [article(number) for number in range(101, 109)], NOW)
        first = run.lease(connection, 8)
        assert [task.behind for task in first] == [False] * 6 + [True] * 2, "a quarter while there is news"
        assert [task.url for task in first[:6]] == [article(n).url for n in range(101, 107)]
        run.add(connection, [article(300)], NOW, backlog=run.is_backlog(first[-1].url))
        rest = [task.url for task in run.lease(connection, 8) if task.behind]
        for task in first:
            run.record_visit(connection, ends(task.url, Outcome.NEW))
        rest += [task.url for task in run.lease(connection, 8) if task.behind]
        assert len(rest) == 4
        assert run.lease(connection, 8) == (), "the run's share of old pages is spent"
        assert row(connection, article(300).url).phase >= 10, "what an old page leads to is old"
        assert {row(connection, url).state for url in rest} == {UrlState.LEASED}
        assert row(connection, listing(7).url).state == UrlState.PENDING, (
            "listings when their finds are asked"
        )


def test_failures_are_asked_again_next_run_and_rarely_after_five(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1)], NOW)
        for number in range(1, 6):
            frontier().record_visit(connection, ends(article(1).url, Outcome.FAILED, Reason.TIMEOUT))
            failed = row(connection, article(1).url)
            assert (failed.state, failed.attempts) == (UrlState.FAILED, number)
            assert failed.next_visit == (NOW if number < 5 else NOW + timedelta(days=30))


def in_sitemap(number: int, lastmod: str) -> DiscoveredUrl:
    return article(number, found_on=SITEMAP, hint_source="sitemap", lastmod=lastmod)


def test_a_newer_lastmod_wakes_an_article_and_the_same_one_does_not(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier(1).add(connection, [in_sitemap(1, "2026-01-01"), in_sitemap(2, "2026-01-01")], NOW)
        settle_all(connection, frontier(1))
        added = frontier(2).add(connection, [in_sitemap(1, "2026-02-02"), in_sitemap(2, "2026-01-01")], NOW)
        assert added.woken == 1
        assert [task.url for task in frontier(2).lease(connection, 10)] == [article(1).url]


def test_an_article_that_left_the_sitemap_is_asked(archive: Engine) -> None:
    with archive.begin() as connection:
        both = [in_sitemap(1, "2026-01-01"), in_sitemap(2, "2026-01-01"), article(3)]
        frontier(1).add(connection, both, NOW)
        settle_all(connection, frontier(1))
        frontier(2).add(connection, both[:1], NOW)
        assert frontier(2).drop_from_sitemap(connection, SITEMAP) == 1
        assert [task.url for task in frontier(2).lease(connection, 10)] == [article(2).url]


def test_a_sitemap_nothing_names_any_more_is_no_trouble_and_is_left_alone(archive: Engine) -> None:
    parts = [
        DiscoveredUrl(f"{HOME}s{n}.xml", UrlKind.SITEMAP, SITEMAP, hint_source="sitemap") for n in (1, 2)
    ]

    def left(connection: Connection) -> list[int]:
        told = (tally for tally in count_outcomes(connection, 2) if tally.outcome is Outcome.GONE)
        return [tally.named for tally in told]

    with archive.begin() as connection:
        frontier(1).add(connection, parts, NOW)
        settle_all(connection, frontier(1))
        frontier(2).record_visit(connection, ends(parts[1].url, Outcome.GONE, Reason.HTTP_404, status=404))
        assert left(connection) == [1], "an index names it"
        frontier(2).add(connection, parts[:1], NOW)
        assert frontier(2).drop_from_sitemap(connection, SITEMAP) == 0, "it was asked already"
        assert left(connection) == [0], "the index was read after it, and names it no more"
        frontier(2).record_visit(connection, ends(parts[1].url, Outcome.GONE, Reason.HTTP_404, status=404))
        assert left(connection) == [0]
        assert row(connection, parts[1].url).next_visit.replace(tzinfo=UTC) > NOW + timedelta(days=20)
        added = frontier(4).add(connection, parts, NOW)
        assert added.woken == 1, "named again, asked again"


def test_validators_are_renewed_by_a_body_and_kept_by_a_304(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1)], NOW)
        frontier().record_visit(
            connection, ends(article(1).url, Outcome.NEW, etag='"a"', payload_digest="sha1:X", status=200)
        )
        frontier().record_visit(
            connection, ends(article(1).url, Outcome.SAME, Reason.NOT_MODIFIED, status=304)
        )
        kept = row(connection, article(1).url)
        assert (kept.etag, kept.payload_digest, kept.http_status) == ('"a"', "sha1:X", 304)


def test_two_sites_do_not_see_each_others_urls(archive: Engine) -> None:
    other = Frontier("khac", 2, NOW)
    with archive.begin() as connection:
        frontier().add(connection, [article(1)], NOW)
        assert other.lease(connection, 10) == ()
        assert other.add(connection, [article(1)], NOW).new == 1


def known_articles(connection: Connection, count: int) -> Frontier:
    """A run of four requests, a year after as many articles were read."""
    frontier().add(connection, [article(number) for number in range(1, count + 1)], NOW)
    settle_all(connection, frontier(), day=date(2020, 3, 1))
    run = Frontier("cong_doan", 2, NOW + timedelta(days=400), RevisitBudget(0.2, 4))
    run.make_due(connection)
    return run


def test_what_was_sent_twice_is_taken_from_the_known_articles(archive: Engine) -> None:
    with archive.begin() as connection:
        run = known_articles(connection, 9)
        run.progress.repeated_requests = 2
        assert len(settle_all(connection, run, Outcome.SAME)) == 1


def test_corrections_noticed_by_asking_allow_no_more_requests(archive: Engine) -> None:
    with archive.begin() as connection:
        run = known_articles(connection, 30)
        assert len(settle_all(connection, run, Outcome.REVISED)) == 3


def test_documents_of_a_new_article_are_counted_before_known_articles_are_asked(archive: Engine) -> None:
    paper = DiscoveredUrl(f"{HOME}quyet-dinh.pdf", UrlKind.ATTACHMENT, article(99).url)
    with archive.begin() as connection:
        run = known_articles(connection, 9)
        run.add(connection, [article(99)], NOW)
        (task,) = run.lease(connection, 9)
        assert run.lease(connection, 9) == (), "its answer may bring documents"
        run.add(connection, [paper], NOW)
        run.record_visit(connection, ends(task.url, Outcome.NEW))
        known = settle_all(connection, run, Outcome.SAME)
        assert known[0] == paper.url
        assert len(known) == 1 + 2  # floor(1.2 + 4) less robots.txt, the article and its document


def test_a_known_article_that_failed_waits_for_the_allowance_and_a_new_one_does_not(archive: Engine) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1), article(2)], NOW)
        body: dict[str, Any] = {"payload_digest": "sha1:A"}
        frontier().record_visit(connection, ends(article(1).url, Outcome.NEW, **body))
        for number in (1, 2):
            frontier().record_visit(connection, ends(article(number).url, Outcome.FAILED, Reason.TIMEOUT))
        run = frontier(2)
        assert run.make_due(connection) == 1
        assert [task.url for task in run.lease(connection, 9)] == [article(2).url]
        run.record_visit(connection, ends(article(2).url, Outcome.NEW))
        assert [task.url for task in run.lease(connection, 9)] == [article(1).url]


def test_articles_hidden_behind_a_not_found_page_for_everything_are_asked_first_next_time(
    archive: Engine,
) -> None:
    with archive.begin() as connection:
        frontier().add(connection, [article(1)], NOW)
        end = ends(article(1).url, Outcome.NOT_AN_ARTICLE, Reason.SOFT_404, payload_digest="sha1:A")
        frontier().record_visit(connection, end)
        assert frontier(2).make_due(connection) == 0
        assert reset_soft_404s(connection, "cong_doan", 1, NOW) == 1
        assert reset_soft_404s(connection, "cong_doan", 2, NOW) == 0
        assert frontier(2).make_due(connection) == 1


def test_articles_that_only_listings_date_wait_for_these_though_they_are_not_due(archive: Engine) -> None:
    feed = DiscoveredUrl(HOME + "rss", UrlKind.FEED, "profile")
    with archive.begin() as connection:
        frontier().seed(connection, [feed], NOW)
        settle_all(connection, frontier(), new_links=0)
        for hinted, first in ((False, article(1).url), (True, feed.url)):
            run = Frontier("cong_doan", 2, NOW - timedelta(days=1), RevisitBudget(hinted=hinted))
            run.add(connection, [article(1)], NOW)
            assert run.lease(connection, 9)[0].url == first
            run.release(connection)
