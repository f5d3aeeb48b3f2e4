"""Syndication: a story with all its appearances in order, its source with the evidence, and its kin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from sqlalchemy import Connection, Row, bindparam, or_, select
from typing_extensions import Doc

from storage.articles.queries import ARTICLE
from storage.database.schema import appearances, articles, kinships, revisions, sites, stories
from storage.stories.attribution import (
    LikelySource,
    SourceEvidence,
    StoryAppearance,
    likely_source,
    publication_order,
    source_evidence,
)
from storage.stories.clusters import inverse_relation
from storage.stories.relations import RelationKind, TextRelation
from storage.stories.source_names import SiteIdentity

_APPEARANCES = (
    select(
        appearances.c.article_id,
        appearances.c.site,
        appearances.c.url,
        appearances.c.record,
        appearances.c.first_seen,
        appearances.c.gone_at,
        revisions.c.number,
    )
    .join(revisions, revisions.c.id == appearances.c.revision_id)
    .where(appearances.c.article_id.in_(bindparam("ids", expanding=True)))
    .order_by(appearances.c.id)
)
_MEMBERS = select(articles.c.id).where(articles.c.story_id == bindparam("story")).order_by(articles.c.id)
_RELATIONS = select(kinships).where(
    or_(
        kinships.c.article_id.in_(bindparam("ids", expanding=True)),
        kinships.c.other_id.in_(bindparam("ids", expanding=True)),
    )
)
_TITLES = select(articles.c.id, articles.c.site, articles.c.url, articles.c.title).where(
    articles.c.id.in_(bindparam("ids", expanding=True))
)
_MERGED_INTO = select(stories.c.id, stories.c.merged_into).where(stories.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story, with every address it stands at."""

    article_id: int
    kinship: Annotated[
        TextRelation | None,
        Doc("to the article of the first appearance; none = it is that, or akin through others"),
    ]
    places: Annotated[tuple[StoryAppearance, ...], Doc("in order")]


@dataclass(frozen=True, slots=True)
class RelatedArticle:
    """An article akin to one of a story's that is not part of the story."""

    article_id: int
    of: Annotated[int, Doc("the article of the story")]
    kinship: Annotated[TextRelation, Doc("of the relative to that article")]
    site: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Story:
    """One text told in one or more places."""

    id: Annotated[int | None, Doc("none = the article is in no story: nobody changed its text")]
    members: Annotated[tuple[StoryMember, ...], Doc("in the order of their first appearance")]
    evidence: Annotated[tuple[SourceEvidence, ...], Doc("for its source, the strongest first")]
    source: Annotated[LikelySource | None, Doc("what most of the evidence speaks for")]
    relatives: Annotated[tuple[RelatedArticle, ...], Doc("quoting, quoted, follow-ups")]

    @property
    def first(self) -> StoryAppearance:
        """The first appearance: by the dates printed, else as the archive saw them."""
        return self.members[0].places[0]

    @property
    def places(self) -> tuple[StoryAppearance, ...]:
        """Every appearance, in order."""
        return tuple(
            sorted((place for member in self.members for place in member.places), key=publication_order)
        )


SiteOwners = Mapping[str, str]
"""Per key of a site, the unit that publishes it, where its name is the site's own."""


def story_of_article(
    connection: Connection, article_id: int, owners: SiteOwners | None = None
) -> Story | None:
    """The story an article tells, alone or with others; None when there is no such article."""
    row = connection.execute(
        select(articles.c.id, articles.c.story_id).where(articles.c.id == article_id)
    ).one_or_none()
    if row is None:
        return None
    if row.story_id is None:
        return _story(connection, None, [row.id], owners)
    return read_story(connection, row.story_id, owners)


def read_story(connection: Connection, story_id: int, owners: SiteOwners | None = None) -> Story | None:
    """A story by its number, or by that of one that became part of it; None when nothing is in it."""
    number = current_story_id(connection, story_id)
    ids = list(connection.scalars(_MEMBERS, {"story": number})) if number else []
    return _story(connection, number, ids, owners) if ids else None


def current_story_id(connection: Connection, story_id: int) -> int | None:
    """The number a story goes by now; None when there never was such a story."""
    number: int | None = None
    into: int | None = story_id
    while into is not None:  # a story only ever goes into an older one: this ends
        row = connection.execute(_MERGED_INTO, {"row": into}).one_or_none()
        number, into = (row.id, row.merged_into) if row else (None, None)
    return number


def _story(connection: Connection, number: int | None, ids: list[int], owners: SiteOwners | None) -> Story:
    places = sorted(
        (_story_appearance(row) for row in _appearance_rows(connection, ids)), key=publication_order
    )
    kin = connection.execute(_RELATIONS, {"ids": ids}).all()
    first = places[0].article_id
    members = tuple(
        StoryMember(
            one,
            _relation_between(kin, one, first),
            tuple(place for place in places if place.article_id == one),
        )
        for one in dict.fromkeys(place.article_id for place in places)
    )
    evidence = source_evidence(places, site_identities(connection, owners or {}))
    return Story(
        number, members, evidence, likely_source(evidence), _related_articles(connection, kin, set(ids))
    )


def site_identities(connection: Connection, owners: SiteOwners) -> list[SiteIdentity]:
    """The sites the archive knows, as others may name them."""
    rows = connection.execute(select(sites.c.key, sites.c.name, sites.c.domain).order_by(sites.c.key))
    return [SiteIdentity(row.key, row.name, row.domain, owners.get(row.key)) for row in rows]


def _appearance_rows(connection: Connection, ids: list[int]) -> Iterable[Row[Any]]:
    return connection.execute(_APPEARANCES, {"ids": ids})


def _story_appearance(row: Row[Any]) -> StoryAppearance:
    page = ARTICLE.validate_python({"body": "", **row.record})
    return StoryAppearance(
        article_id=row.article_id,
        revision=row.number,
        site=row.site,
        url=row.url,
        title=page.title,
        published=page.published,
        first_seen=row.first_seen,
        gone_at=row.gone_at,
        author=page.author,
        source_name=page.source_name,
        prefix=page.prefix,
    )


def _text_relation(row: Row[Any]) -> TextRelation:
    return TextRelation(
        RelationKind(row.kind), row.jaccard, row.held, row.holding, row.order, row.particulars
    )


def _relation_between(kin: Iterable[Row[Any]], one: int, other: int) -> TextRelation | None:
    """How `one` is akin to `other`, whichever is the newer."""
    for row in kin:
        if (row.article_id, row.other_id) == (one, other):
            return _text_relation(row)
        if (row.other_id, row.article_id) == (one, other):
            return inverse_relation(_text_relation(row))
    return None


def _related_articles(
    connection: Connection, kin: Iterable[Row[Any]], ids: set[int]
) -> tuple[RelatedArticle, ...]:
    found = [
        (row.article_id, row.other_id, _text_relation(row))
        if row.other_id in ids
        else (row.other_id, row.article_id, inverse_relation(_text_relation(row)))
        for row in kin
        if not {row.article_id, row.other_id} <= ids
    ]
    told = {row.id: row for row in connection.execute(_TITLES, {"ids": [one for one, _, _ in found]})}
    return tuple(
        RelatedArticle(one, other, kinship, told[one].site, told[one].url, told[one].title)
        for one, other, kinship in sorted(found, key=lambda each: each[:2])
    )
