"""Calendar feeds through the API: a link is shown once, kept as its hash, and revoked for good."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from escalation.calendar.tokens import digest
from escalation.models import CalendarFeed
from scaling.models import IdempotencyRecord
from tests.escalation.api.conftest import fields_of, told
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.escalation import CalendarFeedFactory, ScheduleFactory
from tests.fixtures.accounts import ApiClient

pytestmark = pytest.mark.django_db

CALENDARS = "/v1/oncall/calendars"


def path(feed):
    return f"{CALENDARS}/{feed.id}"


def test_a_feed_of_a_schedule_is_created(api, api_key, organization, schedule, client):
    response = api.post(CALENDARS, {"scheduleId": str(schedule.id)})

    feed, body = CalendarFeed.objects.get(), response.json()["data"]
    assert response.status_code == 201
    assert list(body.items())[:-1] == [
        ("id", str(feed.id)),
        ("orgId", organization.id),
        ("scheduleId", str(schedule.id)),
        ("userId", None),
        ("createdBy", api_key.id),
        ("createdAt", body["createdAt"]),
    ]
    assert re.fullmatch(r"http://localhost:8000/calendar/[\w-]{43}\.ics", body["url"])
    assert client.get(body["url"].removeprefix("http://localhost:8000")).status_code == 200


def test_a_feed_of_a_person_and_of_a_person_in_a_schedule_are_created(api, member, schedule):
    everywhere = api.post(CALENDARS, {"userId": member.user_id}).json()["data"]
    here = api.post(CALENDARS, {"userId": member.user_id, "scheduleId": str(schedule.id)}).json()["data"]

    assert (everywhere["scheduleId"], everywhere["userId"]) == (None, member.user_id)
    assert (here["scheduleId"], here["userId"]) == (str(schedule.id), member.user_id)
    assert everywhere["url"] != here["url"]


def test_of_the_link_only_a_hash_is_kept(api, schedule):
    body = {"scheduleId": str(schedule.id)}
    url = api.post(CALENDARS, body, headers={"Idempotency-Key": "once"}).json()["data"]["url"]

    token = re.search(r"/calendar/(.+)\.ics", url)[1]
    assert bytes(CalendarFeed.objects.get().digest) == digest(token)
    stored = [str(row) for model in (CalendarFeed, IdempotencyRecord) for row in model.objects.values_list()]
    assert token not in " ".join(stored)


def test_a_repeated_request_makes_no_second_feed_and_shows_no_link(api, schedule):
    body, named = {"scheduleId": str(schedule.id)}, {"Idempotency-Key": "once"}
    first = api.post(CALENDARS, body, headers=named).json()["data"]

    repeat = api.post(CALENDARS, body, headers=named)

    assert (repeat.status_code, repeat.headers["Idempotent-Replayed"]) == (201, "true")
    assert repeat.json()["data"] == {**first, "url": None}
    assert CalendarFeed.objects.count() == 1


def test_feeds_are_listed_without_their_links_oldest_first(api, organization, schedule, member):
    second = CalendarFeedFactory(schedule=schedule)
    first = CalendarFeedFactory(organization=organization, schedule=None, membership=member)
    CalendarFeed.objects.filter(id=first.id).update(created_at=schedule.created_at.replace(year=2020))
    CalendarFeedFactory()

    feeds = api.get(CALENDARS).json()["data"]

    assert [(feed["id"], feed["scheduleId"], feed["userId"]) for feed in feeds] == [
        (str(first.id), None, member.user_id),
        (str(second.id), str(schedule.id), None),
    ]
    assert list(feeds[0]) == ["id", "orgId", "scheduleId", "userId", "createdBy", "createdAt"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["scheduleId"]),
        ({"scheduleId": None, "userId": None}, ["scheduleId"]),
        ({"scheduleId": "zzz"}, ["scheduleId"]),
        ({"scheduleId": 5}, ["scheduleId"]),
        ({"scheduleId": str(uuid4())}, ["scheduleId"]),
        ({"userId": 5}, ["userId"]),
        ({"userId": ""}, ["userId"]),
        ({"userId": "user_unknown"}, ["userId"]),
        ({"userId": "x" * 256}, ["userId"]),
        ({"userID": "user_ada"}, ["userID"]),
        ({"scheduleId": 5, "userId": 5}, ["scheduleId", "userId"]),
    ],
)
def test_an_unusable_field_is_named_and_nothing_created(api, body, fields):
    assert fields_of(api.post(CALENDARS, body)) == fields
    assert not CalendarFeed.objects.exists()


def test_what_is_not_of_the_organization_is_unknown(api, organization):
    gone = MembershipFactory(organization=organization, ended=True)

    assert fields_of(api.post(CALENDARS, {"scheduleId": str(ScheduleFactory().id)})) == ["scheduleId"]
    assert fields_of(api.post(CALENDARS, {"userId": MembershipFactory().user_id})) == ["userId"]
    assert fields_of(api.post(CALENDARS, {"userId": gone.user_id})) == ["userId"]
    assert not CalendarFeed.objects.exists()


def test_a_revoked_feed_is_gone(api, schedule, client):
    feed = CalendarFeedFactory(schedule=schedule)

    assert api.delete(path(feed)).json() == {"success": True}
    assert told(api.delete(path(feed))) == (404, "not_found")
    assert client.get(f"/calendar/{feed.token}.ics").status_code == 404


def test_a_condition_that_cannot_hold_revokes_nothing(api, schedule):
    feed = CalendarFeedFactory(schedule=schedule)

    assert told(api.delete(path(feed), headers={"If-Match": '"other"'})) == (412, "precondition_failed")
    assert api.delete(path(feed), headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("feed_id", [uuid4(), "zzz", "foreign"])
def test_a_feed_of_elsewhere_is_an_unknown_one(api, feed_id):
    foreign = CalendarFeedFactory()

    assert told(api.delete(f"{CALENDARS}/{foreign.id if feed_id == 'foreign' else feed_id}")) == (404, "not_found")
    assert CalendarFeed.objects.get() == foreign


def test_a_deleted_schedule_takes_its_feeds_along(api, schedule, client):
    feed = CalendarFeedFactory(schedule=schedule)

    assert api.delete(f"/v1/oncall/schedules/{schedule.id}").status_code == 200
    assert client.get(f"/calendar/{feed.token}.ics").status_code == 404


@pytest.mark.parametrize(
    ("scope", "answers"),
    [
        ("read", [(200, None), (403, "insufficient_scope"), (403, "insufficient_scope")]),
        ("trigger", [(403, "insufficient_scope")] * 3),
        (None, [(401, "not_authorized")] * 3),
    ],
)
def test_a_key_that_does_not_write_makes_and_revokes_nothing(organization, schedule, scope, answers):
    key = scope and ApiKeyFactory(organization=organization, scope=scope).text
    feed, caller = CalendarFeedFactory(schedule=schedule), ApiClient(key)

    calls = [caller.get(CALENDARS), caller.post(CALENDARS, {"scheduleId": str(schedule.id)}), caller.delete(path(feed))]

    assert [told(response) for response in calls] == answers
    assert CalendarFeed.objects.get() == feed


@pytest.mark.parametrize("size", [1, 8])
def test_the_list_costs_one_statement_beside_the_key(api, schedule, organization, size, django_assert_num_queries):
    for member in MembershipFactory.create_batch(size, organization=organization):
        CalendarFeedFactory(schedule=schedule, membership=member)

    with django_assert_num_queries(2):
        assert len(api.get(CALENDARS).json()["data"]) == size
