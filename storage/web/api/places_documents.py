"""Places and cited documents in the API, each with the articles about or citing it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response
from typing_extensions import Doc

from storage.articles.entity_index import (
    CitedDocument,
    articles_about_place,
    articles_citing,
    cited_documents_of,
    count_by_place,
    most_cited,
)
from storage.articles.statistics import ArticleSummary
from storage.gazetteer.units import REFORM, Unit, all_units, former_units, unit_key_on
from storage.records import DocumentRef
from storage.web.api.parameters import After, KeyOrName, cursor_page
from storage.web.api.responses import json_response
from storage.web.api.search import YearCount
from storage.web.context import WebContext
from storage.web.pages.places import sum_with_districts

MAX_ROWS = 500  # of a page
MAX_NEWEST_ARTICLES = 20  # of one place or document


@dataclass(frozen=True, slots=True)
class PlaceSummary:
    """A province, district or commune, as it was or is."""

    key: Annotated[str, Doc("never changes and is never used again: `bac_kan`, `bac_kan/ba_be`")]
    name: Annotated[str, Doc("as the law writes it: `tỉnh Bắc Kạn`")]
    since: Annotated[date | None, Doc("none = before anything we keep")]
    until: Annotated[date | None, Doc("last day; none = it stands")]
    now: Annotated[
        str, Doc("key of what it is since the reform of 2025-07-01, or of what holds all its land")
    ]
    into: Annotated[tuple[str, ...], Doc("keys of the units that hold its land since it ended")]
    former: Annotated[
        tuple[str, ...], Doc("keys of the units that left their land, or a part of it, to this one")
    ]
    articles: Annotated[int, Doc("about it and everything in it")]


@dataclass(frozen=True, slots=True)
class PlaceList:
    """One page of the places."""

    places: Annotated[tuple[PlaceSummary, ...], Doc("by key")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class PlaceDetail:
    """A place with the articles about it."""

    place: PlaceSummary
    years: Annotated[
        tuple[YearCount, ...], Doc("articles about it, by year of publication, without gaps; undated last")
    ]
    newest: Annotated[tuple[ArticleSummary, ...], Doc("the newest of them; search with place:KEY for all")]


@dataclass(frozen=True, slots=True)
class DocumentList:
    """One page of the documents articles cite."""

    documents: Annotated[tuple[CitedDocument, ...], Doc("the one cited most first")]
    total: Annotated[int, Doc("documents")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class DocumentDetail:
    """A document with the articles that cite it."""

    number: Annotated[str, Doc("`02-NQ/TW`")]
    document: Annotated[DocumentRef, Doc("as most articles that cite it call it")]
    total: Annotated[int, Doc("articles that cite it")]
    years: Annotated[tuple[YearCount, ...], Doc("they, by year of publication, without gaps; undated last")]
    newest: Annotated[tuple[ArticleSummary, ...], Doc("the newest of them; search with doc:NUMBER for all")]


Limit = Annotated[int, Query(ge=1, le=MAX_ROWS, description="rows of a page")]


def routes(context: WebContext) -> APIRouter:
    """Return the routes of places and documents."""
    places_api = APIRouter()
    _add_place_routes(places_api, context)
    _add_document_routes(places_api, context)
    return places_api


def _add_place_routes(places_api: APIRouter, context: WebContext) -> None:
    @places_api.get(
        "/places", response_model=PlaceList, tags=["places"], summary="Provinces; or what lies in one"
    )
    def places(
        request: Request,
        within: Annotated[
            str | None, Query(max_length=80, description="key of a province; without it: all provinces")
        ] = None,
        limit: Limit = 100,
        after: After = None,
    ) -> Response:
        if within is not None and within not in all_units():
            raise HTTPException(404, "there is no place of that key")
        page_places, next_cursor = cursor_page(f"places {within}", _units_within(within), after, limit)
        count_by_place_key = _place_counts(context)
        return json_response(
            request,
            PlaceList(
                tuple(_place_summary(place_unit, count_by_place_key) for place_unit in page_places),
                next_cursor,
            ),
        )

    @places_api.get("/places/{key:path}", response_model=PlaceDetail, tags=["places"], summary="A place")
    def place(request: Request, key: KeyOrName) -> Response:
        place_unit = all_units().get(key)
        if place_unit is None:
            raise HTTPException(404, "there is no place of that key")
        with context.connect() as connection:
            about_place = articles_about_place(connection, key, MAX_NEWEST_ARTICLES)
        place_years = tuple(YearCount(year, count) for year, count in about_place.years)
        return json_response(
            request,
            PlaceDetail(
                _place_summary(place_unit, _place_counts(context)), place_years, about_place.articles
            ),
        )


def _units_within(within: str | None) -> list[Unit]:
    place_units = (unit for unit in all_units().values() if _is_place_within(unit, within))
    return sorted(place_units, key=lambda place_unit: place_unit.key)


def _place_counts(context: WebContext) -> Counter[str]:
    with context.connect() as connection:
        return sum_with_districts(context.cache.get_or_compute("places", lambda: count_by_place(connection)))


def _add_document_routes(documents_api: APIRouter, context: WebContext) -> None:
    @documents_api.get(
        "/documents", response_model=DocumentList, tags=["documents"], summary="Documents cited most"
    )
    def listed(request: Request, limit: Limit = 100, after: After = None) -> Response:
        with context.connect() as connection:
            document_counts = context.cache.get_or_compute("documents", lambda: most_cited(connection))
            page_documents, next_cursor = cursor_page("documents", document_counts, after, limit)
            documents = cited_documents_of(connection, page_documents)
        return json_response(request, DocumentList(documents, len(document_counts), next_cursor))

    @documents_api.get(
        "/documents/{number:path}", response_model=DocumentDetail, tags=["documents"], summary="A document"
    )
    def document(request: Request, number: KeyOrName) -> Response:
        with context.connect() as connection:
            citing_articles, cited_document = articles_citing(connection, number, MAX_NEWEST_ARTICLES)
        if cited_document is None:
            raise HTTPException(404, "no article cites a document of that number")
        document_years = tuple(YearCount(year, count) for year, count in citing_articles.years)
        document_ref = DocumentRef(
            cited_document.number, cited_document.type, cited_document.issuer, cited_document.day
        )
        return json_response(
            request,
            DocumentDetail(
                number, document_ref, citing_articles.total, document_years, citing_articles.articles
            ),
        )


def _is_place_within(place_unit: Unit, within: str | None) -> bool:
    return "/" not in place_unit.key if within is None else place_unit.key.startswith(f"{within}/")


def _place_summary(place_unit: Unit, count_by_place_key: Counter[str]) -> PlaceSummary:
    return PlaceSummary(
        key=place_unit.key,
        name=place_unit.full_name,
        since=place_unit.since,
        until=place_unit.until,
        now=unit_key_on(place_unit.key, REFORM),
        into=place_unit.into,
        former=former_units(place_unit.key),
        articles=count_by_place_key[place_unit.key],
    )
