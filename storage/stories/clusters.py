"""Clusters of near-duplicates, called stories; a story keeps its id through growth, merges and splits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from storage.articles.changes import Change, append
from storage.database.schema import articles, kinships, revisions, stories
from storage.records import ChangeKind
from storage.stories.relations import SAME_STORY_KINDS, RelationKind, TextRelation

_CURRENT_TEXTS = (
    select(revisions.c.article_id, revisions.c.title, revisions.c.lead, revisions.c.body)
    .join(articles, articles.c.revision_id == revisions.c.id)
    .where(articles.c.id.in_(bindparam("ids", expanding=True)))
)
_DELETE_RELATIONS = delete(kinships).where(
    or_(kinships.c.article_id == bindparam("row"), kinships.c.other_id == bindparam("row"))
)
_INSERT_RELATIONS = insert(kinships)
_STORY_OF = select(articles.c.id, articles.c.story_id).where(
    articles.c.id.in_(bindparam("ids", expanding=True)), articles.c.story_id.is_not(None)
)
_MEMBERS = select(articles.c.id).where(articles.c.story_id == bindparam("story")).order_by(articles.c.id)
_SET_STORY = update(articles).where(articles.c.id.in_(bindparam("ids", expanding=True)))
_CURRENT_ADDRESS = select(articles.c.id, articles.c.revision_id, articles.c.site, articles.c.url).where(
    articles.c.id.in_(bindparam("ids", expanding=True))
)


def near_texts(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return `(near_text, title)` of each article's current revision, by article id."""
    cluster_rows = connection.execute(_CURRENT_TEXTS, {"ids": list(ids)})
    return {
        cluster_row.article_id: (near_text(cluster_row.lead, cluster_row.body), cluster_row.title)
        for cluster_row in cluster_rows
    }


def near_text(lead: str | None, body: str) -> str:
    """Return the text that near-duplicates are compared by: lead and body, for most sites rewrite titles."""
    return f"{lead}\n{body}" if lead else body


def save_relations(connection: Connection, article_id: int, relations: Mapping[int, TextRelation]) -> None:
    """Replace the stored relations of an article, given by the id of the other article."""
    connection.execute(_DELETE_RELATIONS, {"row": article_id})
    cluster_rows = [_relation_row(article_id, other_id, relation) for other_id, relation in relations.items()]
    if cluster_rows:
        connection.execute(_INSERT_RELATIONS, cluster_rows)


def _relation_row(article_id: int, other_id: int, relation: TextRelation) -> dict[str, object]:
    newer_article, older_article = max(article_id, other_id), min(article_id, other_id)
    stored_relation = relation if newer_article == article_id else inverse_relation(relation)
    return {
        "article_id": newer_article,
        "other_id": older_article,
        "kind": stored_relation.kind.value,
        "jaccard": stored_relation.jaccard,
        "held": stored_relation.held,
        "holding": stored_relation.holding,
        "order": stored_relation.order,
        "particulars": stored_relation.particulars,
    }


INVERSE_KINDS = {
    RelationKind.SHORTENED: RelationKind.LENGTHENED,
    RelationKind.LENGTHENED: RelationKind.SHORTENED,
    RelationKind.QUOTED: RelationKind.QUOTING,
    RelationKind.QUOTING: RelationKind.QUOTED,
}


def inverse_relation(relation: TextRelation) -> TextRelation:
    """Return the same relation as seen from the other text."""
    relation_kind = INVERSE_KINDS.get(relation.kind, relation.kind)
    return replace(relation, kind=relation_kind, held=relation.holding, holding=relation.held)


@dataclass(frozen=True, slots=True)
class StoryClusters:
    """Assigns articles to stories in the caller's transaction; every move becomes a change of the feed."""

    connection: Connection
    run: int
    at: datetime

    def assign(self, article_id: int) -> int | None:
        """Assign an article to the story of its relations, or to none; returns the id of its story.

        Call it after `save_relations`. Stories that the article connects are merged under the oldest id.
        """
        previous_story = self._stories_of([article_id]).get(article_id)
        related_ids = self._same_story_articles([article_id])
        story_ids = sorted(set(self._stories_of(related_ids).values()))
        story = story_ids[0] if story_ids else self._new_story() if related_ids else None
        for other_story in story_ids[1:]:
            self._merge(other_story, story)
        self._move([*sorted(related_ids), article_id], story)
        if previous_story is not None:
            # Articles that only this one connected may have come along into the merged story.
            self.split(story if story is not None and previous_story in story_ids else previous_story)
        return story

    def article_ids(self, story: int) -> list[int]:
        """Return the articles of a story by id."""
        return list(self.connection.scalars(_MEMBERS, {"story": story}))

    def split(self, story: int) -> None:
        """Split a story whose articles are no longer connected; the part with the oldest keeps the id."""
        cluster_parts = self._connected_parts(self.article_ids(story))
        for cluster_part in cluster_parts[1:]:
            self._move(cluster_part, self._new_story() if len(cluster_part) > 1 else None)
        if cluster_parts and len(cluster_parts[0]) == 1:
            self._move(cluster_parts[0], None)

    def _connected_parts(self, article_ids: Sequence[int]) -> list[list[int]]:
        """Return the groups of articles connected by relations, the group of the oldest first."""
        unclustered_ids, cluster_parts = set(article_ids), []
        while unclustered_ids:
            cluster_part, cluster_reached = set[int](), {min(unclustered_ids)}
            while cluster_reached:
                cluster_part |= cluster_reached
                cluster_reached = (
                    self._same_story_articles(sorted(cluster_reached)) & unclustered_ids
                ) - cluster_part
            cluster_parts.append(sorted(cluster_part))
            unclustered_ids -= cluster_part
        return cluster_parts

    def _same_story_articles(self, article_ids: Sequence[int]) -> set[int]:
        """Return the other articles whose text is the same story as one of these."""
        story_kinds = [relation_kind.value for relation_kind in SAME_STORY_KINDS]
        relation_pairs = select(kinships.c.article_id, kinships.c.other_id).where(
            or_(kinships.c.article_id.in_(article_ids), kinships.c.other_id.in_(article_ids)),
            kinships.c.kind.in_(story_kinds),
        )
        related_ids = {
            article_id
            for relation_pair in self.connection.execute(relation_pairs)
            for article_id in relation_pair
        }
        return related_ids - set(article_ids)

    def _stories_of(self, article_ids: Iterable[int]) -> dict[int, int]:
        cluster_rows = self.connection.execute(_STORY_OF, {"ids": list(article_ids)})
        return {cluster_row.id: cluster_row.story_id for cluster_row in cluster_rows}

    def _new_story(self) -> int:
        new_story_insert = insert(stories).values(made_at=self.at).returning(stories.c.id)
        return int(self.connection.execute(new_story_insert).scalar_one())

    def _merge(self, story: int, merged_story: int | None) -> None:
        self._move(self.article_ids(story), merged_story)
        self.connection.execute(update(stories).where(stories.c.id == story).values(merged_into=merged_story))

    def _move(self, article_ids: Sequence[int], story: int | None) -> None:
        current_stories = self._stories_of(article_ids)
        moved_articles = [
            article_id for article_id in article_ids if current_stories.get(article_id) != story
        ]
        if not moved_articles:
            return
        self.connection.execute(_SET_STORY, {"ids": moved_articles, "story_id": story})
        cluster_rows = self.connection.execute(_CURRENT_ADDRESS, {"ids": moved_articles}).all()
        for cluster_row in sorted(cluster_rows, key=lambda cluster_row: cluster_row.id):
            cluster_change = Change(
                0,
                ChangeKind.CLUSTERED,
                cluster_row.id,
                cluster_row.revision_id,
                cluster_row.site,
                cluster_row.url,
                self.at,
                story,
            )
            append(self.connection, self.run, cluster_change)
