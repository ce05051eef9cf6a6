"""Plans: making them, and carrying them through JSON.

The format number lets a newer release read the snapshots of an older one: an escalation may run for days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid5

from escalation.domain.model import Layer, Plan, UserId

PLAN_FORMAT = 1
_PERSON = UUID("0198c0de-0000-7000-8000-000000000001")
"""The namespace of layers that stand for one person: no policy has them, so their ids follow from the person's."""


def staffed_by(plan: Plan, user: UserId, timeout: timedelta) -> Plan:
    """Return ``plan``, which has no layers, with one that stands for ``user`` (contract 7.1.6)."""
    layer = Layer(id=uuid5(_PERSON, user), position=1, timeout=timeout, schedule=None, users=(user,))
    return replace(plan, layers=(layer,))


def empty_plan() -> Plan:
    """Return the plan of an incident that has nobody: its fallback is paged at once."""
    return Plan(format=PLAN_FORMAT, policy_version=0, layers=(), repeat=0, repage=None)


@lru_cache(maxsize=256)
def plan_to_json(plan: Plan) -> Mapping[str, Any]:
    """Return ``plan`` as JSON values, not to be changed; durations in whole seconds.

    Kept, for the engine asks twice in each decision, and about the same plans the whole night.
    """
    return {
        "format": plan.format,
        "policyVersion": plan.policy_version,
        "repeat": plan.repeat,
        "repageSeconds": None if plan.repage is None else _seconds(plan.repage),
        "layers": [
            {
                "id": str(layer.id),
                "timeoutSeconds": _seconds(layer.timeout),
                "schedule": None if layer.schedule is None else str(layer.schedule),
                "users": list(layer.users),
                "hours": None if layer.hours is None else str(layer.hours),
                "during": layer.during,
            }
            for layer in plan.layers
        ],
    }


def plan_from_json(value: Mapping[str, Any]) -> Plan:
    """Return the plan ``plan_to_json`` wrote.

    Raises:
        ValueError: the snapshot is no plan, or of a format this release does not know.
    """
    try:
        return _read(value)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("The snapshot is no plan.") from error


def _read(value: Mapping[str, Any]) -> Plan:
    if value["format"] != PLAN_FORMAT:
        raise ValueError(f"Unknown plan format {value['format']!r}.")
    repage = value["repageSeconds"]
    return Plan(
        format=PLAN_FORMAT,
        policy_version=value["policyVersion"],
        repeat=value["repeat"],
        repage=None if repage is None else timedelta(seconds=repage),
        layers=tuple(_layer(position, layer) for position, layer in enumerate(value["layers"], 1)),
    )


def _layer(position: int, value: Mapping[str, Any]) -> Layer:
    schedule = value["schedule"]
    hours = value.get("hours")  # a snapshot may be older than working hours
    return Layer(
        id=UUID(value["id"]),
        position=position,
        timeout=timedelta(seconds=value["timeoutSeconds"]),
        schedule=None if schedule is None else UUID(schedule),
        users=tuple(UserId(user) for user in value["users"]),
        hours=None if hours is None else UUID(hours),
        during=value.get("during", True),
    )


def _seconds(duration: timedelta) -> int:
    return int(duration.total_seconds())
