"""Somebody changes the organization while an import is planned: it is planned anew, and never goes by what was."""

from __future__ import annotations

import pytest

from escalation.models import Policy
from escalation.services.policies import update_policy
from escalation.transfer.document import Document
from escalation.transfer.document import Policy as Planned
from escalation.transfer.importing.service import run_import
from escalation.transfer.writing import as_yaml
from scaling.errors import PreconditionFailed
from tests.escalation.transfer.importing.imports import NOW, arriving, job
from tests.factories.escalation import PolicyFactory

pytestmark = pytest.mark.django_db

CHECKOUT = Planned(
    key="checkout", name="Checkout", description="New.", repeat_count=0, repage_after_ack_minutes=None, layers=()
)
PLAN = as_yaml(Document(organization=None, users=(), working_hours=(), schedules=(), policies=(CHECKOUT,)))


def arriving_while(changes):
    """Return what makes an arrival, and meanwhile lets the next of ``changes`` happen."""
    arrive = arriving(PLAN)

    def changed(state):
        next(changes, lambda: None)()
        return arrive(state)

    return changed


def test_it_is_planned_anew_against_what_is_there_now(organization):
    policy = PolicyFactory(organization=organization, name="Checkout", repeat_count=1)

    def rename():
        update_policy(organization_id=organization.id, policy_id=policy.id, now=NOW, name="Other")

    answer = run_import(job(organization, arriving_while(iter([rename]))), actor_id="user_ada", now=NOW)
    assert answer.kept == {}
    assert sorted(Policy.objects.values_list("name", "repeat_count")) == [("Checkout", 0), ("Other", 1)]


def test_where_that_never_ends_it_gives_up_and_nothing_is_changed(organization):
    def others():
        while True:
            yield lambda: PolicyFactory(organization=organization)

    with pytest.raises(PreconditionFailed, match="keep changing"):
        run_import(job(organization, arriving_while(others())), actor_id="user_ada", now=NOW)
    assert not Policy.objects.filter(name="Checkout").exists()
