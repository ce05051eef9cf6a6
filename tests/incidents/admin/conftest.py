"""An incident that has paged Bob at 03:00 and will page Alice at 03:05; it is 03:01."""

from __future__ import annotations

import pytest

from incidents.admin import incident as pages
from tests.incidents.running import START, make_policy, minutes, run, trigger


@pytest.fixture
def at(monkeypatch):
    """Set what time it is."""

    def set_time(now):
        monkeypatch.setattr(pages, "now", lambda: now)

    set_time(minutes(1))
    return set_time


@pytest.fixture
def paged(acme, alice, bob, at):
    """An incident that has paged Bob, and will page Alice at 03:05."""
    acme.fallback_email = "ops@example.org"
    acme.save()
    row = trigger(acme, make_policy(acme, [bob], [alice]), description="Queue is at 12,000.")
    run(START)
    return row
