"""A web request waits for the database so long and no longer, whatever state the database is in."""

from __future__ import annotations

import select
from contextlib import closing
from threading import Thread, main_thread

import pytest
from django.db import OperationalError, close_old_connections, connection, connections, transaction
from django.test import Client

from scaling import settings as production
from scaling.api.exceptions import as_domain_error
from scaling.deadline import budget
from scaling.deadline.base import DatabaseWrapper
from scaling.deadline.budget import answering_within
from scaling.deadline.connection import DeadlineConnection
from tests.processes import PATIENCE_SECONDS
from tests.scaling.own_server import down, frozen, own_server

pytestmark = pytest.mark.urls("tests.scaling.api.probe")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A PostgreSQL of this module's own. Sessions that ask for it wait for a standby that does not exist."""
    with own_server(tmp_path_factory, synchronous_standby_names="ghost", synchronous_commit="local") as server:
        yield server


@pytest.fixture
def own_database(server, settings, django_db_blocker):
    """Have this thread's default connection lead to ``server``; with patience under the API, on a busy machine."""
    settings.API_DATABASE_SECONDS = PATIENCE_SECONDS
    usual = connections["default"]
    connections["default"] = new_connection(server)
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
    connections["default"] = usual


def new_connection(server):
    address = {"HOST": str(server.socket_dir), "PASSWORD": server.password, "NAME": "scaling"}
    return DatabaseWrapper({**connections.settings["default"], **address}, "default")


def ping():
    # A web server does this with every request; the test client leaves it out.
    close_old_connections()
    return Client().get("/v1/ping")


def assert_unavailable(response):
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert int(response["Retry-After"]) > 0


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize("trouble", [frozen, down])
def test_the_api_tells_of_a_silent_database_and_recovers_with_it(server, own_database, settings, trouble, connected):
    if connected:
        assert ping().status_code == 200
    settings.API_DATABASE_SECONDS = 0.3
    with trouble(server):
        assert_unavailable(ping())
        assert_unavailable(ping())
    settings.API_DATABASE_SECONDS = PATIENCE_SECONDS
    assert ping().status_code == 200


def test_half_a_second_is_left_to_tell_of_a_silent_database_within_two():
    assert production.API_DATABASE_SECONDS == 1.5


def test_a_connection_the_server_ended_is_replaced_before_it_is_used(server, own_database):
    ping()
    ended = connection.connection.info.backend_pid
    with closing(new_connection(server)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert ping().status_code == 200
    assert connection.connection.info.backend_pid != ended


def test_a_connection_that_stands_is_used_without_asking_first(own_database, monkeypatch):
    ping()
    waits, wait = [], DeadlineConnection.wait
    monkeypatch.setattr(DeadlineConnection, "wait", lambda *given: waits.append(given) or wait(*given))
    assert ping().status_code == 200
    assert len(waits) == 1


def test_a_connection_whose_server_left_word_is_kept_if_it_stands(server, own_database):
    with connection.cursor() as cursor:
        cursor.execute("LISTEN news")
    with closing(new_connection(server)) as other, other.cursor() as cursor:
        cursor.execute("NOTIFY news")
    kept = connection.connection.info.backend_pid
    wait_for_word()
    assert ping().status_code == 200
    assert connection.connection.info.backend_pid == kept


def wait_for_word():
    readable, _, _ = select.select([connection.connection.pgconn.socket], [], [], PATIENCE_SECONDS)
    assert readable


def test_probes_and_pages_have_a_budget_too(server, own_database, settings):
    settings.PAGE_DATABASE_SECONDS = 0.3
    with frozen(server):
        assert Client().get("/readyz").json()["database"] == "unreachable"


def test_only_waiting_is_taken_out_of_the_budget(own_database, monkeypatch):
    passed = [0]
    monkeypatch.setattr(budget, "monotonic", lambda: passed[0])
    with answering_within(PATIENCE_SECONDS), connection.cursor() as cursor:
        passed[0] = PATIENCE_SECONDS + 1
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_many_short_waits_add_up(own_database):
    with answering_within(0.5), pytest.raises(OperationalError):
        wait_often()


def wait_often():
    with connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute("SELECT pg_sleep(0.1)")


def test_without_a_budget_a_statement_takes_its_time(own_database):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.5)")


def test_a_commit_without_an_answer_is_an_outcome_nobody_knows(own_database):
    with answering_within(0.5), pytest.raises(OperationalError) as unknown:
        commit_to_standby()
    assert as_domain_error(unknown.value).code == "unavailable"


def test_a_commit_no_standby_confirmed_is_an_outcome_nobody_knows(server, own_database):
    connection.ensure_connection()
    canceller = Thread(target=cancel_wait_for_standby, args=[server, connection.connection.info.backend_pid])
    canceller.start()
    with answering_within(PATIENCE_SECONDS), pytest.raises(OperationalError, match="not confirmed") as unknown:
        commit_to_standby()
    canceller.join()
    assert as_domain_error(unknown.value).code == "unavailable"
    commit_locally()


def commit_to_standby():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        cursor.execute("SELECT pg_logical_emit_message(true, 'written', '')")


def commit_locally():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_logical_emit_message(true, 'written', '')")


def cancel_wait_for_standby(server, pid):
    """Wait until the backend ``pid`` waits for the standby, and tell it to stop that."""
    other = new_connection(server)
    waiting = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = %s AND wait_event = 'SyncRep'"
    with other.cursor() as cursor:
        while cursor.rowcount < 1 and main_thread().is_alive():
            cursor.execute(waiting, [pid])
    other.close()
