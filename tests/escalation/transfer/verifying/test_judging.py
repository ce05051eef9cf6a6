"""How the schedules of a product stand beside what is here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from escalation.models import ImportedObject, Schedule
from escalation.transfer.arrival import Arrival, ExternalRef, Shift, Timeline
from escalation.transfer.findings import Code, Finding, Severity, Subject
from escalation.transfer.importing.state import load_state
from escalation.transfer.verifying.judging import Verdict, judge, with_what_is_read, with_what_is_stored
from escalation.transfer.verifying.telling import as_plain, as_text, mismatches, warnings
from tests.escalation.transfer.importing.imports import run_document
from tests.escalation.transfer.plans import ANA, BOB, MADRID, at, document, schedule, turns, user
from tests.factories.accounts import OrganizationFactory

PRIMARY = schedule(turns("ana@example.org"))
NIGHTS = schedule(turns("bob@example.org"), key="nights", name="Nights")
USERS = (replace(ANA, key="ana@example.org"), replace(BOB, key="bob@example.org"))
START, END = at("2026-03-25 09:00"), at("2026-04-08 09:00")


def served(person="ana@example.org", start=START, end=END):
    """Return a timeline of one person."""
    return Timeline(start=start, end=end, shifts=(Shift(person, start, end),))


def arrival(*schedules, timelines, findings=(), users=USERS, refs=None):
    """Return what a reader has made of schedules."""
    return Arrival(
        document=document(*schedules, users=users),
        findings=findings,
        refs=refs or {},
        paths={Subject("schedules", "primary"): "schedule-1.json#/schedule"},
        timelines=timelines,
    )


def verdicts(comparisons):
    return {each.subject.key: str(each.verdict) for each in comparisons}


def test_each_schedule_is_judged_by_what_is_read_of_it():
    there = arrival(PRIMARY, NIGHTS, timelines={"primary": served(), "nights": served()})

    found = judge(with_what_is_read(there))
    assert verdicts(found) == {"primary": "equal", "nights": "different"}
    assert [(each.start, each.end, len(each.differing)) for each in found] == [(START, END, 0), (START, END, 1)]
    assert [each.is_fine for each in found] == [True, False]


def test_a_schedule_without_a_timeline_is_not_known():
    found = judge(with_what_is_read(arrival(PRIMARY, NIGHTS, timelines={"primary": served()})))

    assert verdicts(found) == {"primary": "equal", "nights": "unknown"}
    assert [*warnings(found)] == ["The bundle does not say who is on call in Nights: nothing was compared."]


def test_a_schedule_that_is_blocked_is_missing():
    blocked = Finding(
        severity=Severity.BLOCKED,
        code=Code.ROTATION_SUBDAY,
        subject=Subject("schedules", "gone"),
        name="Gone",
        path="",
        message="is blocked.",
    )
    found = judge(with_what_is_read(arrival(PRIMARY, timelines={"gone": served()}, findings=(blocked,))))

    assert verdicts(found) == {"primary": "unknown", "gone": "missing"}
    assert (found[1].name, found[1].is_fine) == ("Gone", False)


def test_a_schedule_that_names_somebody_who_is_blocked_is_missing():
    there = arrival(PRIMARY, timelines={"primary": served()}, users=USERS[1:])

    assert verdicts(judge(with_what_is_read(there))) == {"primary": "missing"}


def test_so_many_weeks_are_looked_at():
    late = Timeline(start=START, end=END, shifts=(Shift("ana@example.org", START, END - timedelta(days=1)),))
    sides = with_what_is_read(arrival(PRIMARY, timelines={"primary": late}))

    assert [(each.end, str(each.verdict)) for each in judge(sides, 1)] == [(START + timedelta(weeks=1), "equal")]
    assert [(each.end, str(each.verdict)) for each in judge(sides, 3)] == [(END, "different")]


def test_that_no_change_of_the_clocks_was_seen_is_told():
    summer = served(start=at("2026-04-01"), end=at("2026-04-20"))
    found = judge(with_what_is_read(arrival(PRIMARY, timelines={"primary": summer})))

    assert found[0].change_missed.at == at("2026-10-25 01:00") + timedelta(hours=2)
    assert [*warnings(found)] == [
        "The clocks do not change in the time compared in Primary: a difference after that would not be seen."
    ]
    assert as_text(found).splitlines()[1] == (
        "      - the clocks do not change in this time, but at 2026-10-25 02:00+01:00"
    )


def test_whoever_is_on_call_here_and_cannot_be_paged_is_told_and_equal():
    away = (replace(USERS[0], active=False), USERS[1])
    found = judge(with_what_is_read(arrival(PRIMARY, timelines={"primary": served()}, users=away)))

    assert (found[0].verdict, found[0].unreachable) == (Verdict.EQUAL, ("ana@example.org",))
    assert "      - on call and cannot be paged here: ana@example.org" in as_text(found).splitlines()


def test_a_report_tells_every_interval():
    line = Timeline(start=START, end=END, shifts=(Shift("bob@example.org", START, at("2026-03-29 03:30")),))
    there = arrival(PRIMARY, NIGHTS, timelines={"primary": line, "lost": served()})

    assert as_text(judge(with_what_is_read(there))).splitlines() == [
        "DIFF  schedule Primary: 2026-03-25 09:00+01:00 to 2026-04-08 09:00+02:00 Europe/Madrid",
        "      - 2026-03-25 09:00+01:00 to 2026-03-29 03:30+02:00: there bob@example.org, here ana@example.org",
        "      - 2026-03-29 03:30+02:00 to 2026-04-08 09:00+02:00: there nobody, here ana@example.org",
        "?     schedule Nights",
        "GONE  schedule lost: 2026-03-25 08:00+00:00 to 2026-04-08 07:00+00:00 UTC",
        "3 schedules: 1 different, 1 not here, 1 not compared.",
    ]


def test_seconds_are_told_where_there_are_any():
    line = Timeline(start=START, end=END, shifts=(Shift("ana@example.org", START, END - timedelta(seconds=1)),))

    assert "2026-04-08 08:59:59+02:00 to 2026-04-08 09:00+02:00: there nobody" in as_text(
        judge(with_what_is_read(arrival(PRIMARY, timelines={"primary": line})))
    )


def test_programs_are_told_the_same():
    found = judge(with_what_is_read(arrival(PRIMARY, NIGHTS, timelines={"primary": served("bob@example.org")})))

    assert as_plain(found) == [
        {
            "key": "primary",
            "name": "Primary",
            "timezone": MADRID,
            "verdict": "different",
            "start": "2026-03-25T09:00:00+01:00",
            "end": "2026-04-08T09:00:00+02:00",
            "differences": [
                {
                    "start": "2026-03-25T09:00:00+01:00",
                    "end": "2026-04-08T09:00:00+02:00",
                    "theirs": ["bob@example.org"],
                    "ours": ["ana@example.org"],
                }
            ],
            "unreachable": [],
            "clockChangeMissed": None,
        },
        {
            "key": "nights",
            "name": "Nights",
            "timezone": MADRID,
            "verdict": "unknown",
            "start": None,
            "end": None,
            "differences": [],
            "unreachable": [],
            "clockChangeMissed": None,
        },
    ]


def test_what_differs_is_a_finding():
    line = Timeline(start=START, end=END, shifts=(Shift("ana@example.org", START, END - timedelta(hours=30)),))
    there = arrival(PRIMARY, NIGHTS, timelines={"primary": line, "nights": served("bob@example.org")})
    (finding,) = mismatches(judge(with_what_is_read(there)))

    assert (finding.severity, finding.code, finding.subject) == (
        Severity.LOSSY,
        Code.TIMELINE_MISMATCH,
        Subject("schedules", "primary"),
    )
    assert (finding.name, finding.path) == ("Primary", "schedule-1.json#/schedule")
    assert finding.message == (
        "has others on call here than there for 1 day, 6:00:00 in all, for the first time at 2026-04-07 03:00+02:00."
    )
    interval = {"start": "2026-04-07T03:00:00+02:00", "end": "2026-04-08T09:00:00+02:00"}
    assert (finding.was, finding.now) == (
        [{**interval, "users": []}],
        [{**interval, "users": ["ana@example.org"]}],
    )


# With what an organization has


def stored(there, organization, user_map=None):
    return judge(with_what_is_stored(there, load_state(organization.id), user_map or {}))


@pytest.mark.django_db
def test_what_an_organization_has_now_is_compared(organization):
    there = arrival(PRIMARY, NIGHTS, timelines={"primary": served(), "nights": served()})
    run_document(organization, document(PRIMARY, users=USERS), create_users=True)

    assert verdicts(stored(there, organization)) == {"primary": "equal", "nights": "missing"}
    run_document(organization, document(schedule(turns("bob@example.org")), users=USERS))
    assert verdicts(stored(there, organization)) == {"primary": "different", "nights": "missing"}
    assert verdicts(stored(there, OrganizationFactory())) == {"primary": "missing", "nights": "missing"}


@pytest.mark.django_db
def test_a_schedule_is_found_by_where_it_came_from_whatever_it_is_called_by_now(organization):
    there = arrival(
        PRIMARY,
        timelines={"primary": served()},
        refs={Subject("schedules", "primary"): ExternalRef("pagerduty", "acme", "schedule", "PSCH001")},
    )
    run_document(organization, document(replace(PRIMARY, name="Ours", key="ours"), users=USERS), create_users=True)
    assert verdicts(stored(there, organization)) == {"primary": "missing"}
    ImportedObject.objects.create(
        organization=organization,
        source="pagerduty",
        account="acme",
        type="schedule",
        external_id="PSCH001",
        schedule=Schedule.objects.get(),
        created_at=START,
    )

    assert verdicts(stored(there, organization)) == {"primary": "equal"}


@pytest.mark.django_db
def test_people_are_whom_a_map_says_they_are(organization):
    theirs = user("Ana", "Ruiz", email="ana.ruiz@example.com")
    there = arrival(
        schedule(turns(theirs.email)),
        timelines={"primary": served(theirs.email)},
        users=(replace(theirs, key=theirs.email),),
    )
    run_document(organization, document(PRIMARY, users=USERS), create_users=True)

    assert verdicts(stored(there, organization)) == {"primary": "different"}
    assert verdicts(stored(there, organization, {theirs.email: "ana@example.org"})) == {"primary": "equal"}


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 5])
def test_an_organization_of_any_size_is_read_in_five_statements(organization, number, django_assert_num_queries):
    many = [replace(PRIMARY, key=f"primary-{count}", name=f"Primary {count}") for count in range(number)]
    run_document(organization, document(*many, users=USERS), create_users=True)
    there = arrival(*many, timelines={each.key: served() for each in many})

    with django_assert_num_queries(5):
        assert set(verdicts(stored(there, organization)).values()) == {"equal"}
