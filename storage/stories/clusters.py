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
    rows = connection.execute(_CURRENT_TEXTS, {"ids": list(ids)})
    return {row.article_id: (near_text(row.lead, row.body), row.title) for row in rows}


def near_text(lead: str | None, body: str) -> str:
    """Return the text that near-duplicates are compared by: lead and body, for most sites rewrite titles."""
    return f"{lead}\n{body}" if lead else body


def save_relations(connection: Connection, article_id: int, relations: Mapping[int, TextRelation]) -> None:
    """Replace the stored relations of an article, given by the id of the other article."""
    connection.execute(_DELETE_RELATIONS, {"row": article_id})
    rows = [_relation_row(article_id, other_id, relation) for other_id, relation in relations.items()]
    if rows:
        connection.execute(_INSERT_RELATIONS, rows)


def _relation_row(article_id: int, other_id: int, relation: TextRelation) -> dict[str, object]:
    newer, older = max(article_id, other_id), min(article_id, other_id)
    stored = relation if newer == article_id else inverse_relation(relation)
    return {
        "article_id": newer,
        "other_id": older,
        "kind": stored.kind.value,
        "jaccard": stored.jaccard,
        "held": stored.held,
        "holding": stored.holding,
        "order": stored.order,
        "particulars": stored.particulars,
    }


INVERSE_KINDS = {
    RelationKind.SHORTENED: RelationKind.LENGTHENED,
    RelationKind.LENGTHENED: RelationKind.SHORTENED,
    RelationKind.QUOTED: RelationKind.QUOTING,
    RelationKind.QUOTING: RelationKind.QUOTED,
}


def inverse_relation(relation: TextRelation) -> TextRelation:
    """Return the same relation as seen from the other text."""
    kind = INVERSE_KINDS.get(relation.kind, relation.kind)
    return replace(relation, kind=kind, held=relation.holding, holding=relation.held)


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
        previous = self._stories_of([article_id]).get(article_id)
        related_ids = self._same_story_articles([article_id])
        story_ids = sorted(set(self._stories_of(related_ids).values()))
        story = story_ids[0] if story_ids else self._new_story() if related_ids else None
        for other_story in story_ids[1:]:
            self._merge(other_story, story)
        self._move([*sorted(related_ids), article_id], story)
        if previous is not None:
            # Articles that only this one connected may have come along into the merged story.
            self.split(story if story is not None and previous in story_ids else previous)
        return story

    def article_ids(self, story: int) -> list[int]:
        """Return the articles of a story by id."""
        return list(self.connection.scalars(_MEMBERS, {"story": story}))

    def split(self, story: int) -> None:
        """Split a story whose articles are no longer connected; the part with the oldest keeps the id."""
        parts = self._connected_parts(self.article_ids(story))
        for part in parts[1:]:
            self._move(part, self._new_story() if len(part) > 1 else None)
        if parts and len(parts[0]) == 1:
            self._move(parts[0], None)

    def _connected_parts(self, article_ids: Sequence[int]) -> list[list[int]]:
        """Return the groups of articles connected by relations, the group of the oldest first."""
        remaining, parts = set(article_ids), []
        while remaining:
            part, reached = set[int](), {min(remaining)}
            while reached:
                part |= reached
                reached = (self._same_story_articles(sorted(reached)) & remaining) - part
            parts.append(sorted(part))
            remaining -= part
        return parts

    def _same_story_articles(self, article_ids: Sequence[int]) -> set[int]:
        """Return the other articles whose text is the same story as one of these."""
        kinds = [kind.value for kind in SAME_STORY_KINDS]
        pairs = select(kinships.c.article_id, kinships.c.other_id).where(
            or_(kinships.c.article_id.in_(article_ids), kinships.c.other_id.in_(article_ids)),
            kinships.c.kind.in_(kinds),
        )
        related_ids = {article_id for pair in self.connection.execute(pairs) for article_id in pair}
        return related_ids - set(article_ids)

    def _stories_of(self, article_ids: Iterable[int]) -> dict[int, int]:
        rows = self.connection.execute(_STORY_OF, {"ids": list(article_ids)})
        return {row.id: row.story_id for row in rows}

    def _new_story(self) -> int:
        statement = insert(stories).values(made_at=self.at).returning(stories.c.id)
        return int(self.connection.execute(statement).scalar_one())

    def _merge(self, story: int, into: int | None) -> None:
        self._move(self.article_ids(story), into)
        self.connection.execute(update(stories).where(stories.c.id == story).values(merged_into=into))

    def _move(self, article_ids: Sequence[int], story: int | None) -> None:
        current = self._stories_of(article_ids)
        moved = [article_id for article_id in article_ids if current.get(article_id) != story]
        if not moved:
            return
        self.connection.execute(_SET_STORY, {"ids": moved, "story_id": story})
        rows = self.connection.execute(_CURRENT_ADDRESS, {"ids": moved}).all()
        for row in sorted(rows, key=lambda row: row.id):
            change = Change(
                0, ChangeKind.CLUSTERED, row.id, row.revision_id, row.site, row.url, self.at, story
            )
            append(self.connection, self.run, change)
