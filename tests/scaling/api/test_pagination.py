"""Lists in pages: nothing twice, nothing missed, and no cursor of somebody else (B27, B87)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from scaling.api.pagination import behind, newest_first
from scaling.errors import InvalidInput
from tests.factories.accounts import EPOCH, MembershipFactory, OrganizationFactory


def page(organization, *, limit=2, cursor=None, list_name="members"):
    rows = Membership.objects.filter(organization=organization).order_by("-created_at", "-id")

    def fetch(after, count):
        return list(rows.filter(behind(after))[:count])

    return newest_first(fetch, list_name=list_name, organization_id=organization.pk, limit=limit, cursor=cursor)


def walk(organization, *, between=lambda: None, limit=2):
    """Return the rows of all pages, in order; something may happen after each."""
    found, cursor = [], None
    while True:
        got = page(organization, limit=limit, cursor=cursor)
        found += got.rows
        cursor = got.next_cursor
        if cursor is None:
            return found
        between()


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 100])
def test_all_rows_come_once_newest_first(organization, limit):
    made = MembershipFactory.create_batch(5, organization=organization)
    assert walk(organization, limit=limit) == made[::-1]


def test_rows_of_one_instant_come_once_too(organization):
    made = MembershipFactory.create_batch(5, organization=organization, created_at=EPOCH)
    assert walk(organization) == sorted(made, key=lambda row: row.id, reverse=True)


def test_rows_that_come_and_go_in_between_move_no_other(organization):
    stable = MembershipFactory.create_batch(6, organization=organization)
    coming_and_going = []

    def churn():
        coming_and_going.append(MembershipFactory(organization=organization))
        Membership.objects.filter(pk=coming_and_going[0].pk).delete()

    assert walk(organization, between=churn) == stable[::-1]


def test_an_empty_list_has_one_empty_page(organization):
    got = page(organization)
    assert (got.rows, got.next_cursor) == ([], None)


@pytest.mark.parametrize("cursor", ["", "x", ":", "a:b:c", "é", "0" * 900])
def test_a_cursor_nobody_gave_out_is_refused(organization, cursor):
    with pytest.raises(InvalidInput, match="cursor"):
        page(organization, cursor=cursor)


def test_a_cursor_of_another_organization_or_list_is_refused(organization):
    MembershipFactory.create_batch(3, organization=organization)
    cursor = page(organization).next_cursor
    with pytest.raises(InvalidInput):
        page(OrganizationFactory(), cursor=cursor)
    with pytest.raises(InvalidInput):
        page(organization, cursor=cursor, list_name="others")
    with pytest.raises(InvalidInput):
        page(organization, cursor=cursor[:-1] + ("a" if cursor[-1] != "a" else "b"))


@pytest.mark.parametrize("size", [3, 30])
def test_a_page_costs_one_statement(organization, size):
    MembershipFactory.create_batch(size, organization=organization)
    with CaptureQueriesContext(connection) as statements:
        page(organization)
    assert len(statements) == 1
