"""The calendar feed, read back as a calendar program reads it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, ProgrammingError
from django.test import Client
from icalendar import Calendar

from escalation.calendar import feed as feeds
from escalation.calendar import views
from escalation.models import Schedule
from tests.escalation.oncall.weeks import WEEK_1, WEEK_2, WEEK_3, person, turns, weekly
from tests.factories.escalation import CalendarFeedFactory, OverrideFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = WEEK_1 + HOUR


@pytest.fixture
def reader():
    """A calendar program: no cookies, no key."""
    return Client(raise_request_exception=False)


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Set what time it is."""

    def set_time(now):
        monkeypatch.setattr(views.clock, "now", lambda: now)

    set_time(NOW)
    return set_time


@pytest.fixture
def calendar(primary):
    """The calendar of the schedule."""
    return CalendarFeedFactory(schedule=primary)


@pytest.fixture
def adas(primary, ada):
    """The calendar of Ada's shifts everywhere."""
    return CalendarFeedFactory(organization=ada.organization, schedule=None, membership=ada)


def url(feed):
    return f"/calendar/{feed.token}.ics"


def text_of(reader, feed):
    response = reader.get(url(feed))
    assert response.status_code == 200
    return response.content


def events(reader, feed):
    return Calendar.from_ical(text_of(reader, feed)).walk("VEVENT")


def spans(reader, feed):
    return [(event["DTSTART"].dt, event["DTEND"].dt) for event in events(reader, feed)]


# What is shown


def test_a_schedules_calendar_shows_who_is_on_call_when(calendar, reader, primary):
    shown = Calendar.from_ical(text_of(reader, calendar))
    first, second = shown.walk("VEVENT")[:2]

    assert [str(shown[name]) for name in ("VERSION", "CALSCALE", "NAME", "X-WR-CALNAME")] == [
        "2.0",
        "GREGORIAN",
        "On call: Primary",
        "On call: Primary",
    ]
    assert shown["REFRESH-INTERVAL"].dt == HOUR
    assert (str(first["SUMMARY"]), str(second["SUMMARY"])) == ("Ada on call: Primary", "Bob on call: Primary")
    assert str(second["DESCRIPTION"]) == (
        "Bob is on call for rotation Weekdays of Primary.\n2026-03-25 09:00 to 2026-04-01 09:00, Europe/Berlin"
    )
    assert first["TRANSP"] == "TRANSPARENT"
    assert first["DTSTAMP"].dt == primary.updated_at


def test_shifts_are_an_hour_shorter_where_the_clocks_go_forward(calendar, reader):
    assert spans(reader, calendar)[:2] == [(WEEK_1, WEEK_2), (WEEK_2, WEEK_3)]
    assert timedelta(hours=167) == WEEK_3 - WEEK_2
    assert b"DTSTART:20260325T080000Z\r\nDTEND:20260401T070000Z\r\n" in text_of(reader, calendar)


def test_and_an_hour_longer_where_they_go_back(calendar, reader, at):
    at(datetime(2026, 10, 21, tzinfo=UTC))
    back = datetime(2026, 10, 21, 7, tzinfo=UTC), datetime(2026, 10, 28, 8, tzinfo=UTC)

    assert back in spans(reader, calendar)
    assert back[1] - back[0] == timedelta(hours=169)


def test_the_calendar_reaches_back_thirty_days_and_ahead_a_hundred_and_eighty(calendar, reader, at):
    at(WEEK_1 + 40 * DAY)
    shown = spans(reader, calendar)

    assert shown[0] == (WEEK_2, WEEK_3)
    assert shown[-1][0] < WEEK_1 + 220 * DAY <= shown[-1][1]


def test_a_persons_calendar_shows_their_shifts_in_every_schedule(adas, reader, organization, ada, bob):
    second = weekly(organization, bob, ada, name="Nights", effective_from=WEEK_1 + HOUR)
    covered = ScheduleFactory(organization=organization, name="Covered")
    OverrideFactory(schedule=covered, membership=ada, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)
    weekly(organization, bob, name="Bob's")

    shown = {(str(event["SUMMARY"]), event["DTSTART"].dt) for event in events(reader, adas)}

    assert {("On call: Primary", WEEK_1), ("On call: Covered", WEEK_1), ("On call: Nights", WEEK_2)} <= shown
    assert not {summary for summary, _ in shown} & {"On call: Bob's"}
    assert ("On call: Primary", WEEK_2) not in shown
    assert b"NAME:On call: Ada\r\n" in text_of(reader, adas)
    assert second.rotations.get().effective_from == WEEK_1 + HOUR


def test_a_persons_calendar_of_one_schedule_shows_no_other(reader, organization, primary, ada):
    weekly(organization, ada, name="Nights")
    calendar = CalendarFeedFactory(schedule=primary, membership=ada)

    assert {str(event["SUMMARY"]) for event in events(reader, calendar)} == {"On call: Primary"}
    assert b"NAME:On call: Ada\\, Primary\r\n" in text_of(reader, calendar)


def test_an_override_and_somebody_who_cannot_be_paged_are_told(calendar, reader, primary, ada, organization):
    cyd = person(organization, "Cyd", is_active=False)
    OverrideFactory(schedule=primary, membership=cyd, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)

    first, second = events(reader, calendar)[:2]

    assert str(first["DESCRIPTION"]).splitlines()[:3] == [
        "Cyd is on call for rotation Weekdays of Primary.",
        "An override: out of turn.",
        "Cyd cannot be paged at present.",
    ]
    assert (second["DTSTART"].dt, str(second["SUMMARY"])) == (WEEK_1 + DAY, "Ada on call: Primary")


def test_a_calendar_may_be_empty(reader, organization):
    calendar = CalendarFeedFactory(schedule=ScheduleFactory(organization=organization))

    assert events(reader, calendar) == []


def test_what_is_shorter_than_a_second_is_not_shown(calendar, reader, primary, bob):
    tick = timedelta(milliseconds=1)
    OverrideFactory(schedule=primary, membership=bob, starts_at=WEEK_1 + DAY, ends_at=WEEK_1 + DAY + tick)

    assert spans(reader, calendar)[:2] == [(WEEK_1, WEEK_1 + DAY), (WEEK_1 + DAY, WEEK_2)]


def test_of_too_much_the_rest_is_left_out_and_the_calendar_says_so(calendar, reader, monkeypatch):
    monkeypatch.setattr(feeds, "MOST_SHIFTS", 2)

    shown = Calendar.from_ical(text_of(reader, calendar))
    assert len(shown.walk("VEVENT")) == 2
    assert str(shown["X-WR-CALDESC"]) == "There is more than a calendar holds: no shifts from 2026-04-01 07:00 UTC on."


# What stays the same


def test_an_event_keeps_its_uid_while_time_goes_on(calendar, reader, at):
    before = {event["DTSTART"].dt: event["UID"] for event in events(reader, calendar)}
    at(WEEK_2 + 3 * DAY)
    after = {event["DTSTART"].dt: event["UID"] for event in events(reader, calendar)}

    assert len(before.keys() & after.keys()) > 20
    assert all(before[start] == after[start] for start in before.keys() & after.keys())


def test_an_event_keeps_its_uid_when_an_override_before_it_has_long_been_over(calendar, reader, at, primary, bob):
    OverrideFactory(schedule=primary, membership=bob, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)
    at(WEEK_1 + 31 * DAY + HOUR)

    assert spans(reader, calendar)[0] == (WEEK_1 + DAY, WEEK_2)


def test_no_two_events_have_one_uid(calendar, adas, reader, primary, organization, ada, bob):
    turns(primary, ada, name="Second")
    OverrideFactory(schedule=primary, membership=bob, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)
    OverrideFactory(schedule=ScheduleFactory(organization=organization), membership=ada, starts_at=WEEK_1)

    for feed in (calendar, adas):
        uids = [event["UID"] for event in events(reader, feed)]
        assert len(set(uids)) == len(uids)


def test_an_unchanged_calendar_is_not_sent_again(calendar, reader, at):
    first = reader.get(url(calendar))
    at(NOW + HOUR)
    again = reader.get(url(calendar), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "private, no-cache"


def test_a_changed_calendar_is_sent_again(calendar, reader, primary, bob):
    first = reader.get(url(calendar))
    OverrideFactory(schedule=primary, membership=bob, starts_at=WEEK_1, ends_at=WEEK_1 + DAY)

    again = reader.get(url(calendar), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again["ETag"] == first["ETag"]) == (200, False)


# How it is written


HOSTILE = [
    "A;B,C\\D:E",
    "Team\\North\\new",
    "Ünïcödé 日本語 💩 " * 8,
    'x" END:VEVENT',
    "a\r\nEND:VEVENT\r\nBEGIN:VEVENT",
    "\x00\x07\x1b[31m\u2028\u202e",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_read_back_as_one_line(calendar, reader, primary, ada, name):
    # Past the services, which would refuse the worst of them; the database itself takes anything but NUL.
    stored = name.replace("\x00", "")
    Schedule.objects.filter(id=primary.id).update(name=stored)
    ada.first_name = stored
    ada.save()

    text = text_of(reader, calendar)
    first = Calendar.from_ical(text).walk("VEVENT")[0]

    assert all(len(line) <= 75 for line in text.split(b"\r\n"))
    assert text.count(b"\r") == text.count(b"\n") == text.count(b"\r\n")
    assert text.count(b"\r\nBEGIN:VEVENT\r\n") == text.count(b"\r\nEND:VEVENT\r\n") > 20
    assert len(str(first["SUMMARY"]).splitlines()) == 1
    if name.isprintable():
        assert str(first["SUMMARY"]) == f"{name.strip()} on call: {name.strip()}"


def test_lines_are_folded_between_characters(calendar, reader, primary):
    Schedule.objects.filter(id=primary.id).update(name="日本語" * 60)

    for line in text_of(reader, calendar).split(b"\r\n"):
        line.decode()


# Links that open nothing


def gone(ada):
    ada.ended_at = NOW
    ada.save()


def locked_out(ada):
    ada.user.is_active = False
    ada.user.save()


def suspended(ada):
    ada.organization.is_active = False
    ada.organization.save()


@pytest.mark.parametrize("event", [gone, locked_out, suspended])
def test_a_persons_calendar_closes_with_what_it_stands_on(adas, reader, ada, event):
    assert reader.get(url(adas)).status_code == 200
    event(ada)

    assert reader.get(url(adas)).status_code == 404


def test_somebody_inactive_keeps_their_calendar(adas, reader, ada):
    ada.is_active = False
    ada.save()

    assert reader.get(url(adas)).status_code == 200


@pytest.mark.parametrize("token", ["A" * 43, "nothing", "A" * 10_000, "%00", "%ff", "a.ics", "é" * 43])
def test_links_that_open_nothing_look_alike(calendar, reader, token):
    revoked = url(calendar)
    calendar.delete()

    answers = [reader.get(address) for address in (f"/calendar/{token}.ics", revoked)]

    assert {(answer.status_code, answer.content) for answer in answers} == {(404, b"There is no calendar here.\n")}
    assert len({tuple(_headers(answer)) for answer in answers}) == 1


def _headers(answer):
    return [(name, value) for name, value in answer.items() if name != "X-Request-Id"]


def test_whoever_tries_links_is_slowed_down_and_readers_are_not(calendar, reader, monkeypatch):
    monkeypatch.setattr(views, "WRONG_LINKS_A_MINUTE", 2)
    statuses = [reader.get(f"/calendar/{'A' * 43}.ics").status_code for _ in range(3)]
    slowed = reader.get("/calendar/nothing.ics")

    assert (statuses, slowed.status_code) == ([404, 404, 429], 429)
    assert int(slowed["Retry-After"]) <= 60
    assert reader.get(url(calendar)).status_code == 200
    assert reader.get("/calendar/nothing.ics", REMOTE_ADDR="192.0.2.1").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_a_calendar_can_only_be_read(calendar, reader, method):
    assert getattr(reader, method)(url(calendar)).status_code == 405


def test_a_calendar_can_be_asked_about(calendar, reader):
    shown, asked = reader.get(url(calendar)), reader.head(url(calendar))

    assert (asked.status_code, asked.content, asked["ETag"]) == (200, b"", shown["ETag"])


# When the database is away


def test_while_the_database_is_away_a_reader_is_told_to_come_again(calendar, reader, monkeypatch):
    def away(*_args):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(views, "find_feed", away)
    answer = reader.get(url(calendar))
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def test_a_mistake_of_ours_is_not_told_as_the_database_being_away(calendar, reader, monkeypatch):
    def fail(*_args):
        raise ProgrammingError("no such column")

    monkeypatch.setattr(views, "find_feed", fail)
    assert reader.get(url(calendar)).status_code == 500


# What travels with it


@pytest.mark.parametrize("way", ["open", "closed", "unchanged"])
def test_every_answer_keeps_the_link_to_itself(calendar, reader, way):
    tag = reader.get(url(calendar))["ETag"]
    answer = {
        "open": lambda: reader.get(url(calendar)),
        "closed": lambda: reader.get("/calendar/nothing.ics"),
        "unchanged": lambda: reader.get(url(calendar), headers={"If-None-Match": tag}),
    }[way]()
    assert answer["Cache-Control"] == "private, no-cache"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")


def test_it_is_sent_as_a_calendar(calendar, reader):
    answer = reader.get(url(calendar))

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'inline; filename="on-call.ics"'


def test_the_link_is_not_logged(calendar, reader, lines):
    reader.get(url(calendar))

    (entry,) = lines()
    assert (entry["path"], entry["status"]) == ("/calendar/[redacted]", 200)
    assert calendar.token not in json.dumps(entry)


@pytest.mark.parametrize("size", [1, 5])
def test_the_cost_in_statements_does_not_grow(reader, organization, ada, size, django_assert_num_queries):
    for number in range(size):
        schedule = weekly(
            organization, ada, *(person(organization, f"P{number}x{i}") for i in range(size)), name=f"S{number}"
        )
        OverrideFactory.create_batch(size, schedule=schedule, membership=ada)
    of_schedule = CalendarFeedFactory(schedule=schedule)
    of_person = CalendarFeedFactory(organization=organization, schedule=None, membership=ada)

    # The feed; which schedules, for a person; schedules with all in them; people; names of schedules and of rotations.
    for feed, statements in ((of_schedule, 5), (of_person, 6)):
        with django_assert_num_queries(statements):
            assert reader.get(url(feed)).status_code == 200
