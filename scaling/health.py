"""Whether this installation is alive (``/healthz``) and does its work (``/readyz``).

Both answer in JSON, to anybody, and tell no secrets: 200, or 503 with what is wrong. ``/healthz`` asks nothing of the
database, so that a supervisor does not restart web servers because PostgreSQL is down. ``/readyz`` fails when pages
would not go out: the database away or unsafe, migrations missing, due rows left lying, no worker at work. It also tells
for how long a page has been tried in vain, and does not fail for that: more of us would not mend others' mail servers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from types import MappingProxyType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from incidents.lag import MOST_LATE, is_at_work, oldest_due, oldest_undelivered, since_last_tick
from scaling import __version__, clock
from scaling.checks import unsafe_database_settings

Findings = dict[str, object]


class HealthMiddleware:
    """Answers probes before anything looks at their host name or asks for TLS: they come by address, in the clear."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        probe = _PROBES.get(request.path)
        if probe is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        is_well, findings = probe()
        return JsonResponse(
            {"status": "ok" if is_well else "failing", **findings},
            status=200 if is_well else 503,
            headers={"Cache-Control": "no-store"},
        )


def alive() -> tuple[bool, Findings]:
    """Tell that the process serves requests, and which version it is. No statement."""
    return True, {"version": __version__, "tzdata": version("tzdata")}


def ready() -> tuple[bool, Findings]:
    """Tell whether a page triggered now would go out. Six statements, one more in production."""
    try:
        return _work()
    except (DatabaseError, InterfaceError):
        return False, {"database": "unreachable"}


def _work() -> tuple[bool, Findings]:
    missing = _missing_migrations()
    if missing:
        return False, {"database": "ok", "migrations": f"{missing} missing"}
    now = clock.now()
    late, silent = oldest_due(now), since_last_tick(now)
    unsafe = unsafe_database_settings() if settings.SCALING.production else []
    is_well = not unsafe and late <= MOST_LATE and is_at_work(silent)
    return is_well, {
        "database": f"unsafe: {', '.join(unsafe)} off" if unsafe else "ok",
        "migrations": "ok",
        "oldestDueSeconds": round(late.total_seconds(), 1),
        "oldestUndeliveredSeconds": round(oldest_undelivered(now).total_seconds(), 1),
        "lastWorkerTickSeconds": None if silent is None else round(silent.total_seconds(), 1),
    }


def _missing_migrations() -> int:
    return len(_known_migrations() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def _known_migrations() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations or ())


_PROBES: Mapping[str, Callable[[], tuple[bool, Findings]]] = MappingProxyType({"/healthz": alive, "/readyz": ready})
