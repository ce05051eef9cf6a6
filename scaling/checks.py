"""System checks: what a sound installation is, told before it starts.

Errors stop every command, the web server and the workers; warnings are printed. ``scaling.E0xx`` and
``scaling.W0xx`` are explained one by one in docs/configuration.md.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from email.utils import parseaddr
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, run_checks
from django.core.exceptions import ValidationError
from django.core.management.base import SystemCheckError
from django.core.validators import validate_email
from django.db import OperationalError, connection

from scaling.env import SAMPLE_SECRET_KEY, Environment, unknown_names
from scaling.outbound import Refused
from scaling.outbound.endpoint import parse_url

SECRET_KEY_LENGTH = 50
# With any of these off, PostgreSQL forgets after a power cut what it had promised to keep (invariant I7).
DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")
TZDATA_MONTHS = 6

_PRODUCTION_RULES: tuple[tuple[Callable[[Environment], bool], CheckMessage], ...] = (
    (
        lambda scaling: scaling.secret_key == SAMPLE_SECRET_KEY or len(scaling.secret_key) < SECRET_KEY_LENGTH,
        Error(
            f"SCALING_SECRET_KEY is missing, the sample, or shorter than {SECRET_KEY_LENGTH} characters.",
            hint="Draw one: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            id="scaling.E010",
        ),
    ),
    (
        lambda scaling: scaling.debug,
        Error(
            "SCALING_DEBUG is on: whoever meets an error is shown the program's insides.",
            hint="Unset it.",
            id="scaling.E011",
        ),
    ),
    (
        lambda scaling: not scaling.email_url,
        Error(
            "EMAIL_URL is missing: pages would be printed instead of sent.",
            hint="Name a mail server: EMAIL_URL=smtp+tls://user:password@mail.example.org:587",
            id="scaling.E012",
        ),
    ),
    (
        lambda scaling: not scaling.operator_email,
        Error(
            "SCALING_OPERATOR_EMAIL is missing: nobody would be paged when an organization can reach nobody.",
            hint="Name an address that somebody reads at night.",
            id="scaling.E013",
        ),
    ),
    (
        lambda scaling: not scaling.public_url,
        Error(
            "SCALING_PUBLIC_URL is missing: the links in pages would lead nowhere.",
            hint="Write it as https://oncall.example.org.",
            id="scaling.E014",
        ),
    ),
    (
        lambda scaling: "*" in scaling.allowed_hosts,
        Error("SCALING_ALLOWED_HOSTS lets every host in.", hint="List the names that are yours.", id="scaling.E015"),
    ),
    (
        lambda scaling: scaling.public_url.startswith("http://"),
        Warning(
            "SCALING_PUBLIC_URL is not https: keys, passwords and the links in pages travel in the clear.",
            hint="Put a proxy that speaks TLS in front, and set SCALING_TRUST_PROXY_SSL.",
            id="scaling.W010",
        ),
    ),
    (
        lambda scaling: not scaling.dead_man_url,
        Warning(
            "SCALING_DEAD_MAN_URL is missing: should all of this installation stand still, nobody would be told.",
            hint="Name a URL of a service elsewhere that misses calls which stop.",
            id="scaling.W011",
        ),
    ),
)


def refuse_unsafe_start() -> None:
    """Run all checks, the database's included, before a process begins to serve.

    Raises:
        SystemCheckError: the installation is not sound; the message lists what is wrong and how to put it right.
    """
    errors = [message for message in run_checks(databases=["default"]) if message.is_serious()]
    if errors:
        raise SystemCheckError("Scaling does not start:\n\n" + "\n\n".join(map(str, errors)))


def check_addresses(**_: Any) -> list[CheckMessage]:
    """Addresses that are set have the form of addresses."""
    return list(_malformed_addresses())


def _malformed_addresses() -> Iterator[CheckMessage]:
    scaling = settings.SCALING
    if scaling.public_url and not _is_site(scaling.public_url):
        yield Error(
            f"SCALING_PUBLIC_URL is {scaling.public_url!r}: no address of a site.",
            hint="Write it as https://oncall.example.org, without a path.",
            id="scaling.E001",
        )
    if scaling.operator_email and not _is_email(scaling.operator_email):
        yield Error(f"SCALING_OPERATOR_EMAIL is {scaling.operator_email!r}: no email address.", id="scaling.E002")
    if scaling.from_email and not _is_email(parseaddr(scaling.from_email)[1]):
        yield Error(f"SCALING_FROM_EMAIL is {scaling.from_email!r}: no email address.", id="scaling.E003")
    if scaling.dead_man_url:
        yield from _uncallable(scaling.dead_man_url)


def _uncallable(url: str) -> Iterator[CheckMessage]:
    try:
        parse_url(url)
    except Refused as refused:
        yield Error(f"SCALING_DEAD_MAN_URL cannot be called. {refused.reason}", id="scaling.E004")


def check_production(**_: Any) -> list[CheckMessage]:
    """In production nothing is left to the defaults of development."""
    scaling = settings.SCALING
    return [message for is_broken, message in _PRODUCTION_RULES if scaling.production and is_broken(scaling)]


def check_durability(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """In production PostgreSQL keeps what it has committed, whatever happens to the machine."""
    if not settings.SCALING.production or "default" not in (databases or []):
        return []
    try:
        unsafe = unsafe_database_settings()
    except OperationalError:
        return []  # Out of reach now; /readyz asks again, and again.
    return [
        Error(
            f"PostgreSQL runs with {name}=off: it may lose pages it had accepted.",
            hint=f"Set {name} = on in postgresql.conf, and for this role and database.",
            id="scaling.E020",
        )
        for name in unsafe
    ]


def unsafe_database_settings() -> list[str]:
    """Return which of ``DURABILITY`` are off in the database; one statement.

    Raises:
        OperationalError: the database is out of reach.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off' ORDER BY 1", [[*DURABILITY]]
        )
        return [name for (name,) in cursor.fetchall()]


def check_names(**_: Any) -> list[CheckMessage]:
    """No variable is misspelled."""
    return [
        Warning(f"{name} is no setting of Scaling.", hint="docs/configuration.md lists them all.", id="scaling.W001")
        for name in unknown_names(os.environ)
    ]


def check_time_zone_data(**_: Any) -> list[CheckMessage]:
    """Time-zone rules are recent: governments change them at short notice."""
    installed = version("tzdata")
    if datetime.now(UTC).date() < _outdated_from(installed):
        return []
    return [
        Warning(
            f"The time-zone data is of {installed}: shifts may change hands at a wrong hour.",
            hint="Install the newest release of the package tzdata.",
            id="scaling.W002",
        )
    ]


def _outdated_from(tzdata_version: str) -> date:
    """Return the day from which a release is older than ``TZDATA_MONTHS``.

    A version tells the year and a number in it, not the day: the last of the year is taken for it.
    """
    year = int(tzdata_version.partition(".")[0])
    return date(year + 1, 1 + TZDATA_MONTHS, 1)


def _is_email(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def _is_site(text: str) -> bool:
    url = urlsplit(text)
    has_more = url.path.strip("/") or url.query or url.fragment
    return url.scheme in {"http", "https"} and bool(url.hostname) and not has_more
