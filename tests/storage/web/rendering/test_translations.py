"""Every word of the room is there in both languages, and none that is no longer said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from crawler.health.findings import Failure, Sign, advice
from spiders.profile.site_profile import Level, Status
from storage.records import Confidence, FieldSource, FileStatus
from storage.runs.status_reviews import ReviewDecision
from storage.search.query.parse import QueryProblem
from storage.search.results.place_suggestions import PlaceRelation
from storage.search.results.result_page import Facet, SortOrder
from storage.stories.attribution import EvidenceKind
from storage.stories.relations import RelationKind
from storage.web.rendering.localizer import LOCALE_FOLDER, load_localizers

WEB = LOCALE_FOLDER.parents[1]
TERMS: dict[str, list[str]] = {
    "level": list(Level.__args__),  # type: ignore[attr-defined]
    "status": list(Status.__args__),  # type: ignore[attr-defined]
    "kin": list(RelationKind),
    "confidence": list(Confidence),
    "source": list(FieldSource),
    "file": list(FileStatus),
    "problem": list(QueryProblem),
    "ground": list(EvidenceKind),
    "facet": list(Facet),
    "order": list(SortOrder),
    "offer": list(PlaceRelation),
    "decision": list(ReviewDecision),
    "failure": list(Failure),
    "sign": list(Sign),
    "relation": ["merged", "moved", "dissolved"],
    "part": ["title", "lead", "body", "attachments"],
}
HOLE = re.compile(r"%\((\w+)\)s")


def said() -> Iterator[str]:
    """Every message of the templates and modules, by its English text."""
    for path in sorted((WEB / "templates").glob("**/*.html")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_", "plural"], [], {"encoding": "utf-8"}):
                yield message if isinstance(message, str) else next(part for part in message or () if part)
    for path in WEB.glob("**/*.py"):
        yield from re.findall(r"\b(?:localizer|self)\(\"([^\"]+)\"\)", path.read_text(encoding="utf-8"))


def catalogue(language: str) -> dict[tuple[str | None, str], tuple[str, ...]]:
    with (LOCALE_FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file)
    found: dict[tuple[str | None, str], tuple[str, ...]] = {}
    for message in read:
        one = message.id if isinstance(message.id, str) else message.id[0]
        told = message.string if isinstance(message.string, tuple) else (message.string,)
        if one:
            assert (message.context, one) not in found, f"{one} stands twice"
            found[message.context, one] = tuple(str(each) for each in told)
    return found


def test_every_message_is_there_in_vietnamese_and_none_beyond() -> None:
    there = {one for context, one in catalogue("vi") if context is None}
    assert set(said()) - there == set(), "not translated: add them to storage/web/rendering/locale/vi.po"
    assert there - set(said()) == set(), "no longer said: take them out of storage/web/rendering/locale/vi.po"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_translations_have_the_holes_of_their_messages(language: str) -> None:
    for (_, one), told in catalogue(language).items():
        for text in told:
            assert text, f"{one}: empty"
            assert sorted(HOLE.findall(text)) == sorted(HOLE.findall(one)), text


def test_every_value_of_a_closed_list_has_its_word() -> None:
    vietnamese = load_localizers()["vi"]
    for kind, values in TERMS.items():
        for value in values:
            word = vietnamese.term(kind, value)
            assert word != str(value).replace("_", " "), f"{kind}: {value} has no word in vi.po"


@pytest.mark.parametrize("kind", [*Failure, *Sign])
def test_advice_is_given_in_both_languages(kind: Failure | Sign) -> None:
    english, vietnamese = (
        load_localizers()[language].advice(kind.value, advice(kind)) for language in ("en", "vi")
    )
    assert english == advice(kind)
    assert vietnamese not in (english, kind.value)
    assert re.findall(r"`[^`]+`", vietnamese) == re.findall(r"`[^`]+`", english), "the same keys and commands"


def test_templates_are_all_used() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in WEB.glob("**/*.py"))
    code += "".join(path.read_text(encoding="utf-8") for path in (WEB / "templates").glob("**/*.html"))
    for path in (WEB / "templates").glob("**/*.html"):
        assert f'"{path.relative_to(WEB / "templates")}"' in code, path
    assert Path(WEB / "static" / "pages.css").stat().st_size < 40_000
