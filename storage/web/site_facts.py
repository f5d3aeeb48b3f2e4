"""Site facts: what a site's profile says of its history, beyond the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from typing_extensions import Doc


@dataclass(frozen=True, slots=True)
class RelatedSite:
    """Predecessor or successor of a site: another site, or a union body without one."""

    key: Annotated[str | None, Doc("of a site; none = only the name is known")]
    name: str
    kind: Annotated[str, Doc("merged, moved, dissolved")]
    since: Annotated[date | None, Doc("first day of the later one")]
    why: Annotated[str | None, Doc("what this rests on")]


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What a site's profile says about its history; the database knows the rest."""

    owner: Annotated[str | None, Doc("the unit that publishes it")] = None
    valid_from: Annotated[date | None, Doc("first day on which level, place and owner hold")] = None
    valid_until: Annotated[date | None, Doc("last such day")] = None
    predecessors: tuple[RelatedSite, ...] = ()
    successors: tuple[RelatedSite, ...] = ()
    mirrors: Annotated[tuple[str, ...], Doc("hosts with the same articles")] = ()
    platform: str | None = None
    every: Annotated[str | None, Doc("between two visits: `1d`")] = None
    verified: Annotated[str | None, Doc("what was checked against what")] = None
    sources: Annotated[tuple[str, ...], Doc("what each fact rests on")] = ()
    notes: str | None = None
