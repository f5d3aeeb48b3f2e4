"""Syndication: a stored text is held against its near-duplicates and put into their story."""

from __future__ import annotations

from sqlalchemy import Connection

from pipelines.duplicates.shingles import Sample, grain
from pipelines.duplicates.text_relation import compare
from storage.records import Article
from storage.stories import clusters as stories
from storage.stories import near_duplicates as near
from storage.stories.clusters import Placing, near_text
from storage.stories.relations import Kinship


def syndicate(
    placing: Placing, article_id: int, article: Article, drawn: Sample | None, *, new: bool
) -> None:
    """Hold a text against those like it and put it into their story; `new` when the article is.

    Runs in the transaction that stored the text, after its row of the feed: that row's lock keeps other
    writers out, so two copies that arrive together cannot miss each other.
    """
    if hold(placing.connection, article_id, article, drawn, new=new):
        placing.place(article_id)


def hold(
    connection: Connection, article_id: int, article: Article, drawn: Sample | None, *, new: bool
) -> bool:
    """Hold a text against those that are signed, sign it and keep its kin; whether its story may change."""
    if not new:
        near.forget(connection, article_id)
    kin = _kin(connection, article_id, article, drawn) if drawn else {}
    if drawn:
        near.sign(connection, article_id, drawn.version, drawn.words, drawn.shingles)
    if kin or not new:
        stories.relate(connection, article_id, kin)
        return True
    return False


def _kin(connection: Connection, article_id: int, article: Article, drawn: Sample) -> dict[int, Kinship]:
    others = near.candidates(connection, drawn.shingles, article_id)
    if not others:
        return {}
    mine = grain(near_text(article.lead, article.body), article.title)
    told = stories.texts(connection, others)
    found = {other: compare(mine, grain(text, title)) for other, (text, title) in told.items()}
    return {other: kin for other, kin in found.items() if kin}
