"""Annotates an article with the place it is about, the union body that issued it, and cited documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date as Day
from functools import partial

from pipelines.describe.legal_documents import find_cited_documents
from pipelines.describe.organisations import (
    FEDERATION,
    UNION_SITE_LEVELS,
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
    """Return the article with place, organisation and documents, each with provenance; other fields stay."""
    paragraphs = article.body.split("\n")
    lead = article.lead if article.lead is not None else paragraphs[0]
    day = article.published.day if article.published else None
    borrowed = article.source_name is not None
    place_evidence = PlaceEvidence(
        article.title, lead, paragraphs, article.author_unit, article.section, day, borrowed
    )
    place = locate_article(place_evidence, profile)
    issuer = find_issuer(
        article.author_unit, lead, profile, borrowed or _is_in_other_province(place, profile, day)
    )
    documents = find_cited_documents(
        (article.title, article.lead or "", *paragraphs),
        _federation_of_numbers(place, issuer, profile, day),
        partial(issuer_at_start, profile=profile),
    )
    provenance = [
        Provenance("place", place.source, place.rule, place.raw[:300]) if place else None,
        Provenance("organisation", issuer.source, issuer.rule, issuer.raw[:300]) if issuer else None,
        Provenance("documents", FieldSource.TEXT, "number", documents[0].number[:300]) if documents else None,
    ]
    return replace(
        article,
        place=place.key if place else None,
        organisation=issuer.name if issuer else None,
        documents=documents,
        provenance=(*article.provenance, *(entry for entry in provenance if entry)),
    )


def _federation_of_numbers(
    place: PlaceResult | None, issuer: Organisation | None, profile: SiteProfile, day: Day | None
) -> str | None:
    """Return the federation that numbers like `12/KH-LĐLĐ` are of: the site's own, if no other is named."""
    home = site_unit(profile)
    at_home = place and home and place.key == (unit_key_on(home, day) if day else home)
    if not at_home or issuer is None or profile.level not in UNION_SITE_LEVELS:
        return None
    is_own_news = issuer.name == site_owner(profile) and issuer.name.startswith(FEDERATION)
    return issuer.name if is_own_news else None


def _is_in_other_province(place: PlaceResult | None, profile: SiteProfile, day: Day | None) -> bool:
    """Return whether an article is about another province than its site's: hardly its owner's own news."""
    home = site_unit(profile)
    if place is None or home is None:
        return False
    return get_unit(place.key).province != get_unit(unit_key_on(home, day) if day else home).province
