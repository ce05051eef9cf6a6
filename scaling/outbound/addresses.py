"""Which addresses the program may call (reliability B112, B113).

Of IPv4 everything that is not reserved; of IPv6 global unicast alone, 2000::/3, less what lies in it for other ends.
So loopback, link-local, unique local, site-local and multicast addresses, and those that carry an IPv4 address inside
(mapped, compatible, NAT64), need no list of their own. Python's ``is_global`` is not asked: 3.11 says yes to five of
them. Addresses of this installation are refused as well. What the operator allows
(``SCALING_OUTBOUND_ALLOWED_NETWORKS``) is allowed whatever it is.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import psutil
from django.conf import settings

from scaling.outbound.errors import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_GLOBAL_UNICAST: Final = ip_network("2000::/3")
_RESERVED: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network, and the unspecified address
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, and Alibaba's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's host, seen from its machines
        "169.254.0.0/16",  # link-local, and most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)

_PRIVATE: Final[tuple[Network, ...]] = tuple(
    ip_network(text) for text in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)


def check_addresses(host: str, addresses: Iterable[Address]) -> None:
    """Judge every address that ``host`` stands for: one that may not be called spoils them all.

    Raises:
        Refused: says which address, and why.
    """
    own: frozenset[Address] | None = None
    for address in addresses:
        if _is_in(address, settings.OUTBOUND_ALLOWED_NETWORKS):
            continue
        if _is_reserved(address):
            raise Refused(f"{host} is at {address}, which is no public address.")
        own = _own_addresses() if own is None else own
        if address in own:
            raise Refused(f"{host} is at {address}, which is an address of this installation.")


def check_private(host: str, addresses: Iterable[Address]) -> None:
    """Judge every address that ``host`` stands for: none may be outside this machine and private networks.

    Raises:
        Refused: says which address.
    """
    for address in addresses:
        if not _is_in(address, _PRIVATE):
            raise Refused(f"{host} is at {address}, a public address: use https://.")


def _is_reserved(address: Address) -> bool:
    return (address.version == 6 and address not in _GLOBAL_UNICAST) or _is_in(address, _RESERVED)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def _own_addresses() -> frozenset[Address]:
    """Return the addresses of this machine, and those behind the name by which the installation is known."""
    found = [entry.address for entries in psutil.net_if_addrs().values() for entry in entries]
    with suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(settings.PUBLIC_HOST, None)]
    return frozenset(_addresses(found))


def _addresses(texts: Iterable[str]) -> Iterable[Address]:
    for text in texts:
        with suppress(ValueError):  # an interface has hardware addresses too
            yield ip_address(text)
