"""Named: places and documents, each with the articles that name them."""

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
from storage.web.api.parameters import After, Named, page_of
from storage.web.api.responses import reply
from storage.web.api.search import Year
from storage.web.context import WebContext
from storage.web.pages.places import whole

MOST = 500  # rows of a page
SHOWN = 20  # articles


@dataclass(frozen=True, slots=True)
class PlaceHeld:
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
class Places:
    """One page of the places."""

    places: Annotated[tuple[PlaceHeld, ...], Doc("by key")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class PlaceTold:
    """A place with what was written of it."""

    place: PlaceHeld
    years: Annotated[
        tuple[Year, ...], Doc("articles about it, by year of publication, without gaps; undated last")
    ]
    newest: Annotated[tuple[ArticleSummary, ...], Doc("the newest of them; search with place:KEY for all")]


@dataclass(frozen=True, slots=True)
class Documents:
    """One page of the documents articles cite."""

    documents: Annotated[tuple[CitedDocument, ...], Doc("the one cited most first")]
    total: Annotated[int, Doc("documents")]
    next: Annotated[str | None, Doc("the cursor of the page after this one: pass it as `after`")]


@dataclass(frozen=True, slots=True)
class DocumentTold:
    """A document with the articles that cite it."""

    number: Annotated[str, Doc("`02-NQ/TW`")]
    document: Annotated[DocumentRef, Doc("as most articles that cite it call it")]
    total: Annotated[int, Doc("articles that cite it")]
    years: Annotated[tuple[Year, ...], Doc("they, by year of publication, without gaps; undated last")]
    newest: Annotated[tuple[ArticleSummary, ...], Doc("the newest of them; search with doc:NUMBER for all")]


Limit = Annotated[int, Query(ge=1, le=MOST, description="rows of a page")]


def routes(context: WebContext) -> APIRouter:
    """Places and documents."""
    router = APIRouter()
    _places(router, context)
    _documents(router, context)
    return router


def _places(router: APIRouter, context: WebContext) -> None:
    def tally() -> Counter[str]:
        with context.connect() as connection:
            return whole(context.cache.get_or_compute("places", lambda: count_by_place(connection)))

    @router.get("/places", response_model=Places, tags=["places"], summary="Provinces; or what lies in one")
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
        rows = [unit for unit in all_units().values() if _inside(unit, within)]
        shown, more = page_of(f"places {within}", sorted(rows, key=lambda unit: unit.key), after, limit)
        counts = tally()
        return reply(request, Places(tuple(_place(unit, counts) for unit in shown), more))

    @router.get("/places/{key:path}", response_model=PlaceTold, tags=["places"], summary="A place")
    def place(request: Request, key: Named) -> Response:
        unit = all_units().get(key)
        if unit is None:
            raise HTTPException(404, "there is no place of that key")
        with context.connect() as connection:
            found = articles_about_place(connection, key, SHOWN)
        years = tuple(Year(year, count) for year, count in found.years)
        return reply(request, PlaceTold(_place(unit, tally()), years, found.articles))


def _documents(router: APIRouter, context: WebContext) -> None:
    @router.get("/documents", response_model=Documents, tags=["documents"], summary="Documents cited most")
    def listed(request: Request, limit: Limit = 100, after: After = None) -> Response:
        with context.connect() as connection:
            counted = context.cache.get_or_compute("documents", lambda: most_cited(connection))
            shown, more = page_of("documents", counted, after, limit)
            found = cited_documents_of(connection, shown)
        return reply(request, Documents(found, len(counted), more))

    @router.get(
        "/documents/{number:path}", response_model=DocumentTold, tags=["documents"], summary="A document"
    )
    def document(request: Request, number: Named) -> Response:
        with context.connect() as connection:
            found, cited = articles_citing(connection, number, SHOWN)
        if cited is None:
            raise HTTPException(404, "no article cites a document of that number")
        years = tuple(Year(year, count) for year, count in found.years)
        called = DocumentRef(cited.number, cited.type, cited.issuer, cited.day)
        return reply(request, DocumentTold(number, called, found.total, years, found.articles))


def _inside(unit: Unit, within: str | None) -> bool:
    return "/" not in unit.key if within is None else unit.key.startswith(f"{within}/")


def _place(unit: Unit, counts: Counter[str]) -> PlaceHeld:
    return PlaceHeld(
        key=unit.key,
        name=unit.full_name,
        since=unit.since,
        until=unit.until,
        now=unit_key_on(unit.key, REFORM),
        into=unit.into,
        former=former_units(unit.key),
        articles=counts[unit.key],
    )
