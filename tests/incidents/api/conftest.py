"""A clock that stands still, and clients of every scope."""

from __future__ import annotations

import pytest

from scaling import clock
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.fixtures.accounts import ApiClient
from tests.incidents.running import START


@pytest.fixture(autouse=True)
def at(monkeypatch):
    """Let every request happen at START, or when ``at(instant)`` says."""

    def stand_still(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)

    stand_still(START)
    return stand_still


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="", user__email="bob@example.org")


@pytest.fixture
def client_of():
    """Return a client with a key of its own."""

    def make(organization, scope="write"):
        return ApiClient(ApiKeyFactory(organization=organization, scope=scope).text)

    return make
