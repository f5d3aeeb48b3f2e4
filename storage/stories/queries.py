"""Syndication: a story with all its appearances in order, its source with the evidence, and its kin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from sqlalchemy import Connection, Row, bindparam, or_, select
from typing_extensions import Doc

from storage.articles.queries import ARTICLE
from storage.database.schema import appearances, articles, kinships, revisions, sites, stories
from storage.stories.attribution import Evidence, Likely, Place, likely, order, testimony
from storage.stories.clusters import turned
from storage.stories.relations import KinKind, Kinship
from storage.stories.source_names import Signboard

_PLACES = (
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
_KIN = select(kinships).where(
    or_(
        kinships.c.article_id.in_(bindparam("ids", expanding=True)),
        kinships.c.other_id.in_(bindparam("ids", expanding=True)),
    )
)
_TITLES = select(articles.c.id, articles.c.site, articles.c.url, articles.c.title).where(
    articles.c.id.in_(bindparam("ids", expanding=True))
)
_INTO = select(stories.c.id, stories.c.merged_into).where(stories.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a story, with every address it stands at."""

    article_id: int
    kinship: Annotated[
        Kinship | None,
        Doc("to the article of the first appearance; none = it is that, or akin through others"),
    ]
    places: Annotated[tuple[Place, ...], Doc("in order")]


@dataclass(frozen=True, slots=True)
class Relative:
    """An article akin to one of a story's that is not part of the story."""

    article_id: int
    of: Annotated[int, Doc("the article of the story")]
    kinship: Annotated[Kinship, Doc("of the relative to that article")]
    site: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Story:
    """One text told in one or more places."""

    id: Annotated[int | None, Doc("none = the article is in no story: nobody changed its text")]
    members: Annotated[tuple[Member, ...], Doc("in the order of their first appearance")]
    evidence: Annotated[tuple[Evidence, ...], Doc("for its source, the strongest first")]
    source: Annotated[Likely | None, Doc("what most of the evidence speaks for")]
    relatives: Annotated[tuple[Relative, ...], Doc("quoting, quoted, follow-ups")]

    @property
    def first(self) -> Place:
        """The first appearance: by the dates printed, else as the archive saw them."""
        return self.members[0].places[0]

    @property
    def places(self) -> tuple[Place, ...]:
        """Every appearance, in order."""
        return tuple(sorted((place for member in self.members for place in member.places), key=order))


Owners = Mapping[str, str]
"""Per key of a site, the unit that publishes it, where its name is the site's own."""


def story_of(connection: Connection, article_id: int, owners: Owners | None = None) -> Story | None:
    """The story an article tells, alone or with others; None when there is no such article."""
    row = connection.execute(
        select(articles.c.id, articles.c.story_id).where(articles.c.id == article_id)
    ).one_or_none()
    if row is None:
        return None
    if row.story_id is None:
        return _story(connection, None, [row.id], owners)
    return story(connection, row.story_id, owners)


def story(connection: Connection, story_id: int, owners: Owners | None = None) -> Story | None:
    """A story by its number, or by that of one that became part of it; None when nothing is in it."""
    number = followed(connection, story_id)
    ids = list(connection.scalars(_MEMBERS, {"story": number})) if number else []
    return _story(connection, number, ids, owners) if ids else None


def followed(connection: Connection, story_id: int) -> int | None:
    """The number a story goes by now; None when there never was such a story."""
    number: int | None = None
    into: int | None = story_id
    while into is not None:  # a story only ever goes into an older one: this ends
        row = connection.execute(_INTO, {"row": into}).one_or_none()
        number, into = (row.id, row.merged_into) if row else (None, None)
    return number


def _story(connection: Connection, number: int | None, ids: list[int], owners: Owners | None) -> Story:
    places = sorted((_place(row) for row in _rows(connection, ids)), key=order)
    kin = connection.execute(_KIN, {"ids": ids}).all()
    first = places[0].article_id
    members = tuple(
        Member(one, _between(kin, one, first), tuple(place for place in places if place.article_id == one))
        for one in dict.fromkeys(place.article_id for place in places)
    )
    evidence = testimony(places, boards(connection, owners or {}))
    return Story(number, members, evidence, likely(evidence), _relatives(connection, kin, set(ids)))


def boards(connection: Connection, owners: Owners) -> list[Signboard]:
    """The sites the archive knows, as others may name them."""
    rows = connection.execute(select(sites.c.key, sites.c.name, sites.c.domain).order_by(sites.c.key))
    return [Signboard(row.key, row.name, row.domain, owners.get(row.key)) for row in rows]


def _rows(connection: Connection, ids: list[int]) -> Iterable[Row[Any]]:
    return connection.execute(_PLACES, {"ids": ids})


def _place(row: Row[Any]) -> Place:
    page = ARTICLE.validate_python({"body": "", **row.record})
    return Place(
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


def _kinship(row: Row[Any]) -> Kinship:
    return Kinship(KinKind(row.kind), row.jaccard, row.held, row.holding, row.order, row.particulars)


def _between(kin: Iterable[Row[Any]], one: int, other: int) -> Kinship | None:
    """How `one` is akin to `other`, whichever is the newer."""
    for row in kin:
        if (row.article_id, row.other_id) == (one, other):
            return _kinship(row)
        if (row.other_id, row.article_id) == (one, other):
            return turned(_kinship(row))
    return None


def _relatives(connection: Connection, kin: Iterable[Row[Any]], ids: set[int]) -> tuple[Relative, ...]:
    found = [
        (row.article_id, row.other_id, _kinship(row))
        if row.other_id in ids
        else (row.other_id, row.article_id, turned(_kinship(row)))
        for row in kin
        if not {row.article_id, row.other_id} <= ids
    ]
    told = {row.id: row for row in connection.execute(_TITLES, {"ids": [one for one, _, _ in found]})}
    return tuple(
        Relative(one, other, kinship, told[one].site, told[one].url, told[one].title)
        for one, other, kinship in sorted(found, key=lambda each: each[:2])
    )
