"""The rows of the layers of many policies at once.

A layer stays the row it is where its target stays, wherever it moves: running incidents and declared gaps know it by
its id. Positions are checked when the transaction ends, so what moves passes through what is there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from escalation.models import Layer, LayerUser
from escalation.transfer import document
from escalation.transfer.importing.rows import AT_ONCE, Author, write_again

_SAID: Final = ("position", "timeout_seconds", "working_hours_id", "condition")
_FIELDS: Final = ("position", "timeout_seconds", "working_hours", "condition", "updated_at")

Target = UUID | tuple[UUID, ...]
"""A schedule, or people in their order."""


class Ids(NamedTuple):
    """The rows that layers may name, by the keys of the document."""

    members: Mapping[str, UUID]
    hours: Mapping[str, UUID]
    schedules: Mapping[str, UUID]


class _Wanted(NamedTuple):
    policy: UUID
    target: Target
    values: Mapping[str, Any]


def write_layers(policies: Mapping[UUID, document.Policy], ids: Ids, author: Author) -> None:
    """Make the layers of policies, which are locked or new, be those of the document.

    Five statements, and as many again for each thousand rows.
    """
    there = _there(list(policies), author)
    new: list[tuple[Layer, Target]] = []
    moved: list[Layer] = []
    for wanted in _wanted(policies, ids):
        layer = _take(there, wanted)
        if layer is None:
            new.append((_new(wanted, author), wanted.target))
        elif any(getattr(layer, field) != wanted.values[field] for field in _SAID):
            moved.append(_changed(layer, wanted, author))
    gone = [layer.id for layers in there.values() for layer in layers]
    Layer.objects.filter(id__in=gone).delete()
    write_again(Layer, moved, _FIELDS)
    Layer.objects.bulk_create([layer for layer, _ in new], batch_size=AT_ONCE)
    _name_people(new, author)


def _wanted(policies: Mapping[UUID, document.Policy], ids: Ids) -> Iterator[_Wanted]:
    for policy_id, policy in policies.items():
        for position, layer in enumerate(policy.layers, 1):
            yield _Wanted(policy_id, _target(layer.target, ids), _values(layer, position, ids))


def _target(target: document.ScheduleTarget | document.UsersTarget, ids: Ids) -> Target:
    if isinstance(target, document.ScheduleTarget):
        return ids.schedules[target.schedule]
    return tuple(ids.members[key] for key in target.users)


def _values(layer: document.Layer, position: int, ids: Ids) -> Mapping[str, Any]:
    condition = layer.condition
    return {
        "position": position,
        "timeout_seconds": layer.ack_timeout_seconds,
        "working_hours_id": None if condition is None else ids.hours[condition.working_hours],
        "condition": "" if condition is None else condition.when,
    }


def _there(policy_ids: Sequence[UUID], author: Author) -> Mapping[tuple[UUID, Target], list[Layer]]:
    """Return the layers that are there, by what they target, each list in the order of positions."""
    rows = Layer.objects.for_organization(author.organization_id).filter(policy_id__in=policy_ids)
    named: defaultdict[UUID, list[UUID]] = defaultdict(list)
    people = LayerUser.objects.filter(layer__in=rows).order_by("position", "id")
    for layer_id, member_id in people.values_list("layer_id", "membership_id"):
        named[layer_id].append(member_id)
    found: defaultdict[tuple[UUID, Target], list[Layer]] = defaultdict(list)
    for layer in rows.order_by("position"):
        found[layer.policy_id, layer.schedule_id or tuple(named[layer.id])].append(layer)
    return found


def _take(there: Mapping[tuple[UUID, Target], list[Layer]], wanted: _Wanted) -> Layer | None:
    """Return the layer that is to become ``wanted``, no longer there for others: the one at its position, or the first."""
    layers = there.get((wanted.policy, wanted.target))
    if not layers:
        return None
    at_place = (place for place, layer in enumerate(layers) if layer.position == wanted.values["position"])
    return layers.pop(next(at_place, 0))


def _new(wanted: _Wanted, author: Author) -> Layer:
    schedule = wanted.target if isinstance(wanted.target, UUID) else None
    return Layer(
        organization_id=author.organization_id,
        policy_id=wanted.policy,
        target_type=Layer.TargetType.USERS if schedule is None else Layer.TargetType.SCHEDULE,
        schedule_id=schedule,
        created_at=author.now,
        updated_at=author.now,
        **wanted.values,
    )


def _changed(layer: Layer, wanted: _Wanted, author: Author) -> Layer:
    for field in _SAID:
        setattr(layer, field, wanted.values[field])
    layer.updated_at = author.now
    return layer


def _name_people(layers: Sequence[tuple[Layer, Target]], author: Author) -> None:
    LayerUser.objects.bulk_create(
        (
            LayerUser(organization_id=author.organization_id, layer=layer, membership_id=member_id, position=position)
            for layer, target in layers
            if not isinstance(target, UUID)
            for position, member_id in enumerate(target, 1)
        ),
        batch_size=AT_ONCE,
    )
