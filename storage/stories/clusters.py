"""Stories: articles that are one text told on several sites; their numbers outlive growth, merges, splits."""

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
    """Of the current text of each article what near-duplicates are told by (`near_text`), and the title."""
    rows = connection.execute(_CURRENT_TEXTS, {"ids": list(ids)})
    return {row.article_id: (near_text(row.lead, row.body), row.title) for row in rows}


def near_text(lead: str | None, body: str) -> str:
    """What of an article is held against others: lead and body; titles are rewritten by everybody."""
    return f"{lead}\n{body}" if lead else body


def save_relations(connection: Connection, article_id: int, found: Mapping[int, TextRelation]) -> None:
    """Keep how an article is akin to others, in place of what was known of it before."""
    connection.execute(_DELETE_RELATIONS, {"row": article_id})
    rows = [_relation_row(article_id, other, kinship) for other, kinship in found.items()]
    if rows:
        connection.execute(_INSERT_RELATIONS, rows)


def _relation_row(article_id: int, other: int, kinship: TextRelation) -> dict[str, object]:
    newer, older = max(article_id, other), min(article_id, other)
    told = kinship if newer == article_id else inverse_relation(kinship)
    return {
        "article_id": newer,
        "other_id": older,
        "kind": told.kind.value,
        "jaccard": told.jaccard,
        "held": told.held,
        "holding": told.holding,
        "order": told.order,
        "particulars": told.particulars,
    }


INVERSE_KINDS = {
    RelationKind.SHORTENED: RelationKind.LENGTHENED,
    RelationKind.LENGTHENED: RelationKind.SHORTENED,
    RelationKind.QUOTED: RelationKind.QUOTING,
    RelationKind.QUOTING: RelationKind.QUOTED,
}


def inverse_relation(kinship: TextRelation) -> TextRelation:
    """The same kinship, told from the other text to this one."""
    kind = INVERSE_KINDS.get(kinship.kind, kinship.kind)
    return replace(kinship, kind=kind, held=kinship.holding, holding=kinship.held)


@dataclass(frozen=True, slots=True)
class StoryClusters:
    """Puts articles into stories, inside the caller's transaction, and tells the feed of every move."""

    connection: Connection
    run: int
    at: datetime

    def place(self, article_id: int) -> int | None:
        """Put an article into the story its kinships say, or out of the one it was in; returns its story.

        Call it after `relate`. Stories that it joins become one, under the oldest number.
        """
        before = self._stories_of([article_id]).get(article_id)
        fellows = self._fellows([article_id])
        ids = sorted(set(self._stories_of(fellows).values()))
        story = ids[0] if ids else self._new() if fellows else None
        for other in ids[1:]:
            self._merge(other, story)
        self._move([*sorted(fellows), article_id], story)
        if before is not None:
            # What hung by this article alone may have come along into the story that its own was merged into.
            self.part(story if story is not None and before in ids else before)
        return story

    def members(self, story: int) -> list[int]:
        """The articles of a story, by their number."""
        return list(self.connection.scalars(_MEMBERS, {"story": story}))

    def part(self, story: int) -> None:
        """Split a story whose articles no longer hang together; the part of the oldest keeps the number."""
        parts = self._parts(self.members(story))
        for part in parts[1:]:
            self._move(part, self._new() if len(part) > 1 else None)
        if parts and len(parts[0]) == 1:
            self._move(parts[0], None)

    def _parts(self, ids: Sequence[int]) -> list[list[int]]:
        """The articles in groups that hang together by kinship, the group of the oldest first."""
        open_ids, parts = set(ids), []
        while open_ids:
            part, reached = set[int](), {min(open_ids)}
            while reached:
                part |= reached
                reached = (self._fellows(sorted(reached)) & open_ids) - part
            parts.append(sorted(part))
            open_ids -= part
        return parts

    def _fellows(self, ids: Sequence[int]) -> set[int]:
        """The articles whose text is the same story as one of these."""
        kinds = [kind.value for kind in SAME_STORY_KINDS]
        chosen = select(kinships.c.article_id, kinships.c.other_id).where(
            or_(kinships.c.article_id.in_(ids), kinships.c.other_id.in_(ids)), kinships.c.kind.in_(kinds)
        )
        return {each for row in self.connection.execute(chosen) for each in row} - set(ids)

    def _stories_of(self, ids: Iterable[int]) -> dict[int, int]:
        rows = self.connection.execute(_STORY_OF, {"ids": list(ids)})
        return {row.id: row.story_id for row in rows}

    def _new(self) -> int:
        made = insert(stories).values(made_at=self.at).returning(stories.c.id)
        return int(self.connection.execute(made).scalar_one())

    def _merge(self, story: int, into: int | None) -> None:
        self._move(self.members(story), into)
        self.connection.execute(update(stories).where(stories.c.id == story).values(merged_into=into))

    def _move(self, ids: Sequence[int], story: int | None) -> None:
        now = self._stories_of(ids)
        moved = [each for each in ids if now.get(each) != story]
        if not moved:
            return
        self.connection.execute(_SET_STORY, {"ids": moved, "story_id": story})
        rows = self.connection.execute(_CURRENT_ADDRESS, {"ids": moved}).all()
        for row in sorted(rows, key=lambda row: row.id):
            change = Change(
                0, ChangeKind.CLUSTERED, row.id, row.revision_id, row.site, row.url, self.at, story
            )
            append(self.connection, self.run, change)
