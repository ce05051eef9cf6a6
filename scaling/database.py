"""How the program connects to PostgreSQL, and how long it lets a statement take there."""

from __future__ import annotations

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

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


def database_settings(environment: Environment) -> dict[str, Any]:
    """Return Django's settings of the default database: the one named, or the program's own.

    Raises:
        ImproperlyConfigured: ``DATABASE_URL`` does not name a PostgreSQL.
    """
    connection = _named(environment.database_url) if environment.database_url else _own(environment)
    options = {
        # Measured: prepared statements halve PostgreSQL's share of a request.
        "server_side_binding": True,
        "prepare_threshold": 1,
        **_NETWORK,
        **connection.get("OPTIONS", {}),
    }
    return {**connection, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def _own(environment: Environment) -> dict[str, Any]:
    return {"ENGINE": "scaling.postgres", "NAME": "scaling", "USER": "scaling", "DATA_DIR": environment.data_dir}


def _named(url: str) -> dict[str, Any]:
    if not url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured("DATABASE_URL must start with postgres:// or postgresql://.")
    return dict(environ.Env.db_url_config(url))
