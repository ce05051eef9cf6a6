"""Everything in a plan that has a name takes and refuses the same names."""

from __future__ import annotations

from datetime import time

import pytest

from escalation.domain.model import Window
from escalation.services import add_rotation, create_policy, create_schedule, create_working_hours
from tests.escalation.plans import NOW, in_schedule, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import ScheduleFactory

pytestmark = pytest.mark.django_db


def _policy(organization, name):
    return create_policy(organization_id=organization.id, actor_id="key_ci", now=NOW, name=name)


def _schedule(organization, name):
    return create_schedule(organization_id=organization.id, actor_id="key_ci", now=NOW, name=name, timezone="UTC")


def _rotation(organization, name):
    return add_rotation(
        **in_schedule(ScheduleFactory(organization=organization, created_at=NOW)),
        name=name,
        rotation_type="weekly",
        length_days=7,
        handoff_time=time(9),
        effective_from=NOW,
        user_ids=[MembershipFactory(organization=organization).user_id],
    )


def _working_hours(organization, name):
    office = Window(days=frozenset({1}), start=time(9), end=time(17))
    return create_working_hours(
        organization_id=organization.id, actor_id="key_ci", now=NOW, name=name, timezone="UTC", windows=[office]
    )


_MAKERS = pytest.mark.parametrize("make", [_policy, _schedule, _rotation, _working_hours])


@_MAKERS
@pytest.mark.parametrize("name", ["", " \t", "\u200b", "x" * 256, "a\u202eb", "a\nb", "a\x1b[31mb", "a\0b", "\ud800"])
def test_a_name_that_is_no_clean_line_is_refused_by_its_field(organization, make, name):
    assert refused(make, organization, name) == ["name"]


@_MAKERS
def test_a_name_is_stored_trimmed(organization, make):
    assert make(organization, " \u00a0Café\n").name == "Café"
