"""Policies as they come about in an organization, drawn from a seed: the same number gives the same policy."""

from __future__ import annotations

from datetime import time, timedelta
from random import Random

from tests.factories.accounts import (
    ContactMethodFactory,
    MembershipFactory,
    NotificationRuleFactory,
    OrganizationFactory,
)
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    QuietHoursFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.incidents.running import START


def generate(number):
    """Return a policy with layers, people, rules, schedules, overrides, hours and repeats by chance."""
    chance = Random(number)
    organization = OrganizationFactory(fallback_email=chance.choice(["", "noc@example.org"]))
    MembershipFactory(organization=organization, admin=True)
    people = [_person(organization, chance) for _ in range(6)]
    schedules = [_schedule(organization, people, chance) for _ in range(2)]
    hours = [
        WorkingHoursFactory(organization=organization),
        WorkingHoursFactory(
            organization=organization, windows=[{"days": [1, 2, 3, 4, 5, 6, 7], "start": "03:00", "end": "05:00"}]
        ),
    ]
    policy = PolicyFactory(organization=organization, repeat_count=chance.randint(0, 2))
    for _ in range(chance.randint(2, 5)):
        _layer(policy, people, schedules, hours, chance)
    return policy


def _person(organization, chance):
    person = MembershipFactory(organization=organization, is_active=chance.random() < 0.85)
    if chance.random() < 0.5:
        QuietHoursFactory(membership=person)
    for _ in range(chance.randint(1, 2)):
        loud = chance.random() < 0.6
        verified = {} if chance.random() < 0.8 else {"verified_at": None}
        method = ContactMethodFactory(membership=person, sms=loud, **verified)
        NotificationRuleFactory(
            membership=person,
            contact_method=method,
            delay_seconds=chance.choice([0, 60, 120, 300]),
            repeat_seconds=chance.choice([None, None, 180, 600]),
            severities=chance.choice([["critical", "high", "medium", "low"], ["critical", "low"], ["high"]]),
        )
    return person


def _schedule(organization, people, chance):
    schedule = ScheduleFactory(organization=organization, paging_mode=chance.choice(["all", "first"]))
    for _ in range(chance.randint(1, 2)):
        RotationFactory(
            schedule=schedule,
            people=chance.sample(people, chance.randint(1, 4)),
            rotation_type="daily",
            length_days=1,
            handoff_time=chance.choice([time(4, 7), time(4, 20), time(9)]),
            restrictions=chance.choice([[], [], [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "04:10", "end": "04:30"}]]),
        )
    for begins in chance.sample(range(-30, 60, 10), chance.randint(0, 2)):
        OverrideFactory(
            schedule=schedule,
            membership=chance.choice(people),
            starts_at=START + timedelta(minutes=begins),
            ends_at=START + timedelta(minutes=begins + 10),
        )
    return schedule


def _layer(policy, people, schedules, hours, chance):
    target = (
        {"people": chance.sample(people, chance.randint(1, 3))}
        if chance.random() < 0.5
        else {"schedule": chance.choice(schedules)}
    )
    condition = {}
    if chance.random() < 0.35:
        condition = {"working_hours": chance.choice(hours), "condition": chance.choice(["during", "outside"])}
    LayerFactory(policy=policy, timeout_seconds=chance.choice([60, 300, 900]), **target, **condition)
