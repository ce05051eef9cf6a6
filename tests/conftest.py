"""Fixtures of the whole suite, and where it keeps what it writes."""

from __future__ import annotations

import re
import signal

import pytest
from django.conf import settings
from django.db import connection

RANDOM_ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

pytest_plugins = ["tests.fixtures.accounts", "tests.fixtures.cast", "tests.fixtures.logs"]


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Keep temporary files beside the database of the tests, unless ``--basetemp`` says where, and listen to Ctrl-C.

    What pytest itself takes is shared by all runs of a user, and closed to others by each of them: under root, a run
    that begins would shut the servers of another out of their files. What a shell runs in the background is deaf to
    Ctrl-C, and so is all it starts.
    """
    if config.option.basetemp is None:
        config.option.basetemp = settings.SCALING.data_dir / "test" / "tmp"
        config.option.basetemp.parent.mkdir(parents=True, exist_ok=True)  # in a fresh clone nothing is there yet
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Make the database; at the end, put out who is still in it: a process that was killed leaves its statement behind."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


def pytest_collection_modifyitems(items):
    """Refuse names of tests that hold something random: processes that share the tests tell them by their names."""
    random = [item.nodeid for item in items if RANDOM_ID.search(item.nodeid)]
    if random:
        raise pytest.UsageError("\n".join(["Give these the same name in each run:", *random]))
