"""How the program connects to PostgreSQL, and how long it lets a statement take there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from scaling.env import Environment

# Half-open connections are noticed within seconds (reliability 3.3), whichever side went away.
_NETWORK = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long PostgreSQL lets a session wait or work, in milliseconds; 0 is for ever (reliability 3.3)."""

    lock: int
    statement: int
    idle_in_transaction: int

    @property
    def settings(self) -> Mapping[str, int]:
        """The limits by PostgreSQL's names of them."""
        return {
            "lock_timeout": self.lock,
            "statement_timeout": self.statement,
            "idle_in_transaction_session_timeout": self.idle_in_transaction,
        }

    def __str__(self) -> str:
        """Return the limits as libpq's ``options``."""
        return " ".join(f"-c {name}={milliseconds}" for name, milliseconds in self.settings.items())


WEB = Limits(lock=2_000, statement=5_000, idle_in_transaction=10_000)
WORKER = Limits(lock=5_000, statement=15_000, idle_in_transaction=10_000)
# An import or a migration may work for long; it may not make others wait for long.
COMMAND = Limits(lock=5_000, statement=0, idle_in_transaction=60_000)


def set_limits(limits: Limits) -> None:
    """Have all connections of this process obey ``limits``. Processes that do not call it are commands."""
    default = connections.settings["default"]
    default["OPTIONS"]["options"] = f"{default['OPTIONS']['options']} {limits}"  # the last word counts
    connections.close_all()


@contextmanager
def working_as_command() -> Iterator[None]:
    """Let the block, which begins outside of any transaction, work in the database as long as a command may."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, value, false) FROM unnest(%s::text[], %s::text[]) AS limits (name, value)",
            [[*COMMAND.settings], [str(each) for each in COMMAND.settings.values()]],
        )
    try:
        yield
    finally:
        _go_back_to_own_limits()


def _go_back_to_own_limits() -> None:
    """Have the process's own limits again; where the connection was lost, the next one has them."""
    if connection.connection is None or connection.connection.closed:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config(name, reset_val, false) FROM pg_settings WHERE name = ANY(%s)", [[*COMMAND.settings]]
        )


def database_settings(environment: Environment) -> dict[str, Any]:
    """Return Django's settings of the default database: the one named, or the program's own.

    Raises:
        ImproperlyConfigured: ``DATABASE_URL`` does not name a PostgreSQL.
    """
    connection = _named(environment.database_url) if environment.database_url else _own(environment)
    chosen = connection.get("OPTIONS", {})
    options = {
        # Measured: prepared statements halve PostgreSQL's share of a request.
        "server_side_binding": True,
        "prepare_threshold": 1,
        **_NETWORK,
        **chosen,
        "options": f"{chosen.get('options', '')} {COMMAND}".strip(),
    }
    return {**connection, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _own(environment: Environment) -> dict[str, Any]:
    return {"ENGINE": "scaling.postgres", "NAME": "scaling", "USER": "scaling", "DATA_DIR": environment.data_dir}


def _named(url: str) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or postgresql://.")
    return {**environ.Env.db_url_config(url), "ENGINE": "scaling.deadline"}
