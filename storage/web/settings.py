"""Room: what the operator says of the reading room, and what is known of sites beyond the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated

from typing_extensions import Doc


@dataclass(frozen=True, slots=True)
class Relation:
    """A site, or a unit without one, that came before or after."""

    key: Annotated[str | None, Doc("of a site; none = only the name is known")]
    name: str
    kind: Annotated[str, Doc("merged, moved, dissolved")]
    since: Annotated[date | None, Doc("first day of the later one")]
    why: Annotated[str | None, Doc("what this rests on")]


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a site's profile tells of its life; the database knows the rest."""

    owner: Annotated[str | None, Doc("the unit that publishes it")] = None
    valid_from: Annotated[date | None, Doc("first day on which level, place and owner hold")] = None
    valid_until: Annotated[date | None, Doc("last such day")] = None
    predecessors: tuple[Relation, ...] = ()
    successors: tuple[Relation, ...] = ()
    mirrors: Annotated[tuple[str, ...], Doc("hosts with the same articles")] = ()
    platform: str | None = None
    every: Annotated[str | None, Doc("between two visits: `1d`")] = None
    verified: Annotated[str | None, Doc("what was checked against what")] = None
    sources: Annotated[tuple[str, ...], Doc("what each fact rests on")] = ()
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    """The reading room as its operator set it up."""

    warcs: Path  # directory of the WARC files
    base_url: str = ""  # public address without a final slash; empty = as the request was made
    name: str = ""  # of the archive; empty = the house's own in the reader's language
    patience: float = 5.0  # seconds the database may take for one page
    facts: Mapping[str, SiteFacts] = field(default_factory=dict)  # by key of the site

    def owners(self) -> dict[str, str]:
        """Per key of a site the unit that publishes it, where that is told."""
        return {key: told.owner for key, told in self.facts.items() if told.owner}
