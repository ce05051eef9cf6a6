"""Whatever can be planned comes back as it was, and twice the same import changes nothing the second time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings

from escalation.transfer.importing.filling import overlaps
from escalation.transfer.loader import load_document
from escalation.transfer.writing import as_json, as_yaml
from tests.escalation.transfer.documents import WHOLE
from tests.escalation.transfer.importing.imports import run_document
from tests.escalation.transfer.strategies import documents
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db


class _Undo(Exception):
    """Ends an example."""


def has_no_conflict(document):
    """Tell whether no two overrides displace one rotation at one time."""
    firsts = [(each, each.rotations[0].name if each.rotations else None) for each in document.schedules]
    return not any(overlaps(schedule.overrides, first) for schedule, first in firsts)


def exported(organization):
    """Return an export, without the line that names the organization."""
    return as_yaml(replace(load_document(organization.id), organization=None))


def check_round_trip(document):
    """Import into one organization, export, import into another, export, and compare."""
    first, second = OrganizationFactory(), OrganizationFactory()
    assert run_document(first, document, create_users=True).kept == {}
    assert run_document(first, document, create_users=True).plan.is_empty
    once = load_document(first.id)
    run_document(second, once, create_users=True)
    assert exported(second) == exported(first)
    assert as_json(replace(load_document(second.id), organization=first.name)) == as_json(once)
    for organization in (first, second):
        again = run_document(organization, once, create_users=True)
        assert again.plan.is_empty
        assert exported(organization) == exported(first)


def test_a_plan_of_everything_comes_back():
    check_round_trip(WHOLE)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(documents().filter(has_no_conflict))
def test_any_plan_comes_back(document):
    try:
        with transaction.atomic():
            check_round_trip(document)
            raise _Undo
    except _Undo:
        pass
