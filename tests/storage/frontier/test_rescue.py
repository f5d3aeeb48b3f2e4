from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine

from storage.frontier.queue import Frontier, VisitRecord
from storage.frontier.rescue import RescueFrontier, lacks_files
from storage.records import DiscoveredUrl, Outcome, Reason, UrlKind, Verdict

NOW = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
HOME = "https://cong-doan.example/"


def found(name: str, kind: UrlKind) -> DiscoveredUrl:
    return DiscoveredUrl(HOME + name, kind, HOME)


def rescue(run: int = 2) -> RescueFrontier:
    return RescueFrontier.from_frontier(Frontier("cong_doan", run, NOW + timedelta(days=1)))


def names(connection: Connection, frontier: Frontier) -> list[str]:
    return [task.url.removeprefix(HOME) for task in frontier.lease(connection, 48)]


def test_whole_articles_come_before_the_next_and_before_more_lists(archive: Engine) -> None:
    with archive.begin() as connection:
        articles = [found(f"bai-{n}", UrlKind.ARTICLE) for n in range(9)]
        rescue().add(connection, [found("tin-tuc", UrlKind.LISTING), *articles], NOW)
        assert names(connection, rescue()) == ["bai-8", "bai-7", "bai-6", "bai-5"]
        rescue().add(connection, [found("anh.jpg", UrlKind.IMAGE), found("tep.pdf", UrlKind.ATTACHMENT)], NOW)
        assert names(connection, rescue()) == ["tep.pdf", "anh.jpg", "bai-4", "bai-3"]
        assert names(connection, rescue()) == ["bai-2", "bai-1", "bai-0", "tin-tuc"]


def test_lists_and_all_that_failed_are_asked_again_and_what_is_had_is_not(archive: Engine) -> None:
    ends = {
        "tin-tuc": (UrlKind.LISTING, Verdict(Outcome.DISCOVERED)),
        "co": (UrlKind.ARTICLE, Verdict(Outcome.NEW)),
        "hong": (UrlKind.ARTICLE, Verdict(Outcome.FAILED, Reason.HTTP_5XX)),
        "mat": (UrlKind.ARTICLE, Verdict(Outcome.GONE, Reason.HTTP_404)),
        "anh.jpg": (UrlKind.IMAGE, Verdict(Outcome.FAILED, Reason.TIMEOUT)),
        "cam": (UrlKind.ARTICLE, Verdict(Outcome.REFUSED, Reason.ROBOTS)),
    }
    with archive.begin() as connection:
        usual = Frontier("cong_doan", 1, NOW)
        usual.add(connection, [found(name, kind) for name, (kind, _) in ends.items()], NOW)
        usual.lease(connection, 48)
        usual.lease(connection, 48)
        for name, (_, verdict) in ends.items():
            usual.record_visit(
                connection, VisitRecord(HOME + name, verdict, NOW, payload_digest="sha1:x", etag='"1"')
            )
        assert rescue().make_due(connection) == 4
        assert names(connection, rescue()) == ["anh.jpg", "mat", "hong", "tin-tuc"]


def test_articles_are_read_anew_where_their_files_were_never_asked_for(archive: Engine) -> None:
    with archive.begin() as connection:
        usual = Frontier("cong_doan", 1, NOW)
        usual.add(connection, [found("co", UrlKind.ARTICLE)], NOW)
        usual.lease(connection, 48)
        settled = VisitRecord(HOME + "co", Verdict(Outcome.NEW), NOW, payload_digest="sha1:x", etag='"1"')
        usual.record_visit(connection, settled)
        assert lacks_files(connection, "cong_doan")
        assert rescue().refetch_articles(connection) == 1
        (task,) = rescue().lease(connection, 48)
        assert (task.etag, task.payload_digest) == (None, None)
        files = [found("anh.jpg", UrlKind.IMAGE), found("tep.pdf", UrlKind.ATTACHMENT)]
        usual.add(connection, files, NOW)
        assert not lacks_files(connection, "cong_doan")
