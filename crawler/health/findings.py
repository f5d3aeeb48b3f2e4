"""Health findings with their evidence, and the closed lists of signs and failure classes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any


class Sign(StrEnum):
    """Kinds of unusual change, measured against the site's own past."""

    SILENT = "silent"  # no new article for longer than ever before
    FEWER = "fewer_articles"  # far fewer in a fortnight than usual
    FIELD = "field_lost"  # a field is read far less often
    BODY = "body_length"  # bodies are far shorter or longer
    OUTCOME = "outcome_share"  # far more pages come to one outcome
    ROOT = "fewer_links"  # a root address links far fewer articles
    LAYOUT = "layout"  # the structure of pages has changed
    ONE_PAGE = "one_page"  # different addresses answer with the same page
    SPAM = "spam"  # gambling advertisements on the site's own pages


class Failure(StrEnum):
    """Classes of a site's failure."""

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
    """Return what an operator should do about it."""
    return _advice()["failure" if isinstance(kind, Failure) else "sign"][kind.value]


@cache
def _advice() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("advice.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class HealthFinding:
    """One unusual change, with its evidence."""

    sign: Sign
    message: str  # one line, with numbers then and now
    examples: tuple[str, ...] = ()  # URLs to look at
    then: Mapping[str, Any] = field(default_factory=dict)  # numbers or page summary of the baseline
    now: Mapping[str, Any] = field(default_factory=dict)
    alarm: bool = True  # False = a notice, no action needed

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
    """A failure class with its evidence, one line each."""

    kind: Failure
    evidence: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"kind": self.kind.value, "evidence": list(self.evidence), "advice": advice(self.kind)}

    def summary(self) -> str:
        """Return class and evidence in one line."""
        return f"{self.kind.value.replace('_', ' ')}: {'; '.join(self.evidence)}"
