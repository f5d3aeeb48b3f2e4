"""The whole path as the archive goes it: candidates out of the SQL index, then held side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from types import TracebackType

from sqlalchemy import Connection, create_engine

from pipelines.duplicates.shingles import ComparableText, prepare_text, sample_shingles
from pipelines.duplicates.text_relation import relate_texts
from storage.database.schema import metadata, samples, signatures
from storage.stories import near_duplicates as near
from storage.stories.relations import RelationKind


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one text."""

    candidates: frozenset[str]  # the index named them
    kin: Mapping[str, RelationKind]  # of them, those that are akin


class Archive(AbstractContextManager["Archive"]):
    """The index in an SQLite file, without the rest of an archive."""

    def __init__(self, path: Path) -> None:
        engine = create_engine(f"sqlite:///{path}")
        metadata.create_all(engine, tables=[signatures, samples])
        self._connection: Connection = engine.connect()
        self._idents: list[str] = []
        self._texts: list[str] = []
        self._titles: Mapping[str, str] = {}
        self.spent = 0.0  # CPU seconds of asking

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the file as it is."""
        self._connection.close()

    def keep(self, texts: Iterable[tuple[str, str]], titles: Mapping[str, str]) -> None:
        """Keep texts by their names, in order of arrival."""
        self._titles = titles
        for ident, text in texts:
            self._idents.append(ident)
            self._texts.append(text)
            drawn = sample_shingles(text)
            if drawn:
                number = len(self._idents)
                near.add_signature(self._connection, number, drawn.version, drawn.words, drawn.shingles)

    def ask(self, text: str, besides: str | None = None, title: str = "") -> Answer:
        """Who the text is akin to."""
        started = process_time()
        drawn = sample_shingles(text)
        found = near.near_duplicate_candidates(self._connection, drawn.shingles, 0) if drawn else []
        others = [number for number in found if self._idents[number - 1] != besides]
        mine = prepare_text(text, title)
        told = {number: relate_texts(mine, self._grain(number)) for number in others}
        self.spent += process_time() - started
        return Answer(
            frozenset(self._idents[number - 1] for number in others),
            {self._idents[number - 1]: kin.kind for number, kin in told.items() if kin},
        )

    def _grain(self, number: int) -> ComparableText:
        return prepare_text(self._texts[number - 1], self._titles.get(self._idents[number - 1], ""))
