"""Targets, as both generations of the API spell them (contract sections 3 and 11).

Whatever is wrong inside a target is 400 ``invalid_target``; that it is missing altogether is 422 (contract C13).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Never

from escalation.domain.model import UserId
from escalation.domain.target import ScheduleTarget, Target, UsersTarget
from escalation.errors import InvalidTarget
from escalation.models import Layer
from escalation.models.policy import MAX_USERS
from scaling.api.paths import parse_uuid
from scaling.errors import InvalidInput

SCHEDULE, USERS = Layer.TargetType.SCHEDULE.value, Layer.TargetType.USERS.value


def parse_target(value: object) -> Target:
    """Return the target of a layer: a tagged union, without the key of the other branch.

    Raises:
        InvalidTarget: ``value`` is anything else.
        InvalidInput: it names too many people.
    """
    if not isinstance(value, Mapping):
        _refuse("target", "must be an object.")
    kind = value.get("type")
    if kind not in (SCHEDULE, USERS):
        _refuse("target.type", f"must be {SCHEDULE} or {USERS}.")
    key, parse = _BRANCHES[kind]
    if value.keys() != {"type", key}:
        _refuse("target", f"must hold type and {key}, and nothing else.")
    return parse(f"target.{key}", value[key])


def parse_step_target(step: Mapping[str, Any]) -> Target:
    """Return the target of a step: ``targetType`` with ``targetId``, and for people ``targetIds`` with all of them.

    Raises:
        InvalidTarget: the values are anything else, or ``targetId`` is not the first of ``targetIds``.
        InvalidInput: it names too many people.
    """
    kind, first = step["targetType"], step["targetId"]
    if kind == SCHEDULE and "targetIds" not in step:
        return _schedule("targetId", first)
    if kind == SCHEDULE:
        _refuse("targetIds", "goes with people only.")
    if kind != USERS:
        _refuse("targetType", f"must be {SCHEDULE} or {USERS}.")
    target = _users("targetIds", step.get("targetIds", [first]))
    if target.user_ids[0] != first:
        _refuse("targetId", "must be the first of targetIds.")
    return target


def _schedule(field: str, value: object) -> ScheduleTarget:
    schedule_id = parse_uuid(value) if isinstance(value, str) else None
    if schedule_id is None:
        _refuse(field, "must be the id of a schedule.")
    return ScheduleTarget(schedule_id=schedule_id)


def _users(field: str, value: object) -> UsersTarget:
    if not isinstance(value, list) or not value or not all(isinstance(user_id, str) for user_id in value):
        _refuse(field, "must be a list of at least one user id.")
    if len(value) > MAX_USERS:
        raise InvalidInput([(field, f"must not name more than {MAX_USERS} users.")])
    return UsersTarget(user_ids=tuple(UserId(user_id) for user_id in value))


_BRANCHES: Mapping[str, tuple[str, Callable[[str, object], Target]]] = {
    SCHEDULE: ("scheduleId", _schedule),
    USERS: ("userIds", _users),
}


def _refuse(field: str, message: str) -> Never:
    raise InvalidTarget(f"{field}: {message}")
