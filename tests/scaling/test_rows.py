"""Rows written by ``insert_rows`` are the rows Django would have written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from incidents.models import Delivery, Firing, Page, TimelineEvent
from scaling.ids import new_uuid
from scaling.rows import insert_rows
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import START, make_policy, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def escalation():
    organization = OrganizationFactory()
    people = [MembershipFactory(organization=organization) for _ in range(2)]
    return trigger(organization, make_policy(organization, people))


def columns(rows):
    return [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows]


def test_rows_written_again_are_the_same(escalation):
    written = {kind: list(kind.objects.order_by("pk")) for kind in (TimelineEvent, Firing, Page, Delivery)}
    for kind in reversed(written):
        kind.objects.all().delete()

    for rows in written.values():
        insert_rows(rows)

    for kind, rows in written.items():
        assert rows
        assert columns(kind.objects.order_by("pk")) == columns(rows)


def test_microseconds_quotes_and_nested_values_arrive_unchanged(escalation):
    event = TimelineEvent(
        organization_id=escalation.organization_id,
        incident_id=escalation.pk,
        at=START + timedelta(microseconds=123457),
        type='it\'s "odd" \\ ☎\n',
        details={"list": [1, None, {"deep": "'%s' %(x)s"}], "nothing": None},
    )
    insert_rows([event])

    (found,) = TimelineEvent.objects.filter(pk=event.pk)
    assert columns([found]) == columns([event])


@pytest.mark.parametrize("number", [1, 40])
def test_any_number_of_rows_is_one_statement(escalation, number, django_assert_num_queries):
    rows = [firing(escalation, place) for place in range(2, number + 2)]
    with django_assert_num_queries(1):
        insert_rows(rows)
    assert Firing.objects.count() == number + 1


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows([])


def test_of_rows_one_of_which_is_refused_none_is_written(escalation):
    with pytest.raises(IntegrityError, match="incidents_firing_number"), transaction.atomic():
        insert_rows([firing(escalation, 2), firing(escalation, 1)])
    assert Firing.objects.count() == 1


def firing(escalation, number):
    return Firing(
        id=new_uuid(),
        organization_id=escalation.organization_id,
        escalation_id=escalation.pk,
        number=number,
        cause="handoff",
        pass_no=1,
        position=1,
        fired_at=START,
    )
