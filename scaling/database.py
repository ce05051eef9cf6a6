"""How the program connects to PostgreSQL, and how long it lets a statement take there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

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

    def __str__(self) -> str:
        """Return the limits as libpq's ``options``."""
        return (
            f"-c lock_timeout={self.lock} -c statement_timeout={self.statement}"
            f" -c idle_in_transaction_session_timeout={self.idle_in_transaction}"
        )


WEB = Limits(lock=2_000, statement=5_000, idle_in_transaction=10_000)
WORKER = Limits(lock=5_000, statement=15_000, idle_in_transaction=10_000)
# An import or a migration may work for long; it may not make others wait for long.
COMMAND = Limits(lock=5_000, statement=0, idle_in_transaction=60_000)


def set_limits(limits: Limits) -> None:
    """Have all connections of this process obey ``limits``. Processes that do not call it are commands."""
    default = connections.settings["default"]
    default["OPTIONS"]["options"] = f"{default['OPTIONS']['options']} {limits}"  # the last word counts
    connections.close_all()


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
