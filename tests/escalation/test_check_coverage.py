"""``manage.py check_coverage``: a report for people, JSON for programs, and an exit status for cron."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from escalation import coverage_report
from escalation.api.views import coverage as views
from escalation.domain import coverage as domain
from escalation.management.commands import check_coverage
from escalation.models import IntendedGap
from scaling.env import PROJECT_ROOT
from tests.escalation.oncall.weeks import WEEK_2, person
from tests.factories.accounts import ContactMethodFactory, OrganizationFactory
from tests.factories.escalation import (
    IntendedGapFactory,
    LayerFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
)

pytestmark = pytest.mark.django_db

WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "18:00"}]


@pytest.fixture(autouse=True)
def _at_week_2(monkeypatch):
    monkeypatch.setattr(check_coverage, "now", lambda: WEEK_2)
    monkeypatch.setattr(views, "now", lambda: WEEK_2)


@pytest.fixture
def ada(organization):
    found = person(organization, "Ada")
    ContactMethodFactory(membership=found)
    return found


@pytest.fixture
def office(organization, ada):
    """Ada on workdays from 8 to 18 in Berlin."""
    schedule = ScheduleFactory(organization=organization, name="Office")
    RotationFactory(schedule=schedule, people=[ada], restrictions=WORKDAYS)
    return schedule


@pytest.fixture
def policy(organization, office, ada):
    """The office first, then Ada, whatever the time."""
    policy = PolicyFactory(organization=organization, name="Billing on fire")
    LayerFactory(policy=policy, schedule=office)
    LayerFactory(policy=policy, people=[ada])
    return policy


@pytest.fixture
def checked(organization):
    """Return a function that runs the command: its exit status, the lines it prints, and what it says is wrong."""

    def run(*arguments):
        stdout = io.StringIO()
        try:
            call_command("check_coverage", f"--organization={organization.id}", *arguments, stdout=stdout)
        except CommandError as error:
            return error.returncode, stdout.getvalue().splitlines(), str(error)
        return 0, stdout.getvalue().splitlines(), ""

    return run


def test_it_tells_the_gaps_and_fails(checked, policy):
    assert checked("--days", "6") == (
        1,
        [
            "Coverage from 2026-03-25 08:00 to 2026-03-31 08:00 UTC",
            "",
            "GAP   policy Billing on fire",
            "      - Layer 1 reaches nobody from Wed 25 Mar 18:00 to Thu 26 Mar 08:00 Europe/Berlin",
            "      - Layer 1 reaches nobody from Thu 26 Mar 18:00 to Fri 27 Mar 08:00 Europe/Berlin",
            "      - Layer 1 reaches nobody from Fri 27 Mar 18:00 to Mon 30 Mar 08:00 Europe/Berlin",
            "      - Layer 1 reaches nobody from Mon 30 Mar 18:00 to Tue 31 Mar 08:00 Europe/Berlin",
            "GAP   schedule Office",
            "      - The schedule reaches nobody from Wed 25 Mar 18:00 to Thu 26 Mar 08:00 Europe/Berlin",
            "      - The schedule reaches nobody from Thu 26 Mar 18:00 to Fri 27 Mar 08:00 Europe/Berlin",
            "      - The schedule reaches nobody from Fri 27 Mar 18:00 to Mon 30 Mar 08:00 Europe/Berlin",
            "      - The schedule reaches nobody from Mon 30 Mar 18:00 to Tue 31 Mar 08:00 Europe/Berlin",
        ],
        "gaps that nobody has declared, or cannot be checked: 2",
    )


def test_gaps_on_purpose_are_told_with_their_reason_and_do_not_fail(checked, office, policy):
    IntendedGapFactory(schedule=office, reason="Nobody at\nnight")

    status, lines, why = checked("--days", "1")
    assert (status, why) == (0, "")
    assert lines[2:4] == [
        "OK    policy Billing on fire",
        "      - on purpose: Layer 1 reaches nobody from Wed 25 Mar 18:00 to Thu 26 Mar 08:00 Europe/Berlin "
        "(Nobody at night)",
    ]


def test_people_who_are_hard_to_reach_are_told_and_do_not_fail(checked, organization, ada):
    bob = person(organization, "Bob", last_name="")
    away = person(organization, "Cyd", is_active=False)
    LayerFactory(policy=PolicyFactory(organization=organization, name="Small"), people=[ada, bob, away])

    assert checked()[:2] == (
        0,
        [
            "Coverage from 2026-03-25 08:00 to 2026-04-08 08:00 UTC",
            "",
            "OK    policy Small",
            "      - Bob has no usable contact method beside the account's email",
            "      - Cyd cannot be paged",
        ],
    )


def test_without_anything_it_says_so(checked):
    assert checked()[:2] == (
        0,
        ["Coverage from 2026-03-25 08:00 to 2026-04-08 08:00 UTC", "", "There are no policies and no schedules."],
    )


def test_what_goes_on_all_the_time_is_told_as_such(checked, organization):
    PolicyFactory(organization=organization, name="Empty")

    assert checked("--days", "90")[1][2:] == [
        "GAP   policy Empty",
        "      - The whole policy reaches nobody at any time of these days",
    ]


@pytest.mark.parametrize("named", ["Billing on fire", "billing ON fire", "id", "ID"])
def test_a_policy_is_found_by_name_and_by_id(checked, organization, policy, named):
    PolicyFactory(organization=organization, name="Empty")
    name = {"id": str(policy.id), "ID": str(policy.id).upper()}.get(named, named)

    assert [line for line in checked("--policy", name)[1] if line.startswith(("OK", "GAP"))] == [
        "GAP   policy Billing on fire"
    ]


def test_several_policies_may_be_named(checked, organization, policy):
    PolicyFactory(organization=organization, name="Empty")
    PolicyFactory(organization=organization, name="Other")

    names = checked("--policy", "Empty", "Other", "--policy", "Billing on fire")[1]
    assert [line for line in names if line.startswith(("OK", "GAP"))] == [
        "GAP   policy Billing on fire",
        "GAP   policy Empty",
        "GAP   policy Other",
    ]


def test_json_says_what_the_api_says(api, checked, policy, office):
    status, (line,), _ = checked("--format", "json", "--days", "6")

    told = json.loads(line)
    assert status == 1
    of_policy = api.get(f"/v1/escalation/policies/{policy.id}/coverage", {"days": 6}).json()["data"]
    of_schedule = api.get(f"/v1/oncall/schedules/{office.id}/coverage", {"days": 6}).json()["data"]
    assert told == {
        "at": of_policy["from"],
        "days": 6,
        "policies": [{"id": str(policy.id), "name": policy.name, "covered": False, "coverage": of_policy}],
        "schedules": [{"id": str(office.id), "name": office.name, "covered": False, "coverage": of_schedule}],
    }


def test_what_cannot_be_checked_is_not_fine(checked, office, monkeypatch):
    monkeypatch.setattr(domain, "MOST_QUESTIONS", 0)

    status, lines, _ = checked()
    assert (status, lines[2]) == (1, "?     schedule Office: cannot be checked, for too much changes in these days")
    assert json.loads(checked("--format", "json")[1][0])["schedules"][0]["coverage"] is None


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--organization", "org_unknown"], "--organization: There is no organization with that id."),
        (["--policy", "Unknown"], "--policy: There is no policy with the id or name 'Unknown'."),
        (["--days", "0"], "--days: must be from 1 to 90"),
        (["--days", "91"], "--days: must be from 1 to 90"),
        (["--policy", "\udce9"], "policy: is no text in UTF-8"),
    ],
)
def test_it_names_the_argument_it_refuses_and_shows_nothing(checked, policy, arguments, reason):
    status, lines, why = checked(*arguments)

    assert (status, lines, why[: len(reason)]) == (2, [], reason)


def test_a_policy_of_another_organization_is_an_unknown_one(checked, policy):
    foreign = PolicyFactory(organization=OrganizationFactory(), name="Foreign")

    assert checked("--policy", "Foreign")[0] == checked("--policy", str(foreign.id))[0] == 2


def test_on_the_command_line_a_missing_organization_is_exit_status_2():
    program = [sys.executable, str(PROJECT_ROOT / "manage.py"), "check_coverage"]
    assert subprocess.run(program, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("size", [1, 5])
def test_the_cost_in_statements_does_not_grow(checked, organization, ada, size, django_assert_num_queries):
    for number in range(size):
        schedule = ScheduleFactory(organization=organization)
        RotationFactory(schedule=schedule, people=[ada, person(organization, f"P{number}")])
        policy = PolicyFactory(organization=organization)
        LayerFactory(policy=policy, schedule=schedule)
        IntendedGapFactory(policy=policy)
    assert IntendedGap.objects.count() == size

    # The organization; the policies, then plans, schedules, people, declarations; the schedules, and theirs.
    with django_assert_num_queries(1 + 5 + 4):
        checked()


def test_many_are_read_in_parts(checked, organization, monkeypatch):
    monkeypatch.setattr(coverage_report, "_AT_ONCE", 2)
    PolicyFactory.create_batch(5, organization=organization)

    assert len(checked()[1]) == 2 + 5 * 2
