"""An organization with everything a page can show: the demo's plans, and one incident of each state."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from accounts.models import Membership
from escalation.models import Policy
from escalation.transfer.importing.arrivals import incoming
from escalation.transfer.importing.planned import apply_planned, plan_to_apply
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.service import Job
from escalation.transfer.reading.sources import Source
from incidents import services
from scaling.clock import now
from scaling.demo.team import demo_in
from tests.factories.incidents import NoticeFactory, WebhookFactory
from tests.incidents.running import send

_TITLES = (
    ("critical", "Payments are refused"),
    ("high", "Parcels are not being tracked"),
    ("medium", "The night report is late"),
    ("low", "A scanner shows the wrong time"),
    ("high", "Labels print twice"),
)


def furnish(directory):
    """Return the login of the admin of the demo's organization, in which it is one of those nights."""
    demo = demo_in(directory, now() - timedelta(hours=2))
    policy = Policy.objects.get(pk=demo.policy_id)
    opened = [_trigger(policy, severity, title) for severity, title in _TITLES]
    send(now())
    member = Membership.objects.get(organization=policy.organization, first_name="Ada")
    common = {"organization_id": policy.organization_id, "actor_id": member.user_id, "now": now()}
    services.acknowledge_incident(incident_id=opened[1].pk, user_id=member.user_id, **common)
    services.snooze_incident(incident_id=opened[2].pk, until=now() + timedelta(hours=3), **common)
    services.resolve_incident(incident_id=opened[4].pk, **common)
    _affect(opened[0], member.user_id)
    _listen(opened[0])
    _import(policy.organization_id, member.user_id)
    return Membership.objects.get(user__email=demo.email).user


def _listen(incident):
    webhook = WebhookFactory(
        organization=incident.organization,
        description="Data lake of the logistics team",
        events=["escalation", "incident.triggered", "incident.resolved"],
        failures=3,
    )
    for age, fields in enumerate(
        (
            {"attempts": 3, "last_error": f"{webhook.shown_url} answered 503 Service Unavailable.", "last_status": 503},
            {"attempts": 0, "event_type": "escalation.layer_paged"},
            {"sent": True, "event_type": "incident.resolved"},
        )
    ):
        NoticeFactory(webhook=webhook, incident=incident, created_at=now() - timedelta(minutes=age), **fields)


def _import(organization_id, actor_id):
    """Apply one import, and leave another waiting that has everything in it."""
    small = plan_to_apply(_job(organization_id, "customs.yaml"), title="customs.yaml", actor_id=actor_id, now=now())
    apply_planned(
        organization_id=organization_id,
        import_id=small.pk,
        accept_loss=True,
        accept_gaps=True,
        actor_id=actor_id,
        now=now(),
    )
    plan_to_apply(_job(organization_id, "depot.yaml"), title="depot.yaml", actor_id=actor_id, now=now())


def _job(organization_id, name):
    source, arrive = incoming([Source(name, Path(__file__).with_name(name).read_bytes())])
    return Job(
        organization_id=organization_id,
        source=source,
        arrive=arrive,
        options=Options(create_users=name == "customs.yaml"),
    )


def _affect(incident, actor_id):
    organization_id, at = incident.organization_id, now()
    services.create_component(organization_id=organization_id, now=at, name="Labels", group_label="Warehouse")
    component = services.create_component(
        organization_id=organization_id,
        now=at,
        name="Payments API",
        group_label="Checkout",
        operational_status="partial_outage",
        description="Takes the money, and gives it back.",
        aliases=["pay", "till"],
        maintenance_starts_at=at - timedelta(hours=1),
        maintenance_ends_at=at + timedelta(hours=1),
    )
    services.set_components(
        organization_id=organization_id,
        incident_id=incident.pk,
        actor_id=actor_id,
        component_ids=[str(component.pk)],
        now=at,
    )


def _trigger(policy, severity, title):
    return services.trigger_incident(
        organization_id=policy.organization_id,
        actor_id=policy.created_by,
        title=title,
        description="Seen by the probe in Rotterdam.",
        severity=severity,
        owner_user_id=None,
        policy_id=policy.pk,
        now=now(),
    )
