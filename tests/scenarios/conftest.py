"""An installation with one organization, two people and a fallback."""

from __future__ import annotations

import pytest

from tests.factories.accounts import ApiKeyFactory, MembershipFactory, OrganizationFactory
from tests.scenarios.installation import Installation


@pytest.fixture
def team(transactional_db):
    return OrganizationFactory(fallback_email="fallback@example.org")


@pytest.fixture
def ada(team):
    return MembershipFactory(organization=team, first_name="Ada", user__email="ada@example.org")


@pytest.fixture
def bob(team):
    return MembershipFactory(organization=team, first_name="Bob", user__email="bob@example.org")


@pytest.fixture
def installation(team, tmp_path):
    with Installation(tmp_path, ApiKeyFactory(organization=team).text) as running:
        yield running
