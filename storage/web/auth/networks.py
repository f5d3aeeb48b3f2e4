"""Networks: which addresses are the reverse proxies' (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from storage.web.auth.roles import Network


def network(told: str) -> Network:
    """An address or network (10.0.0.0/8) as it is written. Raises ValueError."""
    return ip_network(told, strict=True)


def trusted(address: str | None, networks: Iterable[Network]) -> bool:
    """Whether a peer is one of the proxies."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in each for each in networks)
