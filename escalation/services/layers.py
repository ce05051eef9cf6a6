"""A policy's layers, one by one and in their order.

Each of these writes a new version of the policy, unless nothing changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.domain.target import Condition, LayerDraft, Target
from escalation.errors import InvalidLayerOrder
from escalation.models import Layer, Policy
from escalation.services.changes import touch
from escalation.services.conditions import CONDITION_FIELD, check_conditions
from escalation.services.layer_rows import (
    change_layer,
    check_count,
    check_draft,
    delete_layers,
    insert_layers,
    layers_of,
    number,
)
from escalation.services.locking import lock_to_change
from escalation.services.targets import check_targets
from escalation.services.validation import checked_position
from scaling.errors import NotFound


class LayerChanges(TypedDict, total=False):
    """What may change about a layer; what is absent stays."""

    position: int
    timeout: timedelta
    target: Target
    condition: Condition | None


@transaction.atomic
def add_layer(
    *,
    organization_id: str,
    policy_id: UUID,
    now: datetime,
    position: int,
    timeout: timedelta,
    target: Target,
    condition: Condition | None = None,
) -> Layer:
    """Insert a layer at ``position``, or at the end if that lies behind it; what was there moves down by one.

    Raises:
        NotFound: the organization has no such policy.
        InvalidInput: a value is out of bounds, working hours are not there, or the policy has all the layers it may.
        InvalidTarget: the target is not there.
    """
    draft = LayerDraft(timeout=timeout, target=target, condition=condition)
    check_draft(draft)
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=None)
    layers = layers_of(policy)
    check_count(len(layers) + 1)
    check_conditions(organization_id, {CONDITION_FIELD: condition})
    members = check_targets(organization_id, {None: target})
    place = min(checked_position(position), len(layers) + 1)
    number(layers[place - 1 :], now, start=place + 1)
    (layer,) = insert_layers(policy, {place: draft}, members, now)
    touch(policy, now)
    return layer


@transaction.atomic
def update_layer(
    *,
    organization_id: str,
    policy_id: UUID,
    layer_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[LayerChanges],
) -> Layer:
    """Change what is given; a new ``position`` behind the last means the last, and those in between shift.

    ``if_match`` names a version of the policy, which counts the changes of its layers.

    Raises:
        NotFound: the organization has no such policy, or the policy no such layer.
        PreconditionFailed: the policy has changed since the client read it.
        InvalidInput: a value is out of bounds, or new working hours are not there.
        InvalidTarget: a new target is not there.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    layers = layers_of(policy)
    layer = _find(layers, layer_id)
    draft = LayerDraft(
        timeout=changes.get("timeout", layer.timeout),
        target=changes.get("target", layer.target),
        condition=changes.get("condition", layer.draft.condition),
    )
    place = min(checked_position(changes.get("position", layer.position)), len(layers))
    is_moved = place != layer.position
    is_changed = change_layer(layer, draft, now)
    if is_moved:
        layers.remove(layer)
        number([*layers[: place - 1], layer, *layers[place - 1 :]], now)
    if is_changed or is_moved:
        touch(policy, now)
    return layer


@transaction.atomic
def delete_layer(
    *, organization_id: str, policy_id: UUID, layer_id: UUID, now: datetime, if_match: str | None = None
) -> None:
    """Delete a layer; those behind it close the gap. Running escalations keep the plan they were triggered with.

    Raises:
        NotFound: the organization has no such policy, or the policy no such layer.
        PreconditionFailed: the policy has changed since the client read it.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    layers = layers_of(policy)
    layer = _find(layers, layer_id)
    layers.remove(layer)
    delete_layers([layer])
    number(layers, now)
    touch(policy, now)


@transaction.atomic
def reorder_layers(
    *,
    organization_id: str,
    policy_id: UUID,
    layer_ids: Sequence[UUID],
    now: datetime,
    if_match: str | None = None,
) -> list[Layer]:
    """Put the policy's layers into the order of ``layer_ids``, which names each exactly once; return them in it.

    Raises:
        NotFound: the organization has no such policy.
        PreconditionFailed: the policy has changed since the client read it.
        InvalidLayerOrder: a layer is missing, named twice, or not one of this policy.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    layers = {layer.id: layer for layer in layers_of(policy)}
    if len(layer_ids) != len(layers) or layers.keys() != set(layer_ids):
        raise InvalidLayerOrder("layerIds must name each layer of this policy exactly once, and no other.")
    ordered = [layers[layer_id] for layer_id in layer_ids]
    if ordered != list(layers.values()):
        number(ordered, now)
        touch(policy, now)
    return ordered


def _find(layers: Sequence[Layer], layer_id: UUID) -> Layer:
    for layer in layers:
        if layer.id == layer_id:
            return layer
    raise NotFound.of("layer")
