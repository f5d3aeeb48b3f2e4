"""Replicas the site explorer was not made with: two of each system it knows, two of none."""

from __future__ import annotations

from crawler.demo.systems import System
from tests.platforms.unseen_sites import dotnet, open_source, portals, strangers


def families() -> dict[str, tuple[System, ...]]:
    """Every unseen site by the system it runs on; `khac` holds those of no known system."""
    return {**open_source.SYSTEMS, **dotnet.SYSTEMS, **portals.SYSTEMS, **strangers.SYSTEMS}
