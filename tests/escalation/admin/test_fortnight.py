"""What the page of a schedule and the list tell of who is on call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from escalation.admin import presence, schedule
from escalation.models import Schedule
from tests.admin_pages import statements
from tests.escalation.admin.forms import SCHEDULES, change_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)  # a Wednesday; on Sunday the clocks go forward in Berlin


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    for module in (presence, schedule):
        monkeypatch.setattr(module, "now", lambda: NOW)


@pytest.fixture
def weekly(primary, alice, bob):
    """Alice and Bob by turns; this week is Alice's."""
    return RotationFactory(schedule=primary, name="Weekly", people=[bob, alice])


def report(client, schedule, query=""):
    return client.get(change_of(schedule, SCHEDULES) + query).context["report"]


def written(row):
    return [(bar.names, bar.kind) for bar in row.bars]


class TestPicture:
    def test_each_rotation_has_a_line_and_the_last_tells_who_is_paged(self, as_bob, primary, weekly, alice, bob):
        first, last = report(as_bob, primary).picture.rows
        assert (first.name, last.name, last.is_final) == ("Weekly", "Who is paged", True)
        # The fortnight begins at midnight, the week at nine.
        assert written(first) == written(last) == [(name, "turn") for name in (bob.name, alice.name, bob.name)]

    def test_who_replaces_whom_and_where_nobody_is(self, as_bob, primary, alice, bob):
        RotationFactory(schedule=primary, name="Ending", people=[bob], effective_until=NOW)
        OverrideFactory(schedule=primary, membership=alice, starts_at=NOW - timedelta(days=1), ends_at=NOW)
        (first, _) = report(as_bob, primary).picture.rows
        turn = (bob.name, "turn")
        assert written(first) == [turn, turn, (alice.name, "override"), ("nobody", "gap")]

    def test_a_change_of_the_clocks_is_told(self, as_bob, primary, weekly):
        (change,) = report(as_bob, primary).picture.changes
        assert (change.words, change.day) == ("Clocks go forward from 02:00 to 03:00", "Sunday, 29 March")

    def test_one_goes_through_the_weeks(self, as_bob, primary, weekly):
        picture = report(as_bob, primary).picture
        assert (picture.earlier, picture.present, picture.later) == ("?from=2026-03-09", "?", "?from=2026-04-06")
        later = report(as_bob, primary, picture.later).picture
        assert later.title == "6 April 2026 to 19 April 2026"
        assert later.now is None

    @pytest.mark.parametrize("query", ["?from=nonsense", "?from=0001-01-01", "?from=9999-12-31", "?tz=Nowhere/Else"])
    def test_what_makes_no_sense_shows_this_week(self, as_bob, primary, weekly, query):
        picture = report(as_bob, primary, query).picture
        assert picture.title == "23 March 2026 to 5 April 2026"
        assert picture.viewer_zone == "UTC"

    @pytest.mark.parametrize("query", ["?from=1970-01-01", "?from=9000-01-01"])
    def test_the_first_and_the_last_fortnight_can_be_shown(self, as_bob, primary, weekly, query):
        assert len(report(as_bob, primary, query).picture.days) == 14

    def test_days_are_told_in_the_zone_of_the_viewer_too(self, as_bob, primary, weekly):
        picture = report(as_bob, primary, "?tz=Asia/Tokyo").picture
        assert [(day.name, day.there) for day in picture.days[:1]] == [("Mon 23", "Mon 08:00")]
        assert picture.later == "?from=2026-04-06&tz=Asia%2FTokyo"

    def test_the_same_is_there_as_a_list(self, as_bob, primary, weekly):
        shown = as_bob.get(change_of(primary, SCHEDULES)).content.decode()
        assert "<td>Mon 23 Mar 09:00 to Mon 30 Mar 09:00</td>" in shown

    def test_a_name_is_no_markup(self, as_bob, primary, acme):
        mallory = MembershipFactory(organization=acme, first_name="<script>", last_name='" onclick="')
        RotationFactory(schedule=primary, name="<b>", people=[mallory])
        shown = as_bob.get(change_of(primary, SCHEDULES)).content
        assert b"&lt;script&gt;" in shown
        assert b"<script> " not in shown
        assert b'" onclick="' not in shown

    def test_somebody_who_cannot_be_paged_is_marked(self, as_alice, primary, weekly, alice):
        alice.is_active = False
        alice.save()
        shown = report(as_alice, primary)
        assert shown.picture.rows[0].bars[1].names == f"{alice.name} (cannot be paged)"
        assert not shown.presence.serving[0].is_reachable

    def test_a_schedule_without_anything_says_so(self, as_bob, primary):
        shown = report(as_bob, primary)
        assert [written(row) for row in shown.picture.rows] == [[("nobody", "gap")]] * 2
        assert shown.presence.serving == []


class TestNow:
    def test_who_is_on_call_until_when_and_who_then(self, as_bob, primary, weekly, alice, bob):
        shown = report(as_bob, primary).presence
        (one,) = shown.serving
        assert (one.name, one.rotation, one.until, shown.then) == (alice.name, "Weekly", "Mon 09:00", bob.name)

    def test_the_list_tells_it_too(self, as_bob, primary, weekly, alice):
        assert f"{alice.name} until Mon 09:00" in as_bob.get(SCHEDULES).content.decode()

    def test_the_list_tells_who_never_goes(self, as_bob, primary, bob):
        OverrideFactory(schedule=primary, membership=bob, starts_at=NOW, ends_at=NOW + timedelta(days=30))
        assert f"{bob.name} until 24 Apr 2026 14:00" in as_bob.get(SCHEDULES).content.decode()

    def test_a_form_that_was_not_saved_shows_the_schedule_as_it_is(self, as_bob, primary, weekly):
        sent = {"name": "", "timezone": "Asia/Tokyo", "paging_mode": "all", "shown_version": "1"}
        sent |= {"rotations-TOTAL_FORMS": 0, "rotations-INITIAL_FORMS": 0}
        answer = as_bob.post(change_of(primary, SCHEDULES), sent)
        assert answer.context["report"].picture.zone == "Europe/Berlin"


class TestCost:
    def test_is_the_same_for_much_more(self, as_bob, acme, primary, bob, alice):
        costs = []
        for more in (1, 9):
            for number in range(more):
                another = ScheduleFactory(organization=acme)
                for there in (primary, another):
                    people = MembershipFactory.create_batch(more, organization=acme)
                    RotationFactory(schedule=there, people=[*people, alice, bob])
                    start = NOW + timedelta(days=number)
                    OverrideFactory(
                        schedule=there, membership=people[0], starts_at=start, ends_at=start + timedelta(hours=5 + more)
                    )
            costs.append([statements(as_bob, path) for path in (SCHEDULES, change_of(primary, SCHEDULES))])
        assert Schedule.objects.count() == 11
        assert costs[0] == costs[1]
