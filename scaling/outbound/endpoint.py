"""A URL that can be called: what it may look like, and what it looks like to people (reliability B114, B117, B123)."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils.crypto import salted_hmac

from scaling.outbound.addresses import Address, check_addresses, check_private
from scaling.outbound.errors import Refused, Unavailable

MAX_URL_LENGTH: Final = 2000

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_FIRST_FREE_PORT: Final = 1024
# Beside 80 and 443 every port above the privileged ones is somebody's web server, but for those of databases, caches,
# queues and file servers: they may understand a line of HTTP as something else.
_NOT_FOR_HTTP: Final = frozenset({1433, 1521, 2049, 3306, 5432, 5672, 6379, 9042, 11211, 27017})
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]|\s")
_HOST: Final = re.compile(r"[a-z0-9._-]{1,253}")
_KEPT_IN_PATHS: Final = "%/:=&?~#+!$,;'@()*[]"
_HOST_SHOWN: Final = 255
_FINGERPRINT_LENGTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a call goes. ``host`` is ASCII, without the brackets of an IPv6 address; ``target`` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The text of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def parse_url(url: str) -> Endpoint:
    """Return the endpoint that ``url`` names; asks nobody.

    Raises:
        Refused: the URL has no form that can be called, or a port that is none of ours.
    """
    if len(url) > MAX_URL_LENGTH:
        raise Refused(f"A URL may have at most {MAX_URL_LENGTH} characters.")
    if _UNFIT.search(url):
        raise Refused("A URL may hold neither blanks, control characters nor backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("The URL's host or port cannot be understood.") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise Refused("A URL has to start with https:// or http://.")
    if "@" in parts.netloc:
        raise Refused("A URL may hold no user name or password.")
    return Endpoint(
        scheme=parts.scheme,
        host=_host(parts.hostname),
        port=_port(_DEFAULT_PORTS[parts.scheme] if port is None else port),
        target=_target(parts.path, parts.query),
    )


def resolve(endpoint: Endpoint) -> tuple[Address, ...]:
    """Return the addresses behind the endpoint's name, each of them judged. At least one; asks a name server.

    Raises:
        Refused: one of them may not be called.
        Unavailable: the name has no address, or the name server does not say.
    """
    addresses = _addresses(endpoint)
    check_addresses(endpoint.host, addresses)
    return addresses


def resolve_for_operator(endpoint: Endpoint) -> tuple[Address, ...]:
    """Return the addresses behind a name that the operator of the installation has typed, wherever they are.

    Nobody else may point the program there, so what is private may be called. But what goes over plain HTTP everybody on
    the way can read: that is for loopback and private networks.

    Raises:
        Refused: one of them is public, and the call would be over plain HTTP.
        Unavailable: the name has no address, or the name server does not say.
    """
    addresses = _addresses(endpoint)
    if endpoint.scheme == "http":
        check_private(endpoint.host, addresses)
    return addresses


def _addresses(endpoint: Endpoint) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Unavailable(f"{endpoint.host} has no address that can be found.") from error
    return tuple(dict.fromkeys(ip_address(entry[4][0]) for entry in found))


def masked_url(url: str) -> str:
    """Return ``url`` as it may be shown, copied and compared: its scheme and host, and a short hash of all of it.

    The same URL always looks the same, and different ones differ. Any text will do.
    """
    scheme, separator, rest = url.partition("://")
    try:
        host = (urlsplit(url).hostname or "") if separator and scheme in _DEFAULT_PORTS else ""
    except ValueError:
        host = ""
    start = f"{scheme}://{host[:_HOST_SHOWN]}" if separator and rest else ""
    return f"{start}… ({fingerprint(url)})".lstrip()


def fingerprint(secret: str) -> str:
    """Return eight hexadecimal digits that stand for ``secret`` and, without this installation's key, tell nothing."""
    digest = salted_hmac("scaling.outbound.fingerprint", secret, algorithm="sha256").hexdigest()
    return digest[:_FINGERPRINT_LENGTH]


def _host(written: str | None) -> str:
    """Return the host in the form in which it is resolved, so that what is judged is what is called (B114)."""
    host = written or ""
    try:
        return str(ip_address(host)) if ":" in host and "%" not in host else _name(host)
    except ValueError as error:
        raise Refused("The URL's host cannot be understood.") from error


def _name(host: str) -> str:
    name = host.encode("idna").decode().lower().rstrip(".")
    if not _HOST.fullmatch(name):
        raise ValueError("not a name")
    return name


def _port(port: int) -> int:
    is_ours = port in _DEFAULT_PORTS.values() or (port >= _FIRST_FREE_PORT and port not in _NOT_FOR_HTTP)
    if not is_ours or str(port) == str(settings.DATABASES["default"].get("PORT", "")):
        raise Refused(f"Port {port} may not be called: use 80, 443, or one from {_FIRST_FREE_PORT} up.")
    return port


def _target(path: str, query: str) -> str:
    target = quote(path or "/", safe=_KEPT_IN_PATHS)
    return f"{target}?{quote(query, safe=_KEPT_IN_PATHS)}" if query else target
