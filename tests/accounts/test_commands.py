"""The commands of administrators: one bare id or key on standard output, or a clear refusal."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import keys
from accounts.auth import find_actor
from accounts.models import ApiKey, Membership, Organization, User
from scaling.env import PROJECT_ROOT
from tests.factories.accounts import MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def printed(*arguments):
    stdout = io.StringIO()
    call_command(*arguments, stdout=stdout)
    (line,) = stdout.getvalue().splitlines()
    return line


def refused(*arguments):
    stdout = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(*arguments, stdout=stdout)
    assert stdout.getvalue() == ""
    return str(refusal.value)


class TestCreateOrganization:
    def test_prints_the_id(self):
        made = Organization.objects.get(id=printed("create_organization", "Acme", "--fallback", "ops@acme.example"))
        assert (made.name, made.fallback_email) == ("Acme", "ops@acme.example")

    @pytest.mark.parametrize(
        ("arguments", "named"),
        [
            ([" "], "NAME"),
            (["x" * 256], "NAME"),
            (["ACME"], "NAME"),
            (["caf\udce9"], "name"),
            (["New", "--fallback", "ops"], "--fallback"),
        ],
    )
    def test_names_the_argument_it_refuses(self, arguments, named):
        OrganizationFactory(name="Acme")
        assert refused("create_organization", *arguments).startswith(f"{named}: ")
        assert Organization.objects.count() == 1


class TestCreateUser:
    def arguments(self, organization, *more, email="ada@example.org"):
        person = ("--email", email, "--first-name", "Ada", "--last-name", "Lovelace")
        return ("create_user", "--organization", organization, *person, *more)

    def test_prints_the_id_of_the_user(self, organization):
        member = Membership.objects.get(user_id=printed(*self.arguments(organization.id)))
        assert (member.name, member.role, member.organization_id) == ("Ada Lovelace", "member", organization.id)
        assert not member.user.has_usable_password()

    def test_makes_an_admin_with_a_password(self, organization, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("a long enough secret\n"))
        user_id = printed(*self.arguments(organization.id, "--admin", "--password-stdin"))
        assert Membership.objects.get().role == "admin"
        assert User.objects.get(id=user_id).check_password("a long enough secret")

    def test_adds_somebody_known_without_touching_their_login(self, organization):
        known = MembershipFactory(user__email="ada@example.org").user
        assert printed(*self.arguments(organization.id, email="ADA@example.org")) == known.id
        assert User.objects.get().password == known.password

    @pytest.mark.parametrize(
        ("changes", "stdin", "named"),
        [
            (["--organization", "org_unknown"], "", "--organization"),
            (["--organization", "\udce9"], "", "organization"),
            (["--email", "ada"], "", "--email"),
            (["--first-name", "a\u202eb"], "", "--first-name"),
            (["--last-name", "x" * 151], "", "--last-name"),
            (["--password-stdin"], "", "--password-stdin"),
            (["--password-stdin"], "short\n", "--password-stdin"),
        ],
    )
    def test_names_the_argument_it_refuses(self, organization, monkeypatch, changes, stdin, named):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        assert refused(*self.arguments(organization.id, *changes)).startswith(f"{named}: ")
        assert not User.objects.exists()

    def test_refuses_a_member_a_second_time(self, organization):
        printed(*self.arguments(organization.id))
        assert refused(*self.arguments(organization.id)).startswith("--email: ")


class TestCreateApiKey:
    def test_prints_the_key(self, organization):
        text = printed("create_api_key", "--organization", organization.id, "--name", "CI")
        assert keys.is_well_formed(text)
        assert find_actor(text).scope == "write"

    def test_takes_a_scope_and_an_expiry(self, organization):
        options = ("--scope", "trigger", "--expires", "2199-01-31T00:00:00+01:00")
        text = printed("create_api_key", "--organization", organization.id, "--name", "CI", *options)
        key = ApiKey.objects.get(digest=keys.digest(text))
        assert (key.scope, key.expires_at) == ("trigger", datetime(2199, 1, 30, 23, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            (["--organization", "org_unknown"], "--organization"),
            (["--name", ""], "--name"),
            (["--expires", "2199-01-31T00:00:00"], "--expires"),
            (["--expires", "2199-01-31"], "--expires"),
            (["--expires", "tomorrow"], "--expires"),
            (["--expires", "2020-01-31T00:00:00Z"], "--expires"),
        ],
    )
    def test_names_the_argument_it_refuses(self, organization, changes, named):
        arguments = ("create_api_key", "--organization", organization.id, "--name", "CI", *changes)
        assert refused(*arguments).startswith(f"{named}: ")
        assert not ApiKey.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_script_reads_the_id_and_the_exit_status():
    def run(*arguments):
        command = [sys.executable, PROJECT_ROOT / "manage.py", *arguments]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url_of_test_database()}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    good = run("create_organization", "Acme")
    assert (good.returncode, good.stdout, good.stderr) == (0, f"{Organization.objects.get().id}\n", "")
    bad = run("create_organization", "Acme")
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr.startswith("CommandError: NAME: ")


def url_of_test_database():
    reached = connection.get_connection_params()
    where = urlencode({name: reached[name] for name in ("host", "port") if name in reached})
    return f"postgres://{reached['user']}:{quote(reached.get('password', ''), safe='')}@/{reached['dbname']}?{where}"
