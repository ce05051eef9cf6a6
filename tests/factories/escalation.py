"""Policies, layers and schedules."""

from __future__ import annotations

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from escalation.models import Layer, LayerUser, Policy, Schedule
from tests.factories.accounts import EPOCH, OrganizationFactory


def _moments(number):
    return EPOCH + timedelta(seconds=number)


class ScheduleFactory(DjangoModelFactory):
    """An on-call schedule without rotations."""

    class Meta:
        model = Schedule

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Schedule {n}")
    timezone = "Europe/Berlin"
    created_by = "key_test"
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")


class PolicyFactory(DjangoModelFactory):
    """A policy without layers."""

    class Meta:
        model = Policy

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Policy {n}")
    created_by = "key_test"
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")


class LayerFactory(DjangoModelFactory):
    """A layer at the end of its policy, naming ``people`` (memberships), or else targeting ``schedule``."""

    class Meta:
        model = Layer

    people = ()
    policy = factory.SubFactory(PolicyFactory)
    organization = factory.SelfAttribute("policy.organization")
    position = factory.LazyAttribute(lambda layer: Layer.objects.filter(policy=layer.policy).count() + 1)
    timeout_seconds = 300
    schedule = factory.Maybe(
        "people",
        yes_declaration=None,
        no_declaration=factory.SubFactory(ScheduleFactory, organization=factory.SelfAttribute("..organization")),
    )
    target_type = factory.LazyAttribute(lambda layer: "users" if layer.people else "schedule")
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")

    @classmethod
    def _create(cls, model_class, *args, people, **fields):
        layer = super()._create(model_class, *args, **fields)
        for position, membership in enumerate(people, 1):
            LayerUser.objects.create(
                organization_id=layer.organization_id, layer=layer, membership=membership, position=position
            )
        return layer
