"""Duplicating a policy: asked for a name, made by one service."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation import services
from escalation.errors import InvalidTarget
from escalation.models import Policy
from scaling.errors import NameConflict, NotFound
from scaling.models import AuditEvent
from tests.escalation.admin.forms import POLICIES
from tests.escalation.plans import NOW, layers_of
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, WorkingHoursFactory


def page_of(policy):
    return f"{POLICIES}{policy.pk}/duplicate/"


def duplicate(policy, **fields):
    asked = {"organization_id": policy.organization_id, "policy_id": policy.pk, "actor_id": "user_x", "now": NOW}
    return services.duplicate_policy(**{**asked, "name": "Copy", **fields})


@pytest.fixture
def full(acme, alice, bob, primary):
    """Return a policy that says all that a policy can."""
    policy = PolicyFactory(
        organization=acme, name="Billing", description="On fire", repeat_count=3, repage_after_ack_minutes=30, version=7
    )
    LayerFactory(policy=policy, schedule=primary, timeout_seconds=90)
    LayerFactory(policy=policy, people=[bob, alice])
    hours = WorkingHoursFactory(organization=acme)
    LayerFactory(policy=policy, schedule=primary, working_hours=hours, condition="outside")
    return policy


class TestTheService:
    def test_the_copy_says_the_same_under_another_name(self, full):
        copy = duplicate(full)
        said = ("organization_id", "description", "repeat_count", "repage_after_ack_minutes")
        assert [getattr(copy, field) for field in said] == [getattr(full, field) for field in said]
        assert (copy.name, copy.version, copy.created_by, copy.created_at) == ("Copy", 1, "user_x", NOW)
        assert [layer.draft for layer in layers_of(copy)] == [layer.draft for layer in layers_of(full)]
        assert [layer.position for layer in copy.layers.all()] == [1, 2, 3]

    def test_the_original_stays_as_it_is(self, full):
        before = Policy.objects.filter(pk=full.pk).values().get(), layers_of(full)
        duplicate(full)
        assert (Policy.objects.filter(pk=full.pk).values().get(), layers_of(full)) == before

    def test_a_name_that_is_taken_is_refused(self, full):
        with pytest.raises(NameConflict):
            duplicate(full, name="BILLING")
        assert Policy.objects.count() == 1

    def test_nobody_is_named_anew_who_would_not_be_paged(self, full, bob):
        bob.is_active = False
        bob.save()
        with pytest.raises(InvalidTarget, match="Layer 2"):
            duplicate(full)
        assert Policy.objects.count() == 1

    def test_a_policy_of_another_organization_is_unknown(self, full, rival):
        with pytest.raises(NotFound):
            duplicate(full, organization_id=rival.pk)

    def test_it_costs_the_same_for_few_layers_and_for_many(self, acme, primary):
        costs = []
        for count in (2, 20):
            policy = PolicyFactory(organization=acme)
            for _ in range(count):
                LayerFactory(policy=policy, people=MembershipFactory.create_batch(2, organization=acme))
            LayerFactory(policy=policy, schedule=primary)
            with CaptureQueriesContext(connection) as made:
                duplicate(policy, name=f"Copy {count}")
            costs.append(len(made))
        assert costs[0] == costs[1]


class TestThePage:
    def test_it_is_offered_on_the_page_of_a_policy(self, as_bob, full):
        assert page_of(full) in as_bob.get(f"{POLICIES}{full.pk}/change/").content.decode()

    def test_it_proposes_a_name(self, as_bob, full):
        assert b'value="Copy of Billing"' in as_bob.get(page_of(full)).content
        assert Policy.objects.count() == 1

    def test_a_long_name_is_proposed_as_far_as_there_is_room(self, as_bob, acme):
        policy = PolicyFactory(organization=acme, name="x" * 255)
        proposed = as_bob.get(page_of(policy)).context["form"].initial["name"]
        assert len(proposed) == 255

    def test_a_member_makes_a_copy_and_is_led_to_it(self, as_bob, bob, full):
        answer = as_bob.post(page_of(full), {"name": " Payments "})
        copy = Policy.objects.get(name="Payments")
        assert answer["Location"] == f"{POLICIES}{copy.pk}/change/"
        assert copy.created_by == bob.user_id
        assert AuditEvent.objects.get(object_id=copy.pk).actor_id == bob.user_id

    @pytest.mark.parametrize("name", ["", "billing", "\u200b", "x" * 256])
    def test_a_name_that_cannot_be_is_told_beside_the_field(self, as_bob, full, name):
        answer = as_bob.post(page_of(full), {"name": name})
        assert list(answer.context["form"].errors) == ["name"]
        assert Policy.objects.count() == 1

    def test_what_stands_in_the_way_of_a_layer_is_told(self, as_alice, bob, full):
        bob.is_active = False
        bob.save()
        answer = as_alice.post(page_of(full), {"name": "Payments"})
        assert "Layer 2" in answer.context["form"].non_field_errors()[0]

    def test_a_policy_of_another_organization_is_unknown(self, as_alice, rival):
        theirs = PolicyFactory(organization=rival)
        for method in (as_alice.get, as_alice.post):
            assert method(page_of(theirs), {"name": "Mine"}).status_code == 404
        assert Policy.objects.count() == 1
