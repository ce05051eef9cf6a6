"""A schedule the tests of who is on call share: Ada and Bob weekly in Berlin, across the clock change of March 2026."""

from __future__ import annotations

from datetime import UTC, datetime, time

from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory

# Wednesdays at 09:00 in Berlin; the clocks go forward on Sunday 29 March, within Bob's turn.
WEEK_1 = datetime(2026, 3, 18, 8, tzinfo=UTC)
WEEK_2 = datetime(2026, 3, 25, 8, tzinfo=UTC)
WEEK_3 = datetime(2026, 4, 1, 7, tzinfo=UTC)
WEEK_4 = datetime(2026, 4, 8, 7, tzinfo=UTC)


def person(organization, name, **fields):
    """Return a member who is called ``name``."""
    fields = {"last_name": "", "user__email": f"{name.lower()}@example.org", **fields}
    return MembershipFactory(organization=organization, first_name=name, **fields)


def weekly(organization, *people, name="Primary", **fields):
    """Return a schedule with one weekly rotation that begins at ``WEEK_1``."""
    schedule = ScheduleFactory(organization=organization, name=name)
    turns(schedule, *people, **fields)
    return schedule


def turns(schedule, *people, **fields):
    """Add a weekly rotation that begins at ``WEEK_1`` to a schedule."""
    fields = {"name": "Weekdays", "effective_from": WEEK_1, "handoff_time": time(9), **fields}
    return RotationFactory(schedule=schedule, people=people, **fields)
