"""What is read from the environment, and how it is told when it makes no sense."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from scaling.database import database_settings
from scaling.env import PROJECT_ROOT, SAMPLE_SECRET_KEY, parse_environment, unknown_names
from tests.processes import environment, running


def test_empty_environment_is_one_of_development():
    scaling = parse_environment({})
    assert not scaling.production
    assert not scaling.debug
    assert scaling.secret_key == SAMPLE_SECRET_KEY
    assert scaling.data_dir == PROJECT_ROOT / "data"
    assert scaling.allowed_hosts == ()


def test_variable_set_to_nothing_counts_as_not_set():
    assert parse_environment({"SCALING_SECRET_KEY": "", "SCALING_DATA_DIR": ""}) == parse_environment({})


@pytest.mark.parametrize(("text", "value"), [("true", True), ("YES", True), ("1", True), ("off", False), ("0", False)])
def test_switches_understand_the_usual_words(text, value):
    assert parse_environment({"SCALING_PRODUCTION": text}).production is value


def test_lists_are_separated_by_commas():
    scaling = parse_environment({"SCALING_ALLOWED_HOSTS": "a.example.org, b.example.org,"})
    assert scaling.allowed_hosts == ("a.example.org", "b.example.org")


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("SCALING_PRODUCTION", "maybe", "SCALING_PRODUCTION must be true or false, not 'maybe'"),
        ("SCALING_TRUST_PROXY_SSL", "ture", "SCALING_TRUST_PROXY_SSL must be true or false"),
        ("SCALING_LOG_LEVEL", "loud", "SCALING_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_value_that_cannot_be_understood_is_refused_by_name(name, text, complaint):
    with pytest.raises(ImproperlyConfigured, match=complaint):
        parse_environment({name: text})


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://u@h/db", "scaling", "http://example.org"])
def test_database_other_than_postgresql_is_refused(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL must start with postgres://"):
        database_settings(parse_environment({"DATABASE_URL": url}))


def test_database_url_may_carry_options_of_its_own():
    url = "postgres://u:p%2Fw@db.example.org:6432/oncall?sslmode=verify-full&connect_timeout=7"
    database = database_settings(parse_environment({"DATABASE_URL": url}))
    assert (database["HOST"], database["PORT"], database["NAME"]) == ("db.example.org", 6432, "oncall")
    assert database["PASSWORD"] == "p/w"
    assert database["OPTIONS"]["sslmode"] == "verify-full"
    assert database["OPTIONS"]["connect_timeout"] == 7
    assert database["OPTIONS"]["tcp_user_timeout"] == 10_000


def test_misspelled_names_are_found():
    assert unknown_names({"SCALING_SECRETKEY": "x", "SCALING_DEBUG": "1", "HOME": "/"}) == ["SCALING_SECRETKEY"]


def test_environment_wins_over_the_env_file(tmp_path):
    env_file = tmp_path / "env"
    env_file.write_text("SCALING_PUBLIC_URL=https://file.example.org\nSCALING_FROM_EMAIL=file@example.org\n")
    show = "from scaling.settings import SCALING; print(SCALING.public_url, SCALING.from_email)"
    env = {**environment(SCALING_PUBLIC_URL="https://process.example.org"), "SCALING_ENV_FILE": str(env_file)}
    with running("-c", show, env=env) as process:
        assert process.stdout.read() == "https://process.example.org file@example.org\n"


def test_networks_are_understood_and_refused_by_name():
    allowed = parse_environment({"SCALING_OUTBOUND_ALLOWED_NETWORKS": "10.20.0.0/16, fd12::/48"})
    assert [str(network) for network in allowed.outbound_allowed_networks] == ["10.20.0.0/16", "fd12::/48"]
    with pytest.raises(ImproperlyConfigured, match=r"SCALING_OUTBOUND_ALLOWED_NETWORKS .* has host bits set"):
        parse_environment({"SCALING_OUTBOUND_ALLOWED_NETWORKS": "10.20.0.1/16"})
