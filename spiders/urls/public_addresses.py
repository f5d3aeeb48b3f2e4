"""Public IP addresses: which are on the public internet (pure); no others are ever connected to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291: whatever is handed out to sites is in it
NAT64 = IPv6Network(
    "64:ff9b::/96"
)  # RFC 6052: how networks without IPv4 reach the sites that have nothing else
# Tunnels that hide an IPv4 address of anybody's choice, private ones too; no site is reached by them alone.
TUNNEL_NETWORKS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))  # 6to4 (RFC 7526), Teredo (RFC 4380)
DOCUMENTATION_NETWORK = IPv6Network("3fff::/20")  # RFC 9637; Python learned of it later than we need it
RELAY_NETWORK = IPv4Network("192.88.99.0/24")  # of 6to4


def is_public(address: str) -> bool:
    """Return True when an IP address in text form (a zone is ignored) is public; False for any other text.

    An IPv4 address inside of an IPv6 one (mapped, NAT64) counts as itself.
    """
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public_4(ip) if isinstance(ip, IPv4Address) else _is_public_6(ip)


def _is_public_4(address: IPv4Address) -> bool:
    # is_global is true of multicast, and in some versions of Python of other reserved blocks
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_private
    return address.is_global and not special and address not in RELAY_NETWORK


def _is_public_6(address: IPv6Address) -> bool:
    if address.ipv4_mapped is not None:
        return _is_public_4(address.ipv4_mapped)
    if address in NAT64:
        return _is_public_4(IPv4Address(address.packed[-4:]))
    special = any(address in network for network in (*TUNNEL_NETWORKS, DOCUMENTATION_NETWORK))
    return address in GLOBAL_UNICAST and address.is_global and not special
