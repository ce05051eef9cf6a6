"""What the pages of the admin cost an organization that has grown large: ``python -m bench.admin``.

The same pages are asked for by turns in two organizations: a small one, and one with 5,000 policies and 100,000
incidents, of which 300 are open in the one and 20 in the other. Printed is the time of the large one as a multiple of
the small one's, in the same process and run; how many statements a page takes; and how many rows PostgreSQL read for
it, which tells a count over history better than any clock.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership, Organization
from bench.harness import execute, own_database, scalar
from bench.seed import ACTOR, make_people, make_policy, open_incident
from escalation.models import Layer, LayerUser, Policy
from incidents.models import Escalation, Incident
from incidents.services import resolve_incident
from scaling.clock import now
from scaling.ids import new_uuid

_BATCH = 2_000
_SIZES = ((1, 1, 1), (2, 1))
_SPREAD = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much an organization has."""

    policies: int
    open_incidents: int
    incidents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An organization, somebody signed in there, and the address of each page that is measured."""

    client: Client
    pages: dict[str, str]


# Enough for a full page of each list: what differs is what lies behind it.
SMALL = Size(policies=60, open_incidents=20, incidents=200)
LARGE = Size(policies=5_000, open_incidents=300, incidents=100_000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.admin")
    parser.add_argument("--rounds", type=int, default=21, help="how often each page is asked for")
    parser.add_argument("--share", type=float, default=1.0, help="of the large organization's rows")
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    logging.disable(logging.INFO)
    with own_database():
        small = make_tenant(1, SMALL)
        large = make_tenant(2, scaled(LARGE, options.share))
        execute("ANALYZE")
        for title in small.pages:
            show(title, small, large, options.rounds)


def scaled(size: Size, share: float) -> Size:
    """Return that share of ``size``."""
    return Size(
        policies=int(size.policies * share),
        open_incidents=int(size.open_incidents * share),
        incidents=int(size.incidents * share),
    )


# Rows


def make_tenant(number: int, size: Size) -> Tenant:
    """Return a new organization of that size, with an admin who is signed in."""
    at = now()
    organization, people = make_people(number, at)
    Membership.objects.filter(pk=people[0].pk).update(role=Membership.Role.ADMIN)
    patterns = [make_policy(organization, people, sizes, at) for sizes in _SIZES]
    _copy_policies(patterns, size.policies, people)
    _fill_with_incidents(organization, patterns[0], size, at)
    client = Client()
    client.force_login(people[0].user)
    return Tenant(client=client, pages=_pages(organization, patterns[0]))


def _copy_policies(patterns: list[Policy], count: int, people: list[Membership]) -> None:
    policies, layers, named = [], [], []
    for number in range(count - len(patterns)):
        pattern = patterns[number % len(patterns)]
        policy = Policy(pk=new_uuid(), name=f"Team {number:05d}", **_stamps(pattern))
        policies.append(policy)
        for position, size in enumerate(_SIZES[number % len(_SIZES)], 1):
            layer = _layer(policy, position)
            layers.append(layer)
            named += [_named(layer, people[place], place) for place in range(size)]
    for model, rows in ((Policy, policies), (Layer, layers), (LayerUser, named)):
        model._default_manager.bulk_create(rows, _BATCH)  # type: ignore[arg-type]  # each its own rows


def _stamps(policy: Policy) -> dict[str, object]:
    at = policy.created_at
    return {"organization_id": policy.organization_id, "created_by": ACTOR, "created_at": at, "updated_at": at}


def _layer(policy: Policy, position: int) -> Layer:
    at = policy.created_at
    return Layer(
        pk=new_uuid(),
        organization_id=policy.organization_id,
        policy=policy,
        position=position,
        timeout_seconds=300,
        target_type=Layer.TargetType.USERS,
        created_at=at,
        updated_at=at,
    )


def _named(layer: Layer, person: Membership, place: int) -> LayerUser:
    return LayerUser(organization_id=layer.organization_id, layer=layer, membership=person, position=place)


def _fill_with_incidents(organization: Organization, policy: Policy, size: Size, at: datetime) -> None:
    """Open as many incidents as are to be open, and put copies of a resolved one behind them, over the last year."""
    for _ in range(size.open_incidents):
        open_incident(policy, at)
    resolved = open_incident(policy, at)
    resolve_incident(organization_id=organization.pk, incident_id=resolved.pk, actor_id=ACTOR, now=at)
    incident = Incident.objects.get(pk=resolved.pk)
    escalation = Escalation.objects.get(pk=resolved.pk)
    rows = list(_resolved_copies(incident, escalation, size.incidents - size.open_incidents - 1, at))
    for model, place in ((Incident, 0), (Escalation, 1)):
        copies = [pair[place] for pair in rows]
        model._default_manager.bulk_create(copies, _BATCH)  # type: ignore[arg-type]  # each its own rows


def _resolved_copies(
    incident: Incident, escalation: Escalation, count: int, at: datetime
) -> Iterator[tuple[Incident, Escalation]]:
    for number in range(count):
        begun = at - _SPREAD * (number + 1) / (count + 1)
        fields = {field.attname: getattr(incident, field.attname) for field in Incident._meta.fields}
        made = {"id": new_uuid(), "number": None, "created_at": begun, "updated_at": begun + timedelta(minutes=30)}
        twin = Incident(**fields | made)
        of_run = {field.attname: getattr(escalation, field.attname) for field in Escalation._meta.fields}
        yield twin, Escalation(**of_run | {"incident_id": twin.pk})


# Pages


def _pages(organization: Organization, policy: Policy) -> dict[str, str]:
    incident = Incident.objects.filter(organization=organization).exclude(status="resolved").latest("created_at")
    return {
        "overview": "/admin/",
        "policies": "/admin/escalation/policy/",
        "policies, searched": "/admin/escalation/policy/?q=Team",
        "policy": f"/admin/escalation/policy/{policy.pk}/change/",
        "board": "/admin/incidents/incident/",
        "board, last page": "/admin/incidents/incident/?p=2",
        "incident": f"/admin/incidents/incident/{incident.pk}/change/",
        "people": "/admin/accounts/membership/",
    }


def show(title: str, small: Tenant, large: Tenant, rounds: int) -> None:
    """Ask for a page by turns in both organizations, and print what the large one costs more."""
    for tenant in (small, large):
        _seconds(tenant, title)
    taken = [(_seconds(small, title), _seconds(large, title)) for _ in range(rounds)]
    ratio = median(theirs for _, theirs in taken) / median(ours for ours, _ in taken)
    (few, read_small), (many, read_large) = _cost(small, title), _cost(large, title)
    print(
        f"  {title:<20} large/small {ratio:>5.2f}   {median(theirs for _, theirs in taken) * 1000:>6.0f} ms   "
        f"statements {few}, {many}   rows read {read_small}, {read_large}",
        flush=True,
    )


def _seconds(tenant: Tenant, title: str) -> float:
    begun = time.perf_counter()
    response = tenant.client.get(tenant.pages[title])
    taken = time.perf_counter() - begun
    if response.status_code != 200:
        raise RuntimeError(f"{tenant.pages[title]} answered {response.status_code}.")
    return taken


def _cost(tenant: Tenant, title: str) -> tuple[int, int]:
    before = _rows_read()
    with CaptureQueriesContext(connection) as made:
        tenant.client.get(tenant.pages[title])
    return len(made), _rows_read() - before


def _rows_read() -> int:
    execute("SELECT pg_stat_force_next_flush()")
    read: int = scalar("SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables")
    return read


if __name__ == "__main__":
    main()
