"""The API keeps what its description promises, whatever it is asked (schemathesis, in the process)."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PositiveDataAcceptanceConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from storage.database.engine import open_database, upgrade
from storage.web.app import create_app
from storage.web.roles import AccessSettings
from storage.web.settings import WebSettings
from tests.storage.web.sample_archive import publish

EXAMPLES = 12  # of each address, besides those of the coverage phase
UNMETERED = AccessSettings(page_requests=10**6, api_requests=10**6)
# A query that is text may still be no query, a number nobody's, an archive another: told so, and rightly.
FINE = ["2xx", "304", "400", "404", "409"]


def _config() -> SchemathesisConfig:
    accepted = PositiveDataAcceptanceConfig(expected_statuses=FINE)
    project = ProjectConfig(
        parameters={"wait": 0},  # nothing changes here, however long one waits
        checks=ChecksConfig(positive_data_acceptance=accepted),
        generation=GenerationConfig(max_examples=EXAMPLES, deterministic=True),
    )
    return SchemathesisConfig(projects=ProjectsConfig(default=project), seed=20250701)


class Stage:
    """What is asked: an API without an archive while it tells what it is, then the one over the archive."""

    def __init__(self) -> None:
        self.app: ASGIApp = create_app(open_database("sqlite://"), WebSettings(Path()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


stage = Stage()
schema: Any = schemathesis.openapi.from_asgi("/api/v1/openapi.json", stage, config=_config())


@pytest.fixture(scope="module", autouse=True)
def _archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The small archive that is asked."""
    path = tmp_path_factory.mktemp("described")
    engine = open_database(f"sqlite:///{path / 'archive.db'}")
    upgrade(engine)
    stage.app = create_app(engine, publish(engine, path), UNMETERED)
    yield
    engine.dispose()


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_every_answer_is_one_that_was_promised(case: Any) -> None:
    case.call_and_validate()


def test_the_description_needs_no_source_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(*_: object) -> str:
        raise OSError("source code not available")

    monkeypatch.setattr(inspect, "getsource", unavailable)
    monkeypatch.setattr(inspect, "getsourcelines", unavailable)
    app = create_app(open_database("sqlite://"), WebSettings(Path()))
    document = TestClient(app).get("/api/v1/openapi.json").json()
    hit = document["components"]["schemas"]["StoryHit"]
    assert hit["description"].startswith("One story")
    assert hit["properties"]["site"]["description"] == "key of the site it was first seen on"
