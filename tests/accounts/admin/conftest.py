"""The cast: Alice runs the organization, Bob is a member of it, Charlie runs another, Olivia the installation."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories.accounts import MembershipFactory, OrganizationFactory, UserFactory


def sign_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def acme(db):
    return OrganizationFactory(name="Acme")


@pytest.fixture
def rival(db):
    return OrganizationFactory(name="Rival")


@pytest.fixture
def alice(acme):
    return MembershipFactory(organization=acme, first_name="Alice", user__email="alice@acme.example", admin=True)


@pytest.fixture
def bob(acme):
    return MembershipFactory(organization=acme, first_name="Bob", user__email="bob@acme.example")


@pytest.fixture
def charlie(rival):
    return MembershipFactory(organization=rival, first_name="Charlie", user__email="charlie@rival.example", admin=True)


@pytest.fixture
def olivia(db):
    return UserFactory(email="olivia@operator.example", is_superuser=True)


@pytest.fixture
def as_alice(alice):
    return sign_in(alice.user)


@pytest.fixture
def as_bob(bob):
    return sign_in(bob.user)


@pytest.fixture
def as_charlie(charlie):
    return sign_in(charlie.user)


@pytest.fixture
def as_olivia(olivia):
    return sign_in(olivia)
