"""An id of another organization behaves exactly as one that does not exist, wherever it can stand (invariant I20).

The routes come from the URL resolver: one that is not in the matrix fails the test.
"""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps

from escalation.models import LayerUser
from scaling.ids import new_invitation_id, new_user_id, new_uuid
from tests.factories.accounts import ContactMethodFactory, InvitationFactory, MembershipFactory
from tests.factories.escalation import (
    CalendarFeedFactory,
    IntendedGapFactory,
    OverrideFactory,
    RotationFactory,
    WorkingHoursFactory,
)
from tests.factories.incidents import ComponentFactory, IncidentUpdateFactory, NoticeFactory, WebhookFactory
from tests.incidents.running import make_policy, trigger
from tests.routes import api_routes

pytestmark = pytest.mark.django_db

POLICIES, SCHEDULES, INCIDENTS = "/v1/escalation/policies", "/v1/oncall/schedules", "/v1/incidents"
HOURS, CALENDARS, COMPONENTS = "/v1/working-hours", "/v1/oncall/calendars", "/v1/components"
MEMBERS = "/v1/team/members"
WEBHOOKS = "/v1/webhooks"
_INCIDENT = {"title": "Invoices stuck", "severity": "high"}
_LAYER = {"position": 1, "ackTimeoutMinutes": 5}
_STEP = {"position": 1, "escalateAfterSeconds": 60, "condition": None}

_SPAN = {"startsAt": "2026-05-04T07:00:00Z", "endsAt": "2026-05-05T07:00:00Z"}
_ROTATION = {
    "name": "Mine",
    "rotationType": "daily",
    "rotationLengthDays": 1,
    "handoffTime": "09:00",
    "effectiveFrom": "2026-05-04T07:00:00Z",
}


def _gaps(of, place):
    return f"{of}/{place}/coverage/intended-gaps"


def _conditional(schedule, hours):
    condition = {"workingHoursId": hours, "when": "during"}
    return {**_STEP, "targetType": "schedule", "targetId": schedule, "condition": condition}


def _methods(user):
    return f"/v1/users/{user}/contact-methods"


def _users(user):
    return {"type": "users", "userIds": [user]}


def _schedule(schedule):
    return {"type": "schedule", "scheduleId": schedule}


# Each call puts one id into one place; ``own`` is what the caller may touch, ``its`` what the id belongs to.
CALLS: dict[str, Any] = {
    "get policy": lambda own, its: ("get", f"{POLICIES}/{its.policy}", None),
    "patch policy": lambda own, its: ("patch", f"{POLICIES}/{its.policy}", {"name": "Mine"}),
    "put policy": lambda own, its: ("put", f"{POLICIES}/{its.policy}", {"name": "Mine", "description": None}),
    "delete policy": lambda own, its: ("delete", f"{POLICIES}/{its.policy}", None),
    "get policy options": lambda own, its: ("get", f"{POLICIES}/{its.policy}/options", None),
    "preview policy": lambda own, its: ("get", f"{POLICIES}/{its.policy}/preview", None),
    "patch policy options": lambda own, its: ("patch", f"{POLICIES}/{its.policy}/options", {"repeatCount": 2}),
    "post policy, step": lambda own, its: (
        "post",
        POLICIES,
        {"name": "Mine", "steps": [{**_STEP, "targetType": "schedule", "targetId": its.schedule}]},
    ),
    "post layer, policy": lambda own, its: (
        "post",
        f"{POLICIES}/{its.policy}/layers",
        {**_LAYER, "target": _users(own.user)},
    ),
    "post layer, user": lambda own, its: (
        "post",
        f"{POLICIES}/{own.policy}/layers",
        {**_LAYER, "target": _users(its.user)},
    ),
    "post layer, schedule": lambda own, its: (
        "post",
        f"{POLICIES}/{own.policy}/layers",
        {**_LAYER, "target": _schedule(its.schedule)},
    ),
    "order, policy": lambda own, its: ("put", f"{POLICIES}/{its.policy}/layers/order", {"layerIds": [own.layer]}),
    "order, layer": lambda own, its: ("put", f"{POLICIES}/{own.policy}/layers/order", {"layerIds": [its.layer]}),
    "patch layer, policy": lambda own, its: (
        "patch",
        f"{POLICIES}/{its.policy}/layers/{its.layer}",
        {"ackTimeoutMinutes": 9},
    ),
    "patch layer, layer": lambda own, its: (
        "patch",
        f"{POLICIES}/{own.policy}/layers/{its.layer}",
        {"ackTimeoutMinutes": 9},
    ),
    "patch layer, user": lambda own, its: (
        "patch",
        f"{POLICIES}/{own.policy}/layers/{own.layer}",
        {"target": _users(its.user)},
    ),
    "delete layer": lambda own, its: ("delete", f"{POLICIES}/{own.policy}/layers/{its.layer}", None),
    "get schedule": lambda own, its: ("get", f"{SCHEDULES}/{its.schedule}", None),
    "patch schedule": lambda own, its: ("patch", f"{SCHEDULES}/{its.schedule}", {"name": "Mine"}),
    "put schedule": lambda own, its: (
        "put",
        f"{SCHEDULES}/{its.schedule}",
        {"name": "Mine", "description": None, "timezone": "UTC"},
    ),
    "delete schedule": lambda own, its: ("delete", f"{SCHEDULES}/{its.schedule}", None),
    "post rotation, schedule": lambda own, its: (
        "post",
        f"{SCHEDULES}/{its.schedule}/layers",
        {**_ROTATION, "participantIds": [own.user]},
    ),
    "post rotation, user": lambda own, its: (
        "post",
        f"{SCHEDULES}/{own.schedule}/layers",
        {**_ROTATION, "participantIds": [own.user, its.user]},
    ),
    "put rotation, schedule": lambda own, its: (
        "put",
        f"{SCHEDULES}/{its.schedule}/layers/{its.rotation}",
        {**_ROTATION, "participantIds": [own.user]},
    ),
    "put rotation, rotation": lambda own, its: (
        "put",
        f"{SCHEDULES}/{own.schedule}/layers/{its.rotation}",
        {**_ROTATION, "participantIds": [own.user]},
    ),
    "put rotation, user": lambda own, its: (
        "put",
        f"{SCHEDULES}/{own.schedule}/layers/{own.rotation}",
        {**_ROTATION, "participantIds": [its.user]},
    ),
    "patch rotation": lambda own, its: (
        "patch",
        f"{SCHEDULES}/{own.schedule}/layers/{its.rotation}",
        {"handoffTime": "10:00"},
    ),
    "delete rotation": lambda own, its: ("delete", f"{SCHEDULES}/{own.schedule}/layers/{its.rotation}", None),
    "rotation order, schedule": lambda own, its: (
        "put",
        f"{SCHEDULES}/{its.schedule}/layers/order",
        {"layerIds": [own.rotation]},
    ),
    "rotation order, rotation": lambda own, its: (
        "put",
        f"{SCHEDULES}/{own.schedule}/layers/order",
        {"layerIds": [its.rotation]},
    ),
    "get overrides": lambda own, its: ("get", f"{SCHEDULES}/{its.schedule}/overrides", None),
    "post override, schedule": lambda own, its: (
        "post",
        f"{SCHEDULES}/{its.schedule}/overrides",
        {**_SPAN, "userId": own.user},
    ),
    "post override, user": lambda own, its: (
        "post",
        f"{SCHEDULES}/{own.schedule}/overrides",
        {**_SPAN, "userId": its.user},
    ),
    "post override, rotation": lambda own, its: (
        "post",
        f"{SCHEDULES}/{own.schedule}/overrides",
        {**_SPAN, "userId": own.user, "rotationLayerId": its.rotation},
    ),
    "patch override, override": lambda own, its: (
        "patch",
        f"{SCHEDULES}/{own.schedule}/overrides/{its.override}",
        {"userId": own.user},
    ),
    "patch override, user": lambda own, its: (
        "patch",
        f"{SCHEDULES}/{own.schedule}/overrides/{own.override}",
        {"userId": its.user},
    ),
    "delete override": lambda own, its: ("delete", f"{SCHEDULES}/{own.schedule}/overrides/{its.override}", None),
    "get hours": lambda own, its: ("get", f"{HOURS}/{its.hours}", None),
    "patch hours": lambda own, its: ("patch", f"{HOURS}/{its.hours}", {"name": "Mine"}),
    "delete hours": lambda own, its: ("delete", f"{HOURS}/{its.hours}", None),
    "post policy, hours": lambda own, its: (
        "post",
        POLICIES,
        {"name": "Mine", "steps": [_conditional(own.schedule, its.hours)]},
    ),
    "put policy, hours": lambda own, its: (
        "put",
        f"{POLICIES}/{own.policy}",
        {"name": "Mine", "steps": [_conditional(own.schedule, its.hours)]},
    ),
    "resolve schedule": lambda own, its: ("get", f"{SCHEDULES}/{its.schedule}/resolve", None),
    "shifts of schedule": lambda own, its: ("get", f"{SCHEDULES}/{its.schedule}/shifts", None),
    "policy coverage": lambda own, its: ("get", f"{POLICIES}/{its.policy}/coverage", None),
    "schedule coverage": lambda own, its: ("get", f"{SCHEDULES}/{its.schedule}/coverage", None),
    "get policy gaps": lambda own, its: ("get", _gaps(POLICIES, its.policy), None),
    "post policy gap": lambda own, its: ("post", _gaps(POLICIES, its.policy), {"reason": "Mine"}),
    "post policy gap, layer": lambda own, its: (
        "post",
        _gaps(POLICIES, own.policy),
        {"reason": "Mine", "layerId": its.layer},
    ),
    "delete policy gap, policy": lambda own, its: ("delete", f"{_gaps(POLICIES, its.policy)}/{own.gap}", None),
    "delete policy gap, gap": lambda own, its: ("delete", f"{_gaps(POLICIES, own.policy)}/{its.gap}", None),
    "get schedule gaps": lambda own, its: ("get", _gaps(SCHEDULES, its.schedule), None),
    "post schedule gap": lambda own, its: ("post", _gaps(SCHEDULES, its.schedule), {"reason": "Mine"}),
    "delete schedule gap, schedule": lambda own, its: (
        "delete",
        f"{_gaps(SCHEDULES, its.schedule)}/{own.schedule_gap}",
        None,
    ),
    "delete schedule gap, gap": lambda own, its: (
        "delete",
        f"{_gaps(SCHEDULES, own.schedule)}/{its.schedule_gap}",
        None,
    ),
    "post calendar, schedule": lambda own, its: ("post", CALENDARS, {"scheduleId": its.schedule, "userId": own.user}),
    "post calendar, user": lambda own, its: ("post", CALENDARS, {"scheduleId": own.schedule, "userId": its.user}),
    "delete calendar": lambda own, its: ("delete", f"{CALENDARS}/{its.calendar}", None),
    "get methods": lambda own, its: ("get", _methods(its.user), None),
    "post method": lambda own, its: ("post", _methods(its.user), {"channel": "email", "address": "home@example.org"}),
    "delete method, user": lambda own, its: ("delete", f"{_methods(its.user)}/{its.method}", None),
    "delete method, method": lambda own, its: ("delete", f"{_methods(own.user)}/{its.method}", None),
    "send code, user": lambda own, its: ("post", f"{_methods(its.user)}/{its.method}/verification", {}),
    "send code, method": lambda own, its: ("post", f"{_methods(own.user)}/{its.method}/verification", {}),
    "verify, user": lambda own, its: ("post", f"{_methods(its.user)}/{its.method}/verify", {"code": "123456"}),
    "verify, method": lambda own, its: ("post", f"{_methods(own.user)}/{its.method}/verify", {"code": "123456"}),
    "get rules": lambda own, its: ("get", f"/v1/users/{its.user}/notification-rules", None),
    "put rules, user": lambda own, its: ("put", f"/v1/users/{its.user}/notification-rules", {"rules": []}),
    "put rules, method": lambda own, its: (
        "put",
        f"/v1/users/{own.user}/notification-rules",
        {"rules": [{"contactMethodId": its.method}]},
    ),
    "get quiet hours": lambda own, its: ("get", f"/v1/users/{its.user}/quiet-hours", None),
    "put quiet hours": lambda own, its: ("put", f"/v1/users/{its.user}/quiet-hours", {"quietHours": None}),
    "trigger, owner": lambda own, its: ("post", INCIDENTS, {**_INCIDENT, "ownerId": its.user}),
    "trigger, policy": lambda own, its: ("post", INCIDENTS, {**_INCIDENT, "escalationPolicyId": its.policy}),
    "trigger, schedule": lambda own, its: ("post", INCIDENTS, {**_INCIDENT, "ownerScheduleId": its.schedule}),
    "get incident": lambda own, its: ("get", f"{INCIDENTS}/{its.incident}", None),
    "timeline": lambda own, its: ("get", f"{INCIDENTS}/{its.incident}/timeline", None),
    "why": lambda own, its: ("get", f"{INCIDENTS}/{its.incident}/why", None),
    "why, user": lambda own, its: ("get", f"{INCIDENTS}/{own.incident}/why?userId={its.user}", None),
    "status": lambda own, its: ("patch", f"{INCIDENTS}/{its.incident}/status", {"status": "identified"}),
    "acknowledge": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/acknowledge", {}),
    "acknowledge, user": lambda own, its: ("post", f"{INCIDENTS}/{own.incident}/acknowledge", {"userId": its.user}),
    "resolve": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/resolve", {}),
    "unacknowledge": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/unacknowledge", {}),
    "escalate": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/escalate", {}),
    "snooze": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/snooze", {"until": "2199-01-01T00:00:00Z"}),
    "apply plan": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/apply-plan", {}),
    "handoff": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/handoff", {"targetUserId": own.user}),
    "handoff, user": lambda own, its: ("post", f"{INCIDENTS}/{own.incident}/handoff", {"targetUserId": its.user}),
    "trigger, component": lambda own, its: (
        "post",
        INCIDENTS,
        {**_INCIDENT, "ownerId": own.user, "componentIds": [its.component]},
    ),
    "components, incident": lambda own, its: (
        "put",
        f"{INCIDENTS}/{its.incident}/components",
        {"componentIds": [own.component]},
    ),
    "components, component": lambda own, its: (
        "put",
        f"{INCIDENTS}/{own.incident}/components",
        {"componentIds": [its.component]},
    ),
    "get component": lambda own, its: ("get", f"{COMPONENTS}/{its.component}", None),
    "patch component": lambda own, its: ("patch", f"{COMPONENTS}/{its.component}", {"name": "Mine"}),
    "delete component": lambda own, its: ("delete", f"{COMPONENTS}/{its.component}", None),
    "list updates": lambda own, its: ("get", f"{INCIDENTS}/{its.incident}/updates", None),
    "post update": lambda own, its: (
        "post",
        f"{INCIDENTS}/{its.incident}/updates",
        {"visibility": "internal", "body": "Found it"},
    ),
    "redact, incident": lambda own, its: ("post", f"{INCIDENTS}/{its.incident}/updates/{its.update}/redact", {}),
    "redact, update": lambda own, its: ("post", f"{INCIDENTS}/{own.incident}/updates/{its.update}/redact", {}),
    "change role": lambda own, its: ("patch", f"{MEMBERS}/{its.user}/role", {"role": "org:admin"}),
    "remove member": lambda own, its: ("delete", f"{MEMBERS}/{its.user}", None),
    "delete invitation": lambda own, its: ("delete", f"{MEMBERS}/invitations/{its.invitation}", None),
    "get webhook": lambda own, its: ("get", f"{WEBHOOKS}/{its.webhook}", None),
    "patch webhook": lambda own, its: ("patch", f"{WEBHOOKS}/{its.webhook}", {"description": "Mine"}),
    "delete webhook": lambda own, its: ("delete", f"{WEBHOOKS}/{its.webhook}", None),
    "rotate secret": lambda own, its: ("post", f"{WEBHOOKS}/{its.webhook}/rotate-secret", None),
    "deliveries": lambda own, its: ("get", f"{WEBHOOKS}/{its.webhook}/deliveries", None),
    "resend, webhook": lambda own, its: ("post", f"{WEBHOOKS}/{its.webhook}/deliveries/{own.delivery}/resend", None),
    "resend, delivery": lambda own, its: ("post", f"{WEBHOOKS}/{own.webhook}/deliveries/{its.delivery}/resend", None),
    "replay": lambda own, its: (
        "post",
        f"{WEBHOOKS}/{its.webhook}/replay",
        {"from": "2026-11-23T03:00:00Z", "to": "2026-11-23T04:00:00Z"},
    ),
}

TAKES_NO_ID = {
    ("get", "/v1/openapi.json"),
    ("get", "/v1/users"),
    ("get", POLICIES),
    ("get", SCHEDULES),
    ("post", SCHEDULES),
    ("get", "/v1/oncall/now"),
    ("get", CALENDARS),
    ("get", INCIDENTS),
    ("get", HOURS),
    ("post", HOURS),
    ("get", COMPONENTS),
    ("post", COMPONENTS),
    ("get", MEMBERS),
    ("post", f"{MEMBERS}/invite"),
    ("get", WEBHOOKS),
    ("post", WEBHOOKS),
}


_KINDS = (
    "policy",
    "layer",
    "schedule",
    "rotation",
    "override",
    "calendar",
    "gap",
    "schedule_gap",
    "hours",
    "method",
    "component",
    "incident",
    "update",
    "webhook",
    "delivery",
)


def _of(organization):
    """Return one id of each kind that belongs to ``organization``."""
    person = MembershipFactory(organization=organization)
    policy = make_policy(organization, [person])
    rotation = RotationFactory(schedule__organization=organization, people=[person])
    incident = trigger(organization, policy)
    sent = NoticeFactory(webhook=WebhookFactory(organization=organization), sent=True)
    return SimpleNamespace(
        user=person.user_id,
        invitation=InvitationFactory(organization=organization).pk,
        policy=str(policy.pk),
        layer=str(LayerUser.objects.get(membership=person).layer_id),
        schedule=str(rotation.schedule_id),
        rotation=str(rotation.pk),
        override=str(OverrideFactory(schedule=rotation.schedule, membership=person).pk),
        calendar=str(CalendarFeedFactory(schedule=rotation.schedule).pk),
        gap=str(IntendedGapFactory(policy=policy).pk),
        schedule_gap=str(IntendedGapFactory(schedule=rotation.schedule).pk),
        hours=str(WorkingHoursFactory(organization=organization).pk),
        method=str(ContactMethodFactory(membership=person, verified_at=None).pk),
        component=str(ComponentFactory(organization=organization).pk),
        incident=str(incident.pk),
        update=str(IncidentUpdateFactory(incident=incident.incident).pk),
        webhook=str(sent.webhook_id),
        delivery=str(sent.pk),
    )


def _of_nobody():
    people = {"user": new_user_id(), "invitation": new_invitation_id()}
    return SimpleNamespace(**people, **{kind: str(new_uuid()) for kind in _KINDS})


def _rows():
    """Return every tenant row of every organization as it is now."""
    models = [model for model in apps.get_models() if any(f.name == "organization" for f in model._meta.fields)]
    return {model: sorted(map(str, model.objects.order_by("pk").values_list())) for model in models}


@pytest.mark.parametrize("call", CALLS)
def test_a_foreign_id_behaves_as_one_that_does_not_exist(api, organization, call):
    own, foreign, nobodys = _of(organization), _of(MembershipFactory().organization), _of_nobody()
    before = _rows()
    answers = []
    for its in (foreign, nobodys):
        method, path, body = CALLS[call](own, its)
        response = getattr(api, method)(path, body) if body is not None else getattr(api, method)(path)
        told = response.json()
        told.pop("requestId")
        answers.append((response.status_code, told, _headers(response)))

    assert answers[0] == answers[1]
    assert answers[0][0] in {400, 404, 422}
    assert _rows() == before


def _headers(response):
    """Return the response's headers but for those that differ from one request to the next."""
    return {name: value for name, value in response.headers.items() if name not in {"X-Request-Id", "Content-Length"}}


def test_every_route_is_in_the_matrix():
    ids = SimpleNamespace(**dict.fromkeys(("user", "invitation", *_KINDS), str(UUID(int=0))))
    covered = {(method, _shape(path)) for method, path, _ in (call(ids, ids) for call in CALLS.values())}

    assert {(method, re.sub("{[^}]+}", "<id>", path)) for method, path in api_routes()} == covered | TAKES_NO_ID


def _shape(path):
    return path.partition("?")[0].replace(str(UUID(int=0)), "<id>")
