"""Annotate: an article with the place it is about, the union body that issued it, the documents it cites."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as Day
from functools import partial

from pipelines.describe.legal_documents import find_cited_documents
from pipelines.describe.organisations import (
    FEDERATION,
    UNIONS_OWN,
    Organisation,
    find_issuer,
    issuer_at_start,
    site_owner,
)
from pipelines.describe.places import PlaceEvidence, PlaceResult, locate_article, site_unit
from spiders.profile.site_profile import SiteProfile
from storage.gazetteer.units import get_unit, unit_key_on
from storage.records import Article, FieldSource, Provenance


def annotate(article: Article, profile: SiteProfile) -> Article:
    """The article with place, organisation and documents, each with its provenance; nothing else changes."""
    paragraphs = article.body.split("\n")
    lead = article.lead if article.lead is not None else paragraphs[0]
    day = article.published.day if article.published else None
    borrowed = article.source_name is not None
    told = PlaceEvidence(article.title, lead, paragraphs, article.author_unit, article.section, day, borrowed)
    place = locate_article(told, profile)
    issued = find_issuer(article.author_unit, lead, profile, borrowed or _elsewhere(place, profile, day))
    documents = find_cited_documents(
        (article.title, article.lead or "", *paragraphs),
        _federation(place, issued, profile, day),
        partial(issuer_at_start, profile=profile),
    )
    found = [
        Provenance("place", place.source, place.rule, place.raw[:300]) if place else None,
        Provenance("organisation", issued.source, issued.rule, issued.raw[:300]) if issued else None,
        Provenance("documents", FieldSource.TEXT, "number", documents[0].number[:300]) if documents else None,
    ]
    return replace(
        article,
        place=place.key if place else None,
        organisation=issued.name if issued else None,
        documents=documents,
        provenance=(*article.provenance, *(each for each in found if each)),
    )


def _federation(
    place: PlaceResult | None, issued: Organisation | None, profile: SiteProfile, day: Day | None
) -> str | None:
    """Whose a number like `12/KH-LĐLĐ` is: the site's own, where no other body acts or unit is named."""
    home = site_unit(profile)
    at_home = place and home and place.key == (unit_key_on(home, day) if day else home)
    if not at_home or issued is None or profile.level not in UNIONS_OWN:
        return None
    own = issued.name == site_owner(profile) and issued.name.startswith(FEDERATION)
    return issued.name if own else None


def _elsewhere(place: PlaceResult | None, profile: SiteProfile, day: Day | None) -> bool:
    """Whether an article plays in another province than its site's: hardly its owner's own news."""
    home = site_unit(profile)
    if place is None or home is None:
        return False
    return get_unit(place.key).province != get_unit(unit_key_on(home, day) if day else home).province
