"""``import_policies``: what it prints, what it writes, and the status it ends with."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import Invitation, Membership
from escalation.models import Policy, Schedule, WorkingHours
from escalation.transfer.loader import load_document
from scaling.audit.source import acting_as_command
from scaling.models import AuditEvent
from tests.escalation.transfer.foreign.bundles import sources
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import PolicyFactory, ScheduleFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

PLAN = """\
formatVersion: 1
users:
  - {key: ana, email: ana@example.org, firstName: Ana, lastName: Ruiz}
schedules:
  - key: primary
    name: Primary
    timezone: Europe/Madrid
    rotations:
      - name: weekly
        rotationType: weekly
        rotationLengthDays: 7
        handoffTime: "09:00"
        effectiveFrom: "2026-01-05T09:00:00+01:00"
        participants: [ana]
policies:
  - key: checkout
    name: Checkout
    layers:
      - {ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}
      - {ackTimeoutMinutes: 10, target: {type: users, users: [ana]}}
"""


@pytest.fixture
def plan(tmp_path):
    """Return the path of a plan."""
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN)
    return path


@pytest.fixture
def ana(organization):
    """Return a member whom the plan names."""
    return MembershipFactory(organization=organization, user__email="Ana@Example.org", first_name="A.", last_name="R.")


def run(organization, *args, **options):
    """Return the status of the command, what it printed, and its complaint."""
    printed = io.StringIO()
    try:
        call_command(
            "import_policies",
            *map(str, args),
            organization=organization.id,
            stdout=printed,
            stderr=io.StringIO(),
            **options,
        )
    except CommandError as error:
        return error.returncode, printed.getvalue(), str(error)
    return 0, printed.getvalue(), ""


def test_a_dry_run_prints_the_plan_and_changes_nothing(organization, ana, plan):
    status, printed, complaint = run(organization, plan, dry_run=True)
    assert (status, complaint) == (3, "Changes are pending; nothing was changed.")
    assert printed.splitlines() == [
        "~ user Ana@Example.org",
        "    firstName: A. -> Ana",
        "    lastName: R. -> Ruiz",
        "+ schedule Primary",
        "+ policy Checkout",
        "What it means:",
        "    schedule Primary: Ana Ruiz is on call at any time of these days.",
        "    policy Checkout: An incident that starts now first pages Ana Ruiz.",
        "2 to create, 1 to change, 0 to remove, 0 unchanged.",
    ]
    assert not Policy.objects.exists()


def test_it_is_applied_and_the_second_time_there_is_nothing_to_do(organization, ana, plan):
    status, printed, _ = run(organization, plan)
    assert status == 0
    assert printed.endswith("2 to create, 1 to change, 0 to remove, 0 unchanged.\n")
    (policy,) = load_document(organization.id).policies
    assert [layer.ack_timeout_seconds for layer in policy.layers] == [300, 600]
    version = Policy.objects.get().version

    for options in ({}, {"dry_run": True}, {"prune": True}):
        status, printed, _ = run(organization, plan, **options)
        assert (status, printed) == (0, "0 to create, 0 to change, 0 to remove, 3 unchanged.\n")
    assert Policy.objects.get().version == version


def test_the_audit_names_the_command(organization, ana, plan):
    with acting_as_command("import_policies"):
        run(organization, plan)
    events = AuditEvent.objects.filter(organization_id=organization.id, actor_id="import_policies")
    kinds = {"escalation.policy", "escalation.layer", "escalation.rotation", "accounts.membership"}
    assert kinds <= set(events.values_list("kind", flat=True))


def test_strangers_stand_in_the_way_until_they_are_created(organization, plan):
    status, printed, complaint = run(organization, plan)
    assert status == 4
    assert complaint.startswith("Nothing was imported. Findings stand in the way")
    assert "USER_UNMATCHED: user ana@example.org is no member here" in printed
    assert f"({plan}:3:5)" in printed
    assert "TARGET_UNRESOLVED: policy Checkout needs the schedule 'Primary', which is not imported." in printed
    assert not Schedule.objects.exists()

    assert run(organization, plan, create_users=True)[0] == 0
    member = Membership.objects.get(user__email="ana@example.org")
    assert (member.first_name, member.role, member.user.has_usable_password()) == ("Ana", "member", False)
    assert Invitation.objects.get().email == "ana@example.org"


def test_a_map_says_who_people_are_here(organization, plan, tmp_path):
    MembershipFactory(organization=organization, user__email="ruiz@corp.example", first_name="Ana", last_name="Ruiz")
    names = tmp_path / "who.csv"
    names.write_text("source,email\nANA@example.org,ruiz@corp.example\n")
    assert run(organization, plan, user_map=str(names))[0] == 0
    (policy,) = load_document(organization.id).policies
    assert policy.layers[1].target.users == ("ruiz@corp.example",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ana,bob\n", "who.csv:1: must begin with the columns source,email."),
        ("source,email\nana\n", "who.csv:2: must have two cells."),
        ("source,email\nana,nobody\n", "who.csv:2: email: must be an email address."),
        ("source,email\na,b@example.org\nA,c@example.org\n", "who.csv:3: A is b@example.org already."),
    ],
)
def test_a_map_that_is_none_is_refused_with_its_line(organization, plan, tmp_path, text, message):
    names = tmp_path / "who.csv"
    names.write_text(text)
    status, _, complaint = run(organization, plan, user_map=str(names))
    assert status == 1
    assert complaint.endswith(message)


def test_ways_to_be_reached_are_told_and_email_is_taken_unverified(organization, tmp_path):
    path = tmp_path / "plan.yaml"
    methods = "[{channel: email, address: a@example.org}, {channel: sms, address: '+34600000001'}]"
    path.write_text(f"formatVersion: 1\nusers:\n  - {{key: ana, email: ana@example.org, contactMethods: {methods}}}\n")
    status, printed, _ = run(organization, path, create_users=True)
    assert status == 0
    assert "CONTACT_UNVERIFIED: user ana@example.org has ways to be reached" in printed
    assert "[was [email a@example.org, sms +34600000001]]" in printed
    (method,) = Membership.objects.get(organization=organization).contact_methods.all()
    assert (method.channel, method.address, method.verified_at) == ("email", "a@example.org", None)


def test_what_a_finding_shows_may_be_anything_that_json_can_hold(organization, tmp_path):
    services = "services", {"services": [{"id": "PS1", "name": "Shop", "response_play": "\ud800\x00"}]}
    for source in sources("pagerduty", ("users", {"users": []}), services):
        (tmp_path / source.name).write_bytes(source.content)
    report, saved = tmp_path / "report.out", tmp_path / "saved.out"
    status, _, complaint = run(organization, tmp_path, report=str(report), save_plan=str(saved), accept_loss=True)
    assert (status, complaint) == (0, "")
    assert "response_play" in report.read_text()
    assert run(organization, plan=str(saved), accept_loss=True)[0] == 0


def test_with_loss_accepted_the_rest_is_imported(organization, ana, plan):
    plan.write_text(
        PLAN
        + "  - {key: b, name: B, layers: [{ackTimeoutMinutes: 1, target: {type: users, users: [bob@example.org]}}]}\n"
    )
    assert run(organization, plan)[0] == 4
    assert not Policy.objects.exists()
    status, printed, _ = run(organization, plan, accept_loss=True)
    assert status == 0
    assert "TARGET_UNRESOLVED: policy B needs the user 'bob@example.org', which is not imported." in printed
    assert [policy.name for policy in Policy.objects.all()] == ["Checkout"]


def test_times_that_are_covered_no_longer_are_told_and_have_to_be_accepted(organization, ana, plan, tmp_path):
    run(organization, plan)
    nights = 'restrictions: [{days: [1, 2, 3, 4, 5, 6, 7], start: "20:00", end: "08:00"}]'
    plan.write_text(PLAN.replace("        participants", f"        {nights}\n        participants"))
    report = tmp_path / "report.json"
    status, printed, complaint = run(organization, plan, report=str(report))
    assert status == 4
    assert complaint == (
        "Nothing was imported. Times would be covered no longer: "
        "change what is imported, or accept the gaps (--accept-gaps)"
    )
    assert "Covered no longer: 2" in printed
    assert "    Primary no longer reaches anybody every day from 08:00 to 20:00 Europe/Madrid." in printed
    told = json.loads(report.read_text())
    assert (told["applied"], [each["name"] for each in told["worseCoverage"]]) == (False, ["Primary", "Checkout"])
    assert load_document(organization.id).schedules[0].rotations[0].restrictions == ()

    assert run(organization, plan, accept_gaps=True)[0] == 0
    assert load_document(organization.id).schedules[0].rotations[0].restrictions != ()
    assert run(organization, plan)[0] == 0


def test_every_reference_that_leads_nowhere_is_told_with_its_place(organization, plan):
    plan.write_text(PLAN.replace("schedule: primary}", "schedule: secondary}").replace("[ana]}}", "[ana, bob]}}"))
    status, printed, complaint = run(organization, plan)
    assert (status, printed) == (1, "")
    assert [line.removeprefix(f"{plan}:") for line in complaint.splitlines()] == [
        "19:67: names the schedule 'secondary', which is not there.",
        "20:68: names the user 'bob', which is not there.",
    ]


def test_a_file_may_refer_to_what_is_here_and_only_prune_removes_what_it_does_not_name(organization, ana, plan):
    run(organization, plan)
    PolicyFactory(organization=organization, name="Old")
    unused = ScheduleFactory(organization=organization, name="Unused")
    PolicyFactory(organization=OrganizationFactory(), name="Foreign")
    plan.write_text(
        "formatVersion: 1\nschedules: []\npolicies:\n  - {key: checkout, name: Checkout, layers: "
        "[{ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}]}\n"
    )
    status, printed, _ = run(organization, plan, dry_run=True)
    assert "layer 2: - ackTimeoutMinutes 10, target type users, users [ana@example.org]" in printed
    assert "Here and in no file, and stays: schedule Primary, schedule Unused, policy Old. (--prune" in printed
    status, printed, _ = run(organization, plan, prune=True)
    assert status == 0
    assert "- policy Old" in printed
    assert "- schedule Unused" in printed
    assert [schedule.name for schedule in Schedule.objects.all()] == ["Primary"]
    assert not Schedule.objects.filter(id=unused.id).exists()
    assert sorted(policy.name for policy in Policy.objects.all()) == ["Checkout", "Foreign"]


def test_only_what_files_are_about_is_removed(organization, ana, plan, tmp_path):
    run(organization, plan)
    WorkingHoursFactory(organization=organization, name="Office")
    ScheduleFactory(organization=organization, name="Unused")
    sheets = tmp_path / "sheets"
    call_command(
        "export_policies",
        organization=organization.id,
        format="csv",
        out=str(sheets),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
    )
    PolicyFactory(organization=organization, name="Old")
    assert run(organization, sheets / "policies.csv", prune=True)[0] == 0
    assert [policy.name for policy in Policy.objects.all()] == ["Checkout"]
    assert sorted(schedule.name for schedule in Schedule.objects.all()) == ["Primary", "Unused"]
    assert WorkingHours.objects.count() == 1
    plan.write_text("formatVersion: 1\nworkingHours: []\n")
    assert run(organization, plan, prune=True)[0] == 0
    assert (WorkingHours.objects.count(), Schedule.objects.count()) == (0, 2)


def test_a_saved_plan_is_applied_as_it_was_planned(organization, ana, plan, tmp_path):
    saved = tmp_path / "saved.json"
    assert run(organization, plan, save_plan=str(saved))[0] == 3
    assert saved.stat().st_mode & 0o777 == 0o600
    assert not Policy.objects.exists()
    assert run(organization, plan=str(saved), dry_run=True)[0] == 3
    assert run(organization, plan=str(saved))[0] == 0
    assert Policy.objects.get().name == "Checkout"


def test_a_saved_plan_is_refused_once_the_organization_is_another(organization, ana, plan, tmp_path):
    saved = tmp_path / "saved.json"
    run(organization, plan, save_plan=str(saved))
    PolicyFactory(organization=organization, name="New")
    status, _, complaint = run(organization, plan=str(saved))
    assert (status, complaint) == (1, "The organization has changed since the plan was made: make a new one.")
    assert [policy.name for policy in Policy.objects.all()] == ["New"]


def test_a_saved_plan_is_for_its_organization_alone(organization, ana, plan, tmp_path):
    saved = tmp_path / "saved.json"
    run(organization, plan, save_plan=str(saved))
    status, _, complaint = run(OrganizationFactory(), plan=str(saved))
    assert (status, complaint) == (1, f"--plan: was made for another organization, {organization.id}.")


def test_a_plan_file_that_is_none_is_told_with_its_place(organization, tmp_path):
    saved = tmp_path / "saved.json"
    saved.write_text('{"scalingPlan": 2}')
    status, _, complaint = run(organization, plan=str(saved))
    assert status == 1
    assert complaint.splitlines()[0] == f"{saved}#/scalingPlan: scalingPlan: must be 1: no other is known here."


def test_the_report_tells_every_object(organization, ana, plan, tmp_path):
    report = tmp_path / "report.json"
    run(organization, plan, report=str(report))
    told = json.loads(report.read_text())
    assert told["organization"] == {"id": organization.id, "name": organization.name}
    assert told["applied"] is True
    assert told["totals"]["actions"]["create"] == 2
    assert [(each["section"], each["name"], each["action"]) for each in told["objects"]] == [
        ("users", "Ana@Example.org", "update"),
        ("schedules", "Primary", "create"),
        ("policies", "Checkout", "create"),
    ]
    assert told["objects"][0]["fields"][0] == {"path": "firstName", "was": "A.", "now": "Ana"}


@pytest.mark.parametrize(
    ("args", "options", "complaint"),
    [
        ((), {}, "PATH: name at least one file, or give --plan"),
        (("nowhere.yaml",), {}, "PATH: No such file or directory: nowhere.yaml"),
        (("x.yaml",), {"plan": "saved.json"}, "--plan: a saved plan has its paths in it; leave that out"),
        ((), {"plan": "saved.json", "prune": True}, "--plan: a saved plan has its prune in it; leave that out"),
    ],
)
def test_what_is_asked_for_wrongly_is_refused(organization, args, options, complaint):
    assert run(organization, *args, **options) == (1, "", complaint)


def test_an_unknown_organization_is_refused(plan):
    class Nowhere:
        id = "org_nowhere"

    for options in ({}, {"dry_run": True}):
        assert run(Nowhere, plan, **options) == (1, "", "--organization: There is no organization with that id.")
