"""Applying a plan: asked for in words, done once and by whom, refused where it is another plan by now."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Invitation, Membership
from escalation.models import PlannedImport, Policy, Schedule
from scaling.models import AuditEvent
from tests.admin_pages import sign_in
from tests.escalation.admin.imports.files import GONE, PLAN, page_of, policies, refusals, upload, words
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory
from tests.incidents.running import make_policy, trigger

LOSSY = PLAN.replace(
    "users: [ana]}}",
    "users: [ana]}}\n  - {key: b, name: B, layers: [{ackTimeoutMinutes: 1, target: {type: users, users: [x@example.org]}}]}",
)


def planned(client, *files, **fields):
    """Return the import that these files are planned as."""
    assert upload(client, *files, **fields).status_code == 302
    return PlannedImport.objects.latest("created_at")


@pytest.fixture
def plan(as_alice, ana):
    """Return a plan that creates a schedule and a policy, and changes Ana."""
    return planned(as_alice, ("plan.yaml", PLAN))


def apply(client, plan, **accepted):
    return client.post(page_of(plan, "apply"), accepted)


def test_it_is_asked_for_in_words(as_alice, plan):
    told = words(as_alice.get(page_of(plan, "apply")))
    assert "1 policy is created. 1 schedule is created. 1 person is changed." in told
    assert "Accept" not in told
    assert not Policy.objects.exists()


def test_it_is_done_by_whoever_is_signed_in(as_alice, alice, acme, plan):
    assert apply(as_alice, plan)["Location"] == page_of(plan)
    policy, schedule = Policy.objects.get(), Schedule.objects.get()
    assert {policy.organization_id, schedule.organization_id} == {acme.id}
    assert {policy.created_by, schedule.created_by} == {alice.user_id}
    events = AuditEvent.objects.filter(kind__in=["escalation.policy", "escalation.layer", "escalation.schedule"])
    assert events.count() == 4
    assert {(one.actor_kind, one.actor_id, one.organization_id) for one in events} == {
        ("person", alice.user_id, acme.id)
    }


def test_afterwards_the_page_is_the_report(as_alice, alice, plan):
    apply(as_alice, plan)
    kept = PlannedImport.objects.get()
    assert (kept.plan, kept.applied_by) == ("", alice.user_id)
    told = words(as_alice.get(page_of(plan)))
    assert "1 policy was created. 1 schedule was created. 1 person was changed." in told
    assert page_of(plan, "apply") not in as_alice.get(page_of(plan)).content.decode()

    answer = as_alice.get(page_of(plan, "report"))
    assert answer["Content-Disposition"] == 'attachment; filename="import-report.json"'
    assert json.loads(answer.content)["applied"] is True


def test_a_second_click_does_nothing_more(as_alice, plan):
    first = apply(as_alice, plan)
    applied_at, version = PlannedImport.objects.get().applied_at, Policy.objects.get().version
    second = apply(as_alice, plan)
    assert first["Location"] == second["Location"] == page_of(plan)
    assert as_alice.get(page_of(plan, "apply"))["Location"] == page_of(plan)
    assert (PlannedImport.objects.get().applied_at, Policy.objects.get().version) == (applied_at, version)


def test_losses_stand_in_the_way_until_they_are_accepted(as_alice, ana):
    lossy = planned(as_alice, ("plan.yaml", LOSSY))
    assert "2 findings: something is left out" in words(as_alice.get(page_of(lossy, "apply")))
    assert list(refusals(apply(as_alice, lossy))) == ["accept_loss"]
    assert not Policy.objects.exists()
    assert apply(as_alice, lossy, accept_loss="on").status_code == 302
    assert Policy.objects.get().name == "Checkout"
    assert "left out policy B needs the user 'x@example.org'" in words(
        as_alice.get(page_of(lossy), {"show": "left-out"})
    )


def test_gaps_stand_in_the_way_until_they_are_accepted(as_alice, acme, ana, policy):
    LayerFactory(policy=policy, people=[ana])
    gone = planned(as_alice, ("ana.json", GONE))
    assert "Accept the gaps" in words(as_alice.get(page_of(gone, "apply")))
    assert list(refusals(apply(as_alice, gone, accept_loss="on"))) == ["accept_gaps"]
    assert Membership.objects.get(pk=ana.pk).is_active
    assert apply(as_alice, gone, accept_gaps="on").status_code == 302
    assert not Membership.objects.get(pk=ana.pk).is_active


def test_gaps_that_nobody_was_told_of_want_a_new_plan(as_alice, acme, ana, policy):
    LayerFactory(policy=policy, people=[ana])
    gone = planned(as_alice, ("ana.json", GONE))
    gone.report = gone.report.replace('"worseCoverage"', '"worseCoverage": [], "asItIsNow"')
    gone.save()
    assert "Accept the gaps" not in words(as_alice.get(page_of(gone, "apply")))
    told = words(apply(as_alice, gone))
    assert "By now times would be covered no longer, which the plan does not tell of" in told
    assert "Plan again from the same files" in told
    assert Membership.objects.get(pk=ana.pk).is_active


def test_people_are_invited_when_it_is_applied(as_alice, alice, acme):
    plan = planned(as_alice, ("plan.yaml", PLAN), create_users="on")
    assert "1 person is added. 1 person is invited by mail." in words(as_alice.get(page_of(plan, "apply")))
    assert not Invitation.objects.exists()
    apply(as_alice, plan)
    assert Membership.objects.filter(organization=acme, user__email="ana@example.org").exists()
    assert Invitation.objects.get().created_by == alice.user_id
    assert "1 person was invited by mail." in words(as_alice.get(page_of(plan)))


def test_what_is_in_use_stays_and_the_report_says_why(as_alice, acme, ana):
    used = make_policy(acme, [ana])
    trigger(acme, used)
    plan = planned(as_alice, ("plan.yaml", PLAN), prune="on")
    apply(as_alice, plan)
    assert Policy.objects.filter(pk=used.pk).exists()
    page = as_alice.get(page_of(plan), {"show": "kept"})
    assert "1 policy was created." in words(page)
    assert f"not removed policy {used.name}" in words(page)
    (line,) = page.context["told"].lines
    assert line.reasons


def test_it_is_refused_where_the_organization_has_changed(as_alice, acme, plan):
    PolicyFactory(organization=acme, name="Checkout")
    assert "Plan again from the same files" in words(as_alice.get(page_of(plan, "apply")))
    page = apply(as_alice, plan)
    assert "has changed since" in words(page)
    assert PlannedImport.objects.get().applied_at is None
    assert not Schedule.objects.exists()


def test_of_two_admins_with_a_plan_each_the_second_has_to_plan_again(as_alice, acme, ana):
    carol = sign_in(MembershipFactory(organization=acme, admin=True).user)
    hers = planned(as_alice, ("plan.yaml", PLAN))
    other = planned(carol, ("plan.yaml", PLAN.replace("checkout", "payments").replace("Checkout", "Payments")))
    assert apply(as_alice, hers).status_code == 302
    assert refusals(apply(carol, other)) == {
        "__all__": ["The organization has changed since the plan was made: make a new one."]
    }
    carol.post(page_of(other, "again"))
    anew = PlannedImport.objects.latest("created_at")
    assert apply(carol, anew).status_code == 302
    assert {policy.name for policy in Policy.objects.all()} == {"Checkout", "Payments"}


def test_nothing_is_kept_of_an_import_that_fails_half_way(as_alice, plan, monkeypatch):
    def fail(*args):
        raise RuntimeError

    monkeypatch.setattr("escalation.transfer.importing.applying.write_layers", fail)
    with pytest.raises(RuntimeError):
        apply(as_alice, plan)
    assert not Policy.objects.exists()
    assert not Schedule.objects.exists()
    assert PlannedImport.objects.get().applied_at is None


@pytest.mark.django_db(transaction=True)
def test_what_takes_longer_than_there_is_time_is_told_and_nothing_is_changed(as_alice, plan, settings):
    settings.IMPORT_DATABASE_SECONDS = 0.0
    assert "It takes longer than pages may, and nothing was changed" in words(apply(as_alice, plan))
    assert "It takes longer" in as_alice.post(page_of(plan, "again"), follow=True).content.decode()
    assert "It takes longer" in words(upload(as_alice, ("plan.yaml", PLAN)))
    assert PlannedImport.objects.get().applied_at is None


def test_what_was_discarded_meanwhile_is_not_applied(as_alice, plan, monkeypatch):
    def discarded(*args):
        PlannedImport.objects.all().delete()
        return {}

    monkeypatch.setattr("escalation.transfer.importing.service.apply", discarded)
    assert "No import with that id" in words(apply(as_alice, plan))
    assert PlannedImport.objects.exists()


def test_a_plan_of_an_older_version_is_told_to_be_none(as_alice, plan):
    PlannedImport.objects.update(plan='{"scalingPlan": 0}')
    assert "must be 1" in str(refusals(apply(as_alice, plan)))
    answer = as_alice.post(page_of(plan, "again"), follow=True)
    assert "must be 1" in answer.content.decode()


def test_applying_takes_the_same_statements_for_few_and_for_many(as_alice, ana):
    costs = []
    for count in (2, 300):
        plan = planned(as_alice, (f"{count}.json", policies(count, called=f"of-{count}")))
        with CaptureQueriesContext(connection) as made:
            apply(as_alice, plan)
        costs.append(len(made))
    assert costs[0] == costs[1]
