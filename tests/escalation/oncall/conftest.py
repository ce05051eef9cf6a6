"""A schedule of two people, for the tests of who is on call."""

from __future__ import annotations

import pytest

from tests.escalation.oncall.weeks import person, weekly
from tests.factories.escalation import ScheduleFactory


@pytest.fixture
def ada(organization):
    return person(organization, "Ada")


@pytest.fixture
def bob(organization):
    return person(organization, "Bob")


@pytest.fixture
def primary(organization, ada, bob):
    """Ada and Bob by turns, from ``WEEK_1`` on."""
    return weekly(organization, ada, bob)


@pytest.fixture
def schedule(organization):
    """A schedule in which nobody is ever on call."""
    return ScheduleFactory(organization=organization, name="Empty")
