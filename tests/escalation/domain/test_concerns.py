"""People whom a page would not reach, or not as it should."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from escalation.domain.concerns import concerns_of_plan, concerns_of_schedule
from escalation.domain.model import ACCOUNT_EMAIL, ALL_SEVERITIES, Layer, Person, Plan, Rule, World
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, DEE, override, rotation, schedule, utc

START, END = utc(2026, 11, 27), utc(2026, 12, 11)
PHONE = UUID(int=5)


def _rule(*severities, method=PHONE, usable=True):
    counts = frozenset(severities) or ALL_SEVERITIES
    return Rule(method=method, after=timedelta(0), every=None, severities=counts, usable=usable)


def _world(*schedules, **rules):
    """Return a world in which those named in ``rules`` are active, with these rules before their account's email."""
    email = _rule(method=ACCOUNT_EMAIL)
    people = {f"user_{name}": (*each, email) for name, each in rules.items()}
    return World(
        schedules={there.id: there for there in schedules},
        people={user: Person(user=user, active=True, rules=each) for user, each in people.items()},
        fallback=(),
        operator="operator@example.org",
        default_timeout=timedelta(minutes=5),
        tzdata="2026a",
    )


def _plan(*targets):
    layers = [
        Layer(
            id=UUID(int=position),
            position=position,
            timeout=timedelta(minutes=5),
            schedule=None if isinstance(target, tuple) else target.id,
            users=target if isinstance(target, tuple) else (),
        )
        for position, target in enumerate(targets, 1)
    ]
    return Plan(format=1, policy_version=1, layers=tuple(layers), repeat=0, repage=None)


def _told(concerns):
    return [(one.user, one.problem, sorted(one.severities), one.positions) for one in concerns]


def _of_people(*users, **rules):
    return _told(concerns_of_plan(_plan(users), _world(**rules), START, END))


def test_nothing_is_told_of_somebody_with_a_usable_method():
    assert _of_people(ADA, ada=(_rule(),)) == []


def test_somebody_with_nothing_beside_the_accounts_email_is_told():
    assert _of_people(ADA, ada=()) == [(ADA, "email_only", sorted(ALL_SEVERITIES), (1,))]


def test_a_method_that_is_not_usable_does_not_count():
    assert [one[1] for one in _of_people(ADA, ada=(_rule(usable=False),))] == ["email_only"]


def test_a_rule_about_the_accounts_email_does_not_count():
    assert [one[1] for one in _of_people(ADA, ada=(_rule(method=ACCOUNT_EMAIL),))] == ["email_only"]


def test_only_the_severities_without_a_method_are_told():
    assert _of_people(ADA, ada=(_rule("critical"), _rule("critical", "low"))) == [
        (ADA, "email_only", ["high", "medium"], (1,))
    ]


def test_the_unknown_and_the_inactive_are_told_as_such():
    world = _world(ada=(_rule(),))
    world = replace(world, people={ADA: replace(world.people[ADA], active=False)})

    assert [one[:2] for one in _told(concerns_of_plan(_plan((ADA, BOB)), world, START, END))] == [
        (ADA, "inactive"),
        (BOB, "unknown"),
    ]


def test_everybody_is_told_once_with_all_layers_that_lead_to_them():
    there = schedule(rotation(ADA, BOB, ADA, starts_at=START - DAY))
    plan = _plan((ADA,), there, (BOB, ADA))

    assert [(one.user, one.positions) for one in concerns_of_plan(plan, _world(there), START, END)] == [
        (ADA, (1, 2, 3)),
        (BOB, (2, 3)),
    ]


def test_of_a_schedule_the_rotations_count_that_are_in_force_in_that_time():
    there = schedule(
        rotation(ADA, starts_at=START - 9 * DAY, ends_at=START),
        rotation(BOB, starts_at=START - 9 * DAY, position=1),
        rotation(CYD, starts_at=END, position=2),
        rotation(DEE, starts_at=END - DAY, position=3),
    )

    assert [(one.user, one.positions) for one in concerns_of_schedule(there, _world(there), START, END)] == [
        (BOB, (1,)),
        (DEE, (3,)),
    ]


def test_of_a_schedule_the_overrides_count_that_lie_in_that_time():
    there = schedule(
        rotation(ADA, starts_at=START - DAY),
        rotation(ADA, starts_at=START - DAY, position=1),
        overrides=(
            override(BOB, START - DAY, START),
            override(CYD, END - DAY, END + DAY, rotation=1, number=1),
            override(DEE, START, START + DAY, number=2),
        ),
    )

    assert [(one.user, one.positions) for one in concerns_of_schedule(there, _world(there), START, END)] == [
        (ADA, (0, 1)),
        (CYD, (1,)),
        (DEE, (0,)),
    ]
