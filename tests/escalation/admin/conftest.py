"""A policy of Acme, and the schedule its layers page."""

from __future__ import annotations

import pytest

from tests.factories.escalation import PolicyFactory, ScheduleFactory


@pytest.fixture
def policy(acme):
    return PolicyFactory(organization=acme, name="Billing")


@pytest.fixture
def primary(acme):
    return ScheduleFactory(organization=acme, name="Primary")
