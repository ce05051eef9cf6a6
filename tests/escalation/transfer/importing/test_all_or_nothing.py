"""Whatever ends an import, and wherever in it: all of it is there, or nothing.

The import of ``upheaval`` does all that an import can do. It is ended before and after each of its statements.
"""

from __future__ import annotations

import os
import signal
from itertools import count

import psycopg
import pytest
from django.db import InterfaceError, OperationalError, connection

from tests.accounts.test_commands import url_of_test_database
from tests.escalation.transfer.importing.upheaval import AFTER, WRITTEN, overthrow, prepare
from tests.factories.accounts import OrganizationFactory
from tests.processes import environment, eventually, running

pytestmark = pytest.mark.django_db(transaction=True)


LEAST_STATEMENTS = 70


class Crash(Exception):
    """Ends an import."""


class At:
    """A wrapper of statements: does something before, or after, the one with a number, and counts them all."""

    def __init__(self, number=0, act=None, *, after=False):
        self.count = 0
        self._number, self._act, self._after = number, act, after

    def __call__(self, execute, sql, params, many, context):
        self.count += 1
        is_now = self.count == self._number
        if is_now and not self._after:
            self._act()
        result = execute(sql, params, many, context)
        if is_now and self._after:
            self._act()
        return result


@pytest.fixture
def organization():
    """Return the organization as it is before."""
    organization = OrganizationFactory(fallback_email="fallback@example.org")
    prepare(organization)
    return organization


def everything():
    """Return a digest of the rows of each table that there is, audit events among them, by its name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        digests = (
            f"SELECT '{name}', md5(string_agg(row::text, E'\\n' ORDER BY row::text)) FROM {name} AS row"  # noqa: S608
            for (name,) in cursor.fetchall()
        )
        cursor.execute(" UNION ALL ".join(digests))
        return dict(cursor.fetchall())


def check_statements(is_ended_at, *, every=1):
    """Have the import ended at its first statement, its second, and so on, until there is none: then it is done."""
    before = everything()
    for number in count(1, every):
        is_ended = is_ended_at(number)
        if not is_ended:
            break
        assert everything() == before, f"ended at statement {number}"
    assert number > LEAST_STATEMENTS
    assert everything() != before


def crash():
    raise Crash


def test_the_import_changes_every_table_that_imports_write_to(organization):
    before = everything()
    answer = overthrow(organization)
    after = everything()
    assert {name for name in before if before[name] != after[name]} == {*WRITTEN, "scaling_auditevent"}
    assert [subject.key for subject in answer.kept] == ["busy"]
    overthrow(organization)
    assert everything() == after


@pytest.mark.parametrize("after", [False, True])
def test_an_error_at_any_statement_leaves_nothing(organization, after):
    def is_ended_at(number):
        try:
            with connection.execute_wrapper(At(number, crash, after=after)):
                overthrow(organization)
        except Crash:
            return True
        return False

    check_statements(is_ended_at)


def test_a_connection_that_ends_at_any_statement_leaves_nothing(organization):
    """After the last one it is the commit that fails."""

    def is_ended_at(number):
        try:
            with connection.execute_wrapper(At(number, terminate, after=True)):
                overthrow(organization)
        except (OperationalError, InterfaceError):
            connection.close()
            return True
        return False

    def terminate():
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.connection.info.backend_pid])

    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        check_statements(is_ended_at)


def test_a_process_that_is_killed_leaves_nothing(organization):
    def is_ended_at(number):
        connection.close()
        child = os.fork()
        if child == 0:
            _import_and_be_killed(organization, number)
        _, status = os.waitpid(child, 0)
        eventually(_is_alone)
        assert status in {0, signal.SIGKILL}
        return status == signal.SIGKILL

    check_statements(is_ended_at, every=5)


def _import_and_be_killed(organization, number):
    status = 1
    try:
        with connection.execute_wrapper(At(number, lambda: os.kill(os.getpid(), signal.SIGKILL))):
            overthrow(organization)
        status = 0
    finally:
        os._exit(status)


def _is_alone():
    """Tell whether nobody else is in the database any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return cursor.fetchone()[0] == 0


@pytest.mark.parametrize("table", ["accounts_membership", "escalation_rotation", "escalation_layeruser"])
def test_a_command_killed_while_it_writes_to_a_table_leaves_nothing(organization, table, tmp_path):
    before = everything()
    path = tmp_path / "plan.yaml"
    path.write_text(AFTER)
    arguments = ("import_policies", path, "--organization", organization.id, "--create-users", "--prune")
    env = environment(DJANGO_SETTINGS_MODULE="tests.settings", DATABASE_URL=url_of_test_database())
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE MODE")
        with running("manage.py", *arguments, "--accept-loss", "--accept-gaps", env=env) as process:
            eventually(lambda: _waits_for(table))
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        other.rollback()
    eventually(_is_alone)
    assert everything() == before


def _waits_for(table):
    """Tell whether somebody waits to write to a table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ %s",
            [f'^(INSERT INTO|UPDATE|DELETE FROM) "{table}"'],
        )
        return cursor.fetchone()[0] == 1
