"""Workers that keep the marks of coverage at the same moment."""

from __future__ import annotations

import pytest

from escalation.models import CoverageMark, Policy
from escalation.services.coverage_edits import mark_edited
from escalation.services.coverage_marks import check_marks, claim_marks
from tests.concurrency.threads import together
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import PolicyFactory
from tests.incidents.running import START

pytestmark = pytest.mark.django_db(transaction=True)

POLICIES, WORKERS = 24, 4


@pytest.fixture
def policies():
    return PolicyFactory.create_batch(POLICIES, organization=OrganizationFactory())


def _work():
    """Look, and check until nothing is due; return which marks this worker has checked."""
    mark_edited(START)
    checked = []
    while claimed := claim_marks(START, 3):
        check_marks(claimed, START)
        checked += [one.id for one in claimed]
    return checked


def test_each_policy_gets_one_mark(policies):
    made = together(*[lambda: mark_edited(START)] * WORKERS)

    assert sum(made) == CoverageMark.objects.count() == POLICIES


def test_each_mark_is_checked_by_one_worker(policies):
    mark_edited(START)
    checked = together(*[_work] * WORKERS)

    assert sorted(one for each in checked for one in each) == sorted(CoverageMark.objects.values_list("id", flat=True))
    assert set(CoverageMark.objects.values_list("checked_at", flat=True)) == {START}


def test_policies_that_are_deleted_meanwhile_are_nobodys_trouble(policies):
    mark_edited(START)

    def delete():
        for policy in policies[::2]:
            Policy.objects.get(id=policy.id).delete()

    together(_work, delete, _work)
    assert set(CoverageMark.objects.values_list("checked_at", flat=True)) == {START}
    assert CoverageMark.objects.count() == POLICIES / 2
