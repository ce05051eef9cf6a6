"""The demo's organization: three people who take turns, a policy of three layers, an admin who can sign in, an API key.

The first layer pages whoever is on call: Ada for the first week, but for a day in it on which Chidi stands in.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts import services as accounts
from accounts.models import Membership, Organization
from escalation.domain.model import UserId
from escalation.domain.target import LayerDraft, ScheduleTarget, Target, UsersTarget
from escalation.services import add_override, add_rotation, create_policy, create_schedule
from scaling.demo.plans import furnish

_LAYER_TIMEOUT: Final = timedelta(minutes=1)
_PEOPLE: Final = (("Ada", "Moreno"), ("Bob", "Lindqvist"), ("Chidi", "Okafor"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What a newcomer needs to try the demo."""

    email: str
    password: str
    api_key: str
    policy_id: str


def demo_in(directory: Path, now: datetime) -> Demo | None:
    """Return the demo of this data directory, made first if the database is empty.

    None if the database holds other organizations: nothing is added to those.
    """
    remembered = directory / "demo.json"
    if remembered.exists():
        return Demo(**json.loads(remembered.read_text()))
    if Organization.objects.exists():
        return None
    demo = _make(now)
    directory.mkdir(parents=True, exist_ok=True)
    with open(os.open(remembered, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(asdict(demo), file)
    return demo


@transaction.atomic
def _make(now: datetime) -> Demo:
    organization = accounts.create_organization(
        name="Northwind Parcels", fallback_email="duty-desk@northwind.example", now=now
    )
    email, password = "admin@northwind.example", secrets.token_urlsafe(12)
    admin = accounts.add_member(
        organization_id=organization.pk,
        email=email,
        first_name="Dana",
        last_name="Weiss",
        role=Membership.Role.ADMIN,
        password=password,
        now=now,
    )
    people = [_member(organization.pk, first, last, now) for first, last in _PEOPLE]
    on_call = ScheduleTarget(schedule_id=_schedule(organization.pk, admin.user_id, people, now))
    targets: tuple[Target, ...] = (on_call, *(UsersTarget(user_ids=(user,)) for user in people[1:]))
    policy = create_policy(
        organization_id=organization.pk,
        actor_id=admin.user_id,
        name="Parcel tracking",
        layers=[LayerDraft(timeout=_LAYER_TIMEOUT, target=target) for target in targets],
        now=now,
    )
    furnish(organization.pk, admin.user_id, people, now)
    _, api_key = accounts.create_api_key(organization_id=organization.pk, name="Demo", now=now)
    return Demo(email=email, password=password, api_key=api_key, policy_id=str(policy.pk))


def _member(organization_id: str, first: str, last: str, now: datetime) -> UserId:
    member = accounts.add_member(
        organization_id=organization_id,
        email=f"{first.lower()}@northwind.example",
        first_name=first,
        last_name=last,
        now=now,
    )
    return UserId(member.user_id)


def _schedule(organization_id: str, actor_id: str, people: Sequence[UserId], now: datetime) -> UUID:
    """Return the id of a schedule in which people take weekly turns, and the last stands in for the first for a day."""
    schedule = create_schedule(
        organization_id=organization_id, actor_id=actor_id, name="Tracking duty", timezone="Europe/Berlin", now=now
    )
    add_rotation(
        organization_id=organization_id,
        schedule_id=schedule.pk,
        name="Week",
        rotation_type="weekly",
        length_days=7,
        handoff_time=time(9),
        effective_from=now,
        user_ids=people,
        now=now,
    )
    add_override(
        organization_id=organization_id,
        schedule_id=schedule.pk,
        actor_id=actor_id,
        user_id=people[-1],
        starts_at=now + timedelta(days=2),
        ends_at=now + timedelta(days=3),
        now=now,
    )
    return schedule.id
