"""Who is on call: in one schedule, over a span of time, and everywhere."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from escalation.api.oncall import views
from escalation.api.oncall.bodies import shift_body
from escalation.domain.model import Shift
from escalation.models import Schedule
from tests.escalation.api.conftest import SCHEDULES, fields_of, schedule_path, told
from tests.escalation.oncall.weeks import WEEK_1, WEEK_2, WEEK_3, WEEK_4, person, turns, weekly
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.escalation import OverrideFactory, ScheduleFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

NOW = "/v1/oncall/now"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_week_1(monkeypatch):
    monkeypatch.setattr(views, "now", lambda: WEEK_1 + HOUR)


@pytest.fixture
def cyd(organization):
    return person(organization, "Cyd")


def shown(at):
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def resolve(api, schedule, at=None):
    return asked(api, f"{schedule_path(schedule)}/resolve", at=at and shown(at))


def shifts(api, schedule, **span):
    return asked(api, f"{schedule_path(schedule)}/shifts", **{name: shown(at) for name, at in span.items()})["shifts"]


def asked(api, path, **query):
    response = api.get(path, {name: value for name, value in query.items() if value is not None})
    assert response.status_code == 200, response.content
    return response.json()["data"]


def target(member, rotation, *, position=0, source="rotation", reachable=True):
    return {
        "userId": member.user_id,
        "layerId": rotation and str(rotation.id),
        "position": position,
        "source": source,
        "reachable": reachable,
    }


# In one schedule


def test_the_owner_and_everybody_paged_are_told_as_documented(api, primary, ada, cyd):
    first, second = primary.rotations.get(), turns(primary, cyd, name="Second")

    body = api.get(f"{schedule_path(primary)}/resolve").content.decode()

    assert body == json.dumps(
        {
            "data": {
                "scheduleId": str(primary.id),
                "at": "2026-03-18T09:00:00.000Z",
                "scheduleOwner": {"userId": ada.user_id, "layerId": str(first.id), "source": "rotation"},
                "pagingTargets": [target(ada, first), target(cyd, second, position=1)],
                "currentOncallUserId": ada.user_id,
            }
        },
        separators=(",", ":"),
    )


def test_with_nobody_on_call_there_is_no_owner_and_no_target(api, schedule):
    assert resolve(api, schedule) == {
        "scheduleId": str(schedule.id),
        "at": "2026-03-18T09:00:00.000Z",
        "scheduleOwner": None,
        "pagingTargets": [],
        "currentOncallUserId": None,
    }


def test_an_instant_can_be_asked_about(api, primary, ada, bob):
    asked_about = [WEEK_1 - HOUR, WEEK_1, WEEK_2, WEEK_3]

    on_call = [resolve(api, primary, at)["currentOncallUserId"] for at in asked_about]

    assert on_call == [None, ada.user_id, bob.user_id, ada.user_id]


def test_an_instant_may_come_in_any_offset(api, primary, bob):
    told_at = asked(api, f"{schedule_path(primary)}/resolve", at="2026-03-25T09:00:00+01:00")

    assert (told_at["at"], told_at["currentOncallUserId"]) == (shown(WEEK_2), bob.user_id)


def test_an_override_serves_in_place_of_the_owner(api, primary, cyd):
    OverrideFactory(schedule=primary, membership=cyd, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)
    rotation = primary.rotations.get()

    there = resolve(api, primary)

    assert there["scheduleOwner"] == {"userId": cyd.user_id, "layerId": str(rotation.id), "source": "override"}
    assert there["pagingTargets"] == [target(cyd, rotation, source="override")]


def test_an_override_serves_where_there_are_no_layers(api, schedule, cyd):
    OverrideFactory(schedule=schedule, membership=cyd, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)

    there = resolve(api, schedule)

    assert there["scheduleOwner"] == {"userId": cyd.user_id, "layerId": None, "source": "override"}
    assert there["pagingTargets"] == [target(cyd, None, source="override")]


def test_somebody_on_call_twice_is_told_once(api, primary, ada):
    turns(primary, ada, name="Second")

    assert resolve(api, primary)["pagingTargets"] == [target(ada, primary.rotations.get(position=0))]


def test_where_only_the_first_layer_pages_only_it_is_told(api, primary, ada, cyd):
    turns(primary, cyd, name="Second")
    Schedule.objects.filter(id=primary.id).update(paging_mode="first")

    assert [each["userId"] for each in resolve(api, primary)["pagingTargets"]] == [ada.user_id]
    assert resolve(api, primary, WEEK_1 - HOUR)["pagingTargets"] == []


@pytest.mark.parametrize("flaw", ["inactive", "gone", "locked out"])
def test_somebody_who_cannot_be_paged_is_on_call_and_told_so(api, primary, ada, flaw):
    ada.is_active = flaw != "inactive"
    ada.ended_at = WEEK_1 if flaw == "gone" else None
    ada.save()
    ada.user.is_active = flaw != "locked out"
    ada.user.save()

    there = resolve(api, primary)

    assert there["pagingTargets"] == [target(ada, primary.rotations.get(), reachable=False)]
    assert there["currentOncallUserId"] == ada.user_id


def test_somebody_is_reachable_where_they_are_asked_about(api, primary, ada):
    MembershipFactory(user=ada.user, is_active=False)

    assert resolve(api, primary)["pagingTargets"] == [target(ada, primary.rotations.get())]


# Over a span of time


def shift(member, rotation, start, end, *, override=None, **fields):
    source = "rotation" if override is None else "override"
    span = {"from": shown(start), "to": shown(end), "overrideId": override and str(override.id)}
    return {**target(member, rotation, source=source, **fields), **span}


def test_shifts_are_told_from_their_true_beginning_to_their_true_end(api, primary, ada, bob):
    rotation = primary.rotations.get()

    assert shifts(api, primary, **{"from": WEEK_2 - HOUR, "to": WEEK_2 + HOUR}) == [
        shift(ada, rotation, WEEK_1, WEEK_2),
        shift(bob, rotation, WEEK_2, WEEK_3),
    ]
    # Across the clock change: an hour less.
    assert timedelta(hours=167) == WEEK_3 - WEEK_2


def test_a_span_ends_before_its_end(api, primary, ada):
    assert [each["userId"] for each in shifts(api, primary, **{"from": WEEK_1, "to": WEEK_2})] == [ada.user_id]


def test_an_override_cuts_a_shift_in_two(api, primary, ada, bob, cyd):
    rotation = primary.rotations.get()
    cover = OverrideFactory(schedule=primary, membership=cyd, starts_at=WEEK_1 + DAY, ends_at=WEEK_1 + 2 * DAY)

    assert shifts(api, primary, **{"from": WEEK_1, "to": WEEK_2}) == [
        shift(ada, rotation, WEEK_1, WEEK_1 + DAY),
        shift(cyd, rotation, WEEK_1 + DAY, WEEK_1 + 2 * DAY, override=cover),
        shift(ada, rotation, WEEK_1 + 2 * DAY, WEEK_2),
    ]
    # Also where the override is over.
    assert shifts(api, primary, **{"from": WEEK_2 - HOUR, "to": WEEK_2}) == [
        shift(ada, rotation, WEEK_1 + 2 * DAY, WEEK_2)
    ]


def test_a_span_begins_now_and_lasts_two_weeks_unless_it_says_otherwise(api, primary):
    span = asked(api, f"{schedule_path(primary)}/shifts")

    assert (span["scheduleId"], span["from"], span["to"]) == (
        str(primary.id),
        "2026-03-18T09:00:00.000Z",
        "2026-04-01T09:00:00.000Z",
    )
    assert [each["from"] for each in span["shifts"]] == [shown(WEEK_1), shown(WEEK_2), shown(WEEK_3)]


def test_what_never_ends_has_no_end():
    forever = Shift(user="user_ada", starts_at=WEEK_1, ends_at=None, rotation=None, position=0, override=None)

    assert shift_body(forever, {})["to"] is None


def test_shifts_of_somebody_who_cannot_be_paged_say_so(api, primary, ada):
    ada.is_active = False
    ada.save()

    assert [each["reachable"] for each in shifts(api, primary)] == [False, True, False]


def test_there_may_be_no_shifts(api, schedule):
    assert shifts(api, schedule) == []


@pytest.mark.parametrize(
    ("span", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-03-18"}, "from"),
        ({"from": "2026-03-18T08:00:00"}, "from"),
        ({"from": ""}, "from"),
        ({"from": "1969-12-31T23:59:59Z"}, "from"),
        ({"to": "2200-01-01T00:00:00Z"}, "to"),
        ({"to": "2026-02-30T00:00:00Z"}, "to"),
        ({"from": "2026-03-18T08:00:00Z", "to": "2026-03-18T08:00:00Z"}, "to"),
        ({"from": "2026-03-18T08:00:00Z", "to": "2026-03-17T08:00:00Z"}, "to"),
        ({"from": "2026-03-18T08:00:00Z", "to": "2027-03-19T08:00:00.001Z"}, "to"),
        ({"to": "2026-03-18T08:59:59Z"}, "to"),
    ],
)
def test_a_span_that_is_none_is_refused_by_name(api, primary, span, field):
    assert fields_of(api.get(f"{schedule_path(primary)}/shifts", span)) == [field]


def test_a_span_may_last_a_leap_year(api, primary):
    span = {"from": "2026-03-18T08:00:00Z", "to": "2027-03-19T08:00:00Z"}

    assert len(api.get(f"{schedule_path(primary)}/shifts", span).json()["data"]["shifts"]) == 53


def test_both_mistakes_of_a_span_are_told_at_once(api, primary):
    assert fields_of(api.get(f"{schedule_path(primary)}/shifts", {"from": "x", "to": "y"})) == ["from", "to"]


def test_more_shifts_than_anybody_reads_are_refused(api, primary, monkeypatch):
    monkeypatch.setattr(views, "MOST_SHIFTS", 2)

    assert len(shifts(api, primary, **{"from": WEEK_1, "to": WEEK_3})) == 2
    response = api.get(f"{schedule_path(primary)}/shifts", {"from": shown(WEEK_1), "to": shown(WEEK_4)})
    assert fields_of(response) == ["to"]


# Everywhere


def test_every_schedule_is_told_with_who_is_on_call_and_until_when(api, organization, primary, ada):
    empty = ScheduleFactory(organization=organization, name="Nights", timezone="Asia/Tokyo")
    weekly(person(organization, "Eve").organization, name="Later", effective_from=WEEK_3)
    ScheduleFactory()

    everywhere = asked(api, NOW)

    rotation = primary.rotations.get()
    assert everywhere["at"] == "2026-03-18T09:00:00.000Z"
    assert everywhere["schedules"][:2] == [
        {
            "id": str(primary.id),
            "name": "Primary",
            "timezone": "Europe/Berlin",
            "scheduleOwner": {"userId": ada.user_id, "layerId": str(rotation.id), "source": "rotation"},
            "pagingTargets": [target(ada, rotation)],
            "currentOncallUserId": ada.user_id,
            "until": shown(WEEK_2),
        },
        {
            "id": str(empty.id),
            "name": "Nights",
            "timezone": "Asia/Tokyo",
            "scheduleOwner": None,
            "pagingTargets": [],
            "currentOncallUserId": None,
            "until": None,
        },
    ]
    assert [each["name"] for each in everywhere["schedules"]] == ["Primary", "Nights", "Later"]


def test_an_override_to_come_ends_the_answer(api, primary, cyd):
    OverrideFactory(schedule=primary, membership=cyd, starts_at=WEEK_1 + DAY, ends_at=WEEK_1 + 2 * DAY)

    (there,) = asked(api, NOW)["schedules"]

    assert there["until"] == shown(WEEK_1 + DAY)


def test_everywhere_can_be_asked_about_an_instant(api, primary, bob):
    everywhere = asked(api, NOW, at=shown(WEEK_2))

    assert everywhere["at"] == shown(WEEK_2)
    assert [each["currentOncallUserId"] for each in everywhere["schedules"]] == [bob.user_id]


@pytest.mark.parametrize("at", ["", "now", "2026-03-18", "2026-03-18T08:00:00", "2200-01-01T00:00:00Z", "1e9"])
@pytest.mark.parametrize("path", [NOW, f"{SCHEDULES}/%s/resolve"])
def test_an_instant_that_is_none_is_refused_by_name(api, primary, path, at):
    assert fields_of(api.get(path.replace("%s", str(primary.id)), {"at": at})) == ["at"]


def test_an_instant_is_given_once(api, primary):
    assert fields_of(api.get(f"{NOW}?at={shown(WEEK_1)}&at={shown(WEEK_2)}")) == ["at"]


# Who may ask, and what it costs


def paths(schedule_id):
    return [f"{SCHEDULES}/{schedule_id}/resolve", f"{SCHEDULES}/{schedule_id}/shifts"]


def test_a_key_that_reads_is_enough(organization, primary):
    reader = ApiClient(ApiKeyFactory(organization=organization, scope="read").text)

    assert {told(reader.get(path)) for path in [*paths(primary.id), NOW]} == {(200, None)}


def test_a_key_that_triggers_sees_nobody(organization, primary):
    trigger = ApiClient(ApiKeyFactory(organization=organization, scope="trigger").text)

    assert {told(trigger.get(path)) for path in [*paths(primary.id), NOW]} == {(403, "insufficient_scope")}
    assert {told(ApiClient().get(path)) for path in [*paths(primary.id), NOW]} == {(401, "not_authorized")}


@pytest.mark.parametrize("schedule_id", [uuid4(), "zzz", "foreign"])
def test_a_schedule_of_elsewhere_is_an_unknown_one(api, primary, schedule_id):
    there = ScheduleFactory().id if schedule_id == "foreign" else schedule_id

    assert {told(api.get(path)) for path in paths(there)} == {(404, "not_found")}


@pytest.mark.parametrize("size", [1, 5])
def test_the_cost_in_statements_does_not_grow(api, organization, size, django_assert_num_queries):
    for _ in range(size):
        schedule = weekly(
            organization, *(person(organization, f"P{uuid4().hex}") for _ in range(size)), name=str(uuid4())
        )
        turns(schedule, person(organization, f"P{uuid4().hex}"), name="Second")
        OverrideFactory.create_batch(size, schedule=schedule, starts_at=WEEK_1, ends_at=WEEK_4)

    # The key, the schedules with all in them, their people; and for all schedules their names.
    for path, statements in zip([*paths(schedule.id), NOW], [3, 3, 4], strict=True):
        with django_assert_num_queries(statements):
            assert api.get(path).status_code == 200
