"""Overview, page, badges, metrics, message, the judging of proposals: on a past made by hand."""

from __future__ import annotations

import json
import logging
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from crawler.alerts.notify import NotifyAddresses
from crawler.cli.main import run
from crawler.config import Config
from crawler.health.end_of_night import ExternalCalls, close_night
from crawler.health.findings import ClassifiedFailure, Failure, HealthFinding, Sign
from crawler.health.html_report import report_html, write_badges
from crawler.health.message import NightMessage, night_message, send_message
from crawler.health.metrics import metrics_text
from crawler.health.overview import Overview, build_overview
from spiders.profile.site_profile import SPIDERS_FOLDER, load_profile
from storage.database.engine import open_database, reading, upgrade
from storage.runs import runs
from storage.runs import status_reviews as judgements
from storage.runs.status_reviews import NightNotice, ReviewDecision, StatusReview
from tests.crawler.health.simulated_sites import START, Habit, visit
from tests.crawler.health.stored_runs import BEGAN, health_of, report_of, store

GONE = ClassifiedFailure(Failure.DNS_GONE, ("https://a.example: dns: no such <host>",))
SECRET = "json://user:s3cret@127.0.0.1:9/hook"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_database(f"sqlite:///{(tmp_path / 'archive.db').absolute()}")
    upgrade(made)
    yield made
    made.dispose()


def night(engine: Engine, number: int, **troubles: str) -> Overview:
    """One night of three sites; those in `troubles` fail."""
    for site in ("laodongthudo", "congdoanbackan", "nld"):
        seen = visit(Habit(3), Random(number), 0, START, 3)
        problems = [f"dns gone: {troubles[site]}"] if site in troubles else []
        health = health_of(GONE if problems else None, since=f"night-{number:03d}" if problems else None)
        store(engine, site, {**report_of(seen, site, problems), "health": health}, number)
    with reading(engine) as connection:
        return build_overview(connection, runs.runs_of_night(connection, f"night-{number:03d}"))


def test_trouble_comes_first_and_what_is_new_or_over_is_told(engine: Engine) -> None:
    night(engine, 1, nld="x")
    told = night(engine, 2, laodongthudo="y")
    assert [site.key for site in told.sites] == ["laodongthudo", "congdoanbackan", "nld"]
    summary = told.summary()
    assert (summary["newly"], summary["recovered"]) == (["laodongthudo"], ["nld"])
    assert (summary["trouble"], summary["well"]) == (1, 2)
    assert not told.healthy
    assert json.dumps(told.as_dict())


def test_the_page_stands_alone_and_says_all_without_colour(engine: Engine) -> None:
    for number in range(5):
        night(engine, number)
    page = report_html(night(engine, 5, nld="<script>alert(1)</script>"))
    assert "<script" not in page
    assert "http://" not in page.replace("https://", "").replace("http://www.w3.org", "")
    assert 'src="' not in page
    assert "✗ trouble" in page
    assert "&lt;script&gt;" in page
    assert page.count("<svg") >= 4


def test_badges_are_pictures_that_say_it_in_words(engine: Engine, tmp_path: Path) -> None:
    assert write_badges(night(engine, 1, nld="x"), tmp_path / "b") == 4
    badge = ET.parse(tmp_path / "b" / "nld.svg").getroot()
    assert badge.get("aria-label") == "nld: ✗ trouble: dns gone"
    assert "well" in (tmp_path / "b" / "laodongthudo.svg").read_text(encoding="utf-8")


def test_metrics_are_what_prometheus_reads(engine: Engine) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    text = metrics_text(night(engine, 1, nld="x")).decode()
    found = {
        (sample.name, sample.labels.get("site"), sample.labels.get("kind")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["congdoan_site_healthy", "nld", None] == 0
    assert found["congdoan_site_healthy", "laodongthudo", None] == 1
    assert found["congdoan_site_trouble", "nld", "dns_gone"] == 1
    assert ("congdoan_site_trouble", "laodongthudo", "dns_gone") not in found
    assert found["congdoan_night_sites_in_trouble", None, None] == 1


def test_a_message_is_sent_on_new_trouble_and_once_on_recovery_and_again_after_a_week(engine: Engine) -> None:
    last: NightNotice | None = None
    told: list[str] = []
    # night → sites in trouble
    plan = {
        1: (),
        2: ("nld",),
        3: ("nld",),
        4: ("nld", "laodongthudo"),
        5: ("laodongthudo",),
        6: (),
        7: (),
        8: ("nld",),
    }
    plan |= {9: ("nld",), 16: ("nld",)}
    for number, sites in plan.items():
        seen = night(engine, number, **dict.fromkeys(sites, "x"))
        now = BEGAN + timedelta(days=number)
        made = night_message(seen, (), last, now)
        if made:
            told.append(f"{number}: {made.title.partition(': ')[2]}")
            last = NightNotice(seen.night, now, True, "", made.reported_trouble)
    assert told == [
        "2: 1 newly in trouble",
        "4: 1 newly in trouble, 1 still in trouble",
        "5: 1 recovered, 1 still in trouble",
        "6: 1 recovered",
        "8: 1 newly in trouble",
        "16: 1 still in trouble",
    ]


def test_a_message_names_the_class_the_lines_and_the_advice(engine: Engine) -> None:
    made = night_message(night(engine, 1, nld="the name is gone"), ("site x: busy",), None, BEGAN)
    assert made
    assert "nld: dns gone\n  dns gone: the name is gone\n  → the name is gone: look for" in made.body
    assert "could not begin: site x: busy" in made.body


class Post:
    """A notifier that keeps what it was given, or refuses."""

    def __init__(self, failure: str = "") -> None:
        self.failure, self.sent = failure, list[NightMessage]()

    def __call__(self, addresses: NotifyAddresses, targets: Sequence[str], made: NightMessage) -> str:
        assert [addresses.url_of_target(target) for target in targets] == [SECRET]
        self.sent.append(made)
        return self.failure


def test_what_could_not_be_delivered_is_told_the_next_night_and_fails_nothing(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "targets"
    file.write_text(f'office = "{SECRET}"\n', encoding="utf-8")
    file.chmod(0o600)
    config = Config(
        data=tmp_path,
        tell="office",
        notify_file=file,
        metrics=tmp_path / "m.prom",
        report_page=tmp_path / "r.html",
    )
    post = Post("target office: the message was not taken")
    rim = ExternalCalls({}, post, lambda: BEGAN)
    for number in (1, 2):
        seen = night(engine, number, nld="x")
        with reading(engine) as connection:
            ended = runs.runs_of_night(connection, seen.night)
        assert close_night(engine, config, ended, (), rim).undelivered
        post.failure = ""
        if number == 1:
            assert "congdoan_night_notice_undelivered 1.0" in (tmp_path / "m.prom").read_text(
                encoding="utf-8"
            )
            with reading(engine) as connection:
                assert (
                    build_overview(connection, ended).undelivered
                    == "target office: the message was not taken"
                )
            post.failure = "target office: the message was not taken"
    post.failure = ""
    seen = night(engine, 3, nld="x")
    with reading(engine) as connection:
        ended = runs.runs_of_night(connection, seen.night)
    assert not close_night(engine, config, ended, (), rim).undelivered
    assert len(post.sent) == 3
    close_night(engine, config, ended, (), rim)
    assert len(post.sent) == 3  # it has arrived: quiet
    written = caplog.text + "".join(p.read_text(encoding="utf-8") for p in tmp_path.glob("[mr].*"))
    assert "s3cret" not in written
    assert b"s3cret" not in (tmp_path / "archive.db").read_bytes()


@pytest.mark.filterwarnings("ignore:.*imghdr:DeprecationWarning")  # apprise imports it
def test_a_real_notifier_that_is_dead_is_told_without_its_address(caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("apprise")
    caplog.set_level(logging.INFO)
    addresses = NotifyAddresses({"CONGDOAN_NOTIFY_OFFICE": SECRET, "CONGDOAN_NOTIFY_BAD": "nonsense"})
    told = send_message(addresses, ("office", "bad", "none"), NightMessage("title", "body", {}))
    assert "target office: the message was not taken" in told
    assert "target bad: its address is none that Apprise knows" in told
    assert "target none: it has no address" in told
    assert "s3cret" not in caplog.text + told
    assert "127.0.0.1" not in caplog.text + told


@pytest.fixture
def judged(engine: Engine, tmp_path: Path) -> list[str]:
    """Arguments of the command line for an archive with one proposal, and profiles of its own."""
    night(engine, 1)
    sites = tmp_path / "sites"
    sites.mkdir()
    for path in (SPIDERS_FOLDER / "sites").rglob("*.toml"):
        if path.stem in {"nld", "congdoanbackan"}:
            shutil.copy(path, sites)
    with engine.begin() as connection:
        made = StatusReview(0, "nld", "live", "dark", ("dns gone",), 3, BEGAN, None, None, None)
        assert judgements.propose_status(connection, made)
        assert not judgements.propose_status(connection, replace(made, run=4))
    return ["--data", str(tmp_path), "--sites", str(sites)]


def test_a_profile_changes_only_by_a_persons_word(
    judged: list[str], engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*judged, "site", "judge"]) == 0
    assert "proposed: nld: live → dark: dns gone" in capsys.readouterr().out
    path = tmp_path / "sites" / "nld.toml"
    before = path.read_text(encoding="utf-8")
    assert run([*judged, "site", "judge", "congdoanbackan", "accept"]) == 1  # nothing is proposed of it
    assert run([*judged, "site", "judge", "nld", "accept", "--write", "--note", "asked them"]) == 0
    assert load_profile(path).status == "dark"
    assert len(path.read_text(encoding="utf-8").splitlines()) - len(before.splitlines()) in {0, 1}
    with reading(engine) as connection:
        (said,) = judgements.read_reviews(connection, "nld")
    assert (said.decision, said.note) == (ReviewDecision.ACCEPTED, "asked them")
    assert run([*judged, "site", "judge", "nld"]) == 0
    assert "[accepted]" in capsys.readouterr().out


def test_a_refusal_leaves_the_profile_and_usual_begins_a_new_past(
    judged: list[str], engine: Engine, tmp_path: Path
) -> None:
    before = (tmp_path / "sites" / "nld.toml").read_text(encoding="utf-8")
    assert run([*judged, "site", "judge", "nld", "refuse"]) == 0
    assert run([*judged, "site", "judge", "nld", "usual"]) == 0
    assert (tmp_path / "sites" / "nld.toml").read_text(encoding="utf-8") == before
    with reading(engine) as connection:
        assert judgements.open_proposals(connection) == ()
        assert judgements.baseline_run(connection, "nld") == 3


def test_the_command_writes_page_badges_and_metrics_and_its_exit_code_tells_health(
    judged: list[str], engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, prom = tmp_path / "out.html", tmp_path / "out.prom"
    told = ["--html", str(page), "--metrics", str(prom), "--badges", str(tmp_path / "badges")]
    assert run([*judged, "report", *told]) == 0
    assert "Every site is well" in page.read_text(encoding="utf-8")
    assert "congdoan_site_healthy" in prom.read_text(encoding="utf-8")
    assert (tmp_path / "badges" / "night.svg").exists()
    night(engine, 2, nld="x")
    capsys.readouterr()
    assert run([*judged, "report", "--json"]) == 1
    told_json = json.loads(capsys.readouterr().out)
    assert told_json["summary"]["newly"] == ["nld"]
    assert told_json["runs"][0]["health"]["failing"]["advice"]
    assert run([*judged, "report"]) == 1
    shown = capsys.readouterr().out
    assert shown.index("nld") < shown.index("laodongthudo")
    assert "what to do:" in shown


def test_a_finding_keeps_then_and_now() -> None:
    found = HealthFinding(Sign.FIELD, "x", then={"share": 0.9}, now={"share": 0.1})
    assert found.as_dict()["then"] == {"share": 0.9}
