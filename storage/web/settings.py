"""Room: what the operator says of the reading room, and what is known of sites beyond the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Relation:
    """A site, or a unit without one, that came before or after."""

    key: str | None  # of a site; none = only the name is known
    name: str
    kind: str  # merged, moved, dissolved
    since: date | None  # first day of the later one
    why: str | None  # what this rests on


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a site's profile tells of its life; the database knows the rest."""

    owner: str | None = None  # the unit that publishes it
    valid_from: date | None = None  # first day on which level, place and owner hold
    valid_until: date | None = None  # last such day
    predecessors: tuple[Relation, ...] = ()
    successors: tuple[Relation, ...] = ()
    mirrors: tuple[str, ...] = ()  # hosts with the same articles
    platform: str | None = None
    every: str | None = None  # between two visits: `1d`
    verified: str | None = None  # what was checked against what
    sources: tuple[str, ...] = ()  # what each fact rests on
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
