"""A page's copy of its person's rules."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    MethodId,
    Person,
    Rule,
    UserId,
    Window,
    WorkingHours,
)
from incidents.domain.rules import (
    LeftOut,
    frozen_rules,
    left_out_from_json,
    left_out_to_json,
    rules_from_json,
    rules_to_json,
)

RULES = (
    Rule(
        method=MethodId(UUID(int=7)),
        after=timedelta(minutes=5),
        every=timedelta(minutes=2),
        severities=frozenset({"critical", "high"}),
        usable=False,
        loud=True,
    ),
    Rule(method=MethodId(UUID(int=0)), after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True),
)


def test_rules_survive_the_way_through_json_in_their_order():
    assert rules_from_json(json.loads(json.dumps(rules_to_json(RULES)))) == RULES


def test_rules_keep_their_form():
    assert rules_to_json(RULES[:1]) == [
        {
            "method": "00000000-0000-0000-0000-000000000007",
            "afterSeconds": 300,
            "everySeconds": 120,
            "severities": ["critical", "high"],
            "usable": False,
            "loud": True,
        }
    ]


def test_rules_of_an_older_release_are_not_loud():
    (written,) = rules_to_json(RULES[:1])
    del written["loud"]

    assert rules_from_json([written]) == (replace(RULES[0], loud=False),)


# Quiet hours

SMS, EMAIL, CHAT = MethodId(UUID(int=1)), ACCOUNT_EMAIL, MethodId(UUID(int=2))
NIGHTS = WorkingHours(
    id=UUID(int=9),
    timezone="Europe/Berlin",
    windows=(Window(days=frozenset(range(1, 8)), start=time(22), end=time(7)),),
)
EVENING = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)  # 23:00 in Berlin
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def rule(method: MethodId, **fields: Any) -> Rule:
    at_once: dict[str, Any] = {"after": timedelta(0), "every": None, "severities": ALL_SEVERITIES, "usable": True}
    return Rule(**{"method": method, **at_once, **fields})


def kept(severity: str, at: datetime, *rules: Rule, quiet: WorkingHours | None = NIGHTS) -> tuple[list[bool], Any]:
    """Return which of the rules are usable, and what is left out."""
    person = Person(user=UserId("user_ada"), active=True, rules=rules, quiet=quiet)
    frozen, left_out = frozen_rules(person, severity, at)
    assert [replace(each, usable=True) for each in frozen] == [replace(each, usable=True) for each in rules]
    return [each.usable for each in frozen], left_out


LOUD_AND_MAIL = (rule(SMS, loud=True), rule(CHAT), rule(EMAIL))
SMS_UNTIL_MORNING = (LeftOut(method=SMS, because="quiet_hours", until=MORNING),)


@pytest.mark.parametrize("severity", ["low", "medium"])
def test_quiet_hours_leave_out_what_is_loud_and_nothing_else(severity: str):
    assert kept(severity, EVENING, *LOUD_AND_MAIL) == ([False, True, True], SMS_UNTIL_MORNING)


@pytest.mark.parametrize("severity", ["high", "critical"])
def test_what_cannot_wait_is_loud_at_any_hour(severity: str):
    assert kept(severity, EVENING, *LOUD_AND_MAIL) == ([True, True, True], ())


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        (EVENING - timedelta(hours=1, microseconds=1), False),
        (EVENING - timedelta(hours=1), True),
        (MORNING - timedelta(microseconds=1), True),
        (MORNING, False),
    ],
)
def test_quiet_hours_begin_and_end_by_the_persons_clock(at: datetime, is_quiet: bool):
    assert kept("low", at, *LOUD_AND_MAIL)[0] == [not is_quiet, True, True]


def test_quiet_hours_without_end_are_told_without_one():
    always = replace(NIGHTS, windows=(Window(days=frozenset(range(1, 8)), start=time(0), end=time(0)),))

    assert kept("low", EVENING, *LOUD_AND_MAIL, quiet=always)[1] == (LeftOut(method=SMS, because="quiet_hours"),)


def test_quiet_hours_in_a_zone_nobody_knows_silence_nothing():
    assert kept("low", EVENING, *LOUD_AND_MAIL, quiet=replace(NIGHTS, timezone="Mars/Base")) == ([True] * 3, ())


def test_without_quiet_hours_nothing_is_left_out():
    assert kept("low", EVENING, *LOUD_AND_MAIL, quiet=None) == ([True, True, True], ())


def test_an_unverified_method_is_told_by_day_and_by_night():
    told = (LeftOut(method=SMS, because="unverified"),)

    for at in (EVENING, MORNING):
        assert kept("low", at, rule(SMS, loud=True, usable=False), rule(EMAIL)) == ([False, True], told)


def test_only_what_counts_for_the_severity_is_told():
    rules = (rule(SMS, loud=True, severities=frozenset({"critical"})), rule(CHAT, usable=False, severities=frozenset()))

    assert kept("low", EVENING, *rules, rule(EMAIL)) == ([True, False, True], ())


def test_several_rules_of_a_method_are_told_once():
    again = rule(SMS, loud=True, after=timedelta(minutes=5))

    assert kept("low", EVENING, *LOUD_AND_MAIL, again) == ([False, True, True, False], SMS_UNTIL_MORNING)


def test_what_is_left_out_survives_the_way_through_json():
    left_out = (*SMS_UNTIL_MORNING, LeftOut(method=CHAT, because="unverified"))

    assert left_out_from_json(json.loads(json.dumps(left_out_to_json(left_out)))) == left_out
