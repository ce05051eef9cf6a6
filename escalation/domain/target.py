"""Whom a layer pages, as asked for: a schedule, or people by name; how long it waits, and when it counts.

Example: ``LayerDraft(timeout=timedelta(minutes=5), target=UsersTarget(user_ids=("user_ada", "user_bob")))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from escalation.domain.model import UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTarget:
    """Whoever is on call in a schedule when the layer fires."""

    schedule_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersTarget:
    """These people, all of them, in this order."""

    user_ids: tuple[UserId, ...]


Target = ScheduleTarget | UsersTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Only during these working hours, or only outside them (contract 7.6)."""

    hours: UUID
    during: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerDraft:
    """What a layer is to say, without its place."""

    timeout: timedelta
    target: Target
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerRevision:
    """What an existing layer is to say from now on; without ``layer_id``, a new one."""

    layer_id: UUID | None
    draft: LayerDraft
