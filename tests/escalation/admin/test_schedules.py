"""The admin page of schedules."""

from __future__ import annotations

import pytest

from accounts.admin.tenancy import STALE
from escalation.models import Schedule
from escalation.services import update_schedule
from scaling.models import AuditEvent
from tests.admin_pages import complaints, statements
from tests.escalation.admin.forms import SCHEDULES, change_of
from tests.escalation.plans import LATER
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

ADD = f"{SCHEDULES}add/"


def schedule_form(**changes):
    fields = {"name": "Primary", "description": "", "timezone": "Europe/Berlin", "paging_mode": "all"}
    none = {"rotations-TOTAL_FORMS": 0, "rotations-INITIAL_FORMS": 0}
    return {**fields, "shown_version": "1", **none, **changes}


def save(client, schedule, **changes):
    return client.post(change_of(schedule, SCHEDULES), schedule_form(**changes))


def delete(client, schedule):
    return client.post(f"{SCHEDULES}{schedule.pk}/delete/", {"post": "yes"}, follow=True)


class TestSaving:
    def test_a_member_adds_a_schedule(self, as_bob, bob, acme):
        assert as_bob.post(ADD, schedule_form()).status_code == 302
        schedule = Schedule.objects.get()
        assert (schedule.organization, schedule.created_by) == (acme, bob.user_id)
        assert (schedule.name, schedule.description, schedule.timezone) == ("Primary", None, "Europe/Berlin")

    def test_a_member_changes_a_schedule(self, as_bob, primary):
        assert save(as_bob, primary, name="Secondary", timezone="Asia/Tokyo").status_code == 302
        primary.refresh_from_db()
        assert (primary.name, primary.timezone, primary.version) == ("Secondary", "Asia/Tokyo", 2)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "SECONDARY"}, "name"),
            ({"timezone": "EST"}, "timezone"),
            ({"timezone": ""}, "timezone"),
            ({"description": "x" * 10_001}, "description"),
        ],
    )
    def test_what_cannot_be_is_told_beside_the_field(self, as_bob, acme, primary, changes, field):
        ScheduleFactory(organization=acme, name="Secondary")
        for answer in (as_bob.post(ADD, schedule_form(**{"name": "New", **changes})), save(as_bob, primary, **changes)):
            assert list(complaints(answer)) == [field]
        assert set(Schedule.objects.values_list("name", "version")) == {("Primary", 1), ("Secondary", 1)}

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_bob, primary):
        update_schedule(organization_id=primary.organization_id, schedule_id=primary.pk, now=LATER, timezone="UTC")
        assert complaints(save(as_bob, primary)) == {"__all__": [STALE]}
        primary.refresh_from_db()
        assert primary.timezone == "UTC"


class TestDeleting:
    def test_a_schedule_is_deleted(self, as_bob, primary):
        delete(as_bob, primary)
        assert not Schedule.objects.exists()

    def test_a_schedule_in_use_is_not_and_what_uses_it_is_named(self, as_bob, acme, primary):
        policy = PolicyFactory(organization=acme, name="<Billing>")
        LayerFactory.create_batch(2, policy=policy, schedule=primary)
        link = f'<a href="{change_of(policy)}">&lt;Billing&gt;</a>'
        for answer in (as_bob.get(f"{SCHEDULES}{primary.pk}/delete/"), delete(as_bob, primary)):
            assert answer.content.decode().count(link) == 1
        assert Schedule.objects.exists()
        assert not AuditEvent.objects.filter(actor_kind="person").exists()

    def test_one_of_several_in_use_keeps_them_all(self, as_bob, acme, primary):
        other = ScheduleFactory(organization=acme)
        LayerFactory(policy=PolicyFactory(organization=acme, name="Billing"), schedule=primary)
        sent = {"action": "delete_selected", "_selected_action": [primary.pk, other.pk], "post": "yes"}
        assert b"Billing" in as_bob.post(SCHEDULES, sent, follow=True).content
        assert Schedule.objects.count() == 2


class TestOtherOrganizations:
    def test_a_schedule_of_another_organization_is_unknown(self, as_alice, rival):
        theirs = ScheduleFactory(organization=rival)
        for name in ("change", "delete", "history"):
            for method in (as_alice.get, as_alice.post):
                assert method(f"{SCHEDULES}{theirs.pk}/{name}/").status_code == 404
        assert Schedule.objects.filter(pk=theirs.pk, version=1).exists()

    def test_the_list_and_its_filters_show_ones_own(self, as_bob, rival, primary):
        ScheduleFactory(organization=rival, name="Theirs", timezone="Asia/Tokyo")
        shown = as_bob.get(SCHEDULES).content
        assert b"Primary" in shown
        assert b"Theirs" not in shown
        assert b"Asia/Tokyo" not in shown


class TestList:
    @pytest.mark.parametrize(
        ("query", "found"), [("q=prim", 1), ("q=none", 0), ("timezone=Europe/Berlin", 1), ("timezone__exact=UTC", 0)]
    )
    def test_schedules_are_found(self, as_bob, primary, query, found):
        assert as_bob.get(f"{SCHEDULES}?{query}").context["cl"].result_count == found

    def test_schedules_cannot_be_filtered_by_what_is_not_offered(self, as_bob):
        assert as_bob.get(f"{SCHEDULES}?organization__name__startswith=A").status_code == 400


class TestCost:
    def test_of_list_and_page(self, as_bob, acme, primary):
        costs = []
        for more in (1, 15):
            for schedule in ScheduleFactory.create_batch(more, organization=acme):
                LayerFactory(policy=PolicyFactory(organization=acme), schedule=schedule)
            costs.append([statements(as_bob, path) for path in (SCHEDULES, change_of(primary, SCHEDULES))])
        assert costs[0] == costs[1]
        assert max(costs[0]) <= 24
