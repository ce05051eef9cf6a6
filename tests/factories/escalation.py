"""Policies and layers, schedules with rotations, overrides and calendar feeds, working hours."""

from __future__ import annotations

import json
from datetime import time, timedelta

import factory
from factory.django import DjangoModelFactory

from escalation.calendar.tokens import digest, make_token
from escalation.models import (
    CalendarFeed,
    IntendedGap,
    Layer,
    LayerUser,
    Override,
    PlannedImport,
    Policy,
    QuietHours,
    Rotation,
    RotationParticipant,
    Schedule,
    WorkingHours,
)
from tests.factories.accounts import EPOCH, MembershipFactory, OrganizationFactory


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


class RotationFactory(DjangoModelFactory):
    """A weekly rotation at the end of its schedule, in which ``people`` (memberships) take turns."""

    class Meta:
        model = Rotation

    people = ()
    schedule = factory.SubFactory(ScheduleFactory)
    organization = factory.SelfAttribute("schedule.organization")
    name = factory.Sequence(lambda n: f"Rotation {n}")
    position = factory.LazyAttribute(lambda rotation: Rotation.objects.filter(schedule=rotation.schedule).count())
    rotation_type = "weekly"
    length_days = 7
    handoff_time = time(9)
    effective_from = EPOCH
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")

    @classmethod
    def _create(cls, model_class, *args, people, **fields):
        rotation = super()._create(model_class, *args, **fields)
        for position, membership in enumerate(people):
            RotationParticipant.objects.create(
                organization_id=rotation.organization_id, rotation=rotation, membership=membership, position=position
            )
        return rotation


class OverrideFactory(DjangoModelFactory):
    """A day on which somebody else serves for the first rotation of a schedule."""

    class Meta:
        model = Override

    schedule = factory.SubFactory(ScheduleFactory)
    organization = factory.SelfAttribute("schedule.organization")
    membership = factory.SubFactory(MembershipFactory, organization=factory.SelfAttribute("..organization"))
    starts_at = EPOCH
    ends_at = factory.LazyAttribute(lambda override: override.starts_at + timedelta(days=1))
    created_by = "key_test"
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")


class CalendarFeedFactory(DjangoModelFactory):
    """A calendar of a schedule, with its token in ``token``."""

    class Meta:
        model = CalendarFeed

    schedule = factory.SubFactory(ScheduleFactory)
    organization = factory.SelfAttribute("schedule.organization")
    membership = None
    token = factory.LazyFunction(make_token)
    digest = factory.LazyAttribute(lambda feed: digest(feed.token))
    created_by = "key_test"
    created_at = factory.Sequence(_moments)

    @classmethod
    def _create(cls, model_class, *args, token, **fields):
        feed = super()._create(model_class, *args, **fields)
        feed.token = token
        return feed


class WorkingHoursFactory(DjangoModelFactory):
    """Nine to five on working days in Berlin."""

    class Meta:
        model = WorkingHours

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Working hours {n}")
    timezone = "Europe/Berlin"
    windows = factory.LazyFunction(lambda: [{"days": [1, 2, 3, 4, 5], "start": "09:00", "end": "17:00"}])
    created_by = "key_test"
    created_at = factory.Sequence(_moments)
    updated_at = factory.SelfAttribute("created_at")


class QuietHoursFactory(DjangoModelFactory):
    """Every night from ten to seven in Berlin."""

    class Meta:
        model = QuietHours

    membership = factory.SubFactory(MembershipFactory)
    organization_id = factory.SelfAttribute("membership.organization_id")
    timezone = "Europe/Berlin"
    windows = factory.LazyFunction(lambda: [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "22:00", "end": "07:00"}])


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
    """A layer at the end of its policy, naming ``people`` (memberships), or else targeting ``schedule``.

    With ``working_hours`` it counts during them.
    """

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
    working_hours = None
    condition = factory.LazyAttribute(lambda layer: "during" if layer.working_hours else "")
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


class IntendedGapFactory(DjangoModelFactory):
    """A gap of a policy that is there on purpose, or of ``schedule`` where that is given; at any time, for ever."""

    class Meta:
        model = IntendedGap

    schedule = None
    policy = factory.Maybe("schedule", yes_declaration=None, no_declaration=factory.SubFactory(PolicyFactory))
    organization_id = factory.LazyAttribute(lambda gap: (gap.schedule or gap.policy).organization_id)
    layer = None
    reason = "On purpose."
    created_by = "key_test"
    created_at = factory.Sequence(_moments)


NOTHING_PLANNED = {
    "source": "files",
    "totals": {"actions": {}, "findings": {}},
    "invited": [],
    "objects": [],
    "findings": [],
    "obstacles": [],
    "meaning": [],
    "worseCoverage": [],
}


class PlannedImportFactory(DjangoModelFactory):
    """An import that changes nothing; with ``applied_by``, one that has been applied."""

    class Meta:
        model = PlannedImport

    organization = factory.SubFactory(OrganizationFactory)
    title = "plan.yaml"
    plan = factory.LazyAttribute(lambda row: "" if row.applied_by else "{}")
    report = factory.LazyAttribute(lambda row: json.dumps({**NOTHING_PLANNED, "applied": bool(row.applied_by)}))
    totals = factory.LazyFunction(dict)
    fingerprint = ""
    created_by = "user_planner"
    created_at = factory.Sequence(_moments)
    applied_by = ""
    applied_at = factory.LazyAttribute(lambda row: row.created_at if row.applied_by else None)
