"""Numbers no row can have, in every address with a number: nothing is there, and nothing breaks."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from storage.database.ids import HIGHEST, number_in

NUMBERS = {
    "over 32 bits": str(2**31),
    "over JSON's": str(2**53 + 1),
    "the highest": str(HIGHEST),
    "over 64 bits": str(HIGHEST + 1),
    "ten to the thirtieth": str(10**30),
    "more digits than Python reads": "9" * 5000,
    "none": "0",
    "below none": str(-HIGHEST - 2),
    "another script's": "%D9%A1",
    "signed": "+1",
    "with zeros": "01",
    "in groups": "1_0",
}
PAGES = [
    "/article/{n}",
    "/article/{n}/changes",
    "/article/{n}/changes/1/2",
    "/article/1/changes/{n}/1",
    "/article/1/changes/1/{n}",
    "/article/{n}/revision/1",
    "/article/1/revision/{n}",
    "/article/{n}.bib",
    "/article/{n}.ris",
    "/article/{n}.csl.json",
    "/article/{n}/revision/1.ris",
    "/article/1/revision/{n}.bib",
    "/capture/{n}",
    "/capture/{n}/page",
    "/capture/{n}/raw",
    "/capture/{n}.bib",
    "/story/{n}",
    "/file/{n}",
    "/file/{n}/1",
    "/file/1/{n}",
    "/collections/{n}",
    "/collections/{n}.csv",
]
CALLS = [
    "/articles/{n}",
    "/articles/{n}/revisions",
    "/articles/{n}/revisions/1",
    "/articles/1/revisions/{n}",
    "/articles/{n}/diff?from=1&to=2",
    "/articles/1/diff?from={n}&to=1",
    "/articles/1/diff?from=1&to={n}",
    "/articles/{n}/captures",
    "/captures/{n}",
    "/stories/{n}",
    "/runs/{n}",
]
ALIASES = {"another script's", "signed", "with zeros", "in groups"}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_no_page_has_it(client: TestClient, number: str) -> None:
    for path in PAGES:
        response = client.get(path.format(n=number))
        assert response.status_code == 404, path
        assert "<h1" in response.text, path


@pytest.mark.parametrize("name", sorted(NUMBERS.keys() - ALIASES))
def test_nothing_of_the_api_has_it(client: TestClient, name: str) -> None:
    for path in CALLS:
        response = client.get("/api/v1" + path.format(n=NUMBERS[name]))
        assert response.status_code in {404, 422}, path
        assert response.json()["code"] in {"not_found", "bad_parameter"}, path


@given(st.integers(1, HIGHEST))
def test_every_number_is_read_as_it_is_written(number: int) -> None:
    assert number_in(str(number)) == number


@given(st.text(max_size=30).filter(lambda text: not text.isascii() or not text.isdigit() or text[0] == "0"))
def test_whatever_else_is_typed_is_none(typed: str) -> None:
    assert number_in(typed) is None
