"""Ada has been paged, and opens the link."""

from __future__ import annotations

import pytest
from django.test import Client

from incidents.answer import views
from tests.factories.accounts import MembershipFactory
from tests.incidents.running import START, make_policy, minutes, run, trigger


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="", user__email="bob@example.org")


@pytest.fixture
def browser():
    """A browser without cookies that reports a crash as the 500 it is."""
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


@pytest.fixture
def at(monkeypatch):
    """Set what time it is."""

    def set_time(now):
        monkeypatch.setattr(views.clock, "now", lambda: now)

    set_time(minutes(1))
    return set_time


@pytest.fixture
def paged(organization, ada, bob, at):
    """An incident that has paged Ada, and will page Bob at 03:05."""
    organization.fallback_email = "ops@example.org"
    organization.save()
    row = trigger(organization, make_policy(organization, [ada], [bob]), description="Queue is at 12,000.")
    run(START)
    return row
