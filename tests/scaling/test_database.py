"""The sessions the program has at PostgreSQL."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection, connections

from scaling.database import COMMAND, WEB, WORKER, Limits, set_limits, working_as_command

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def limited():
    """Set limits for the length of a test."""
    options = connections.settings["default"]["OPTIONS"]
    before = options["options"]
    yield set_limits
    options["options"] = before
    connection.close()


def shown(*names):
    with connection.cursor() as cursor:
        return [cursor.execute(f"SHOW {name}").fetchone()[0] for name in names]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (WEB, ["2s", "5s", "10s"]),
        (WORKER, ["5s", "15s", "10s"]),
        (COMMAND, ["5s", "0", "1min"]),
    ],
)
def test_each_kind_of_process_has_its_limits(limited, limits, expected):
    limited(limits)
    assert shown("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout") == expected


def test_limits_set_last_count(limited):
    limited(WEB)
    limited(WORKER)
    assert shown("statement_timeout") == ["15s"]


def test_a_block_may_work_as_long_as_a_command_and_nothing_after_it(limited):
    limited(WEB)
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    with working_as_command():
        assert shown(*names) == ["5s", "0", "1min"]
    assert shown(*names) == ["2s", "5s", "10s"]


def test_a_connection_lost_meanwhile_is_followed_by_one_with_the_limits_of_the_process(limited):
    limited(WEB)
    with pytest.raises(OperationalError), working_as_command(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    assert shown("statement_timeout") == ["5s"]


def test_statement_that_takes_too_long_is_ended(limited):
    limited(Limits(lock=1000, statement=50, idle_in_transaction=1000))
    with pytest.raises(OperationalError, match="statement timeout"), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(10)")


def test_sessions_use_utc_and_notice_dead_connections():
    assert shown("timezone", "tcp_user_timeout")[0] == "UTC"
    parameters = connection.get_connection_params()
    assert parameters["tcp_user_timeout"] == 10_000
    assert parameters["connect_timeout"] == 3
    assert parameters["keepalives_idle"] == 5


def test_statements_are_prepared_at_their_second_use():
    with connection.cursor() as cursor:
        for _ in range(3):
            cursor.execute("SELECT %s::int + 41", [1])
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["SELECT $1::int + 41"])
        assert cursor.fetchone() == (1,)
