"""Policies as wholes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from escalation.domain.target import LayerDraft, LayerRevision
from escalation.errors import PolicyInUse
from escalation.models import POLICY_IN_USE_CONSTRAINT, Policy
from escalation.models.policy import POLICY_NAME_CONSTRAINT
from escalation.services.changes import Checks, assign, touch
from escalation.services.layer_rows import layers_of, load_layers, replace_layers, revise_layers
from escalation.services.locking import lock_all_to_delete, lock_to_change, lock_to_delete
from escalation.services.validation import (
    checked_description,
    checked_name,
    checked_repage_minutes,
    checked_repeat_count,
)
from scaling.errors import NameConflict
from scaling.integrity import refusing


class PolicyOptions(TypedDict, total=False):
    """What a policy may say beside its name and its layers."""

    description: str | None
    repeat_count: int
    repage_after_ack_minutes: int | None


class PolicyChanges(PolicyOptions, total=False):
    """What may change about a policy beside its layers; what is absent stays."""

    name: str


_CHECKS: Checks = {
    "name": checked_name,
    "description": checked_description,
    "repeat_count": checked_repeat_count,
    "repage_after_ack_minutes": checked_repage_minutes,
}


@transaction.atomic
def create_policy(
    *,
    organization_id: str,
    actor_id: str,
    now: datetime,
    name: str,
    layers: Sequence[LayerDraft] = (),
    **options: Unpack[PolicyOptions],
) -> Policy:
    """Create a policy, with layers at the positions 1…n or none yet. ``actor_id`` is remembered as its creator.

    The policy comes with its layers loaded.

    Raises:
        InvalidInput: a value is unusable, there are too many layers, or one names unknown working hours.
        InvalidTarget: a layer targets what the organization does not have.
        NameConflict: another policy of the organization bears the name.
    """
    policy = Policy(organization_id=organization_id, created_by=actor_id, created_at=now, updated_at=now)
    assign(policy, {"name": name, **options}, _CHECKS)
    with _unique_name(policy):
        policy.save(force_insert=True)
    if layers:
        replace_layers(policy, layers, now)
    load_layers(policy)
    return policy


@transaction.atomic
def duplicate_policy(*, organization_id: str, policy_id: UUID, actor_id: str, now: datetime, name: str) -> Policy:
    """Create a policy that says what another one says, all its layers included, under another name.

    The new policy comes with its layers loaded; neither changes with the other from then on.

    Raises:
        NotFound: the organization has no such policy.
        InvalidTarget: a layer names somebody who would not be paged any more.
        InvalidInput, NameConflict: as for ``create_policy``.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=None)
    return create_policy(
        organization_id=organization_id,
        actor_id=actor_id,
        now=now,
        name=name,
        description=policy.description,
        repeat_count=policy.repeat_count,
        repage_after_ack_minutes=policy.repage_after_ack_minutes,
        layers=[layer.draft for layer in layers_of(policy)],
    )


@transaction.atomic
def update_policy(
    *,
    organization_id: str,
    policy_id: UUID,
    now: datetime,
    if_match: str | None = None,
    **changes: Unpack[PolicyChanges],
) -> Policy:
    """Change what is given.

    Raises:
        NotFound: the organization has no such policy.
        PreconditionFailed: it has changed since the client read it.
        InvalidInput, NameConflict: as for ``create_policy``.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    if assign(policy, changes, _CHECKS):
        _save(policy, now)
    return policy


@transaction.atomic
def replace_policy(
    *,
    organization_id: str,
    policy_id: UUID,
    now: datetime,
    name: str,
    description: str | None,
    layers: Sequence[LayerDraft] | None,
    if_match: str | None = None,
) -> Policy:
    """Make the policy say this, all or nothing; ``layers`` are its new ones at 1…n, None keeps those it has.

    A layer whose target stays the same at its position stays the layer it is, with its id. The policy comes with its
    layers loaded.

    Raises:
        NotFound: the organization has no such policy.
        PreconditionFailed: it has changed since the client read it.
        InvalidInput, InvalidTarget, NameConflict: as for ``create_policy``.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    is_changed = assign(policy, {"name": name, "description": description}, _CHECKS)
    if layers is not None:
        is_changed |= replace_layers(policy, layers, now)
    if is_changed:
        _save(policy, now)
    load_layers(policy)
    return policy


@transaction.atomic
def revise_policy(
    *,
    organization_id: str,
    policy_id: UUID,
    now: datetime,
    layers: Sequence[LayerRevision],
    if_match: str | None = None,
    **changes: Unpack[PolicyChanges],
) -> Policy:
    """Change what is given, and make the policy's layers be ``layers``, at 1…n in their order, all or nothing.

    A layer named by its id stays the row it is, also where it moves or pages somebody else; one that is not named is
    deleted. The policy comes with its layers loaded.

    Raises:
        NotFound: the organization has no such policy.
        PreconditionFailed: it has changed since the client read it.
        InvalidLayerOrder: a layer is named twice, or is not one of this policy.
        InvalidInput, InvalidTarget, NameConflict: as for ``create_policy``; a target that stays is not checked again.
    """
    policy = lock_to_change(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    is_changed = assign(policy, changes, _CHECKS)
    is_changed |= revise_layers(policy, layers, now)
    if is_changed:
        _save(policy, now)
    load_layers(policy)
    return policy


@transaction.atomic
def delete_policy(*, organization_id: str, policy_id: UUID, if_match: str | None = None) -> None:
    """Delete a policy with its layers, for ever. Incidents that are resolved keep its bare id.

    Raises:
        NotFound: the organization has no such policy.
        PreconditionFailed: it has changed since the client read it.
        PolicyInUse: an incident that is not resolved was triggered with it.
    """
    policy = lock_to_delete(Policy, organization_id=organization_id, row_id=policy_id, if_match=if_match)
    with _unused():
        policy.delete()


@transaction.atomic
def delete_policies(*, organization_id: str, policy_ids: Collection[UUID]) -> None:
    """Delete policies as ``delete_policy`` does, all of them or none; what is not there is passed over.

    Raises:
        PolicyInUse: an incident that is not resolved was triggered with one of them.
    """
    policies = lock_all_to_delete(Policy, organization_id=organization_id, row_ids=policy_ids)
    with _unused():
        policies.delete()


def _save(policy: Policy, now: datetime) -> None:
    with _unique_name(policy):
        touch(policy, now)


def _unused() -> AbstractContextManager[None]:
    return refusing({POLICY_IN_USE_CONSTRAINT: PolicyInUse("An incident that is not resolved uses this policy.")})


def _unique_name(policy: Policy) -> AbstractContextManager[None]:
    conflict = NameConflict(f"This organization has a policy named {policy.name!r} already.")
    return refusing({POLICY_NAME_CONSTRAINT: conflict})
