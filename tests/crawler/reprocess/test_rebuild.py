"""Rebuilding stories and search index: the same as the nights made, through interruptions, beside nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, text, update

from crawler.cli.main import EXIT_CANNOT, run
from crawler.reprocess.rebuild import RebuildResult, problems, rebuild_search, rebuild_stories
from pipelines.duplicates.cluster import cluster_article
from pipelines.duplicates.shingles import sample_article
from storage.articles import changes
from storage.articles import queries as catalogue
from storage.database.engine import open_database, reading, upgrade
from storage.database.schema import articles, counters, kinships, signatures, site_leases, stories
from storage.frontier.leases import SiteBusyError
from storage.search.engine import engine_for
from storage.search.query.parse import parse
from storage.stories import rebuild_state as rebuilding
from storage.stories.relations import RelationKind
from tests.storage.copied_articles import DAY, Press

SITES = ("backan", "babe", "thudo", "lao_dong")
PROSE = (
    "công đoàn cơ sở phát động phong trào thi đua lao động giỏi sáng tạo chăm lo đời sống đoàn viên người "
    "nhà máy hội nghị ban chấp hành tỉnh huyện quà tết khó khăn an toàn vệ sinh tập huấn cán bộ nữ trường học"
)


def texts(seed: int, count: int) -> Iterator[str]:
    """Texts of about 120 syllables, every third one a copy of an earlier one with some words more."""
    rng, told = Random(seed), list[str]()
    for number in range(count):
        if number % 3 == 2:
            words = rng.choice(told).split(" ")
            at = rng.randrange(20, len(words) - 20)
            told.append(" ".join([*words[:at], "theo", "bản", "tin", "số", str(number), *words[at:]]))
        else:
            words = [rng.choice(PROSE.split()) for _ in range(120)]
            words[::9] = [str(rng.randrange(10**6)) for _ in words[::9]]
            told.append(" ".join(words))
        yield told[-1]


def written(engine: Engine, count: int = 12, *, signed: bool) -> None:
    """An archive as the nights write it, or as those before near-duplicates were looked for left it."""
    with engine.begin() as connection:
        press = Press.opened(connection)
        for number, told in enumerate(texts(3, count)):
            article_id = press.prints(SITES[number % 4], DAY + timedelta(days=number), told)
            page = catalogue.current_revisions(connection, [article_id])[article_id].article
            if signed:
                cluster_article(press.placing, article_id, page, sample_article(page), new=True)


@pytest.fixture
def night(archive: Engine) -> Engine:
    written(archive, signed=True)
    return archive


def derived(engine: Engine) -> tuple[list[Any], list[set[int]], list[Any]]:
    """Kinships, the groups of articles that are one story, and signatures."""
    with reading(engine) as connection:
        kin = connection.execute(select(kinships).order_by(kinships.c.article_id, kinships.c.other_id)).all()
        groups: dict[int, set[int]] = {}
        for row in connection.execute(select(articles).where(articles.c.story_id.is_not(None))):
            groups.setdefault(row.story_id, set()).add(row.id)
        signed = connection.execute(select(signatures).order_by(signatures.c.article_id)).all()
        return [tuple(row) for row in kin], sorted(groups.values(), key=min), [tuple(row) for row in signed]


def quiet(line: str) -> None:
    assert line


def wrong(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [*problems(connection), *engine_for(connection).verify(connection)]


def killed(engine: Engine, at: int, work: Callable[[], object]) -> bool:
    """Run until the transaction of that number begins; whether it got so far."""
    begun = 0

    def count(_connection: Connection) -> None:
        nonlocal begun
        begun += 1
        if begun >= at:
            raise KeyboardInterrupt

    event.listen(engine, "begin", count)
    try:
        work()
    except KeyboardInterrupt:
        return True
    finally:
        event.remove(engine, "begin", count)
    return False


def test_an_archive_from_before_comes_to_what_the_nights_would_have_made(
    archive: Engine, sqlite_archive: Engine
) -> None:
    written(archive, signed=False)
    written(sqlite_archive, signed=True)
    assert len(derived(sqlite_archive)[1]) >= 2
    assert wrong(archive) == [
        "12 articles were never held against others for near-duplicates: "
        "`congdoan db rebuild --stories` compares all articles again"
    ]
    found = rebuild_stories(archive, quiet)
    assert derived(archive) == derived(sqlite_archive)
    assert (found.articles, found.moves) == (12, sum(map(len, derived(archive)[1])))
    assert wrong(archive) == []


def test_nothing_moves_where_nothing_changed(night: Engine) -> None:
    before = derived(night)
    with night.begin() as connection:
        numbers = connection.execute(select(articles.c.id, articles.c.story_id)).all()
        connection.execute(update(signatures).values(version=0))
    assert "12 articles are signed by other rules than version" in wrong(night)[0]
    assert len(wrong(night)) == 1
    assert rebuild_stories(night, quiet) == RebuildResult(12, 0)
    with reading(night) as connection:
        assert connection.execute(select(articles.c.id, articles.c.story_id)).all() == numbers
    assert derived(night) == before
    assert wrong(night) == []


def test_kin_that_are_none_any_more_leave_their_story_and_the_feed_tells_it(night: Engine) -> None:
    before = derived(night)
    with night.begin() as connection:
        made = insert(stories).values(made_at=datetime.now(UTC)).returning(stories.c.id)
        story = connection.execute(made).scalar_one()
        alone = connection.scalars(select(articles.c.id).where(articles.c.story_id.is_(None)).limit(2)).all()
        shares = dict.fromkeys(("jaccard", "held", "holding", "order", "particulars"), 1.0)
        row = {"article_id": max(alone), "other_id": min(alone), "kind": RelationKind.COPY.value, **shares}
        connection.execute(insert(kinships).values(row))
        connection.execute(update(articles).where(articles.c.id.in_(alone)).values(story_id=story))
        newest = changes.newest(connection)
    assert rebuild_stories(night, quiet).moves == 2
    assert derived(night) == before
    with reading(night) as connection:
        told = [(change.article_id, change.story_id) for change in changes.read(connection, newest)]
    assert sorted(told) == [(article, None) for article in sorted(alone)]


def test_it_goes_on_where_it_was_killed(sqlite_archive: Engine, tmp_path: Path) -> None:
    written(sqlite_archive, 70, signed=False)
    whole = open_database(f"sqlite:///{tmp_path / 'whole.db'}")
    upgrade(whole)
    written(whole, 70, signed=True)
    at = 3
    while killed(sqlite_archive, at, lambda: rebuild_stories(sqlite_archive, quiet)):
        told = wrong(sqlite_archive)
        assert not told or "was interrupted: `congdoan db rebuild --stories`" in told[0]
        at += 1
    assert at > 8, "it was killed several times"
    assert derived(sqlite_archive) == derived(whole)
    assert wrong(sqlite_archive) == []
    whole.dispose()


def test_one_made_by_other_rules_is_begun_anew(night: Engine) -> None:
    before = derived(night)
    assert killed(night, 5, lambda: rebuild_stories(night, quiet))
    with night.begin() as connection:
        connection.execute(
            update(counters).where(counters.c.name == rebuilding.REBUILD_RULES).values(value=0)
        )
        connection.execute(update(signatures).values(version=0))
    assert rebuild_stories(night, quiet).articles == 12
    assert derived(night) == before


def test_an_index_is_made_anew_whatever_happened_to_it(night: Engine) -> None:
    def found() -> list[int]:
        with reading(night) as connection:
            return sorted(engine_for(connection).matching_ids(connection, parse("công")))

    before = found()
    with night.begin() as connection:
        connection.execute(text("DELETE FROM search_documents WHERE article_id < 5"))
    if night.dialect.name == "sqlite":
        assert any("congdoan db rebuild --search" in line for line in wrong(night))
    assert rebuild_search(night, quiet) == 12
    assert found() == before
    assert wrong(night) == []
    with night.begin() as connection:
        connection.execute(text("DROP TABLE search_documents"))
    assert rebuild_search(night, quiet, fresh=True) == 12
    assert wrong(night) == []


def test_an_index_goes_on_where_it_was_killed(sqlite_archive: Engine) -> None:
    written(sqlite_archive, 60, signed=True)
    assert killed(sqlite_archive, 4, lambda: rebuild_search(sqlite_archive, quiet))
    assert "a rebuilding was interrupted: `congdoan db rebuild --search` goes on with it" in wrong(
        sqlite_archive
    )
    assert rebuild_search(sqlite_archive, quiet) == 10, "fifty were done before"
    assert wrong(sqlite_archive) == []


@pytest.mark.parametrize("work", [rebuild_stories, rebuild_search])
def test_it_does_not_begin_while_a_site_is_visited(
    night: Engine, work: Callable[[Engine, Callable[[str], None]], object]
) -> None:
    before = derived(night)
    with night.begin() as connection:
        until = datetime.now(UTC) + timedelta(minutes=1)
        connection.execute(insert(site_leases).values(site="babe", owner="elsewhere:1:2", until=until))
    with pytest.raises(SiteBusyError, match="babe: another process is at work"):
        work(night, quiet)
    assert derived(night) == before
    assert wrong(night) == []


def test_the_command_mends_what_the_check_finds(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    engine = open_database(f"sqlite:///{tmp_path / 'archive.db'}")
    upgrade(engine)
    written(engine, signed=False)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM search_documents WHERE article_id = 3"))
    assert run([*data, "db", "check"]) == 1
    said = capsys.readouterr().err
    assert "`congdoan db rebuild --stories`" in said
    assert "`congdoan db rebuild --search`" in said
    assert run([*data, "db", "rebuild", "--search"]) == 0
    assert capsys.readouterr().out == "12 articles indexed\n"
    assert run([*data, "db", "rebuild"]) == 0
    assert "12 articles compared; " in capsys.readouterr().out
    assert run([*data, "db", "check"]) == 0
    with engine.begin() as connection:
        until = datetime.now(UTC) + timedelta(minutes=1)
        connection.execute(insert(site_leases).values(site="babe", owner="elsewhere:1:2", until=until))
    assert run([*data, "db", "rebuild"]) == EXIT_CANNOT
    engine.dispose()
