"""``manage.py export_policies``."""

from __future__ import annotations

import io
import json
import stat

import pytest
from django.core.management import CommandError, call_command

from escalation.transfer.loader import load_document
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.sources import Source
from escalation.transfer.writing import as_json, as_yaml
from tests.escalation.oncall.weeks import person, weekly
from tests.factories.accounts import WEBHOOK_SECRET, ApiKeyFactory, ContactMethodFactory, OrganizationFactory
from tests.factories.escalation import (
    CalendarFeedFactory,
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    WorkingHoursFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(organization):
    return person(organization, "Ada")


@pytest.fixture
def policy(organization, ada):
    """A schedule first, then Ada."""
    policy = PolicyFactory(organization=organization, name="=Checkout", description="Until 5.", repeat_count=1)
    schedule = weekly(organization, ada, person(organization, "Bob"))
    OverrideFactory(schedule=schedule, membership=ada)
    LayerFactory(policy=policy, schedule=schedule)
    LayerFactory(policy=policy, people=[ada])
    return policy


@pytest.fixture
def export(organization):
    """Return a function that runs the command: its exit status, what it prints, and what it tells people."""

    def run(*arguments):
        stdout, stderr = io.StringIO(), io.StringIO()
        try:
            arguments = [f"--organization={organization.id}", *arguments]
            call_command("export_policies", *arguments, stdout=stdout, stderr=stderr)
        except CommandError as error:
            return error.returncode, stdout.getvalue(), str(error)
        return 0, stdout.getvalue(), stderr.getvalue()

    return run


@pytest.mark.parametrize(
    ("arguments", "write"), [([], as_yaml), (["--format=yaml"], as_yaml), (["--format=json"], as_json)]
)
def test_it_prints_the_whole_plan(export, organization, policy, arguments, write):
    assert export(*arguments) == (0, write(load_document(organization.id)), "")


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_twice_gives_the_same_bytes(export, policy, form):
    assert export(f"--format={form}") == export(f"--format={form}")


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_what_it_writes_is_read_back_as_what_is_there(export, organization, policy, form):
    WorkingHoursFactory(organization=organization)
    OverrideFactory(schedule=weekly(organization, person(organization, "Eve", is_active=False), name="No"))

    _, printed, _ = export(f"--format={form}")

    assert read_files([Source(f"acme.{form}", printed.encode())]).document == load_document(organization.id)


def test_it_writes_a_file_for_its_owner_alone_and_prints_where(export, policy, tmp_path):
    path = tmp_path / "acme.json"

    assert export("--format=json", f"--out={path}") == (0, f"{path}\n", "")
    assert path.read_text() == export("--format=json")[1]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_csv_is_a_directory_of_files_and_says_what_is_not_in_it(export, policy, tmp_path):
    out = tmp_path / "acme"

    status, printed, told = export("--format=csv", f"--out={out}")

    names = ["policies.csv", "rotations.csv", "overrides.csv", "users.csv"]
    assert (status, printed.splitlines()) == (0, [str(out / name) for name in names])
    assert told == "CSV does not say: 1 policies' numbers of repeats\n"
    assert (out / "policies.csv").read_bytes().decode("utf-8-sig").splitlines() == [
        "policy,description,position,ack_timeout_minutes,target_type,schedule,users",
        "'=Checkout,Until 5.,1,5,schedule,Primary,",
        "'=Checkout,Until 5.,2,5,users,,ada@example.org",
    ]
    assert {stat.S_IMODE((out / name).stat().st_mode) for name in names} == {0o600}
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--organization=org_unknown"], "--organization: There is no organization with that id."),
        (["--format=csv"], "--out: csv is several files; name a directory for them"),
        (["--out={tmp}/none/plan.yaml"], "--out: No such file or directory: {tmp}/none/plan.yaml"),
        (["--out={tmp}"], "--out: Is a directory: {tmp}"),
        (["--format=csv", "--out={tmp}/file"], "--out: File exists: {tmp}/file"),
    ],
)
def test_it_says_why_it_does_not(export, tmp_path, arguments, reason):
    (tmp_path / "file").touch()

    result = export(*(each.format(tmp=tmp_path) for each in arguments))

    assert result == (1, "", reason.format(tmp=tmp_path))
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("form", ["yaml", "json", "csv"])
def test_secrets_stay_where_they_are(export, organization, ada, policy, form, tmp_path):
    ContactMethodFactory(membership=ada, webhook=True)
    ContactMethodFactory(membership=ada, sms=True)
    ContactMethodFactory(membership=ada, address="private@example.net")
    key = ApiKeyFactory(organization=organization)
    feed = CalendarFeedFactory(organization=organization, schedule__organization=organization)
    out = tmp_path / "out"

    export(f"--format={form}", f"--out={out}")

    files = list(out.iterdir()) if out.is_dir() else [out]
    written = "".join(path.read_text() for path in files)
    assert "ada@example.org" in written
    secrets = [WEBHOOK_SECRET, "hooks.example.org", "twilio", "private@example.net", key.text, key.prefix, feed.token]
    assert [secret for secret in [*secrets, ada.user.password] if secret in written] == []


def test_nothing_of_another_organization_is_in_it(export, organization, policy):
    before = export()
    other = OrganizationFactory()
    LayerFactory(policy=PolicyFactory(organization=other), schedule=weekly(other, person(other, "Eve")))

    assert export() == before


@pytest.mark.parametrize("size", [1, 5])
def test_the_cost_in_statements_does_not_grow(export, organization, ada, size, django_assert_num_queries):
    for number in range(size):
        schedule = weekly(organization, ada, person(organization, f"P{number}"), name=f"Schedule {number}")
        LayerFactory(policy=PolicyFactory(organization=organization), schedule=schedule)

    with django_assert_num_queries(2):
        _, printed, _ = export("--format=json")
    assert len(json.loads(printed)["policies"]) == size
