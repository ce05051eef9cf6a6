"""Ana, whom files name."""

from __future__ import annotations

import pytest

from tests.factories.accounts import MembershipFactory


@pytest.fixture
def ana(acme):
    """Return a member whom the plan names, and calls otherwise."""
    return MembershipFactory(organization=acme, user__email="Ana@Example.org", first_name="A.", last_name="R.")
