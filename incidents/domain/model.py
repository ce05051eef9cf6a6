"""The words of a run: what an escalation remembers, what can happen to it, and what a decision brings about.

All of it is frozen and of the standard library; ``incidents.decisions`` carries it to the database and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from escalation.domain.model import Plan, Recipient, Roster, UserId

ActorId = NewType("ActorId", str)
"""Who gave a command: ``key_…``, ``user_…``, or the recipient of an answer link."""


class Status(StrEnum):
    """What an escalation is doing."""

    PAGING = "paging"
    ACKNOWLEDGED = "acknowledged"
    SNOOZED = "snoozed"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Why a firing called for attention."""

    LAYER = "layer"
    REPEAT = "repeat"
    HANDOFF = "handoff"
    JOINED = "joined"
    REPAGE = "repage"
    UNACKNOWLEDGED = "unacknowledged"
    SNOOZE_ENDED = "snooze_ended"
    ESCALATE = "escalate"
    FALLBACK = "fallback"


class CommandKind(StrEnum):
    """What somebody can tell an escalation to do."""

    ACKNOWLEDGE = "acknowledge"
    UNACKNOWLEDGE = "unacknowledge"
    HANDOFF = "handoff"
    ESCALATE = "escalate"
    SNOOZE = "snooze"
    APPLY_PLAN = "apply_plan"
    RESOLVE = "resolve"


class Refusal(StrEnum):
    """Why a command changes nothing; each is a code of the contract."""

    INCIDENT_RESOLVED = "incident_resolved"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    ESCALATION_MOVED = "escalation_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where an escalation stands.

    ``position`` is the current layer, 0 before the first; ``firing`` the number of the last firing and ``entered``
    that of the firing which entered the current layer or handed it off; ``reached`` tells whether a layer of this
    pass was left by time, not as empty or dead; ``repeating`` whether its layers have been called in a pass before
    it; ``paged`` holds whom the layer has called since it was entered.
    """

    status: Status
    pass_no: int
    position: int
    firing: int
    entered: int
    repeats_left: int
    reached: bool
    repeating: bool
    extended: bool
    fallback_beside: bool
    due_at: datetime | None
    roster_at: datetime | None
    paged: frozenset[Recipient]
    held_by: UserId | None
    owner: UserId | None

    @property
    def wake_at(self) -> datetime | None:
        """The instant at which the engine must look again (design D2), or None for never."""
        return min((at for at in (self.due_at, self.roster_at) if at is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What became of the pages so far.

    ``heard``: one was handed over since the layer was entered; ``trying``: one of those has not ended;
    ``pass_heard`` and ``pass_trying`` say the same of the whole pass.
    """

    heard: bool
    trying: bool
    pass_heard: bool
    pass_trying: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """The incident begins."""

    owner: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The escalation was woken: ``due_at`` or ``roster_at`` has come, or one of its pages died.

    An edit of a schedule in use sets ``roster_at`` to now, so that a decision can tell it from a page that died.
    """

    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Undeliverable:
    """Every page fired since the layer was entered or handed off is dead."""

    reach: Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Somebody acts. ``firing`` is the number their page showed, if it showed one.

    ``user`` is who takes it (acknowledge) or is to own it (hand off); ``until`` belongs to a snooze; ``plan`` is the
    one to run by from now on.
    """

    kind: CommandKind
    actor: ActorId
    user: UserId | None = None
    until: datetime | None = None
    plan: Plan | None = None
    firing: int | None = None


Event = Trigger | Due | Undeliverable | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """Call everybody on ``roster``: a firing, a page for each, and the deliveries of rules without delay.

    ``due_at`` is when the next layer is paged unless somebody acknowledges.
    """

    firing: int
    cause: Cause
    pass_no: int
    position: int
    roster: Roster
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Cancel all unsent deliveries but those to ``spare``."""

    spare: UserId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to write into the timeline: an event type of contract 7.5 and its data, JSON values only.

    The keys ``actorId``, ``layerId``, ``position`` and ``userId`` are columns of the event; the rest its details.
    """

    kind: str
    data: Mapping[str, object]


Effect = Fire | Stop | Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from an event. A refused command changes nothing and has no effects."""

    plan: Plan
    state: State
    effects: tuple[Effect, ...] = ()
    refused: Refusal | None = None
