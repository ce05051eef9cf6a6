"""What the program refuses to start with, and what it warns of."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

import pytest
from django.core.management.base import SystemCheckError
from django.db import connection

from scaling import checks
from scaling.env import SAMPLE_SECRET_KEY, parse_environment
from tests.processes import environment, running

PRODUCTION = {
    "SCALING_PRODUCTION": "true",
    "SCALING_SECRET_KEY": string.ascii_letters,
    "SCALING_PUBLIC_URL": "https://oncall.example.org",
    "SCALING_OPERATOR_EMAIL": "operator@example.org",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "SCALING_DEAD_MAN_URL": "https://watch.example.org/ping/s3cr3t",
}


def ids(messages):
    return [message.id for message in messages]


@pytest.fixture
def configured(settings):
    """Put the program under other variables."""

    def configure(**variables):
        settings.SCALING = parse_environment(variables)

    return configure


def test_complete_production_settings_pass(configured):
    configured(**PRODUCTION)
    assert checks.check_production() == []
    assert checks.check_addresses() == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SCALING_SECRET_KEY": ""}, "scaling.E010"),
        ({"SCALING_SECRET_KEY": SAMPLE_SECRET_KEY}, "scaling.E010"),
        ({"SCALING_SECRET_KEY": "short"}, "scaling.E010"),
        ({"SCALING_DEBUG": "true"}, "scaling.E011"),
        ({"EMAIL_URL": ""}, "scaling.E012"),
        ({"SCALING_OPERATOR_EMAIL": ""}, "scaling.E013"),
        ({"SCALING_PUBLIC_URL": ""}, "scaling.E014"),
        ({"SCALING_ALLOWED_HOSTS": "*"}, "scaling.E015"),
        ({"SCALING_PUBLIC_URL": "http://oncall.example.org"}, "scaling.W010"),
        ({"SCALING_DEAD_MAN_URL": ""}, "scaling.W011"),
    ],
)
def test_production_names_what_is_unsafe_and_development_does_not_mind(configured, change, expected):
    configured(**PRODUCTION | change)
    messages = checks.check_production()
    assert ids(messages) == [expected]
    assert messages[0].hint
    configured(**PRODUCTION | change | {"SCALING_PRODUCTION": "false"})
    assert checks.check_production() == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SCALING_PUBLIC_URL": "oncall.example.org"}, "scaling.E001"),
        ({"SCALING_PUBLIC_URL": "ftp://oncall.example.org"}, "scaling.E001"),
        ({"SCALING_PUBLIC_URL": "https://oncall.example.org/?a=b"}, "scaling.E001"),
        ({"SCALING_PUBLIC_URL": "https://example.org/oncall"}, "scaling.E001"),
        ({"SCALING_OPERATOR_EMAIL": "operator"}, "scaling.E002"),
        ({"SCALING_FROM_EMAIL": "nobody"}, "scaling.E003"),
        ({"SCALING_DEAD_MAN_URL": "watch.example.org/ping"}, "scaling.E004"),
    ],
)
def test_address_that_is_none_is_refused_everywhere(configured, change, expected):
    configured(**change)
    assert ids(checks.check_addresses()) == [expected]


def test_misspelled_variable_is_warned_of(monkeypatch):
    monkeypatch.setenv("SCALING_SECRETKEY", "x")
    (message,) = checks.check_names()
    assert message.id == "scaling.W001"
    assert "SCALING_SECRETKEY" in message.msg


@pytest.mark.django_db
def test_production_refuses_a_database_that_forgets(configured):
    configured(**PRODUCTION)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    names = [message.msg.split()[3] for message in checks.check_durability(databases=["default"])]
    assert "synchronous_commit=off:" in names
    assert all(message.id == "scaling.E020" for message in checks.check_durability(databases=["default"]))
    with pytest.raises(SystemCheckError, match=r"scaling\.E020"):
        checks.refuse_unsafe_start()


@pytest.mark.django_db
def test_durability_is_asked_of_the_database_only_where_it_matters(configured, django_assert_num_queries):
    configured(**PRODUCTION)
    with django_assert_num_queries(0):
        assert checks.check_durability() == []
    configured()
    with django_assert_num_queries(0):
        assert checks.check_durability(databases=["default"]) == []


def test_installed_time_zone_data_is_recent():
    assert checks.check_time_zone_data() == []


def test_time_zone_data_is_outdated_half_a_year_after_the_year_of_its_release(monkeypatch):
    assert checks._outdated_from("2025.3") == date(2026, 7, 1)
    long_ago = datetime.now(UTC) - timedelta(days=2 * 365)
    monkeypatch.setattr(checks, "version", lambda name: f"{long_ago.year}.1")
    assert ids(checks.check_time_zone_data()) == ["scaling.W002"]
    assert version("tzdata") not in checks.check_time_zone_data()[0].msg


def test_commands_do_not_run_with_unsafe_production_settings():
    with running("manage.py", "check", env=environment(SCALING_PRODUCTION="true")) as check:
        told = check.stdout.read()
        assert check.wait() != 0
    for expected in ("E010", "E012", "E013", "E014"):
        assert f"scaling.{expected}" in told


def test_web_server_does_not_start_with_unsafe_production_settings():
    with running("-c", "import scaling.wsgi", env=environment(SCALING_PRODUCTION="true")) as web:
        told = web.stdout.read()
        assert web.wait() != 0
    assert "Scaling does not start" in told
    assert "scaling.E010" in told


def test_production_settings_pass_the_deployment_check_of_django(tmp_path):
    env = environment(**PRODUCTION, SCALING_DATA_DIR=str(tmp_path / "data"))
    with running("manage.py", "check", "--deploy", "--fail-level", "WARNING", env=env) as check:
        told = check.stdout.read()
        assert check.wait() == 0, told
