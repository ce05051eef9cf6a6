"""Gaps that are there on purpose.

Somebody has declared, with a reason, that nobody is to be reached: by a policy, by one of its layers or in a schedule;
in weekly windows or, without any, all the time; from an instant on, and until another, or for ever. A declaration does
not change who is paged. It only says that a gap is no mistake.

Example: "nobody on Sundays" for a policy in Madrid is one window, day 7 from 00:00 to 00:00. A gap of that policy from
Saturday 18:00 to Monday 08:00 is then declared for the 24 hours of Sunday, and is a gap on either side of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from escalation.domain.local_time import zone_named
from escalation.domain.model import Window
from escalation.domain.span import BEGINNING, FOREVER, Span, between
from escalation.domain.windows import spell


@dataclass(frozen=True, slots=True, kw_only=True)
class IntendedGap:
    """A declaration for a ``schedule``, or else for a policy: for its ``layer``, or for the whole of it.

    Without ``windows`` it holds at any time of the week; ``timezone`` counts where there are windows.
    """

    id: UUID
    schedule: UUID | None
    layer: UUID | None
    timezone: str
    windows: tuple[Window, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str


def declared_at(intended: Sequence[IntendedGap], at: datetime) -> Span[tuple[UUID, ...]]:
    """Return the ids of those that hold at ``at``, in their order, and until when exactly these do."""
    spans = [(one.id, _holds(one, at)) for one in intended]
    return Span(
        tuple(declared for declared, span in spans if span.value),
        max((span.starts_at for _, span in spans), default=BEGINNING),
        min((span.ends_at for _, span in spans), default=FOREVER),
    )


def _holds(intended: IntendedGap, at: datetime) -> Span[bool]:
    """Tell whether a declaration holds at ``at``. In a time zone nobody knows, windows declare nothing."""
    life = between(True, intended.starts_at or BEGINNING, intended.ends_at or FOREVER, at)
    zone = zone_named(intended.timezone) if intended.windows else None
    if not life.value or not intended.windows or zone is None:
        return Span(bool(life.value) and not intended.windows, life.starts_at, life.ends_at)
    week = spell(intended.windows, zone, at)
    return Span(week.value, max(life.starts_at, week.starts_at), min(life.ends_at, week.ends_at))
