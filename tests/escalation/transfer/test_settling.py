"""What is blocked is left out, and whatever depends on it, with the reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Condition, Document, Layer, Policy, Schedule, ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code, Finding, Severity, Subject
from escalation.transfer.settling import settle
from tests.escalation.transfer.documents import ANA, BOB, OFFICE, PRIMARY

ROTA = Schedule(
    key="rota", name="Rota", description=None, timezone="UTC", paging_mode="all", rotations=(), overrides=()
)


def layer(target, condition=None):
    """Return a layer of five minutes."""
    return Layer(ack_timeout_seconds=300, target=target, condition=condition)


def policy(key, *layers):
    """Return a policy of these layers."""
    return Policy(key=key, name=key, description=None, repeat_count=0, repage_after_ack_minutes=None, layers=layers)


WHOLE = Document(
    organization=None,
    users=(ANA, BOB),
    working_hours=(OFFICE,),
    schedules=(PRIMARY, ROTA),
    policies=(
        policy("by rota", layer(ScheduleTarget(schedule="rota"))),
        policy("by schedule", layer(ScheduleTarget(schedule="checkout-primary"))),
        policy("by user", layer(UsersTarget(users=("ana",)))),
        policy("by hours", layer(UsersTarget(users=("ana",)), Condition(working_hours="office", when="during"))),
    ),
)


def arrival(document, *blocked):
    """Return an arrival in which these parts are blocked, each a section, a key and a name."""
    findings = tuple(
        Finding(
            severity=Severity.BLOCKED,
            code=Code.ROTATION_SUBDAY,
            subject=Subject(section, key),
            name=name,
            path="x.json#/0",
            message="is blocked.",
        )
        for section, key, name in blocked
    )
    return Arrival(document=document, findings=findings, paths={Subject("policies", "by user"): "p.json#/2"})


def keys(parts):
    """Return the keys of parts."""
    return [part.key for part in parts]


def test_where_nothing_is_blocked_everything_stays():
    assert settle(arrival(WHOLE)) == arrival(WHOLE)


@pytest.mark.parametrize(
    ("blocked", "schedules", "policies"),
    [
        (("schedules", "rota", "Rota"), ["checkout-primary"], ["by schedule", "by user", "by hours"]),
        (("users", "bob", "Bob"), ["rota"], ["by rota", "by user", "by hours"]),
        (("users", "ana", "Ana"), ["rota"], ["by rota"]),
        (("workingHours", "office", "Office"), ["checkout-primary", "rota"], ["by rota", "by schedule", "by user"]),
        (("policies", "by user", "by user"), ["checkout-primary", "rota"], ["by rota", "by schedule", "by hours"]),
    ],
)
def test_what_depends_on_something_blocked_goes_with_it(blocked, schedules, policies):
    settled = settle(arrival(WHOLE, blocked))
    assert keys(settled.document.schedules) == schedules
    assert keys(settled.document.policies) == policies


def test_each_that_goes_says_because_of_what_once():
    first, *findings = settle(arrival(WHOLE, ("users", "bob", "Bob Lee"))).findings
    assert first.code is Code.ROTATION_SUBDAY
    assert [(each.code, each.severity, each.subject.key, each.message) for each in findings] == [
        (
            Code.TARGET_UNRESOLVED,
            Severity.BLOCKED,
            "checkout-primary",
            "needs the user 'bob@example.org', which is not imported.",
        ),
        (
            Code.TARGET_UNRESOLVED,
            Severity.BLOCKED,
            "by schedule",
            "needs the schedule 'Checkout primary', which is not imported.",
        ),
    ]


def test_what_was_never_there_is_told_by_its_key_and_place():
    settled = settle(arrival(replace(WHOLE, users=(BOB,), schedules=(), working_hours=())))
    assert [(each.path, each.message) for each in settled.findings] == [
        ("", "needs the schedule 'rota', which is not there."),
        ("", "needs the schedule 'checkout-primary', which is not there."),
        ("p.json#/2", "needs the user 'ana', which is not there."),
        ("", "needs the user 'ana', which is not there."),
        ("", "needs the working hours 'office', which is not there."),
    ]


def test_settling_twice_says_nothing_new():
    once = settle(arrival(WHOLE, ("users", "bob", "Bob")))
    assert settle(once) == once
