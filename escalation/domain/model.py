"""The words of a plan, as plain values.

A ``Plan`` says whom to page and for how long to wait; a ``World`` is everything a decision may look at besides.
Both are frozen, hold no reference to the database, and are loaded by ``escalation.loaders`` in a fixed number of
queries. Example: a plan of one layer that names ``user_ada`` for five minutes::

    Plan(format=1, policy_version=3, layers=(Layer(id=..., position=1, timeout=timedelta(minutes=5),
         schedule=None, users=("user_ada",)),), repeat=0, repage=None)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NewType
from uuid import UUID

UserId = NewType("UserId", str)
"""The id of a login (``user_…``): one person of the organization a plan belongs to."""

Address = NewType("Address", str)
"""A plain email address without a membership: an organization's fallback, the operator's. Always holds an ``@``."""

Recipient = UserId | Address
MethodId = NewType("MethodId", UUID)

ACCOUNT_EMAIL = MethodId(UUID(int=0))
"""The method every recipient has: the address of the account, or the plain address itself."""

DutySource = Literal["rotation", "override", "named", "fallback", "handoff", "holder"]

ALL_SEVERITIES = frozenset({"critical", "high", "medium", "low"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One of a person's rules: which method, how long after the page began, and whether again and again."""

    method: MethodId
    after: timedelta
    every: timedelta | None
    severities: frozenset[str]
    usable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be paged. The last rule is the account's email, which is always usable."""

    user: UserId
    active: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rung: a schedule or a list of people (never both), and the wait for an acknowledgement."""

    id: UUID
    position: int
    timeout: timedelta
    schedule: UUID | None
    users: tuple[UserId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The snapshot an escalation keeps through all its passes (design D5); layers are in order, from position 1."""

    format: int
    policy_version: int
    layers: tuple[Layer, ...]
    repeat: int
    repage: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An on-call schedule. It has no rotations yet, so nobody is ever on call."""

    id: UUID
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a decision for one organization may look at."""

    schedules: Mapping[UUID, Schedule]
    people: Mapping[UserId, Person]
    fallback: tuple[Recipient, ...]
    operator: Address
    default_timeout: timedelta
    tzdata: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One recipient and why: the rotation, override or layer that names them, and until when it does."""

    user: Recipient
    source: DutySource
    source_id: UUID | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who a layer reaches at an instant.

    ``missed`` names those it would reach but cannot, with the reason; ``skipped`` says why a layer was not asked at
    all; ``changes_at`` is the next instant at which the answer may differ.
    """

    duties: tuple[Duty, ...]
    missed: tuple[tuple[UserId, str], ...] = ()
    skipped: str | None = None
    changes_at: datetime | None = None
