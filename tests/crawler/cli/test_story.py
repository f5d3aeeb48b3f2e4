"""`story`, and `show` with revisions and differences, as their users meet them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.cli.main import EXIT_CANNOT, run
from storage.database.engine import open_database, upgrade
from storage.export.manifest import manifest_path, read_manifest
from storage.stories.relations import RelationKind
from tests.storage.copied_articles import DAY, Press

ORIGINAL = "Sáng 12/6, LĐLĐ tỉnh trao 1.500 suất quà cho công nhân.\nHội nghị kết thúc lúc 11 giờ."
COPY = "Sáng 12/6, LĐLĐ tỉnh đã trao 1.500 suất quà cho công nhân.\nHội nghị kết thúc lúc 11 giờ."


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Article 1, its copy 2 that names it, 3 that quotes it, and 4 with two texts; 1 stands twice."""
    path = tmp_path_factory.mktemp("stories")
    engine = open_database(f"sqlite:///{path / 'archive.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        press = Press.opened(connection)
        one = press.prints("backan", DAY, ORIGINAL)
        source: dict[str, Any] = {"source_name": "LĐLĐ Bắc Kạn", "source_url": "https://nguon.example/tin-1"}
        two = press.prints("babe", DAY + timedelta(days=1), COPY, author="Thu Hà", **source)
        three = press.prints("thudo", DAY, "Một bài dài hơn")
        press.akin(two, one)
        press.akin(three, one, kind=RelationKind.QUOTING)
        press.prints("lao_dong", DAY, "Có 20 người dự.\nHết.")
        press.edits("lao_dong", 4, "Có 30 người dự.\nHết.")
        press.prints("thudo", DAY + timedelta(days=3), ORIGINAL)
    engine.dispose()
    return path


def told(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert run(["--data", str(data), *arguments]) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> Any:
    return json.loads(told(capsys, data, *arguments, "--json"))


def refused(capsys: pytest.CaptureFixture[str], data: Path, *arguments: str) -> str:
    capsys.readouterr()
    assert run(["--data", str(data), *arguments]) not in {0, EXIT_CANNOT}
    return capsys.readouterr().err


@pytest.mark.parametrize("article", ["1", "2", "https://babe.example/2", "https://thudo.example/5"])
def test_a_story_is_told_from_any_of_its_addresses(
    capsys: pytest.CaptureFixture[str], data: Path, article: str
) -> None:
    said = told(capsys, data, "story", article)
    for part in (
        "story 1: Bài Sáng 12/6",
        "copy (in order 95%, shared 80%)",
        "word for word",
        "Thu Hà",
        "first appearance: https://backan.example/1, 12/06/2021",
        "likely source: backan (Liên đoàn Lao động tỉnh Bắc Kạn)",
        "named: babe names its source “LĐLĐ Bắc Kạn”: its name, Liên đoàn Lao động tỉnh Bắc Kạn",
        "printed: backan printed it 12/06/2021, babe 13/06/2021: the earliest",
        "quoting of 1: [3]",
    ):
        assert part in said
    rows = [line.split()[2] for line in said.splitlines() if line[:2] in {"1 ", "2 ", "3 "}]
    assert rows == ["backan", "babe", "thudo"]


def test_a_story_tells_what_its_copies_have_otherwise(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    said = told(capsys, data, "story", "1", "--diff")
    assert "backan → babe (text 2/1)" in said
    assert "LĐLĐ tỉnh {+đã+} trao 1.500 suất quà" in said
    assert "… 1 paragraph the same" in said
    found = as_json(capsys, data, "story", "2", "--diff")
    assert (found["id"], found["first"]["article_id"], found["source"]["site"]) == (1, 1, "backan")
    assert [place["site"] for member in found["members"] for place in member["places"]] == [
        "backan",
        "thudo",
        "babe",
    ]
    assert found["members"][1]["kinship"]["kind"] == "copy"
    (variant,) = found["differences"]
    assert {"edit": "added", "text": "đã "} in variant["parts"][1]["paragraphs"][0]


def test_an_article_nobody_copied_is_its_own_story(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    said = told(capsys, data, "story", "4")
    assert said.startswith("Bài ")
    assert "likely source: unknown" in said
    assert as_json(capsys, data, "story", "4")["id"] is None


def test_an_article_names_its_story_and_who_quotes_it(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    said = told(capsys, data, "show", "1")
    assert "story 1: 2 articles at 3 addresses, first at backan, 12/06/2021; `congdoan story 1`" in said
    assert "  quoting: [3] Bài Một bài dài hơn (thudo)" in said
    assert "quoted: [1]" in told(capsys, data, "show", "3")
    assert "story" not in told(capsys, data, "show", "4")


def test_every_text_an_article_had_can_be_had_again(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert told(capsys, data, "show", "4", "--revision", "1", "--as", "text").splitlines()[2:] == [
        "Có 20 người dự.",
        "",
        "Hết.",
    ]
    assert "Có 30 người dự." in told(capsys, data, "show", "4", "--revision", "2")
    assert told(capsys, data, "show", "4", "--revision", "1").startswith("revision 1, noticed 2026-03-01")
    found = as_json(capsys, data, "show", "4", "--revision", "1")
    assert (found["id"], found["revision"], found["body"]) == (4, 1, "Có 20 người dự.\nHết.")


@pytest.mark.parametrize("asked", [[], ["2"], ["1..2"]])
def test_what_changed_and_when_it_was_noticed(
    capsys: pytest.CaptureFixture[str], data: Path, asked: list[str]
) -> None:
    said = told(capsys, data, "show", "4", "--diff", *asked)
    assert "revision 1 → 2, noticed 2026-03-02 18:04 UTC" in said
    assert "Có [-20-] {+30+} người dự." in said
    (step,) = as_json(capsys, data, "show", "4", "--diff", *asked)
    assert (step["from"], step["to"], [part["part"] for part in step["parts"]]) == (1, 2, ["title", "body"])


def test_backwards_and_nothing_changed(capsys: pytest.CaptureFixture[str], data: Path) -> None:
    assert "Có [-30-] {+20+} người dự." in told(capsys, data, "show", "4", "--diff", "2..1")
    assert "the same words" in told(capsys, data, "show", "4", "--diff", "2..2")
    assert "one revision only" in told(capsys, data, "show", "1", "--diff")
    assert as_json(capsys, data, "show", "1", "--diff") == []


@pytest.mark.parametrize(
    ("arguments", "told_of"),
    [
        (("story", "99"), "no article 99"),
        (("story", "https://nowhere.example/"), "no article https://nowhere.example/"),
        (("show", "4", "--revision", "3"), "article 4 has no revision 3: it has 1 to 2"),
        (("show", "4", "--diff", "1..7"), "no revision 7"),
        (("show", "4", "--diff", "1"), "the first revision changed nothing"),
        (("show", "4", "--diff", "x"), "say K, or K..L"),
        (("show", "4", "--diff", "2", "--as", "text"), "--diff goes with neither"),
    ],
)
def test_what_cannot_be_shown_is_told(
    capsys: pytest.CaptureFixture[str], data: Path, arguments: tuple[str, ...], told_of: str
) -> None:
    assert told_of in refused(capsys, data, *arguments)


def test_a_search_tells_a_story_once_and_where_else_it_stands(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    said = told(capsys, data, "search", "suất quà")
    assert said.startswith("1 story in 2 articles\n")
    assert "+2 copies: " in said
    assert said.count("suất quà cho công nhân") == 1
    assert told(capsys, data, "search", "--unfold", "suất quà").startswith("2 articles\n")
    (hit,) = map(json.loads, told(capsys, data, "search", "--json", "suất quà").splitlines())
    assert (hit["story"], len(hit["copies"])) == (1, 2)
    assert told(capsys, data, "search", "người dự").startswith("1 article\n")


def test_an_article_shows_the_source_it_names_and_its_address(
    capsys: pytest.CaptureFixture[str], data: Path
) -> None:
    assert "source: LĐLĐ Bắc Kạn · https://nguon.example/tin-1" in told(capsys, data, "show", "2")
    assert "source:" not in told(capsys, data, "show", "1").split("story")[0]


@pytest.mark.parametrize("by", [None, "site"])
def test_an_export_tells_how_many_articles_are_in_stories(
    capsys: pytest.CaptureFixture[str], data: Path, tmp_path: Path, by: str | None
) -> None:
    out = tmp_path / ("directory" if by else "all.jsonl")
    more = ("--by", by, "--format", "jsonl") if by else ()
    assert run(["--data", str(data), "export", "-o", str(out), *more]) == 0
    assert "4 articles, 2 of them in stories" in capsys.readouterr().err
    manifest = out / "manifest.json" if by else manifest_path(out)
    assert read_manifest(manifest).storied == 2
    old = json.loads(manifest.read_bytes())
    del old["storied"]
    manifest.write_text(json.dumps(old))
    assert read_manifest(manifest).storied is None
