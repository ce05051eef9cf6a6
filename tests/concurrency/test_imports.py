"""Imports that are applied at the same moment."""

from __future__ import annotations

import pytest
from django.db import connections

from escalation.models import PlannedImport, Policy
from escalation.transfer.importing.planned import apply_planned, plan_to_apply
from scaling import database
from scaling.database import Limits
from scaling.errors import PreconditionFailed
from tests.concurrency.threads import together
from tests.escalation.transfer.importing.imports import NOW, arriving, job
from tests.factories.accounts import OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)


def planned(organization, name):
    text = f"formatVersion: 1\npolicies:\n  - {{key: {name}, name: {name}}}\n"
    return plan_to_apply(job(organization, arriving(text)), title=name, actor_id="user_ada", now=NOW)


def apply(plan, actor="user_ada"):
    try:
        return apply_planned(
            organization_id=plan.organization_id,
            import_id=plan.pk,
            accept_loss=False,
            accept_gaps=True,
            actor_id=actor,
            now=NOW,
        )
    except PreconditionFailed as refusal:
        return refusal.message


@pytest.fixture
def acme():
    return OrganizationFactory()


def test_two_clicks_apply_a_plan_once(acme):
    plan = planned(acme, "checkout")
    first, second = together(lambda: apply(plan, "user_ada"), lambda: apply(plan, "user_bob"))
    assert first.applied_by == second.applied_by
    assert Policy.objects.get().created_by == first.applied_by


def test_of_two_plans_one_is_applied_and_the_other_is_overtaken(acme):
    plans = [planned(acme, name) for name in ("checkout", "payments")]
    answers = together(*[lambda plan=plan: apply(plan) for plan in plans])
    refused = [each for each in answers if isinstance(each, str)]
    assert refused == ["The organization has changed since the plan was made: make a new one."]
    assert Policy.objects.count() == PlannedImport.objects.filter(applied_at__isnull=False).count() == 1


def test_whoever_waits_too_long_for_another_is_told_to_try_again(acme, monkeypatch):
    monkeypatch.setattr(database, "COMMAND", Limits(lock=50, statement=0, idle_in_transaction=0))
    plan = planned(acme, "checkout")
    other = connections.create_connection("default")
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM escalation_plannedimport FOR UPDATE")
        assert apply(plan).startswith("Somebody else is changing the organization at this moment")
    finally:
        other.close()
    assert not Policy.objects.exists()
    assert apply(plan).applied_at == NOW
