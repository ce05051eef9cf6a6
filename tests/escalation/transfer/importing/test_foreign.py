"""A bundle of another product, imported: found again by where it came from, and never twice."""

from __future__ import annotations

import pytest

from escalation.models import ImportedObject, Policy, Schedule
from escalation.services.policies import update_policy
from escalation.transfer.findings import Code, Severity
from escalation.transfer.importing.arrivals import incoming
from escalation.transfer.importing.service import LOSS
from escalation.transfer.loader import load_document
from escalation.transfer.reading.problems import Unreadable
from tests.escalation.transfer.foreign.bundles import sources
from tests.escalation.transfer.foreign.pagerduty.answers import BOB, entry, layer, schedule
from tests.escalation.transfer.importing.imports import NOW, actions, run
from tests.factories.accounts import OrganizationFactory
from tests.factories.escalation import PolicyFactory, WorkingHoursFactory

pytestmark = pytest.mark.django_db

ANA = {"id": "PUS1", "name": "Ana Ruiz", "email": "ana@example.org"}


def policy(policy_id="PEP1", name="Checkout", minutes=5):
    """Return a policy of PagerDuty that pages Ana."""
    rule = {"id": "PR1", "escalation_delay_in_minutes": minutes, "targets": [{"id": "PUS1", "type": "user_reference"}]}
    return {"id": policy_id, "name": name, "description": None, "num_loops": 2, "escalation_rules": [rule]}


def bundle(*policies, users=(ANA,)):
    """Return the files of a bundle with these policies."""
    return sources(
        "pagerduty", ("users", {"users": [*users]}), ("escalation_policies", {"escalation_policies": [*policies]})
    )


def bring(organization, *policies, users=(ANA,), **asked):
    """Import these policies."""
    arrive = incoming(bundle(*policies, users=users)).arrive
    return run(organization, arrive, **{"create_users": True, "accept_loss": True, **asked})


def test_it_is_made_here_and_the_second_time_nothing_changes(organization):
    assert actions(bring(organization, policy()).plan) == {"ana@example.org": "create", "checkout": "create"}
    (made,) = load_document(organization.id).policies
    assert (made.repeat_count, [layer.ack_timeout_seconds for layer in made.layers]) == (2, [300])
    assert bring(organization, policy()).plan.is_empty
    assert ImportedObject.objects.values_list("source", "account", "type", "external_id").get()[::3] == (
        "pagerduty",
        "PEP1",
    )


def test_it_is_found_again_under_either_new_name(organization):
    bring(organization, policy())
    row = Policy.objects.get()
    update_policy(organization_id=organization.id, policy_id=row.id, now=NOW, name="Ours")
    answer = bring(organization, policy(name="Theirs", minutes=7))
    assert actions(answer.plan, "policies") == {"theirs": "update"}
    row.refresh_from_db()
    assert (row.name, Policy.objects.count(), row.version) == ("Theirs", 1, 3)


def test_two_may_swap_their_names(organization):
    bring(organization, policy(), policy("PEP2", "Second", minutes=9))
    answer = bring(organization, policy(name="Second"), policy("PEP2", "Checkout", minutes=9))
    assert actions(answer.plan, "policies") == {"second": "update", "checkout": "update"}
    found = {one.name: one.layers[0].ack_timeout_seconds for one in load_document(organization.id).policies}
    assert found == {"Second": 300, "Checkout": 540}
    assert bring(organization, policy(name="Second"), policy("PEP2", "Checkout", minutes=9)).plan.is_empty


def test_what_that_product_does_not_know_stays_as_it_was_set_here(organization):
    bring(organization, policy())
    row = Policy.objects.get()
    update_policy(organization_id=organization.id, policy_id=row.id, now=NOW, repage_after_ack_minutes=30)
    row.layers.update(working_hours=WorkingHoursFactory(organization=organization), condition="during")
    ana = {**ANA, "name": "Anna Other"}
    answer = bring(organization, policy(), users=(ana,))
    assert answer.plan.is_empty
    bring(organization, policy(minutes=9), users=(ana,))
    (there,) = load_document(organization.id).policies
    assert there.repage_after_ack_minutes == 30
    assert (there.layers[0].ack_timeout_seconds, there.layers[0].condition.when) == (540, "during")
    assert [user.first_name for user in load_document(organization.id).users] == ["Ana"]


def test_what_has_the_name_already_is_taken_over(organization):
    row = PolicyFactory(organization=organization, name="CHECKOUT")
    assert actions(bring(organization, policy()).plan, "policies") == {"checkout": "update"}
    assert ImportedObject.objects.get().policy_id == row.id


def test_a_new_name_that_is_another_ones_here_is_refused(organization):
    bring(organization, policy())
    PolicyFactory(organization=organization, name="Theirs")
    answer = bring(organization, policy(name="Theirs"), accept_loss=False)
    assert [str(each.code) for each in answer.plan.arrival.findings if each.severity == "blocked"] == ["NAME_COLLISION"]
    assert sorted(Policy.objects.values_list("name", flat=True)) == ["Checkout", "Theirs"]
    bring(organization, policy(name="Theirs"), prune=True)
    assert sorted(Policy.objects.values_list("name", flat=True)) == ["Checkout"]


def test_of_two_organizations_each_has_its_own(organization):
    other = OrganizationFactory()
    bring(organization, policy())
    assert actions(bring(other, policy()).plan) == {"ana@example.org": "create", "checkout": "create"}
    assert ImportedObject.objects.count() == 2
    assert bring(organization, policy()).plan.is_empty


def test_what_was_deleted_here_is_made_anew(organization):
    bring(organization, policy())
    Policy.objects.get().delete()
    assert not ImportedObject.objects.exists()
    assert actions(bring(organization, policy()).plan, "policies") == {"checkout": "create"}


def test_another_product_than_the_one_asked_for_is_refused():
    with pytest.raises(Unreadable, match="says pagerduty, and opsgenie was asked for"):
        incoming(bundle(policy()), "opsgenie")


def test_where_the_product_itself_has_others_on_call_the_plan_says_so(organization):
    entries = [entry(BOB, "2026-11-30T09:00:00+01:00", "2026-12-01T09:00:00+01:00")]
    files = sources(
        "pagerduty",
        ("users", {"users": [ANA, BOB]}),
        schedule(layer(ANA), entries=entries),
    )
    answer = run(organization, incoming(files).arrive, create_users=True)
    (finding,) = [each for each in answer.plan.arrival.findings if each.code is Code.TIMELINE_MISMATCH]
    assert (finding.severity, finding.was[0]["users"], finding.now[0]["users"]) == (
        Severity.LOSSY,
        ["bob@example.org"],
        ["ana@example.org"],
    )
    assert (answer.obstacles, Schedule.objects.count()) == ((LOSS,), 0)


def test_files_without_a_manifest_are_no_bundle():
    with pytest.raises(Unreadable, match=r"manifest\.json: is missing"):
        incoming(bundle(policy())[1:], "pagerduty")
    assert not Schedule.objects.exists()
