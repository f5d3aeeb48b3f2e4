"""Settings of the web application, and what site profiles say about sites beyond the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
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


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the web application, as the operator chose them."""

    warcs: Path  # folder of the WARC files
    base_url: str = ""  # public URL without a final slash; empty = the URL of each request
    name: str = ""  # of the archive; empty = the default name in the reader's language
    page_seconds: float = 5.0  # time the database may take for one page
    site_facts: Mapping[str, SiteFacts] = field(default_factory=dict)  # by site key

    def site_owners(self) -> dict[str, str]:
        """Return by site key the union body that publishes the site, where its profile names one."""
        return {key: facts.owner for key, facts in self.site_facts.items() if facts.owner}
