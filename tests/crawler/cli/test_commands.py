"""The commands as their users meet them: what they print, what they refuse, how they end."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from sqlalchemy import text

from crawler.cli.main import EXIT_CANNOT, congdoan, run
from crawler.demo.server import ReplicaServer
from spiders.profile.site_profile import SPIDERS_FOLDER
from storage.database import engine as database

SITE = "congdoanbackan"
PROFILE = (SPIDERS_FOLDER / "sites" / "bac_kan" / f"{SITE}.toml").read_text(encoding="utf-8")
NO_ONE = "127.0.0.1:9"  # the discard port: nobody listens


@pytest.fixture(scope="module")
def server() -> Iterator[ReplicaServer]:
    with ReplicaServer(1, scale=0.05, sites=[SITE]) as running:
        yield running


@pytest.fixture(scope="module")
def filled(server: ReplicaServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one site's articles."""
    data = tmp_path_factory.mktemp("cli") / "archive"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONGDOAN_DELAY", "0")
        assert run(["--data", str(data), "crawl", SITE, *dial(server)]) == 0
    return data


def dial(server: ReplicaServer) -> list[str]:
    return [part for host, address in server.dial.items() for part in ("--dial", f"{host}={address}")]


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CONGDOAN_") and "TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CONGDOAN_DELAY", "0")
    monkeypatch.chdir(tmp_path)


def sites_with(tmp_path: Path, text: str) -> list[str]:
    folder = tmp_path / "sites" / "bac_kan"
    folder.mkdir(parents=True)
    (folder / f"{SITE}.toml").write_text(text, encoding="utf-8")
    return ["--data", str(tmp_path / "archive"), "--sites", str(tmp_path / "sites")]


def refused(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """The one line a command that cannot do its work prints."""
    capsys.readouterr()
    assert run(arguments) == EXIT_CANNOT
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("congdoan:")]
    assert len(said) == 1
    return said[0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[discover]", "colour = 'red'\n[discover]", ("line 16: key `colour`", "remove it or correct")),
        ('title = "h3 a"', 'titel = "h3 a"', ("listing.titel", "remove it or correct its spelling")),
        (r"^/bai-viet/[^/]+-\d+\.html$", "^/bai-viet/(", ("urls.article.0", "not a regular expression")),
        (".item-post", "div[", ("listing.item.0", "not a CSS selector")),
        ('every = "30d"', 'every = "monthly"', ("every", "not a duration like 1d")),
        ('status = "frozen"', 'status = "cold"', ("status", "'frozen'")),
        ('status = "frozen"', "status = frozen", ("not valid TOML",)),
    ],
)
def test_a_profile_that_cannot_be_used_is_told_by_file_and_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, told: tuple[str, ...]
) -> None:
    assert old in PROFILE
    line = refused(capsys, [*sites_with(tmp_path, PROFILE.replace(old, new, 1)), "crawl", SITE])
    for part in (f"{SITE}.toml", *told):
        assert part in line
    assert not (tmp_path / "archive").exists()


def test_a_new_site_gets_a_profile_that_loads_and_is_never_written_over(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, server: ReplicaServer
) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    told = ["--data", str(tmp_path / "archive"), "--sites", str(folder)]
    new = [*told, "site", "new", "congdoanbackan.org.vn", *dial(server)]
    assert run(new) == 0
    said = capsys.readouterr().out
    path = folder / "bac_kan" / f"{SITE}.toml"
    for part in ("robots.txt: read and obeyed", "level: province (guessed: the title says", str(path)):
        assert part in said
    assert "# guessed: the title says “Bắc Kạn”" in path.read_text(encoding="utf-8")
    table = said.partition("what would be stored")[2].partition("└")[0].splitlines()
    assert max(map(len, table)) <= 100
    for field in ("title", "day, time", "author", "section", "body", "images", "attachments"):
        assert [line for line in table if line.startswith(f"│ {field} ")], field
    assert run([*told, "site", "check"]) == 0
    assert "a replica through --dial" in path.read_text(encoding="utf-8")
    before = path.read_bytes()
    assert "there is a profile already" in refused(capsys, new)
    assert path.read_bytes() == before
    assert run([*new, "--force"]) == 0


def test_a_new_site_that_does_not_answer_leaves_no_profile(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    target = tmp_path / "new.toml"
    hosts = ["--dial", f"congdoan.example={NO_ONE}", "-o", str(target)]
    line = refused(capsys, ["--data", str(tmp_path), "site", "new", "https://congdoan.example/", *hosts])
    assert "no page could be looked at" in line
    assert not target.exists()


def test_a_level_on_the_command_line_wins_and_a_place_must_be_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, server: ReplicaServer
) -> None:
    target = tmp_path / "new.toml"
    new = ["--data", str(tmp_path), "site", "new", "congdoanbackan.org.vn", "-o", str(target), *dial(server)]
    assert run([*new, "--level", "office", "--place", "ha_noi"]) == 0
    told = target.read_text(encoding="utf-8")
    assert 'level = "office"\nplace = "ha_noi"\n' in told
    assert run([*new, "--force", "--place", "bac_can"]) == 2
    assert "none of the 63 provinces" in capsys.readouterr().err


RUBBISH: dict[str, tuple[bytes, str]] = {
    "rubbish.warc.gz": (b"\x1f\x8b no gzip at all", "give a WARC file"),
    "text.warc": (b"not a WARC record\r\n", "give a WARC file"),
    "paper.pdf": (b"%PDF-1.4\n\0\0", "give a WARC file"),
    "paper.html": (b"%PDF-1.4\n\0\0", "no page of text"),
    "elsewhere.html": (b"<link rel=canonical href=https://khac.example/a><p>a</p>", "but of khac.example"),
    "shell.html": (
        b"<title>C</title><script src=/app.js></script><div id=root></div>",
        "`[fetch] browser = true`",
    ),
}


@pytest.mark.parametrize("name", RUBBISH)
def test_saved_rubbish_is_told_and_leaves_no_profile(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    body, told = RUBBISH[name]
    (tmp_path / name).write_bytes(body)
    target = tmp_path / "new.toml"
    new = ["--data", str(tmp_path), "site", "new", "congdoan.example", "-o", str(target)]
    line = refused(capsys, [*new, "--from", str(tmp_path / name)])
    assert name in line or name == "shell.html"
    assert told in line
    assert not target.exists()


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["site", "schema"]) == 0
    assert "seeds" in json.loads(capsys.readouterr().out)["required"]


def test_an_unreachable_host_is_told_and_the_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hosts = ["--dial", f"congdoanbackan.org.vn={NO_ONE}"]
    assert run(["--data", str(tmp_path / "archive"), "crawl", SITE, *hosts]) == 1
    said = capsys.readouterr().out
    assert "ended early: unreachable (https://congdoanbackan.org.vn" in said
    assert "needs a person" in said


def test_an_unwritable_directory_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, ["--data", "/proc/archive", "db", "upgrade"])  # not even root may write there
    assert "/proc/archive" in line
    assert "make it writable" in line


def test_a_directory_that_is_a_file_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "archive").write_text("")
    line = refused(capsys, ["--data", str(tmp_path / "archive"), "db", "upgrade"])
    assert str(tmp_path / "archive") in line
    assert "make it writable" in line


def test_a_locked_database_is_told_after_the_busy_time_and_nothing_is_damaged(
    capsys: pytest.CaptureFixture[str], filled: Path, server: ReplicaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    monkeypatch.setattr("storage.database.writer.MAX_ATTEMPTS", 2)
    before = articles(filled)
    holder = sqlite3.connect(filled / "archive.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    line = refused(capsys, ["--data", str(filled), "crawl", SITE, *dial(server)])
    assert "archive.db: locked by another process" in line
    holder.rollback()
    holder.close()
    assert articles(filled) == before
    assert run(["--data", str(filled), "crawl", SITE, *dial(server)]) == 0


def articles(data: Path) -> int:
    with sqlite3.connect(data / "archive.db") as connection:
        return int(connection.execute("SELECT count(*) FROM articles").fetchone()[0])


@pytest.mark.parametrize(
    "command", [["search", "cong doan"], ["report"], ["crawl", SITE], ["export"], ["show", "1"]]
)
def test_an_archive_of_another_version_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: list[str]
) -> None:
    data = tmp_path / "archive"
    engine = database.open_database(f"sqlite:///{data / 'archive.db'}")
    database.upgrade(engine)
    for version, advice in (("0001", "congdoan db upgrade"), ("9999", "newer congdoan")):
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": version})
        line = refused(capsys, ["--data", str(data), *command])
        assert advice in line
        assert f"version {version}" in line
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["search", "x"], "there is no archive yet"),
        (["crawl", "nowhere"], "no site is called nowhere"),
        (["crawl", "cong_thong_tin_huyen"], "its home is not identified"),
        (["crawl", SITE], "contact address"),
        (["--database", "mysql://x/y", "crawl", SITE], "use sqlite"),
        (["crawl", SITE, "--dial", "congdoanbackan.org.vn=10.0.0.1:80"], "only loopback addresses"),
        (["crawl", SITE, "--dial", "nonsense"], "write it as host=127.0.0.1:port"),
        (["--sites", "nowhere", "site", "list"], "no such folder of profiles"),
        (["--data", ".", "demo"], "not a demo's directory"),
    ],
)
def test_what_cannot_be_done_is_one_line_that_says_what_to_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "something").write_text("not ours")
    assert told in refused(capsys, arguments)


@pytest.mark.parametrize(
    ("content", "told"),
    [("colour = 1", "key `colour`"), ("workers = 0", "key `workers`"), ("delay =", "not valid TOML")],
)
def test_a_configuration_that_cannot_be_used_is_told_by_file_and_key(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "congdoan.toml").write_text(content)
    line = refused(capsys, ["site", "list"])
    assert told in line
    assert "congdoan.toml" in line


def test_search_shows_hits_and_finds_them_without_marks(
    capsys: pytest.CaptureFixture[str], filled: Path
) -> None:
    assert run(["--data", str(filled), "search", "công", "đoàn"]) == 0
    with_marks = capsys.readouterr().out
    assert run(["--data", str(filled), "search", "--json", "cong doan"]) == 0
    hits = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert f"{SITE} · https://congdoanbackan.org.vn/" in with_marks
    assert all(hit["site"] == SITE for hit in hits)
    assert run(["--data", str(filled), "search", "khủng long"]) == 1


def test_a_broken_query_points_at_the_spot(capsys: pytest.CaptureFixture[str], filled: Path) -> None:
    assert run(["--data", str(filled), "search", 'công "đoàn']) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[-1].index("^") == said[-2].index('"')


@pytest.mark.parametrize(("form", "start"), [("text", ""), ("html", "<p>"), ("markdown", "# ")])
def test_show_prints_the_text_in_a_form(
    capsys: pytest.CaptureFixture[str], filled: Path, form: str, start: str
) -> None:
    assert run(["--data", str(filled), "show", "1", "--as", form]) == 0
    out = capsys.readouterr().out
    assert out.startswith(start)
    assert len(out) > 200
    assert "read from:" not in out


def test_show_takes_a_number_or_a_url(capsys: pytest.CaptureFixture[str], filled: Path) -> None:
    assert run(["--data", str(filled), "show", "1", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert run(["--data", str(filled), "show", record["url"]]) == 0
    said = capsys.readouterr().out
    assert record["title"] in said
    assert "a replica, not the live site" in said
    assert run(["--data", str(filled), "show", "999999"]) == 1


def test_export_writes_every_article_or_leaves_the_old_file(
    capsys: pytest.CaptureFixture[str], filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "articles.jsonl"
    assert run(["--data", str(filled), "export", "-o", str(target)]) == 0
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == articles(filled) > 10
    assert {line["schema"] for line in lines} == {1}
    assert all(line["appearances"] and line["body"] for line in lines)
    whole = target.read_bytes()

    def breaks(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.export.jsonl.json_lines", breaks)
    line = refused(capsys, ["--data", str(filled), "export", "-o", str(target)])
    assert f"{target}: No space left on device" in line
    assert target.read_bytes() == whole
    assert sorted(path.name for path in target.parent.iterdir()) == [
        target.name,
        f"{target.name}.manifest.json",
    ]


def test_report_db_check_doctor_and_site_check(
    capsys: pytest.CaptureFixture[str], filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["--data", str(filled), "report"]) == 0
    assert run(["--data", str(filled), "report", "1", "--json"]) == 0
    assert run(["--data", str(filled), "report", "999"]) == 1
    assert run(["--data", str(filled), "db", "check"]) == 0
    assert run(["site", "check"]) == 0
    assert run(["--data", str(filled), "doctor"]) == 1  # no contact address
    assert "live sites will not be crawled" in capsys.readouterr().out
    monkeypatch.setenv("CONGDOAN_CONTACT", "luu-tru@congdoan.example")
    assert run(["--data", str(filled), "doctor"]) == 0


def test_site_diff_shows_what_a_changed_profile_would_change(
    capsys: pytest.CaptureFixture[str], filled: Path, tmp_path: Path
) -> None:
    assert run(["--data", str(filled), "site", "diff", SITE]) == 0, capsys.readouterr().out
    assert "nothing would change" in capsys.readouterr().out
    changed = PROFILE.replace("unit = true", "unit = false").replace(
        ", '^/tim-kiem", ", '^/gioi-thieu', '^/tim-kiem"
    )
    draft = tmp_path / "draft.toml"
    draft.write_text(
        changed.replace('body = [".detail .content"]', 'body = [".detail .content p:first-child"]')
    )
    assert run(["--data", str(filled), "site", "diff", SITE, "--with", str(draft), "--examples", "1"]) == 1
    said = capsys.readouterr().out
    assert "body: " in said
    assert "would change" in said
    assert run(["--data", str(filled), "site", "diff", SITE, "--with", "nowhere.toml"]) == EXIT_CANNOT


def test_a_site_is_tried_with_a_few_pages_and_nothing_is_kept(
    capsys: pytest.CaptureFixture[str], server: ReplicaServer, tmp_path: Path
) -> None:
    data = tmp_path / "archive"
    assert run(["--data", str(data), "site", "check", SITE, "--crawl", "14", *dial(server)]) == 0
    said = capsys.readouterr().out
    assert "14 pages asked" in said
    assert "dates: " in said
    assert "never found: tags" in said  # that system prints none
    assert not data.exists()


def test_unknown_unions_are_offered_and_judged(
    capsys: pytest.CaptureFixture[str], filled: Path, tmp_path: Path
) -> None:
    assert run(["--data", str(filled), "site", "candidates"]) == 0
    said = capsys.readouterr().out
    assert "congdoan.vn" not in said, "the replicas' footers link to it, and a profile knows it"
    alone = ["--data", str(filled), *sites_with(tmp_path, PROFILE)[2:], "site", "candidates"]
    assert run(alone) == 0
    said = capsys.readouterr().out
    assert "congdoan.vn" in said
    assert "laodongthudo.vn" in said, "a registry of one site knows none of the others"
    assert run([*alone, "--reject", "congdoan.vn"]) == 0
    assert run([*alone, "--accept", "nowhere.vn"]) == 1
    capsys.readouterr()
    assert run(alone) == 0
    assert "congdoan.vn" not in capsys.readouterr().out


def test_every_command_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    groups: list[tuple[list[str], click.Command]] = [([], congdoan)]
    while groups:
        path, command = groups.pop()
        assert run([*path, "--help"]) == 0
        assert "Example: congdoan" in capsys.readouterr().out, path
        groups += [([*path, name], inner) for name, inner in getattr(command, "commands", {}).items()]
