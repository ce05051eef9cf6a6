"""Each code of the closed table is reached through a real endpoint, and no other is sent (contract 1.2)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from accounts.keys import make_key
from scaling.codes import STATUS_OF_CODE, type_of_status
from tests.edge.calls import (
    HAND_OFF,
    HOURS,
    INCIDENTS,
    LAYERS,
    MEMBER,
    ORDER,
    OVERRIDES,
    POLICIES,
    POLICY,
    REDACT,
    ROLE,
    SCHEDULES,
    STATUS,
    UNACKNOWLEDGE,
    UPDATES,
    Call,
    call_of,
)

pytestmark = pytest.mark.django_db

USERS = "/v1/users"
REACHED_BY = {
    "not_authorized": Call(method="get", path=USERS, headers={"Authorization": ""}),
    "insufficient_scope": Call(method="delete", path=POLICY, headers={"Authorization": "Bearer {reading_key}"}),
    "not_found": Call(method="get", path=f"{POLICIES}/unknown"),
    "method_not_allowed": Call(method="put", path=USERS),
    "not_acceptable": Call(method="get", path=USERS, headers={"Accept": "text/html"}),
    "unsupported_media_type": Call(method="post", path=POLICIES, body={"name": "New"}, content_type="text/plain"),
    "payload_too_large": call_of("post", POLICIES, name="x" * 1_100_000),
    "invalid_json": Call(method="post", path=POLICIES, body=b"{"),
    "validation_error": call_of("post", POLICIES, name=""),
    "name_conflict": call_of("post", POLICIES, name="Other"),
    "idempotency_in_progress": Call(
        method="post", path=POLICIES, body={"name": "New"}, headers={"Idempotency-Key": "at-work"}
    ),
    "escalation_moved": call_of("post", HAND_OFF, firing=7),
    "idempotency_key_reused": Call(
        method="post", path=POLICIES, body={"name": "New"}, headers={"Idempotency-Key": "k"}
    ),
    "precondition_failed": Call(method="delete", path=POLICY, headers={"If-Match": '"another"'}),
    "rate_limited": Call(method="get", path=USERS, headers={"Authorization": f"Bearer {make_key()}"}),
    "policy_in_use": Call(method="delete", path=POLICY.replace("policy_id", "used_policy_id")),
    "schedule_in_use": Call(method="delete", path=f"{SCHEDULES}/{{used_schedule_id}}"),
    "override_conflict": call_of("post", OVERRIDES),
    "working_hours_in_use": Call(method="delete", path=HOURS.replace("hours_id", "used_hours_id")),
    "not_acknowledged": Call(method="post", path=UNACKNOWLEDGE.replace("acknowledged_incident_id", "incident_id")),
    "invalid_target": call_of("post", LAYERS, target={}),
    "invalid_layer_order": call_of("put", ORDER, layerIds=[]),
    "owner_required": call_of("post", INCIDENTS, ownerId=None),
    "invalid_status_transition": call_of("patch", STATUS, status="resolved"),
    "incident_resolved": call_of("post", HAND_OFF),
    "no_public_surface": call_of("post", UPDATES, visibility="public"),
    "redaction_not_permitted": Call(method="post", path=REDACT, headers={"Authorization": "Bearer {triggering_key}"}),
    "cannot_change_own_role": Call(
        method="patch",
        path=ROLE.replace("user_id", "admin_id"),
        body={"role": "org:member"},
        headers={"Authorization": "Bearer {admins_key}"},
    ),
    "last_admin": Call(method="delete", path=MEMBER.replace("user_id", "admin_id")),
    "invalid_component_id": call_of("post", INCIDENTS, componentIds=["x"]),
    "duplicate_component_id": call_of("post", INCIDENTS, componentIds=["x", "x"]),
    "invalid_target_user": call_of("post", HAND_OFF, targetUserId="{foreign_user_id}"),
    "invalid_request_error": Call(method="get", path=USERS, headers={"Host": "evil.example"}),
    "server_error": call_of("post", INCIDENTS),
    "unavailable": call_of("post", INCIDENTS),
}


def _resolve(at):
    for status in ("identified", "monitoring", "resolved"):
        assert call_of("patch", STATUS, status=status).send(at.api, at.world).status_code == 200


def _fail(error) -> Callable[[SimpleNamespace], None]:
    def fail(*_, **__):
        raise error

    return lambda at: at.monkeypatch.setattr("incidents.services.trigger_or_repeat", fail)


BEFORE = {
    "override_conflict": lambda at: call_of("post", OVERRIDES).send(at.api, at.world),
    "idempotency_in_progress": lambda at: at.hold("v1/escalation/policies", "at-work"),
    "idempotency_key_reused": lambda at: at.api.post(POLICIES, {"name": "First"}, headers={"Idempotency-Key": "k"}),
    "rate_limited": lambda at: at.monkeypatch.setattr("accounts.api.authentication.WRONG_KEYS_A_MINUTE", 0),
    "incident_resolved": _resolve,
    "server_error": _fail(ZeroDivisionError()),
    "unavailable": _fail(OperationalError()),
}


@pytest.mark.parametrize("code", STATUS_OF_CODE)
def test_each_code_is_reached_through_an_endpoint(code, api, world, hold, monkeypatch):
    prepare = BEFORE.get(code, lambda at: None)
    prepare(SimpleNamespace(api=api, world=world, hold=hold, monkeypatch=monkeypatch))
    response = REACHED_BY[code].send(api, world)
    told = response.json()

    assert (response.status_code, told["code"]) == (STATUS_OF_CODE[code], code)
    assert (told["statusCode"], told["type"]) == (response.status_code, type_of_status(response.status_code))


def test_every_code_of_the_table_is_reached():
    assert REACHED_BY.keys() == STATUS_OF_CODE.keys()
