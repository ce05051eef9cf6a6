"""An installation with one organization, two people and a fallback."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connection

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
    with Installation(tmp_path, _database_url()) as running:
        running.sign_in(ApiKeyFactory(organization=team).text)
        yield running


def _database_url():
    """Return the address of the test database, for processes the test starts."""
    settings = connection.settings_dict
    host, password = quote(settings["HOST"], safe=""), quote(settings["PASSWORD"])
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    return f"postgres://{settings['USER']}:{password}@/{settings['NAME']}?host={host}{port}"
