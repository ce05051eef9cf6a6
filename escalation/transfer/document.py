"""The document: what an organization has planned, without ids of any database.

What refers to something names it by its ``key``, unique among its kind. Lists of layers, rotations, participants and
named people are in an order that counts; the other lists are sets, which ``in_order`` puts into the one order in
which they are written. So a layer that targets ``ScheduleTarget(schedule="checkout-primary")`` pages who is on call
in the schedule of the document whose key that is.

Fields are called as the API calls them, in snake case. Instants are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from itertools import chain
from operator import attrgetter
from typing import Literal

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactMethod:
    """One more way to reach a person, by an address that is no secret."""

    channel: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the organization. ``active`` is what the organization says: false, and they are not paged."""

    key: str
    email: str
    first_name: str
    last_name: str
    active: bool
    contact_methods: tuple[ContactMethod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A weekly window of local time on ``days``, from 1 for Monday to 7, ascending; it may end on the next day."""

    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """A named set of weekly windows in a time zone of its own."""

    key: str
    name: str
    timezone: str
    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A part of a schedule in which ``participants``, keys of users, take turns. Its position is its place from 0."""

    name: str
    rotation_type: str
    rotation_length_days: int
    handoff_time: time
    effective_from: datetime
    effective_until: datetime | None
    participants: tuple[str, ...]
    restrictions: tuple[Window, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """``user`` serves for a limited time instead of the rotation named, or of whichever is first."""

    user: str
    starts_at: datetime
    ends_at: datetime
    rotation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Who is on call when, in one time zone."""

    key: str
    name: str
    description: str | None
    timezone: str
    paging_mode: str
    rotations: tuple[Rotation, ...]
    overrides: tuple[Override, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTarget:
    """Whoever is on call in a schedule."""

    schedule: str
    type: Literal["schedule"] = "schedule"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersTarget:
    """These people, in their order."""

    users: tuple[str, ...]
    type: Literal["users"] = "users"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """``when``: ``during`` or ``outside`` the working hours with that key; at other times the layer is skipped."""

    working_hours: str
    when: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rung of a policy. Its position is its place in the policy, from 1."""

    ack_timeout_seconds: int
    target: ScheduleTarget | UsersTarget
    condition: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Whom an incident pages, layer after layer."""

    key: str
    name: str
    description: str | None
    repeat_count: int
    repage_after_ack_minutes: int | None
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole plan of an organization, which is named for people alone; None where no file said it."""

    organization: str | None
    users: tuple[User, ...]
    working_hours: tuple[WorkingHours, ...]
    schedules: tuple[Schedule, ...]
    policies: tuple[Policy, ...]


_BY_KEY: Callable[[User | WorkingHours | Schedule | Policy], str] = attrgetter("key")


def in_order(document: Document) -> Document:
    """Return the document with everything whose order does not count in the one order in which it is written."""
    return replace(
        document,
        users=tuple(sorted(document.users, key=_BY_KEY)),
        working_hours=tuple(sorted(document.working_hours, key=_BY_KEY)),
        schedules=tuple(
            replace(schedule, overrides=_overrides_in_order(schedule.overrides))
            for schedule in sorted(document.schedules, key=_BY_KEY)
        ),
        policies=tuple(sorted(document.policies, key=_BY_KEY)),
    )


def people_named(schedules: Iterable[Schedule], policies: Iterable[Policy]) -> Iterator[str]:
    """Yield the keys of those whom turns, overrides and layers name, some more than once."""
    for schedule in schedules:
        yield from chain.from_iterable(rotation.participants for rotation in schedule.rotations)
        yield from (override.user for override in schedule.overrides)
    for policy in policies:
        targets = (layer.target for layer in policy.layers)
        yield from chain.from_iterable(target.users for target in targets if isinstance(target, UsersTarget))


def _overrides_in_order(overrides: Sequence[Override]) -> tuple[Override, ...]:
    return tuple(sorted(overrides, key=lambda each: (each.starts_at, each.ends_at, each.rotation or "", each.user)))
