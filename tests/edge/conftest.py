"""A world in which every call of ``tests.edge.calls`` works."""

from __future__ import annotations

from copy import copy
from types import SimpleNamespace

import pytest
from django.db import connections, transaction

from accounts.joining.tokens import make_token
from incidents.services import acknowledge_incident
from scaling.api.idempotency import NamedRequest
from tests.factories.accounts import (
    ApiKeyFactory,
    ContactMethodFactory,
    InvitationFactory,
    MembershipFactory,
    OrganizationFactory,
)
from tests.factories.escalation import (
    CalendarFeedFactory,
    IntendedGapFactory,
    LayerFactory,
    OverrideFactory,
    PlannedImportFactory,
    PolicyFactory,
    RotationFactory,
    ScheduleFactory,
    WorkingHoursFactory,
)
from tests.factories.incidents import ComponentFactory, IncidentUpdateFactory, NoticeFactory, WebhookFactory
from tests.incidents.running import START, make_policy, trigger


def ids_of(organization):
    """Make one of each thing in ``organization``; return the ids by which paths and bodies name them."""
    person = MembershipFactory(organization=organization)
    policy = PolicyFactory(organization=organization, name="Billing on fire")
    layers = LayerFactory.create_batch(2, policy=policy, people=[person])
    used = make_policy(organization, [person])
    schedule = ScheduleFactory(organization=organization, name="Primary")
    rotations = RotationFactory.create_batch(2, schedule=schedule, people=[person])
    calendar = CalendarFeedFactory(schedule=schedule)
    incident = trigger(organization, used).incident
    invitation = InvitationFactory(organization=organization)
    PlannedImportFactory(organization=organization)
    sent = NoticeFactory(webhook=WebhookFactory(organization=organization), incident=incident, sent=True)
    return {
        "organization_id": organization.pk,
        "user_id": person.user_id,
        "method_id": str(ContactMethodFactory(membership=person, verified_at=None).pk),
        "verified_method_id": str(ContactMethodFactory(membership=person).pk),
        "inactive_user_id": MembershipFactory(organization=organization, is_active=False).user_id,
        "policy_id": str(policy.pk),
        "used_policy_id": str(used.pk),
        "layer_id": str(layers[0].pk),
        "other_layer_id": str(layers[1].pk),
        "schedule_id": str(schedule.pk),
        "rotation_id": str(rotations[0].pk),
        "other_rotation_id": str(rotations[1].pk),
        "override_id": str(OverrideFactory(schedule=schedule, membership=person).pk),
        "gap_id": str(IntendedGapFactory(policy=policy).pk),
        "schedule_gap_id": str(IntendedGapFactory(schedule=schedule).pk),
        "hours_id": str(WorkingHoursFactory(organization=organization, name="Office").pk),
        "used_hours_id": str(_used_hours(used)),
        "calendar_id": str(calendar.pk),
        "calendar_token": calendar.token,
        "used_schedule_id": str(LayerFactory(policy=used).schedule_id),
        "incident_id": str(incident.pk),
        "update_id": str(IncidentUpdateFactory(incident=incident).pk),
        "component_id": str(ComponentFactory(organization=organization, name="Web").pk),
        "admin_id": MembershipFactory(organization=organization, admin=True).user_id,
        "invitation_id": invitation.pk,
        "invitation_token": make_token(invitation.pk),
        "acknowledged_incident_id": str(_acknowledged(organization, used)),
        "webhook_id": str(sent.webhook_id),
        "delivery_id": str(sent.pk),
    }


def _used_hours(policy):
    hours = WorkingHoursFactory(organization=policy.organization)
    LayerFactory(policy=policy, working_hours=hours)
    return hours.pk


def _acknowledged(organization, policy):
    escalation = trigger(organization, policy)
    acknowledge_incident(organization_id=organization.pk, incident_id=escalation.pk, actor_id="key_test", now=START)
    return escalation.pk


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """An organization, its key and its world: made once for the tests of a module, each of which takes back its own."""
    with django_db_blocker.unblock(), transaction.atomic():
        organization = OrganizationFactory()
        key = ApiKeyFactory(organization=organization)
        yield SimpleNamespace(organization=organization, key=key, world=_world(organization, key))
        transaction.set_rollback(True)


@pytest.fixture
def organization(made, db):
    return copy(made.organization)


@pytest.fixture
def api_key(made, db):
    return copy(made.key)


@pytest.fixture
def world(made, db):
    """The ids of things in the client's organization, and as ``foreign_…`` of things in another."""
    return dict(made.world)


def _world(organization, api_key):
    for make in (PolicyFactory, ScheduleFactory, ComponentFactory):
        make(organization=organization, name="Other")
    foreign = ids_of(OrganizationFactory())
    reader = ApiKeyFactory(organization=organization, scope="read")
    opener = ApiKeyFactory(organization=organization, scope="trigger")
    own = ids_of(organization)
    adas = ApiKeyFactory(organization=organization, created_by=own["admin_id"])
    own |= {"key": api_key.text, "reading_key": reader.text, "triggering_key": opener.text, "admins_key": adas.text}
    capitals = {f"{name}_in_capitals": value.upper() for name, value in own.items()}
    return {**own, **capitals, **{f"foreign_{name}": value for name, value in foreign.items()}}


@pytest.fixture
def hold(organization):
    """Return a function that lets a request of a name to a route be at work, on a connection of its own."""
    other = connections.create_connection("default")

    def at_work(route, name):
        named = NamedRequest(organization_id=organization.pk, route=route, key=name, fingerprint=b"")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [named.lock])

    yield at_work
    other.close()
