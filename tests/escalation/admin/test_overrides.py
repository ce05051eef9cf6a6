"""The pages of overrides, which are made from the page of their schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.admin.tenancy import STALE
from escalation.models import Override
from escalation.services import update_schedule
from scaling.clock import now
from tests.admin_pages import complaints, statements
from tests.escalation.admin.forms import SCHEDULES, change_of
from tests.escalation.plans import LATER
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory

OVERRIDES = "/admin/escalation/override/"
NOON = datetime(2026, 3, 25, 11, tzinfo=UTC)  # in Berlin
DAY = timedelta(days=1)


def add_to(schedule, query=""):
    return f"{OVERRIDES}add/?schedule={schedule.pk}{query}"


def override_form(member, **changes):
    times = {"starts_at": "2026-03-25T12:00", "ends_at": "2026-03-26T12:00"}
    return {"membership": member.pk, "rotation": "", **times, "shown_version": "1", **changes}


@pytest.fixture
def override(primary, bob):
    return OverrideFactory(schedule=primary, membership=bob, starts_at=NOON, ends_at=NOON + DAY)


class TestAdding:
    def test_a_member_puts_somebody_into_the_place_of_another(self, as_bob, bob, alice, primary):
        rotation = RotationFactory(schedule=primary, people=[bob])
        answer = as_bob.post(add_to(primary), override_form(alice, rotation=rotation.pk))
        assert (answer.status_code, answer.url) == (302, change_of(primary, SCHEDULES))
        made = Override.objects.get()
        assert (made.schedule, made.rotation, made.membership, made.created_by) == (
            primary,
            rotation,
            alice,
            bob.user_id,
        )
        assert (made.starts_at, made.ends_at) == (NOON, NOON + DAY)
        primary.refresh_from_db()
        assert primary.version == 2
        assert str(made) == f"{alice} from 2026-03-25 11:00 UTC"

    def test_the_form_knows_what_was_dragged(self, as_bob, primary):
        rotation = RotationFactory(schedule=primary)
        query = f"&rotation={rotation.pk}&from=2026-03-25T11:00:00.000Z&until=2026-03-26T10:30:00.000Z"
        form = as_bob.get(add_to(primary, query)).context["adminform"].form
        shown = [form[name].value() for name in ("rotation", "starts_at", "ends_at")]
        assert shown == [rotation.pk, "2026-03-25T12:00", "2026-03-26T11:30"]

    @pytest.mark.parametrize("query", ["&from=x&until=&rotation=x", "&from=0001-01-01T00:00:00Z", "&until=2026-01-01"])
    def test_what_makes_no_sense_is_not_filled_in(self, as_bob, primary, query):
        form = as_bob.get(add_to(primary, query)).context["adminform"].form
        assert not any(form[name].value() for name in ("rotation", "starts_at", "ends_at"))

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"membership": ""}, "membership"),
            ({"starts_at": ""}, "starts_at"),
            ({"starts_at": "tomorrow"}, "starts_at"),
            ({"starts_at": "2026-03-25T12:00+01:00"}, "starts_at"),
            ({"ends_at": "0001-01-01T00:00"}, "ends_at"),
            ({"ends_at": "2026-03-25T12:00"}, "ends_at"),
        ],
    )
    def test_what_cannot_be_is_told_beside_the_field(self, as_bob, bob, primary, changes, field):
        assert list(complaints(as_bob.post(add_to(primary), override_form(bob, **changes)))) == [field]
        assert not Override.objects.exists()

    def test_a_rotation_of_another_schedule_is_none(self, as_bob, bob, acme, primary):
        other = RotationFactory(schedule=ScheduleFactory(organization=acme))
        assert list(complaints(as_bob.post(add_to(primary), override_form(bob, rotation=other.pk)))) == ["rotation"]

    def test_somebody_whom_no_page_reaches_is_refused_beside_the_name(self, as_bob, acme, primary):
        inactive = MembershipFactory(organization=acme, is_active=False)
        assert list(complaints(as_bob.post(add_to(primary), override_form(inactive)))) == ["membership"]

    def test_two_cannot_replace_one_at_once(self, as_bob, alice, primary, override):
        answer = as_bob.post(add_to(primary), override_form(alice, ends_at="2026-03-25T13:00"))
        assert complaints(answer) == {"starts_at": ["Somebody else replaces this rotation already in that time."]}

    def test_without_a_schedule_there_is_nothing_to_add_to(self, as_bob, rival):
        assert as_bob.get(f"{OVERRIDES}add/").status_code == 403
        for schedule in ("x", ScheduleFactory(organization=rival).pk):
            assert as_bob.get(f"{OVERRIDES}add/?schedule={schedule}").status_code == 404

    def test_a_person_of_another_organization_is_nobody(self, as_bob, primary, charlie):
        assert list(complaints(as_bob.post(add_to(primary), override_form(charlie)))) == ["membership"]


class TestChanging:
    def test_a_member_changes_it(self, as_bob, alice, primary, override):
        answer = as_bob.post(change_of(override, OVERRIDES), override_form(alice, ends_at="2026-03-27T12:00"))
        assert answer.url == change_of(primary, SCHEDULES)
        override.refresh_from_db()
        assert (override.membership, override.starts_at, override.ends_at) == (alice, NOON, NOON + 2 * DAY)

    def test_times_that_nobody_touched_stay_to_the_microsecond(self, as_bob, alice, primary, bob):
        # The second time the clocks show half past two.
        exact = datetime(2026, 10, 25, 1, 30, 12, 345678, tzinfo=UTC)
        override = OverrideFactory(schedule=primary, membership=bob, starts_at=exact, ends_at=exact + DAY)
        form = as_bob.get(change_of(override, OVERRIDES)).context["adminform"].form
        shown = {name: form[name].value() for name in ("starts_at", "ends_at")}
        assert shown["starts_at"] == "2026-10-25T02:30"
        as_bob.post(change_of(override, OVERRIDES), override_form(alice, **shown))
        override.refresh_from_db()
        assert (override.membership, override.starts_at, override.ends_at) == (alice, exact, exact + DAY)

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_bob, alice, primary, override):
        update_schedule(organization_id=primary.organization_id, schedule_id=primary.pk, now=LATER, timezone="UTC")
        assert STALE in complaints(as_bob.post(change_of(override, OVERRIDES), override_form(alice)))["__all__"]
        override.refresh_from_db()
        assert override.membership != alice

    def test_one_in_force_is_ended_by_a_button(self, as_bob, bob, primary):
        current = OverrideFactory(schedule=primary, membership=bob, starts_at=now() - DAY, ends_at=now() + DAY)
        shown = as_bob.get(change_of(primary, SCHEDULES)).content.decode()
        end = f"{OVERRIDES}{current.pk}/end/"
        assert end in shown
        assert as_bob.get(end).status_code == 405
        assert as_bob.post(end).url == change_of(primary, SCHEDULES)
        current.refresh_from_db()
        assert current.ends_at <= now()

    def test_one_that_has_not_begun_cannot_be_ended(self, as_bob, bob, primary):
        coming = OverrideFactory(schedule=primary, membership=bob, starts_at=now() + DAY)
        assert b"must be after startsAt" in as_bob.post(f"{OVERRIDES}{coming.pk}/end/", follow=True).content

    def test_it_is_deleted(self, as_bob, primary, override):
        answer = as_bob.post(f"{OVERRIDES}{override.pk}/delete/", {"post": "yes"})
        assert answer.url == change_of(primary, SCHEDULES)
        assert not Override.objects.exists()

    def test_one_of_another_organization_is_unknown(self, as_bob, rival):
        theirs = OverrideFactory(schedule=ScheduleFactory(organization=rival))
        for name in ("change", "delete", "end"):
            assert as_bob.post(f"{OVERRIDES}{theirs.pk}/{name}/", {"post": "yes"}).status_code == 404
        assert Override.objects.filter(ends_at=theirs.ends_at).exists()


class TestLists:
    def test_the_schedule_lists_those_that_have_not_ended(self, as_bob, primary, bob, override):
        coming = OverrideFactory(schedule=primary, membership=bob, starts_at=now() + DAY)
        shown = as_bob.get(change_of(primary, SCHEDULES)).context["report"].overrides
        assert [one.override for one in shown] == [coming]

    def test_past_ones_are_a_link_away(self, as_bob, primary, override):
        path = f"{OVERRIDES}?schedule__id__exact={primary.pk}"
        assert path in as_bob.get(change_of(primary, SCHEDULES)).content.decode()
        assert "Wed 25 Mar 2026 12:00" in as_bob.get(path).content.decode()


def test_costs_are_the_same_for_many(as_bob, primary, alice, override):
    costs = []
    for more in (1, 15):
        for number in range(more):
            RotationFactory(schedule=primary)
            OverrideFactory(schedule=primary, membership=alice, starts_at=now() + (number + 20 * more) * DAY)
        paths = (OVERRIDES, add_to(primary), change_of(override, OVERRIDES), change_of(primary, SCHEDULES))
        costs.append([statements(as_bob, path) for path in paths])
    assert costs[0] == costs[1]
