"""Puts a stored text into the story of its near-duplicates (syndicated copies)."""

from __future__ import annotations

from sqlalchemy import Connection

from pipelines.duplicates.shingles import ShingleSample, prepare_text
from pipelines.duplicates.text_relation import relate_texts
from storage.records import Article
from storage.stories import clusters as stories
from storage.stories import near_duplicates as near
from storage.stories.clusters import StoryClusters, near_text
from storage.stories.relations import TextRelation


def cluster_article(
    placing: StoryClusters, article_id: int, article: Article, sample: ShingleSample | None, *, new: bool
) -> None:
    """Compare a text with its near-duplicates and put it into their story; `new` when the article is.

    Runs in the transaction that stored the text, after its row of the feed: that row's lock keeps other
    writers out, so two copies that arrive together cannot miss each other.
    """
    if relate_article(placing.connection, article_id, article, sample, new=new):
        placing.assign(article_id)


def relate_article(
    connection: Connection, article_id: int, article: Article, sample: ShingleSample | None, *, new: bool
) -> bool:
    """Store an article's shingle sample and relations to near-duplicates; return if its story may change."""
    if not new:
        near.remove_signature(connection, article_id)
    relations = _relations(connection, article_id, article, sample) if sample else {}
    if sample:
        near.add_signature(connection, article_id, sample.version, sample.words, sample.shingles)
    if relations or not new:
        stories.save_relations(connection, article_id, relations)
        return True
    return False


def _relations(
    connection: Connection, article_id: int, article: Article, sample: ShingleSample
) -> dict[int, TextRelation]:
    candidates = near.near_duplicate_candidates(connection, sample.shingles, article_id)
    if not candidates:
        return {}
    text = prepare_text(near_text(article.lead, article.body), article.title)
    candidate_texts = stories.near_texts(connection, candidates)
    relations = {
        candidate: relate_texts(text, prepare_text(candidate_text, title))
        for candidate, (candidate_text, title) in candidate_texts.items()
    }
    return {candidate: relation for candidate, relation in relations.items() if relation}
