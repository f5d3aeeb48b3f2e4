"""Reads a story: its appearances in order, its likely source with the evidence, and related articles."""

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
    """One article of a story with all its appearances."""

    article_id: int
    kinship: Annotated[
        TextRelation | None,
        Doc("to the article of the first appearance; none = the same, or related through others only"),
    ]
    places: Annotated[tuple[StoryAppearance, ...], Doc("in order")]


@dataclass(frozen=True, slots=True)
class RelatedArticle:
    """An article related to one of a story's, but not part of the story: it quotes it or follows it up."""

    article_id: int
    of: Annotated[int, Doc("the article of the story")]
    kinship: Annotated[TextRelation, Doc("of this article to that one")]
    site: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Story:
    """One text shown at one or more addresses."""

    id: Annotated[int | None, Doc("none = a single article, in no story with others")]
    members: Annotated[tuple[StoryMember, ...], Doc("in the order of their first appearance")]
    evidence: Annotated[tuple[SourceEvidence, ...], Doc("for its source, the strongest first")]
    source: Annotated[LikelySource | None, Doc("the one with the most evidence")]
    relatives: Annotated[tuple[RelatedArticle, ...], Doc("quoting, quoted, follow-ups")]

    @property
    def first(self) -> StoryAppearance:
        """The first appearance: by printed date, else by when the archive saw it."""
        return self.members[0].places[0]

    @property
    def places(self) -> tuple[StoryAppearance, ...]:
        """All appearances, in order of publication."""
        return tuple(
            sorted(
                (appearance for member in self.members for appearance in member.places), key=publication_order
            )
        )


SiteOwners = Mapping[str, str]
"""Per key of a site the unit that publishes it, for sites with a name of their own."""


def story_of_article(
    connection: Connection, article_id: int, owners: SiteOwners | None = None
) -> Story | None:
    """Return the story of an article, which may be its only one; None when there is no such article."""
    story_row = connection.execute(
        select(articles.c.id, articles.c.story_id).where(articles.c.id == article_id)
    ).one_or_none()
    if story_row is None:
        return None
    if story_row.story_id is None:
        return _story(connection, None, [story_row.id], owners)
    return read_story(connection, story_row.story_id, owners)


def read_story(connection: Connection, story_id: int, owners: SiteOwners | None = None) -> Story | None:
    """Return a story by its id, or by that of a story merged into it; None when no article is in it."""
    current_id = current_story_id(connection, story_id)
    article_ids = list(connection.scalars(_MEMBERS, {"story": current_id})) if current_id else []
    return _story(connection, current_id, article_ids, owners) if article_ids else None


def current_story_id(connection: Connection, story_id: int) -> int | None:
    """Return the id of the story that a story was merged into, or its own; None when it never existed."""
    current_id: int | None = None
    merged_into: int | None = story_id
    while merged_into is not None:  # ends: a story is only ever merged into an older one
        story_row = connection.execute(_MERGED_INTO, {"row": merged_into}).one_or_none()
        current_id, merged_into = (story_row.id, story_row.merged_into) if story_row else (None, None)
    return current_id


def _story(
    connection: Connection, story_id: int | None, article_ids: list[int], owners: SiteOwners | None
) -> Story:
    story_rows = _appearance_rows(connection, article_ids)
    appearances_in_order = sorted(map(_story_appearance, story_rows), key=publication_order)
    relation_rows = connection.execute(_RELATIONS, {"ids": article_ids}).all()
    first_id = appearances_in_order[0].article_id
    appearances_by_article: dict[int, list[StoryAppearance]] = {}
    for appearance in appearances_in_order:
        appearances_by_article.setdefault(appearance.article_id, []).append(appearance)
    story_members = tuple(
        StoryMember(
            article_id, _relation_between(relation_rows, article_id, first_id), tuple(article_appearances)
        )
        for article_id, article_appearances in appearances_by_article.items()
    )
    story_evidence = source_evidence(appearances_in_order, site_identities(connection, owners or {}))
    related_to_story = _related_articles(connection, relation_rows, set(article_ids))
    return Story(story_id, story_members, story_evidence, likely_source(story_evidence), related_to_story)


def site_identities(connection: Connection, owners: SiteOwners) -> list[SiteIdentity]:
    """Return the sites of the archive with the names that others may credit them by."""
    story_rows = connection.execute(select(sites.c.key, sites.c.name, sites.c.domain).order_by(sites.c.key))
    return [
        SiteIdentity(story_row.key, story_row.name, story_row.domain, owners.get(story_row.key))
        for story_row in story_rows
    ]


def _appearance_rows(connection: Connection, article_ids: list[int]) -> Iterable[Row[Any]]:
    return connection.execute(_APPEARANCES, {"ids": article_ids})


def _story_appearance(story_row: Row[Any]) -> StoryAppearance:
    story_page = ARTICLE.validate_python({"body": "", **story_row.record})
    return StoryAppearance(
        article_id=story_row.article_id,
        revision=story_row.number,
        site=story_row.site,
        url=story_row.url,
        title=story_page.title,
        published=story_page.published,
        first_seen=story_row.first_seen,
        gone_at=story_row.gone_at,
        author=story_page.author,
        source_name=story_page.source_name,
        prefix=story_page.prefix,
    )


def _text_relation(story_row: Row[Any]) -> TextRelation:
    relation_kind = RelationKind(story_row.kind)
    return TextRelation(
        relation_kind,
        story_row.jaccard,
        story_row.held,
        story_row.holding,
        story_row.order,
        story_row.particulars,
    )


def _relation_between(
    relation_rows: Iterable[Row[Any]], article_id: int, other_id: int
) -> TextRelation | None:
    """Return the relation of one article to another, whichever is the newer; None without one."""
    for story_row in relation_rows:
        if (story_row.article_id, story_row.other_id) == (article_id, other_id):
            return _text_relation(story_row)
        if (story_row.other_id, story_row.article_id) == (article_id, other_id):
            return inverse_relation(_text_relation(story_row))
    return None


def _related_articles(
    connection: Connection, relation_rows: Iterable[Row[Any]], story_ids: set[int]
) -> tuple[RelatedArticle, ...]:
    """Return the articles outside the story that are related to one of its articles `story_ids`."""
    related_pairs = [
        (story_row.article_id, story_row.other_id, _text_relation(story_row))
        if story_row.other_id in story_ids
        else (story_row.other_id, story_row.article_id, inverse_relation(_text_relation(story_row)))
        for story_row in relation_rows
        if not {story_row.article_id, story_row.other_id} <= story_ids
    ]
    outside_ids = [outside_id for outside_id, _, _ in related_pairs]
    related_titles = {
        story_row.id: story_row for story_row in connection.execute(_TITLES, {"ids": outside_ids})
    }
    return tuple(
        RelatedArticle(
            outside_id,
            story_article_id,
            relation,
            related_titles[outside_id].site,
            related_titles[outside_id].url,
            related_titles[outside_id].title,
        )
        for outside_id, story_article_id, relation in sorted(
            related_pairs, key=lambda related_pair: related_pair[:2]
        )
    )
