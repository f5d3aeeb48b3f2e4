"""Secrets come from environment or file and go nowhere: not into logs, WARCs, reports, rows or requests."""

from __future__ import annotations

import ast
import gzip
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from crawler.config import Config, ConfigError
from crawler.config import load as load_config
from crawler.installation_check import check_installation
from crawler.night.run import crawl
from crawler.night.session import NightSettings
from storage.database.engine import DatabaseError, explain, open_database, require_current, upgrade
from tests.paths import ROOT
from tests.stand_in_server import (
    HOME,
    ReceivedRequest,
    SiteReply,
    article_page,
    running_server,
    stand_in_profile,
)

CANARY = "chim-hoang-yen-91734"  # ours
THEIRS = "mat-khau-cua-trang-55512"  # in an address on a page
ROOMS = ("crawler", "spiders", "pipelines", "storage")
LEAKY = {
    "HTTP_PROXY": f"http://thuthu:{CANARY}@127.0.0.1:9",
    "HTTPS_PROXY": f"http://thuthu:{CANARY}@127.0.0.1:9",
    "ALL_PROXY": f"socks5://thuthu:{CANARY}@127.0.0.1:9",
    "AWS_SECRET_ACCESS_KEY": CANARY,
    "CONGDOAN_MAT_KHAU": CANARY,
}
SENT = {
    "host",
    "user-agent",
    "accept",
    "accept-language",
    "accept-encoding",
    "content-length",
}  # by us, and nothing else


def site(asked: ReceivedRequest) -> SiteReply:
    if asked.path == "/robots.txt":
        return SiteReply("", content_type="text/plain")
    if asked.path == "/":
        links = "".join(f'<a href="/bai-{n}.html">Tin số {n} của công đoàn cơ sở</a>' for n in (1, 2))
        own = HOME.replace("https://", f"https://thuthu:{THEIRS}@")
        further = f'<a href="{own}/bai-3.html">Tin số 3 của công đoàn cơ sở</a>'
        return SiteReply(f"<html><body><h1>Tin</h1>{links}{further}</body></html>")
    number = int(asked.path.removeprefix("/bai-").removesuffix(".html"))
    return SiteReply(article_page(number), headers={"Set-Cookie": "phien=cua-trang"})


def found_in(folder: Path, what: str) -> list[str]:
    """Files that hold it, WARCs unpacked."""
    held = []
    for path in folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            plain = gzip.decompress(body) if path.suffix == ".gz" else body
            held += [path.name] if what.encode() in plain else []
    return held


def test_a_night_keeps_what_is_in_the_environment_to_itself_and_asks_no_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in LEAKY.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    caplog.set_level(logging.DEBUG)
    data = tmp_path / "archive"
    with running_server(site) as server:
        profile = stand_in_profile()
        dial = dict.fromkeys(profile.hosts, f"127.0.0.1:{server.server_port}")
        config = Config.model_validate({"data": data, "dial": dial, "delay": 0.0, "workers": 1})
        upgrade(open_database(config.database_url))
        result = crawl(config, [profile], NightSettings("one", datetime.now(UTC)))
    assert result.healthy  # with a proxy that is not there
    assert len(server.received) == 5
    for asked in server.received:  # no cookie is kept, no Referer, no Authorization of an address
        assert set(asked.headers) <= SENT, asked.headers
        assert CANARY not in repr(asked)
        assert THEIRS not in repr(asked)
    assert found_in(data, CANARY) == []
    # A WARC holds what went over the wire: the page that told it, and what the site says to everybody.
    assert {name.rpartition(".")[2] for name in found_in(data, THEIRS)} == {"gz"}
    assert {name.rpartition(".")[2] for name in found_in(data, "Set-Cookie: phien=cua-trang")} == {"gz"}
    assert CANARY not in repr(result)
    assert CANARY not in caplog.text


def test_the_databases_password_is_in_no_message(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://thuthu:{CANARY}@127.0.0.1:9/luutru"
    with pytest.raises(DBAPIError) as failed:
        require_current(open_database(url))
    for said_so in (str(failed.value), str(explain(failed.value, url))):
        assert CANARY not in said_so
    said = [check.message for check in check_installation(Config(data=tmp_path, database=url))]
    assert CANARY not in "\n".join(said)
    bad = f"postgresql+psycop://thuthu:{CANARY}@127.0.0.1/luutru"
    with pytest.raises(DatabaseError) as caught:
        open_database(bad)
    assert CANARY not in str(caught.value)


def test_a_setting_that_is_refused_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(environ={"CONGDOAN_DELAY": CANARY, "CONGDOAN_WORKERS": CANARY})
    assert CANARY not in str(caught.value)


FORBIDDEN = {
    "pickle": {"load", "loads", "Unpickler"},
    "marshal": {"load", "loads"},
    "shelve": {"open"},
    "yaml": {"load", "unsafe_load", "full_load"},
    "numpy": {"load"},
    "joblib": {"load"},
    "jsonpickle": {"decode"},
}
NEVER = {"eval", "exec", "compile", "__import__"}


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_unpickled_and_nothing_read_is_run(room: str) -> None:
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                names = {alias.name.partition(".")[0] for alias in node.names}
                names |= {(getattr(node, "module", None) or "").partition(".")[0]}
                assert not names & {"pickle", "marshal", "shelve", "joblib", "jsonpickle", "dill"}, path
            if not isinstance(node, ast.Call):
                continue
            called = node.func
            if isinstance(called, ast.Name):
                assert called.id not in NEVER, f"{path}:{node.lineno}"
            elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                assert called.attr not in FORBIDDEN.get(called.value.id, ()), f"{path}:{node.lineno}"
            shell = [word for word in node.keywords if word.arg == "shell"]
            assert not shell, f"{path}:{node.lineno}"


def test_every_xml_parser_of_ours_leaves_entities_and_the_network_alone() -> None:
    parsers = 0
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            assert " xml.etree" not in text.replace("lxml.etree", ""), path
            assert "minidom" not in text, path
            assert "xml.sax" not in text, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("XMLParser"):
                    parsers += 1
                    told = {word.arg: ast.unparse(word.value) for word in node.keywords}
                    assert told.get("resolve_entities") == "False", f"{path}:{node.lineno}"
                    assert told.get("no_network") == "True", f"{path}:{node.lineno}"
                    assert told.get("load_dtd", "False") == "False", f"{path}:{node.lineno}"
    assert parsers >= 2
