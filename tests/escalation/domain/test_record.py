"""A record is read back as the plan and the world it was made of, as far as the plan leads to them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    Address,
    Layer,
    Person,
    Plan,
    Rule,
    WorkingHours,
    World,
)
from escalation.domain.record import RECORD_FORMAT, record_from_json, record_to_json
from escalation.domain.roster import ladder
from tests.escalation.domain.schedules import ADA, BOB, CYD, DAY, DEE, override, rotation, schedule, utc, window
from tests.escalation.domain.strategies import schedules
from tests.incidents.domain.examples import modest

MAY = utc(2026, 5, 4, 7)
OPS = Address("ops@example.org")
HOURS = WorkingHours(id=UUID(int=50), timezone="UTC", windows=(window("15", "09:00", "17:00"),))
ROTA = schedule(
    rotation(ADA, BOB, starts_at=MAY, restrictions=(window("12345", "18:00", "08:00"),)),
    rotation(BOB, starts_at=MAY, position=1, ends_at=MAY + 9 * DAY),
    overrides=(override(CYD, MAY, MAY + DAY, rotation=1),),
)
LAYER = Layer(id=UUID(int=60), position=1, timeout=timedelta(minutes=5), schedule=ROTA.id, users=(), hours=HOURS.id)
PLAN = Plan(format=1, policy_version=3, layers=(LAYER,), repeat=2, repage=timedelta(minutes=15))


def person(user, *, active=True):
    rule = Rule(method=ACCOUNT_EMAIL, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True)
    return Person(user=user, active=active, rules=(rule,))


def world(*there, hours=(), people=(ADA, BOB, CYD), inactive=(), fallback=(OPS,)):
    return World(
        schedules={each.id: each for each in there},
        hours={each.id: each for each in hours},
        people={user: person(user, active=user not in inactive) for user in people},
        fallback=fallback,
        operator=Address("operator@example.org"),
        default_timeout=timedelta(minutes=7),
        tzdata="2026a",
    )


def carried(plan, there):
    return record_from_json(json.loads(json.dumps(record_to_json(plan, there))))


def test_a_record_reads_as_it_was_first_written():
    """Records of this format are kept for as long as incidents are: a release that changes it needs another number."""
    assert record_to_json(PLAN, world(ROTA, hours=[HOURS], inactive=[BOB], fallback=(BOB,))) == {
        "format": 1,
        "plan": {
            "format": 1,
            "policyVersion": 3,
            "repeat": 2,
            "repageSeconds": 900,
            "layers": [
                {
                    "id": str(LAYER.id),
                    "timeoutSeconds": 300,
                    "schedule": str(ROTA.id),
                    "users": [],
                    "hours": str(HOURS.id),
                    "during": True,
                }
            ],
        },
        "schedules": [
            {
                "id": str(ROTA.id),
                "timezone": "Europe/Berlin",
                "pagingMode": "all",
                "rotations": [
                    {
                        "id": str(UUID(int=10)),
                        "position": 0,
                        "handoff": "09:00:00",
                        "lengthDays": 7,
                        "startsAt": "2026-05-04T07:00:00+00:00",
                        "endsAt": None,
                        "participants": ["user_ada", "user_bob"],
                        "restrictions": [{"days": [1, 2, 3, 4, 5], "start": "18:00:00", "end": "08:00:00"}],
                    },
                    {
                        "id": str(UUID(int=11)),
                        "position": 1,
                        "handoff": "09:00:00",
                        "lengthDays": 7,
                        "startsAt": "2026-05-04T07:00:00+00:00",
                        "endsAt": "2026-05-13T07:00:00+00:00",
                        "participants": ["user_bob"],
                        "restrictions": [],
                    },
                ],
                "overrides": [
                    {
                        "id": str(UUID(int=100)),
                        "rotation": str(UUID(int=11)),
                        "user": "user_cyd",
                        "startsAt": "2026-05-04T07:00:00+00:00",
                        "endsAt": "2026-05-05T07:00:00+00:00",
                    }
                ],
            }
        ],
        "hours": [
            {
                "id": str(HOURS.id),
                "timezone": "UTC",
                "windows": [{"days": [1, 5], "start": "09:00:00", "end": "17:00:00"}],
            }
        ],
        "people": {"user_ada": True, "user_bob": False, "user_cyd": True},
        "fallback": ["user_bob"],
        "defaultTimeoutSeconds": 420,
        "tzdata": "2026a",
    }


def test_what_is_read_back_answers_as_what_was_seen():
    there = world(ROTA, hours=[HOURS], inactive=[BOB])
    back = carried(PLAN, there)
    assert back.plan == PLAN
    assert back.world.schedules == there.schedules
    assert back.world.hours == there.hours
    assert ladder(back.plan, back.world, MAY + DAY) == ladder(PLAN, there, MAY + DAY)


@modest
@given(schedules())
def test_any_schedule_comes_back_whole(drawn):
    there, _ = drawn
    plan = replace(PLAN, layers=(replace(LAYER, schedule=there.id, hours=None),))
    assert carried(plan, world(there, people=(ADA, BOB, CYD, DEE))).world.schedules == {there.id: there}


def test_only_what_the_plan_leads_to_is_kept():
    other = replace(ROTA, id=UUID(int=2))
    plan = replace(PLAN, layers=(replace(LAYER, schedule=None, users=(ADA,), hours=None),))
    kept = carried(plan, world(ROTA, other, hours=[HOURS], people=(ADA, BOB, CYD))).world
    assert (dict(kept.schedules), dict(kept.hours), list(kept.people)) == ({}, {}, [ADA])


def test_nothing_tells_where_anybody_is_reached():
    kept = json.dumps(record_to_json(PLAN, world(ROTA, hours=[HOURS])))
    assert "@" not in kept
    assert str(ACCOUNT_EMAIL) not in kept


def test_a_record_of_a_newer_release_is_not_guessed_at():
    with pytest.raises(ValueError, match="Unknown record format 2"):
        record_from_json({**record_to_json(PLAN, world()), "format": RECORD_FORMAT + 1})
