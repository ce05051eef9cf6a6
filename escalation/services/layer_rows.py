"""The rows of a policy's layers, for services that have locked the policy.

Positions are 1…n after each statement, not only at the commit: what makes room comes before what fills it. So the
deferred constraint on them never has anything to say here, and each write costs the same few statements whatever the
number of layers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from itertools import zip_longest
from typing import Final
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from escalation.domain.model import UserId
from escalation.domain.target import Condition, LayerDraft, LayerRevision, ScheduleTarget, Target
from escalation.errors import InvalidLayerOrder, InvalidTarget
from escalation.models import Layer, LayerUser, Policy
from escalation.models.policy import LAYER_HOURS_CONSTRAINT, LAYER_SCHEDULE_CONSTRAINT, MAX_LAYERS
from escalation.services.conditions import CONDITION_FIELD, UNKNOWN_HOURS, check_conditions
from escalation.services.targets import UNKNOWN_SCHEDULE, check_targets
from escalation.services.validation import checked_timeout_seconds
from scaling.errors import InvalidInput
from scaling.integrity import refusing

_SAID: Final = ("timeout_seconds", "target_type", "schedule", "working_hours", "condition", "updated_at")


def layers_of(policy: Policy) -> list[Layer]:
    """Return the policy's layers in order, with the people they name. One statement."""
    layers = Layer.objects.for_organization(policy.organization_id).filter(policy=policy)
    return list(layers.with_user_ids().order_by("position"))


def load_layers(policy: Policy) -> None:
    """Have ``policy.layers.all()`` return the layers in order, with the people they name. One statement."""
    prefetch_related_objects([policy], Prefetch("layers", Layer.objects.with_user_ids().order_by("position")))


def check_count(count: int) -> None:
    """Refuse more layers than a policy may have."""
    if count > MAX_LAYERS:
        raise InvalidInput([("layers", f"A policy has at most {MAX_LAYERS} layers.")])


def number(layers: Sequence[Layer], now: datetime, *, start: int = 1) -> None:
    """Give ``layers`` the positions from ``start`` on in the order of the list. At most one statement."""
    moved = []
    for position, layer in enumerate(layers, start):
        if layer.position != position:
            layer.position, layer.updated_at = position, now
            moved.append(layer)
    if moved:
        Layer.objects.bulk_update(moved, ["position", "updated_at"])


def check_draft(draft: LayerDraft) -> None:
    """Refuse a wait that is out of bounds; whether what it names is there, others look up."""
    checked_timeout_seconds(draft.timeout)


def insert_layers(
    policy: Policy, drafts: Mapping[int, LayerDraft], members: Mapping[UserId, UUID], now: datetime
) -> list[Layer]:
    """Add a layer at each position of ``drafts``, all of them free. ``members`` is from ``check_targets``.

    Raises:
        InvalidTarget, InvalidInput: a schedule or working hours were deleted this moment.
    """
    layers = [_new_layer(policy, position, draft, now) for position, draft in drafts.items()]
    with _named_still_there():
        Layer.objects.bulk_create(layers)
    _name_people(layers, members)
    return layers


def delete_layers(layers: Sequence[Layer]) -> None:
    """Delete layers; the gap they leave is the caller's to close."""
    Layer.objects.filter(id__in=[layer.id for layer in layers]).delete()


def change_layer(layer: Layer, draft: LayerDraft, now: datetime) -> bool:
    """Make a layer say what ``draft`` says; tell whether anything was different.

    Raises:
        InvalidInput: the wait is out of bounds, or the working hours are not there.
        InvalidTarget: a new target is not there.
    """
    if layer.draft == draft:
        return False
    check_draft(draft)
    check_conditions(layer.organization_id, {CONDITION_FIELD: draft.condition})
    is_retargeted = layer.target != draft.target
    members = check_targets(layer.organization_id, {None: draft.target}) if is_retargeted else {}
    _assign(layer, draft, now)
    with _named_still_there():
        layer.save(update_fields=_SAID)
    if is_retargeted:
        LayerUser.objects.filter(layer=layer).delete()
        _name_people([layer], members)
    return True


def replace_layers(policy: Policy, drafts: Sequence[LayerDraft], now: datetime) -> bool:
    """Make the policy's layers be ``drafts``, at 1…n; tell whether anything was different.

    Where the target at a position stays the same, the layer stays the row it is.

    Raises:
        InvalidInput: there are too many, a wait is out of bounds, or working hours are not there.
        InvalidTarget: a target is not there.
    """
    _check_drafts(policy, drafts)
    targets: dict[int | None, Target] = {position: draft.target for position, draft in enumerate(drafts, 1)}
    members = check_targets(policy.organization_id, targets)
    current = layers_of(policy)
    pairs = zip_longest(current[: len(drafts)], drafts)
    rows = [layer if layer is not None and layer.target == draft.target else None for layer, draft in pairs]
    return _arrange(policy, current, list(zip(rows, drafts, strict=True)), members, now)


def revise_layers(policy: Policy, revisions: Sequence[LayerRevision], now: datetime) -> bool:
    """Make the policy's layers be these, at 1…n in the order of the list; tell whether anything was different.

    A layer named by its id stays the row it is, wherever it moves and whatever it pages from now on; one that is not
    named is deleted. A target that stays is not checked again: somebody who has become inactive since stands in the
    way of no other change.

    Raises:
        InvalidLayerOrder: an id is named twice, or is not of one of the policy's layers.
        InvalidInput: there are too many, a wait is out of bounds, or working hours are not there.
        InvalidTarget: a new target is not there.
    """
    _check_drafts(policy, [revision.draft for revision in revisions])
    current = layers_of(policy)
    rows = _rows_named(current, [revision.layer_id for revision in revisions])
    pairs = [(layer, revision.draft) for layer, revision in zip(rows, revisions, strict=True)]
    new_targets: dict[int | None, Target] = {
        position: draft.target
        for position, (layer, draft) in enumerate(pairs, 1)
        if layer is None or layer.target != draft.target
    }
    members = check_targets(policy.organization_id, new_targets)
    return _arrange(policy, current, pairs, members, now)


def _check_drafts(policy: Policy, drafts: Sequence[LayerDraft]) -> None:
    check_count(len(drafts))
    for draft in drafts:
        check_draft(draft)
    conditions = {f"steps.{place}.{CONDITION_FIELD}": draft.condition for place, draft in enumerate(drafts)}
    check_conditions(policy.organization_id, conditions)


def _rows_named(current: Sequence[Layer], layer_ids: Sequence[UUID | None]) -> list[Layer | None]:
    by_id = {layer.id: layer for layer in current}
    named = [layer_id for layer_id in layer_ids if layer_id is not None]
    if len(set(named)) < len(named) or not by_id.keys() >= set(named):
        raise InvalidLayerOrder("A layer is named more than once, or is not one of this policy.")
    return [None if layer_id is None else by_id[layer_id] for layer_id in layer_ids]


def _arrange(
    policy: Policy,
    current: Sequence[Layer],
    pairs: Sequence[tuple[Layer | None, LayerDraft]],
    members: Mapping[UserId, UUID],
    now: datetime,
) -> bool:
    """Have ``pairs`` be all the policy's layers, in their order: the rows they name, and new ones where they name none.

    ``members`` knows everybody whom a new target names; tells whether anything was different.
    """
    kept = {position: (layer, draft) for position, (layer, draft) in enumerate(pairs, 1) if layer is not None}
    new = {position: draft for position, (layer, draft) in enumerate(pairs, 1) if layer is None}
    kept_ids = {layer.id for layer, _ in kept.values()}
    gone = [layer for layer in current if layer.id not in kept_ids]
    delete_layers(gone)
    is_changed = _revise(kept, members, now)
    if new:
        insert_layers(policy, new, members, now)
    return is_changed or bool(gone or new)


def _revise(kept: Mapping[int, tuple[Layer, LayerDraft]], members: Mapping[UserId, UUID], now: datetime) -> bool:
    changed, retargeted, names_another = [], [], False
    for position, (layer, draft) in kept.items():
        before = layer.draft
        if before.target != draft.target:
            retargeted.append(layer)
        if (layer.position, before) != (position, draft):
            names_another |= (before.target, before.condition) != (draft.target, draft.condition)
            changed.append(layer)
            layer.position = position
            _assign(layer, draft, now)
    if changed:
        with _named_still_there() if names_another else nullcontext():
            Layer.objects.bulk_update(changed, ["position", *_SAID])
    if retargeted:
        LayerUser.objects.filter(layer__in=retargeted).delete()
        _name_people(retargeted, members)
    return bool(changed)


def _new_layer(policy: Policy, position: int, draft: LayerDraft, now: datetime) -> Layer:
    layer = Layer(organization_id=policy.organization_id, policy=policy, position=position, created_at=now)
    _assign(layer, draft, now)
    return layer


def _assign(layer: Layer, draft: LayerDraft, now: datetime) -> None:
    layer.timeout_seconds = int(draft.timeout.total_seconds())
    layer.working_hours_id, layer.condition = _condition(draft.condition)
    layer.updated_at = now
    if isinstance(draft.target, ScheduleTarget):
        layer.target_type, layer.schedule_id = Layer.TargetType.SCHEDULE, draft.target.schedule_id
        layer.user_ids = []
    else:
        layer.target_type, layer.schedule_id = Layer.TargetType.USERS, None
        layer.user_ids = list(draft.target.user_ids)


def _condition(condition: Condition | None) -> tuple[UUID | None, str]:
    if condition is None:
        return None, ""
    return condition.hours, Layer.When.DURING if condition.during else Layer.When.OUTSIDE


def _name_people(layers: Sequence[Layer], members: Mapping[UserId, UUID]) -> None:
    named = []
    for layer in layers:
        named += [
            LayerUser(
                organization_id=layer.organization_id,
                layer=layer,
                membership_id=members[UserId(user_id)],
                position=position,
            )
            for position, user_id in enumerate(layer.user_ids, 1)
        ]
    LayerUser.objects.bulk_create(named)


def _named_still_there() -> AbstractContextManager[None]:
    return refusing(
        {
            LAYER_SCHEDULE_CONSTRAINT: InvalidTarget(UNKNOWN_SCHEDULE),
            LAYER_HOURS_CONSTRAINT: InvalidInput([(CONDITION_FIELD, UNKNOWN_HOURS)]),
        }
    )
