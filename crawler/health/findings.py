"""Findings: what is unusual about a site, with its evidence; the closed lists of signs and failures."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Sign(StrEnum):
    """What is unusual, measured against the site's own past."""

    SILENT = "silent"  # no new article for longer than it ever was without
    FEWER = "fewer_articles"  # far fewer in a fortnight than usual
    FIELD = "field_lost"  # a field is read far less often
    BODY = "body_length"  # bodies are far shorter or longer
    OUTCOME = "outcome_share"  # far more pages come to one outcome
    ROOT = "fewer_links"  # one of the profile's own addresses shows far fewer articles
    LAYOUT = "layout"  # pages are built otherwise
    ONE_PAGE = "one_page"  # whatever is asked, the same page comes
    SPAM = "spam"  # advertising for gambling on pages that are otherwise the site's own


class Failure(StrEnum):
    """Why a site gives us nothing, or not what it should."""

    DNS_GONE = "dns_gone"
    REFUSED = "refused"
    CERTIFICATE = "certificate"
    SLOW = "slow"
    UNREACHABLE = "unreachable"
    WALL = "wall"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    ROBOTS = "robots"
    MOVED = "moved"
    PARKED = "parked"
    HIJACKED = "hijacked"
    SOFT_404 = "soft_404"
    EMPTY_LISTING = "empty_listing"
    LAYOUT_CHANGED = "layout_changed"


def advice(kind: Failure | Sign) -> str:
    """What to do about it."""
    return _advice()["failure" if isinstance(kind, Failure) else "sign"][kind.value]


@cache
def _advice() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("advice.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One thing unusual, with its evidence."""

    sign: Sign
    message: str  # one line, with numbers then and now
    examples: tuple[str, ...] = ()  # URLs to look at
    then: Mapping[str, Any] = field(default_factory=dict)  # how it was: numbers, or a page in short
    now: Mapping[str, Any] = field(default_factory=dict)
    alarm: bool = True  # false = worth knowing, nobody need get up

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        fields = asdict(self)
        return {
            **fields,
            "sign": self.sign.value,
            "examples": list(self.examples),
            "advice": advice(self.sign),
        }


@dataclass(frozen=True, slots=True)
class ClassifiedFailure:
    """The class of a site's failure, and what it rests on."""

    kind: Failure
    evidence: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"kind": self.kind.value, "evidence": list(self.evidence), "advice": advice(self.kind)}

    def summary(self) -> str:
        """One line."""
        return f"{self.kind.value.replace('_', ' ')}: {'; '.join(self.evidence)}"
