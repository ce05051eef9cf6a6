"""Three people of one organization, a receiver, and mail that is kept."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.receiver import receiver


@pytest.fixture(autouse=True)
def world(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL, settings.PUBLIC_HOST = "https://oncall.example.org", "oncall.example.org"


@pytest.fixture
def acme(db):
    return OrganizationFactory(name="Acme", fallback_email="fallback@example.org")


def _person(organization, name, **fields):
    return MembershipFactory(
        organization=organization,
        first_name=name,
        last_name="",
        user__email=f"{name.lower()}@example.org",
        **fields,
    )


@pytest.fixture
def ada(acme):
    return _person(acme, "Ada")


@pytest.fixture
def bob(acme):
    return _person(acme, "Bob")


@pytest.fixture
def cleo(acme):
    return _person(acme, "Cleo", admin=True)


@pytest.fixture
def hook():
    with receiver() as made:
        yield made
