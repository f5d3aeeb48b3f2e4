"""A page that takes the database too long is stopped, and the next reader is not."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from storage.database.timeouts import TooCostlyError, time_limited

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def test_an_endless_question_is_stopped_and_the_connection_serves_on(engine: Engine) -> None:
    with pytest.raises(TooCostlyError, match="ask for less"), time_limited(engine, 0.2) as connection:
        connection.execute(text(ENDLESS[engine.dialect.name]))
    with time_limited(engine, 30) as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_a_mistake_in_sql_is_not_taken_for_a_costly_question(engine: Engine) -> None:
    with pytest.raises(Exception, match="no_such_table"), time_limited(engine, 30) as connection:
        connection.execute(text("SELECT * FROM no_such_table"))


SLOW = {
    "sqlite": f"{ENDLESS['sqlite'].replace('FROM n)', 'FROM n WHERE i < 200000)')}",
    "postgresql": "SELECT pg_sleep(0.1)",
}


def test_many_questions_together_may_not_take_longer_than_one(engine: Engine) -> None:
    with pytest.raises(TooCostlyError, match="ask for less"), time_limited(engine, 0.2) as connection:
        for _ in range(100):
            connection.execute(text(SLOW[engine.dialect.name]))
