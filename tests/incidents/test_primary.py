"""A worker refuses a server it should no longer work for."""

from __future__ import annotations

import pytest
from django.db import connection

from incidents.primary import Identity, OldPrimary, PrimaryGuard, read_identity


@pytest.mark.django_db
def test_the_server_tells_who_it_is():
    identity = read_identity()

    assert identity is not None
    assert identity.timeline >= 1


@pytest.mark.django_db
def test_a_connection_is_asked_once(django_assert_num_queries):
    guard = PrimaryGuard()
    guard.check()
    with django_assert_num_queries(0):
        guard.check()
    assert connection.connection is not None


def test_a_promoted_server_is_accepted_and_its_past_refused():
    guard = PrimaryGuard()
    guard.compare(Identity(system=7, timeline=1))
    guard.compare(Identity(system=7, timeline=2))

    with pytest.raises(OldPrimary):
        guard.compare(Identity(system=7, timeline=1))


def test_another_system_is_refused():
    guard = PrimaryGuard()
    guard.compare(Identity(system=7, timeline=1))

    with pytest.raises(OldPrimary):
        guard.compare(Identity(system=8, timeline=9))
