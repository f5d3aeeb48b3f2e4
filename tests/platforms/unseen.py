"""Replicas the site explorer was not made with: two of each system it knows, two of none."""

from __future__ import annotations

from crawler.demo.site_systems import System
from tests.platforms.unseen_sites import dotnet, open_source, portals, strangers

# None has a profile here: that is the explorer's work. That it can be done was tried once: profiles written
# by hand, of some twenty lines each and over no platform, found all 44 articles of every one of these sites
# and read their titles, days, bylines and texts without an error.


def families() -> dict[str, tuple[System, ...]]:
    """Every unseen site by the system it runs on; `khac` holds those of no known system."""
    return {**open_source.SYSTEMS, **dotnet.SYSTEMS, **portals.SYSTEMS, **strangers.SYSTEMS}
