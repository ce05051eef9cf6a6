"""Single shifts of Grafana OnCall: overrides, and events that come once.

An override is on call alone, whatever else there is. An event is on its level like any shift; above all others it is as
good as an override, and otherwise it is a rotation of one turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of
from escalation.transfer.arrival import Shift
from escalation.transfer.document import Override
from escalation.transfer.findings import Code
from escalation.transfer.foreign.fields import seconds, text_in
from escalation.transfer.foreign.grafana.levels import Levelled
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.shapes import GROUPS, TEXTS, wall_time
from escalation.transfer.foreign.grafana.shifts import name_of
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part, usable
from escalation.transfer.foreign.turns import Turns, rotations_of
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values

_UTC: Final = "UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Single:
    """Some people, keys of users, who serve together once; no ``level`` is above all levels."""

    name: str
    users: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    level: int | None
    path: str

    def is_override(self, highest: int) -> bool:
        """Tell whether an override says the same, where no shift that comes again is on a level above ``highest``."""
        return self.level is None or not self.users or (self.level > highest and len(self.users) == 1)


class Singles:
    """Reads the single shifts of a schedule; ``final`` are its shifts as Grafana OnCall computes them."""

    def __init__(self, part: Part, members: Members, final: Sequence[Shift], now: datetime) -> None:
        self._part = part
        self._people = members.people
        self._final = final
        self._now = now

    def of(self, items: Sequence[Item], default_zone: str) -> tuple[Single, ...]:
        """Return those that are not over, by the clocks of their own zone, else of the default one."""
        spans = tuple(usable(items, lambda item: (item, *self._span(item, default_zone))))
        coming = [(item, starts_at, ends_at) for item, starts_at, ends_at in spans if ends_at > self._now]
        if len(coming) < len(spans):
            message = "has single shifts that are over; they are left out."
            self._part.note(Code.OVERRIDE_PAST_SKIPPED, message, was=len(spans), now=len(coming))
        return tuple(usable(coming, lambda each: self._single(*each)))

    def _span(self, item: Item, default_zone: str) -> tuple[datetime, datetime]:
        name = text_in(item, "time_zone") or (_UTC if text_in(item, "type") == "override" else default_zone)
        zone = zone_of(self._part, name, item.path_of("time_zone"))
        start = item.read("start", wall_time)
        ends = start + item.read("duration", seconds)
        return instant_of(start.replace(tzinfo=zone)), instant_of(ends.replace(tzinfo=zone))

    def _single(self, item: Item, starts_at: datetime, ends_at: datetime) -> Single:
        return Single(
            name=name_of(item),
            users=self._users(item) or self._computed(starts_at, ends_at),
            starts_at=starts_at,
            ends_at=ends_at,
            level=None if text_in(item, "type") == "override" else item.read("level", values.integer, 0),
            path=item.path,
        )

    def _users(self, item: Item) -> tuple[str, ...]:
        rolling = item.parsed("rolling_users", GROUPS, ())
        named = item.parsed("users", TEXTS, ()) or (rolling[0] if rolling else ())
        return tuple(self._people.serving(self._part, item, user) for user in named)

    def _computed(self, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
        """Return who serves just then: the API leaves out whose an override is that was made on the web."""
        return tuple(shift.user for shift in self._final if (shift.starts_at, shift.ends_at) == (starts_at, ends_at))


def overrides_by(part: Part, singles: Sequence[Single], rotations: Sequence[str | None]) -> Iterator[Override]:
    """Yield overrides that have all rotations replaced; several people take one each, as far as there are rotations."""
    for single in singles:
        if not single.users:
            message = f"has an override, {single.name!r}, of which the API does not tell whose it is; it is left out."
            part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=single.path)
        if len(single.users) > len(rotations):
            message = f"has several people together in the override {single.name!r}; here it is the first of them."
            part.lossy(Code.MULTI_ONCALL_UNSUPPORTED, message, path=single.path, was=list(single.users))
        for number, rotation in enumerate(rotations if single.users else ()):
            user = single.users[number % len(single.users)]
            yield Override(user=user, starts_at=single.starts_at, ends_at=single.ends_at, rotation=rotation)


def once(part: Part, single: Single, zone: ZoneInfo, now: datetime) -> Levelled:
    """Return the rotations of one turn that an event is, side by side."""
    turns = (
        Turns(
            name=single.name,
            anchor=single.starts_at,
            length_days=1,
            participants=(user,),
            starts_at=single.starts_at,
            ends_at=single.ends_at,
            path=single.path,
        )
        for user in single.users
    )
    sides = tuple(rotations_of(part, each, zone, now) for each in turns)
    return Levelled(name=single.name, level=single.level or 0, sides=sides, path=single.path)
