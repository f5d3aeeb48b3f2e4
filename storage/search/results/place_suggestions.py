"""Place suggestions: the same query for the units a queried place replaced, or was replaced by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typing_extensions import Doc

from storage.gazetteer.units import all_units, former_units
from storage.search.query.tree import Query, QueryPlace

MAX_PLACE_SUGGESTIONS = 8


class PlaceRelation(StrEnum):
    """How a suggested unit relates to the queried one."""

    FORMER = "former"  # it ended, and the queried unit has its land, which is searched too
    ITSELF = "itself"  # the queried unit without those it took over
    SUCCESSOR = "successor"  # it has the land of the queried unit


@dataclass(frozen=True, slots=True)
class PlaceSuggestion:
    """The same query with another administrative unit."""

    relation: PlaceRelation
    key: Annotated[str, Doc("of the unit")]
    label: Annotated[str, Doc("its full name")]
    query: str


def suggest_places(query: Query) -> tuple[PlaceSuggestion, ...]:
    """Return for each queried place what it was before the reform, and what it is since."""
    suggestions = (
        suggestion
        for suggested_for in query.places
        for suggestion in _suggest_for_place(query.text, suggested_for)
    )
    return tuple(suggestions)[:MAX_PLACE_SUGGESTIONS]


def _suggest_for_place(place_query_text: str, suggested_for: QueryPlace) -> Iterator[PlaceSuggestion]:
    unit_key = suggested_for.keys[0]
    former_place_keys = [
        suggested_key for suggested_key in former_units(unit_key) if suggested_key in suggested_for.keys
    ]
    for suggested_key in former_place_keys:
        yield _suggestion(
            PlaceRelation.FORMER, suggested_key, f"={suggested_key}", place_query_text, suggested_for
        )
    if former_place_keys:
        yield _suggestion(PlaceRelation.ITSELF, unit_key, f"={unit_key}", place_query_text, suggested_for)
    for suggested_key in all_units()[unit_key].into:
        yield _suggestion(
            PlaceRelation.SUCCESSOR, suggested_key, suggested_key, place_query_text, suggested_for
        )


def _suggestion(
    place_relation: PlaceRelation,
    suggested_key: str,
    place_value: str,
    place_query_text: str,
    suggested_for: QueryPlace,
) -> PlaceSuggestion:
    changed_query = (
        f"{place_query_text[: suggested_for.start]}{place_value}{place_query_text[suggested_for.end :]}"
    )
    return PlaceSuggestion(place_relation, suggested_key, all_units()[suggested_key].full_name, changed_query)
