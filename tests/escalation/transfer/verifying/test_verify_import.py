"""``manage.py verify_import``: a fetched bundle, compared with itself as it would be imported, or with what is stored."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from escalation.models import Rotation, Schedule
from escalation.transfer.importing.arrivals import incoming
from tests.escalation.transfer.foreign.pagerduty.answers import ANA, BOB, bundle, entry, layer, schedule
from tests.escalation.transfer.importing.imports import run

START, HAND_OFF, END = "2026-11-25T09:00:00+01:00", "2026-11-30T09:00:00+01:00", "2026-12-07T09:00:00+01:00"


def weeks(*, first=BOB, second=ANA, hand_off=HAND_OFF, name="Primary", identifier="PSCH001"):
    """Return a schedule in which Bob serves until the hand-off and Ana after it, and what PagerDuty says of it."""
    served = [entry(first, START, hand_off), entry(second, hand_off, END)]
    return schedule(layer(BOB, ANA, start=START), entries=served, name=name, id=identifier)


@pytest.fixture
def kept(tmp_path):
    """Return a function that keeps a bundle of these pages in a directory, and returns its path."""

    def keep(*pages):
        for source in bundle(*pages):
            (tmp_path / source.name).write_bytes(source.content)
        return tmp_path

    return keep


def verify(*arguments):
    """Run the command: its exit status, what it prints, and what it tells people."""
    stdout, stderr = io.StringIO(), io.StringIO()
    try:
        call_command("verify_import", *map(str, arguments), stdout=stdout, stderr=stderr)
    except CommandError as error:
        return error.returncode, stdout.getvalue().splitlines(), str(error)
    return 0, stdout.getvalue().splitlines(), stderr.getvalue().strip()


CLOCKS = "The clocks do not change in the time compared in Primary: a difference after that would not be seen."


def test_the_same_people_on_call_are_told_to_be_equal(kept):
    assert verify(kept(weeks())) == (
        0,
        [
            "OK    schedule Primary: 2026-11-25 09:00+01:00 to 2026-12-07 09:00+01:00 Europe/Madrid",
            "      - the clocks do not change in this time, but at 2027-03-28 03:00+02:00",
            "1 schedule: 1 equal.",
        ],
        CLOCKS,
    )


def test_other_people_on_call_are_told_and_fail(kept):
    status, lines, told = verify(kept(weeks(hand_off="2026-11-30T10:00:00+01:00")))

    assert (status, told) == (1, f"{CLOCKS} 1 schedule: 1 different.")
    assert lines[:2] == [
        "DIFF  schedule Primary: 2026-11-25 09:00+01:00 to 2026-12-07 09:00+01:00 Europe/Madrid",
        "      - 2026-11-30 09:00+01:00 to 2026-11-30 10:00+01:00: there bob@example.org, here ana@example.org",
    ]


def test_fewer_weeks_are_compared_where_that_is_asked_for(kept):
    there = kept(weeks(second=BOB))

    assert verify(there)[0] == 1
    assert verify(there, "--weeks", 1)[0] == 1
    assert verify(kept(weeks(hand_off="2026-12-05T09:00:00+01:00", second=ANA)), "--weeks", 1)[1][1] == (
        "      - 2026-11-30 09:00+01:00 to 2026-12-02 09:00+01:00: there bob@example.org, here ana@example.org"
    )


def test_programs_read_json(kept):
    status, lines, _ = verify(kept(weeks(), weeks(second=BOB, name="Other", identifier="PSCH002")), "--json")
    found = json.loads("\n".join(lines))

    assert (status, found["equal"]) == (1, False)
    assert [each["verdict"] for each in found["schedules"]] == ["equal", "different"]
    assert found["warnings"][0].startswith("The clocks do not change")


def test_what_is_wrong_with_the_call_is_refused(kept, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    there = kept(weeks())

    assert verify(tmp_path / "none")[::2] == (1, f"DIR: is no directory: {tmp_path / 'none'}")
    assert verify(empty)[0] == 1
    assert verify(there, "--weeks", 0)[::2] == (1, "--weeks: must be at least 1")
    assert verify(there, "--user-map", "x.csv")[0] == 1


def test_a_bundle_that_says_of_nobody_when_they_are_on_call_is_refused(kept):
    assert verify(kept(schedule(layer(ANA, BOB))))[::2] == (
        1,
        "DIR: the bundle does not say who is on call in any schedule; there is nothing to compare",
    )


@pytest.mark.django_db
def test_an_organization_that_is_not_there_is_refused(kept):
    assert verify(kept(weeks()), "--organization", "org_none")[::2] == (
        1,
        "--organization: There is no organization with that id.",
    )


@pytest.mark.django_db
def test_what_was_imported_is_equal_until_somebody_edits_it(kept, organization):
    there = kept(weeks())
    chosen = ("--organization", organization.id)
    assert verify(there, *chosen)[0] == 1
    run(organization, incoming(bundle(weeks())).arrive, create_users=True, accept_loss=True)

    assert verify(there, *chosen)[:2] == verify(there)[:2]
    Schedule.objects.update(name="Ours")
    assert verify(there, *chosen)[0] == 0
    Rotation.objects.update(handoff_time="10:00")
    assert verify(there, *chosen)[1][1].endswith("there ana@example.org, here bob@example.org")


@pytest.mark.django_db
def test_people_are_mapped_as_for_the_import(kept, organization, tmp_path):
    there = kept(weeks())
    names = tmp_path / "people.csv"
    names.write_text("source,email\nana@example.org,other@example.org\n")
    options = {"create_users": True, "accept_loss": True, "user_map": {"ana@example.org": "other@example.org"}}
    run(organization, incoming(bundle(weeks())).arrive, **options)

    assert verify(there, "--organization", organization.id)[0] == 1
    assert verify(there, "--organization", organization.id, "--user-map", names)[0] == 0
