"""People's quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from escalation.domain.model import Window
from escalation.models import QuietHours
from escalation.services import QuietDraft, set_quiet_hours
from scaling.errors import InvalidInput, NotFound
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import QuietHoursFactory

pytestmark = pytest.mark.django_db

NIGHT = Window(days=frozenset(range(1, 8)), start=time(22), end=time(7))


def put(member, timezone="Europe/Berlin", windows=(NIGHT,)):
    return put_hours(member, QuietDraft(timezone=timezone, windows=windows))


def put_hours(member, hours, organization=None):
    organization_id = organization.pk if organization else member.organization_id
    return set_quiet_hours(organization_id=organization_id, user_id=member.user_id, hours=hours)


def test_they_are_kept_in_the_persons_own_zone(member):
    put(member)
    assert QuietHours.objects.values_list("membership", "timezone", "windows").get() == (
        member.pk,
        "Europe/Berlin",
        [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "22:00", "end": "07:00"}],
    )


def test_new_ones_take_the_place_of_the_old(member):
    put(member)
    put(member, "UTC", [replace(NIGHT, start=time(23))])
    assert [(hours.timezone, hours.windows[0]["start"]) for hours in QuietHours.objects.all()] == [("UTC", "23:00")]


def test_clearing_them_leaves_those_of_others(member):
    put(member)
    other = QuietHoursFactory()
    for _ in range(2):
        assert put_hours(member, None) is None
    assert list(QuietHours.objects.all()) == [other]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": "EST"}, "timezone"),
        ({"windows": []}, "windows"),
        ({"windows": [NIGHT, NIGHT]}, "windows.1"),
        ({"windows": [replace(NIGHT, days=frozenset())]}, "windows.0.days"),
        ({"windows": [replace(NIGHT, end=time(7, 0, 1))]}, "windows.0.end"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_changes_nothing(member, changes, field):
    before = put(member)
    with pytest.raises(InvalidInput) as caught:
        put(member, **changes)
    assert caught.value.errors[0][0] == field
    assert QuietHours.objects.get().windows == before.windows


def test_somebody_who_left_or_belongs_elsewhere_is_not_found(member):
    for stranger in (MembershipFactory(organization=member.organization, ended=True), MembershipFactory()):
        for hours in (None, QuietDraft(timezone="UTC", windows=[NIGHT])):
            with pytest.raises(NotFound):
                put_hours(stranger, hours, member.organization)
