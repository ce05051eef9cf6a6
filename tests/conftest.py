"""Fixtures of the whole suite, and where it keeps what it writes."""

from __future__ import annotations

import signal

import pytest
from django.conf import settings

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
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
