"""The admin page of working hours, and its editor of windows."""

from __future__ import annotations

import pytest

from accounts.admin.tenancy import STALE
from escalation.models import WorkingHours
from escalation.services import update_working_hours
from tests.admin_pages import complaints, statements
from tests.escalation.admin.forms import change_of
from tests.escalation.plans import LATER
from tests.factories.escalation import LayerFactory, PolicyFactory, WorkingHoursFactory

HOURS = "/admin/escalation/workinghours/"
ADD = f"{HOURS}add/"


def window(number, days="", start="", end=""):
    times = {f"weekly-{number}-start": start, f"weekly-{number}-end": end}
    return times | ({f"weekly-{number}-days": list(days)} if days else {})


def hours_form(*windows, **changes):
    sent = {"name": "Office", "timezone": "Europe/Berlin", "shown_version": "1", **changes}
    for one in windows or (window(0, "12345", "09:00", "17:00"),):
        sent |= one
    return sent


@pytest.fixture
def hours(acme):
    return WorkingHoursFactory(organization=acme, name="Office")


class TestSaving:
    def test_a_member_adds_some(self, as_bob, bob, acme):
        windows = window(0, "12345", "09:00", "17:00"), window(7, "6", "22:00", "02:00"), window(1)
        assert as_bob.post(ADD, hours_form(*windows)).status_code == 302
        made = WorkingHours.objects.get()
        assert (made.organization, made.created_by, made.timezone) == (acme, bob.user_id, "Europe/Berlin")
        assert made.windows == [
            {"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "17:00"},
            {"days": [6], "start": "22:00", "end": "02:00"},
        ]

    def test_saving_what_is_shown_changes_nothing(self, as_bob, hours):
        form = as_bob.get(change_of(hours, HOURS)).context["adminform"].form
        (shown,) = form["weekly"].value()
        sent = window(0, map(str, shown["days"]), shown["start"], shown["end"])
        assert as_bob.post(change_of(hours, HOURS), hours_form(sent)).status_code == 302
        hours.refresh_from_db()
        assert hours.version == 1

    def test_a_member_changes_them(self, as_bob, hours):
        as_bob.post(
            change_of(hours, HOURS), hours_form(window(0, "7", "00:00", "00:00"), name="Sundays", timezone="UTC")
        )
        hours.refresh_from_db()
        assert (hours.name, hours.timezone, hours.version) == ("Sundays", "UTC", 2)
        assert hours.windows == [{"days": [7], "start": "00:00", "end": "00:00"}]

    @pytest.mark.parametrize(
        ("windows", "said"),
        [
            ((window(0),), "This field is required."),
            ((window(0, "1"),), "Window 1 needs the time of day it begins and the one it ends."),
            ((window(0, "x", "09:00", "17:00"),), "Window 1 needs the time of day it begins and the one it ends."),
            ((window(0, "", "09:00", "17:00"),), "Window 1 needs a day."),
            (
                (window(0, "8", "09:00", "17:00"),),
                "Window 1 must be at least one day, from 1 for Monday to 7 for Sunday.",
            ),
            (
                (window(0, "1", "09:00", "17:00"), window(1, "1", "16:00", "18:00")),
                "Window 2 overlaps window 1.",
            ),
        ],
    )
    def test_what_cannot_be_is_told_beside_the_windows(self, as_bob, windows, said):
        answer = as_bob.post(ADD, hours_form(*windows))
        assert complaints(answer) == {"weekly": [said]}
        assert not WorkingHours.objects.exists()

    def test_a_form_that_was_refused_shows_what_was_ticked(self, as_bob):
        shown = as_bob.post(ADD, hours_form(window(0, "3", "09:00", ""))).content.decode()
        assert 'name="weekly-0-days" value="3" checked' in shown
        assert 'name="weekly-0-start" value="09:00"' in shown

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_bob, hours):
        update_working_hours(organization_id=hours.organization_id, hours_id=hours.pk, now=LATER, timezone="UTC")
        assert STALE in complaints(as_bob.post(change_of(hours, HOURS), hours_form(name="Mine")))["__all__"]
        hours.refresh_from_db()
        assert hours.name == "Office"


class TestUse:
    def test_the_page_and_the_list_tell_what_uses_them(self, as_bob, acme, hours):
        policy = PolicyFactory(organization=acme, name="Billing")
        LayerFactory.create_batch(2, policy=policy, working_hours=hours)
        assert change_of(policy) in as_bob.get(change_of(hours, HOURS)).content.decode()
        (shown,) = as_bob.get(HOURS).context["cl"].result_list
        assert shown.policy_count == 1

    def test_those_in_use_are_not_deleted(self, as_bob, acme, hours):
        policy = PolicyFactory(organization=acme)
        LayerFactory(policy=policy, working_hours=hours)
        answer = as_bob.post(f"{HOURS}{hours.pk}/delete/", {"post": "yes"}, follow=True)
        assert change_of(policy) in answer.content.decode()
        assert WorkingHours.objects.exists()

    def test_others_are(self, as_bob, hours):
        as_bob.post(f"{HOURS}{hours.pk}/delete/", {"post": "yes"})
        assert not WorkingHours.objects.exists()

    def test_the_list_tells_them_in_words(self, as_bob, hours):
        assert "Mon to Fri 09:00-17:00" in as_bob.get(HOURS).content.decode()


def test_those_of_another_organization_are_unknown(as_bob, rival):
    theirs = WorkingHoursFactory(organization=rival)
    for name in ("change", "delete"):
        assert as_bob.post(f"{HOURS}{theirs.pk}/{name}/", {"post": "yes"}).status_code == 404


def test_costs_are_the_same_for_many(as_bob, acme, hours):
    costs = []
    for more in (1, 15):
        for one in (hours, *WorkingHoursFactory.create_batch(more, organization=acme)):
            LayerFactory(policy=PolicyFactory(organization=acme), working_hours=one)
        costs.append([statements(as_bob, path) for path in (HOURS, ADD, change_of(hours, HOURS))])
    assert costs[0] == costs[1]
