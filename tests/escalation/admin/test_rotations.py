"""Rotations on the page of their schedule: one form, saved by one call."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from accounts.admin.tenancy import STALE
from escalation.models import Override, Rotation, Schedule
from escalation.services import update_schedule
from tests.admin_pages import complaints, statements
from tests.escalation.admin.forms import SCHEDULES, change_of
from tests.escalation.plans import LATER
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import OverrideFactory, RotationFactory

ADD = f"{SCHEDULES}add/"
NIGHTS = [{"days": [1, 2], "start": "18:00", "end": "08:00"}]


def line(rotation=None, position="", *, people=(), delete=False, windows=(), **changes):
    """Return what is sent for one rotation."""
    sent = {
        "id": "" if rotation is None else rotation.pk,
        "position": position,
        "name": "Weekly",
        "people": [getattr(member, "pk", member) for member in people],
        "people-next": "",
        "rotation_type": "weekly",
        "length_days": "",
        "handoff_time": "09:00",
        "effective_from": "2026-01-05T09:00",
        "effective_until": "",
        **changes,
    }
    for number, window in enumerate(windows):
        sent |= {f"restrictions-{number}-{part}": window[part] for part in ("days", "start", "end")}
    return sent | ({"DELETE": "on"} if delete else {})


def shown(client, schedule):
    """Return what the page shows, as a browser would send it back."""
    (rotations,) = client.get(change_of(schedule, SCHEDULES)).context["inline_admin_formsets"]
    lines = []
    for form in rotations.formset.standing:
        names = ("position", "name", "people", "rotation_type", "length_days", "effective_from", "effective_until")
        values = {name: form[name].value() or "" for name in names}
        handoff = f"{form['handoff_time'].value():%H:%M}"
        lines.append(line(form.instance, windows=form["restrictions"].value(), handoff_time=handoff, **values))
    return lines


def schedule_form(*lines, version="1", **changes):
    fields = {"name": "Primary", "description": "", "timezone": "Europe/Berlin", "paging_mode": "all"}
    sent = {**fields, "shown_version": version, **changes}
    sent |= {"rotations-TOTAL_FORMS": len(lines), "rotations-INITIAL_FORMS": sum(bool(one["id"]) for one in lines)}
    for number, one in enumerate(lines):
        sent |= {f"rotations-{number}-{name}": value for name, value in one.items()}
    return sent


def save(client, schedule, *lines, **changes):
    return client.post(change_of(schedule, SCHEDULES), schedule_form(*lines, **changes))


def complaints_of_rotations(answer):
    (rotations,) = answer.context["inline_admin_formsets"]
    return [{field: list(messages) for field, messages in errors.items()} for errors in rotations.formset.errors]


def stored(schedule):
    rotations = Rotation.objects.filter(schedule=schedule).with_user_ids().order_by("position")
    return [(rotation.position, rotation.name, rotation.user_ids) for rotation in rotations]


class TestSaving:
    def test_a_member_adds_a_schedule_with_rotations(self, as_bob, alice, bob, acme):
        days = line(None, "1", people=[bob, alice, bob])
        ended = {"effective_until": "2026-07-01T00:00", "rotation_type": "custom", "length_days": "3"}
        nights = line(None, "2", people=[alice], name="Nights", windows=NIGHTS, handoff_time="18:30", **ended)
        assert as_bob.post(ADD, schedule_form(days, nights)).status_code == 302

        schedule = Schedule.objects.get()
        assert (schedule.organization, schedule.created_by, schedule.version) == (acme, bob.user_id, 1)
        turns = [bob.user_id, alice.user_id, bob.user_id]
        assert stored(schedule) == [(0, "Weekly", turns), (1, "Nights", [alice.user_id])]
        made = schedule.rotations.get(position=1)
        assert (made.rotation_type, made.length_days, made.handoff_time) == ("custom", 3, time(18, 30))
        assert made.effective_from == datetime(2026, 1, 5, 8, tzinfo=UTC)
        assert made.effective_until == datetime(2026, 6, 30, 22, tzinfo=UTC)
        assert made.restrictions == NIGHTS

    def test_everything_on_the_page_changes_in_one_new_version(self, as_bob, bob, alice, primary):
        first, second = (RotationFactory(schedule=primary, people=[bob]) for _ in range(2))
        OverrideFactory(schedule=primary, rotation=first, membership=bob)
        answer = save(
            as_bob,
            primary,
            line(first, "1", people=[bob], delete=True),
            line(second, "2", people=[alice, bob], name="Kept"),
            line(None, "3", people=[bob], name="New"),
            name="Secondary",
            paging_mode="first",
        )
        assert answer.status_code == 302
        primary.refresh_from_db()
        assert (primary.name, primary.paging_mode, primary.version) == ("Secondary", "first", 2)
        assert stored(primary) == [(0, "Kept", [alice.user_id, bob.user_id]), (1, "New", [bob.user_id])]
        assert primary.rotations.get(position=0).pk == second.pk
        assert not Override.objects.exists()

    @pytest.mark.parametrize(("numbers", "order"), [((2, 1, 3), "bac"), ((3, 1, 2), "bca"), ((1, 1, 1), "bca")])
    def test_rotations_end_up_in_the_order_sent(self, as_bob, bob, primary, numbers, order):
        rotations = [RotationFactory(schedule=primary, name=name, people=[bob]) for name in "abc"]
        lines = [
            line(rotation, number, people=[bob], name=rotation.name)
            for rotation, number in zip(rotations, numbers, strict=True)
        ]
        assert save(as_bob, primary, *lines).status_code == 302
        assert [(place, name) for place, name, _ in stored(primary)] == list(enumerate(order))

    def test_saving_what_is_shown_changes_nothing(self, as_bob, bob, alice, primary):
        exact = datetime(2026, 10, 25, 1, 30, 12, 345678, tzinfo=UTC)  # shown as an hour earlier was
        RotationFactory(schedule=primary, people=[bob, alice, bob], effective_from=exact, restrictions=NIGHTS)
        RotationFactory(schedule=primary, people=[bob], rotation_type="custom", length_days=9)
        before = list(Rotation.objects.values())
        assert save(as_bob, primary, *shown(as_bob, primary)).status_code == 302
        primary.refresh_from_db()
        assert primary.version == 1
        assert list(Rotation.objects.values()) == before

    def test_in_another_zone_times_that_nobody_touched_stay_instants(self, as_bob, bob, primary):
        rotation = RotationFactory(schedule=primary, people=[bob], effective_until=datetime(2026, 7, 1, tzinfo=UTC))
        (sent,) = shown(as_bob, primary)
        save(as_bob, primary, {**sent, "effective_until": "2026-08-01T09:00"}, timezone="Asia/Tokyo")
        before = rotation.effective_from
        rotation.refresh_from_db()
        assert (rotation.effective_from, rotation.effective_until) == (before, datetime(2026, 8, 1, tzinfo=UTC))

    def test_somebody_who_became_inactive_stands_in_the_way_of_nothing_else(self, as_alice, bob, primary):
        RotationFactory(schedule=primary, people=[bob])
        bob.is_active = False
        bob.save()
        (sent,) = shown(as_alice, primary)
        assert save(as_alice, primary, {**sent, "name": "Renamed"}).status_code == 302

    def test_without_a_script_whoever_is_found_is_added(self, as_bob, bob, alice, primary):
        sent = line(None, people=[bob]) | {"people-next": alice.pk}
        assert save(as_bob, primary, sent).status_code == 302
        assert stored(primary) == [(0, "Weekly", [bob.user_id, alice.user_id])]

    def test_a_line_added_and_left_alone_is_no_rotation(self, as_bob, primary):
        (rotations,) = as_bob.get(change_of(primary, SCHEDULES)).context["inline_admin_formsets"]
        form = rotations.formset.empty_form
        names = ("name", "rotation_type", "effective_from")
        sent = line(None, handoff_time="09:00", **{name: form[name].value() or "" for name in names})
        assert save(as_bob, primary, sent).status_code == 302
        assert stored(primary) == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "FIRST"}, "name"),
            ({"people": []}, "people"),
            ({"people": ["x"]}, "people"),
            ({"rotation_type": "custom"}, "length_days"),
            ({"rotation_type": "custom", "length_days": "3651"}, "length_days"),
            ({"handoff_time": "nine"}, "handoff_time"),
            ({"handoff_time": "09:00:30"}, "handoff_time"),
            ({"effective_from": ""}, "effective_from"),
            ({"effective_until": "2026-01-05T09:00"}, "effective_until"),
            ({"windows": [*NIGHTS, {"days": [2], "start": "07:00", "end": "09:00"}]}, "restrictions"),
        ],
    )
    def test_what_cannot_be_is_told_beside_the_field(self, as_bob, bob, primary, changes, field):
        first = RotationFactory(schedule=primary, name="First", people=[bob])
        lines = line(first, "1", people=[bob], name="First"), line(None, "2", **{"people": [bob], **changes})
        answer = save(as_bob, primary, *lines)
        assert answer.status_code == 200
        assert [list(errors) for errors in complaints_of_rotations(answer)] == [[], [field]]
        assert len(stored(primary)) == 1

    def test_somebody_whom_no_page_reaches_is_refused_beside_the_turns(self, as_bob, acme, primary):
        inactive = MembershipFactory(organization=acme, is_active=False)
        (errors,) = complaints_of_rotations(save(as_bob, primary, line(None, people=[inactive])))
        assert list(errors) == ["people"]

    def test_a_person_of_another_organization_is_nobody(self, as_bob, primary, charlie):
        (errors,) = complaints_of_rotations(save(as_bob, primary, line(None, people=[charlie])))
        assert list(errors) == ["people"]

    def test_a_form_somebody_else_has_overtaken_saves_nothing(self, as_bob, bob, primary):
        update_schedule(organization_id=primary.organization_id, schedule_id=primary.pk, now=LATER, timezone="UTC")
        assert STALE in complaints(save(as_bob, primary, line(None, people=[bob])))["__all__"]
        assert stored(primary) == []

    def test_a_rotation_that_is_not_sent_is_not_deleted(self, as_bob, bob, primary):
        RotationFactory(schedule=primary, people=[bob])
        assert save(as_bob, primary).status_code == 200
        assert len(stored(primary)) == 1


def test_the_page_costs_the_same_for_many(as_bob, acme, primary):
    costs = []
    for more in (1, 9):
        for _ in range(more):
            RotationFactory(schedule=primary, people=MembershipFactory.create_batch(1 + more, organization=acme))
        costs.append(statements(as_bob, change_of(primary, SCHEDULES)))
    assert costs[0] == costs[1]
