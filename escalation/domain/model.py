"""The words of a plan, as plain values.

A ``Plan`` says whom to page and for how long to wait; a ``World`` is everything a decision may look at besides.
Both are frozen, hold no reference to the database, and are loaded by ``escalation.loaders`` in a fixed number of
queries. Example: a plan of one layer that names ``user_ada`` for five minutes::

    Plan(format=1, policy_version=3, layers=(Layer(id=..., position=1, timeout=timedelta(minutes=5),
         schedule=None, users=("user_ada",)),), repeat=0, repage=None)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
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
    """One of a person's rules: which method, how long after the page began, and whether again and again.

    ``loud`` methods ring or buzz (SMS, voice, push): quiet hours leave them out.
    """

    method: MethodId
    after: timedelta
    every: timedelta | None
    severities: frozenset[str]
    usable: bool
    loud: bool = False


ACCOUNT_EMAIL_AT_ONCE = Rule(
    method=ACCOUNT_EMAIL, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True
)
"""The last rule of everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who can be paged. The last rule is the account's email: at once, for every severity, always usable.

    During ``quiet`` their loud methods are left out where an incident can wait until morning.
    """

    user: UserId
    active: bool
    rules: tuple[Rule, ...]
    quiet: WorkingHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rung: a schedule or a list of people (never both), and the wait for an acknowledgement.

    With ``hours``, escalation skips the layer unless it gets there during those working hours, or, where ``during``
    is false, outside them (contract 7.6).
    """

    id: UUID
    position: int
    timeout: timedelta
    schedule: UUID | None
    users: tuple[UserId, ...]
    hours: UUID | None = None
    during: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The snapshot an escalation keeps through all its passes (design D5); layers are in order, from position 1."""

    format: int
    policy_version: int
    layers: tuple[Layer, ...]
    repeat: int
    repage: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A span of local time in each week. ``days`` (1 is Monday) are those on which it starts.

    ``end`` at or before ``start`` lies on the next day; where they are equal, the window is a whole day.
    """

    days: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """A set of windows in a time zone of its own: an organization's working hours, or a person's quiet hours."""

    id: UUID
    timezone: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """People who take turns in a schedule, whose time zone counts (contract 5.1).

    The first participant serves from ``starts_at``; the next takes over ``length_days`` later at ``handoff`` local
    time, and so on in a circle until ``ends_at``. With ``restrictions`` nobody serves outside those windows, and the
    turns go on all the same.
    """

    id: UUID
    position: int
    handoff: time
    length_days: int
    starts_at: datetime
    ends_at: datetime | None
    participants: tuple[UserId, ...]
    restrictions: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Somebody who serves instead of a rotation's participant, from ``starts_at`` until before ``ends_at``.

    Without ``rotation`` it displaces whichever rotation is first, the one that bears the owner.
    """

    id: UUID
    rotation: UUID | None
    user: UserId
    starts_at: datetime
    ends_at: datetime


PagingMode = Literal["all", "first"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """An on-call schedule: its rotations in order of position from 0, and its overrides.

    ``paging_mode`` says whether everybody on call is paged, or only who serves for the first rotation that has
    somebody (contract 5.1, rule 9).
    """

    id: UUID
    timezone: str
    paging_mode: PagingMode = "all"
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One person's time on call, from ``starts_at`` until before ``ends_at`` (None: for ever), and why it is theirs.

    ``rotation`` is the one they serve for, None where the schedule has none; ``override`` is the one they serve by,
    None where it is their turn.
    """

    user: UserId
    starts_at: datetime
    ends_at: datetime | None
    rotation: UUID | None
    position: int
    override: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that a decision for one organization may look at."""

    schedules: Mapping[UUID, Schedule]
    people: Mapping[UserId, Person]
    fallback: tuple[Recipient, ...]
    operator: Address
    default_timeout: timedelta
    tzdata: str
    hours: Mapping[UUID, WorkingHours] = field(default_factory=dict)


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
    all or, beside duties, that it was asked as the last resort; ``changes_at`` is the next instant at which the answer may differ.
    """

    duties: tuple[Duty, ...]
    missed: tuple[tuple[UserId, str], ...] = ()
    skipped: str | None = None
    changes_at: datetime | None = None
