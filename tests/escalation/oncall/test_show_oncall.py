"""``manage.py show_oncall``: a table for people, JSON for programs, and an exit status for cron."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from escalation.management.commands import show_oncall
from escalation.models import Schedule
from tests.escalation.oncall.weeks import WEEK_1, WEEK_2, person, turns, weekly
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import OverrideFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AT = "2026-03-18T09:00:00Z"


@pytest.fixture(autouse=True)
def _at_week_1(monkeypatch):
    monkeypatch.setattr(show_oncall, "now", lambda: WEEK_1 + HOUR)


@pytest.fixture
def organization(db):
    return OrganizationFactory(name="Acme")


def shown(*arguments):
    """Return the lines of the answer; the command succeeds."""
    stdout = io.StringIO()
    call_command("show_oncall", *arguments, stdout=stdout)
    return stdout.getvalue().splitlines()


def failed(*arguments):
    """Return what the command shows although it fails, and why it does."""
    stdout = io.StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("show_oncall", *arguments, stdout=stdout)
    return stdout.getvalue().splitlines(), str(failure.value)


def told(*arguments):
    (line,) = shown("--json", *arguments)
    return json.loads(line)


# The table


def test_it_shows_who_is_on_call_now(organization, primary):
    turns(primary, person(organization, "Cyd"), name="Nights")
    ScheduleFactory(organization=organization, name="日本", timezone="Asia/Tokyo")

    assert shown() == [
        "On call at 2026-03-18 09:00+00:00",
        "",
        "ORGANIZATION  SCHEDULE  PERSON  FOR       UNTIL",
        "Acme          Primary   Ada     Weekdays  2026-03-25 09:00+01:00",
        "Acme          Primary   Cyd     Nights    2026-03-25 09:00+01:00",
        "Acme          日本      nobody            for ever",
    ]


def test_it_shows_who_is_on_call_at_an_instant(primary):
    assert shown("--at", "2026-03-25T08:00:00Z")[3:] == [
        "Acme          Primary   Bob     Weekdays  2026-04-01 09:00+02:00"
    ]


def test_it_shows_the_shifts_of_the_days_to_come(organization, primary, ada):
    OverrideFactory(schedule=primary, membership=ada, starts_at=WEEK_2, ends_at=WEEK_2 + DAY)
    ScheduleFactory(organization=organization, name="Empty")

    assert shown("--days", "9") == [
        "On call from 2026-03-18 09:00+00:00",
        "",
        "ORGANIZATION  SCHEDULE  PERSON  FOR                  FROM                    UNTIL",
        "Acme          Primary   Ada     Weekdays             2026-03-18 09:00+01:00  2026-03-25 09:00+01:00",
        "Acme          Primary   Ada     Weekdays (override)  2026-03-25 09:00+01:00  2026-03-26 09:00+01:00",
        "Acme          Primary   Bob     Weekdays             2026-03-26 09:00+01:00  2026-04-01 09:00+02:00",
        "Acme          Empty     nobody",
    ]


def test_somebody_who_cannot_be_paged_is_marked(primary, ada):
    ada.is_active = False
    ada.save()

    assert "Ada (cannot be paged)" in shown()[3]


def test_hostile_names_stay_in_their_line(primary):
    Schedule.objects.update(name="a\nb\x1b[31m\u202ec")

    assert shown()[3].split("  ")[5] == "a b [31mc"


def test_without_schedules_it_says_so(organization):
    assert shown() == ["There are no schedules."]


# For programs


def test_json_says_what_the_api_says(api, organization, primary):
    there = told("--organization", organization.id, "--at", AT)

    everywhere = api.get("/v1/oncall/now", {"at": AT}).json()["data"]
    (schedule,) = everywhere["schedules"]
    assert there == {"at": everywhere["at"], "schedules": [{"organizationId": organization.id, **schedule}]}


def test_json_has_the_shifts_to_come_as_the_api_tells_them(api, primary):
    (there,) = told("--at", AT, "--days", "30")["schedules"]

    span = {"from": AT, "to": "2026-04-17T09:00:00Z"}
    assert there["shifts"] == api.get(f"/v1/oncall/schedules/{primary.id}/shifts", span).json()["data"]["shifts"]
    assert len(there["shifts"]) == 5


def test_json_without_schedules_is_an_empty_list(organization):
    assert told()["schedules"] == []


# Which schedules


def test_it_shows_one_organization_or_all(organization, primary):
    elsewhere = OrganizationFactory(name="Other")
    weekly(elsewhere, person(elsewhere, "Eve"))

    assert [row["organizationId"] for row in told()["schedules"]] == [organization.id, elsewhere.id]
    assert [row["organizationId"] for row in told("--organization", elsewhere.id)["schedules"]] == [elsewhere.id]


def test_a_schedule_is_found_by_id_and_by_name(organization, primary):
    weekly(organization, person(organization, "Cyd"), name="Nights")

    for named in (str(primary.id), str(primary.id).upper(), "Primary", " primary", "PRIMARY"):
        assert [row["id"] for row in told("--schedule", named)["schedules"]] == [str(primary.id)]


def test_a_name_stands_for_the_schedule_of_each_organization(organization, primary):
    elsewhere = OrganizationFactory()
    weekly(elsewhere, person(elsewhere, "Eve"))

    assert len(told("--schedule", "Primary")["schedules"]) == 2
    assert len(told("--schedule", "Primary", "--organization", organization.id)["schedules"]) == 1


# When it fails


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--organization", "org_unknown"], "--organization: There is no organization with that id."),
        (["--organization", "\udce9"], "organization: is no text in UTF-8"),
        (["--schedule", "Secondary"], "--schedule: There is no schedule with that id or name."),
        (["--schedule", "018f3c1d-0001-7aaa-8bbb-1c2d3e4f5a6b"], "--schedule: There is no schedule with that"),
        (["--at", "2026-03-18T09:00:00"], "--at: must be an instant with its offset"),
        (["--at", "tomorrow"], "--at: must be an instant with its offset"),
        (["--days", "0"], "--days: must be from 1 to 366"),
        (["--days", "367"], "--days: must be from 1 to 366"),
        (["--days", "two"], "Error: argument --days: invalid int value: 'two'"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_it_names_the_argument_it_refuses_and_shows_nothing(primary, arguments, reason, form):
    lines, why = failed(*arguments, *form)

    assert (lines, why[: len(reason)]) == ([], reason)


def test_a_schedule_of_another_organization_is_an_unknown_one(organization, primary):
    elsewhere = OrganizationFactory()

    assert failed("--organization", elsewhere.id, "--schedule", str(primary.id))[0] == []


@pytest.mark.parametrize("form", [[], ["--json"], ["--days", "30"]])
def test_it_fails_where_a_schedule_asked_for_has_nobody_and_shows_it_all_the_same(organization, form):
    weekly(organization, person(organization, "Ada"), name="Nights", effective_from=WEEK_2)

    lines, why = failed("--schedule", "nights", *form)

    assert why == "--schedule: nobody who can be paged is on call in Nights"
    assert "Nights" in lines[-1]


def test_it_fails_where_nobody_on_call_can_be_paged(primary, ada):
    ada.is_active = False
    ada.save()

    assert failed("--schedule", "Primary")[1] == "--schedule: nobody who can be paged is on call in Primary"


def test_one_who_can_be_paged_is_enough(organization, primary, ada):
    turns(primary, person(organization, "Cyd"), name="Nights")
    ada.is_active = False
    ada.save()

    assert len(shown("--schedule", "Primary")) == 5


def test_an_overview_does_not_fail_where_nobody_is_on_call(organization, primary):
    ScheduleFactory(organization=organization)

    assert len(shown()) == 5
    assert len(shown("--organization", organization.id)) == 5


@pytest.mark.parametrize("size", [1, 5])
@pytest.mark.parametrize("days", [[], ["--days", "30"]])
def test_the_cost_in_statements_does_not_grow_with_the_schedules(organization, size, days, django_assert_num_queries):
    for number in range(size):
        schedule = weekly(
            organization, *(person(organization, f"P{number}x{i}") for i in range(size)), name=str(number)
        )
        turns(schedule, person(organization, f"P{number}"), name="Second")

    # The schedules and their rotations, their names; then of the organization all in them, and the people.
    with django_assert_num_queries(4):
        shown(*days)
