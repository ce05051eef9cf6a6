"""Schedules of GoAlert.

All whose rules apply are on call together, so paging mode ``all`` it is. A target is a person or a rotation, and its rules
are times of the week at which it counts.
"""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of
from escalation.transfer.document import Override, Rotation, Schedule, Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.goalert.pages import listed, target_in
from escalation.transfer.foreign.goalert.replacements import by_schedule, overrides_of_user
from escalation.transfer.foreign.goalert.rotations import name_of, rotations_in, zone_in
from escalation.transfer.foreign.goalert.temporary import overrides_in, temporary_schedules
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.naming import seen_name
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.replacing import laid_over, overrides_of
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.turns import Turns, rotations_of
from escalation.transfer.foreign.weekly import DAY, Stretch, stretch, windows_of
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import many, scalar

_NO_FILTER: Final[tuple[bool, ...]] = ()
_EVER: Final = date(2020, 1, 1)
"""Since when a person serves who does not take turns; GoAlert does not say."""


class Schedules:
    """Reads schedules, and rotations that a policy pages by themselves."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: People) -> None:
        self._ledger = ledger
        self._people = people
        self._now = bundle.fetched_at
        self._items = list(listed(bundle, "schedules"))
        self._overrides = by_schedule(bundle)
        self._rotations = {text_in(item, "id"): item for item in listed(bundle, "rotations")}
        self._used: set[str] = set()
        self._wrapped: list[Schedule] = []

    def read(self) -> tuple[Schedule, ...]:
        """Return the schedules that are not blocked."""
        return tuple(usable(self._items, self._schedule))

    @property
    def wrapped(self) -> tuple[Schedule, ...]:
        """The schedules that were made of rotations, once all policies have been read."""
        return tuple(self._wrapped)

    def of_rotation(self, identifier: str) -> str:
        """Return the key of the schedule that consists of a rotation alone, made now if it was not yet."""
        item = self._rotations.get(identifier)
        if item is not None and self._ledger.found("schedules", identifier) is None:
            self._wrapped += usable([item], self._schedule_around)
        return self._ledger.key("schedules", identifier)

    def tell_unused(self) -> None:
        """Tell which rotations nothing uses, once everything has been read."""
        unused = [name_of(item) for identifier, item in self._rotations.items() if identifier not in self._used]
        if unused:
            message = "has rotations that no schedule and no policy uses; they are left out."
            self._ledger.whole.note(Code.ROTATION_UNSUPPORTED, message, was=unused)

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=text_in(item, "name"))
        zone = zone_in(part, item)
        found = list(usable(item.each("targets"), lambda target: self._target(part, target, zone)))
        part.check()
        rotations = named_apart(part, chain.from_iterable(found))
        return Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="all",
            rotations=rotations,
            overrides=self._overrides_of(part, item, rotations, zone),
        )

    def _schedule_around(self, item: Item) -> Schedule:
        self._used.add(text_in(item, "id"))
        name = name_of(item)
        free = name if self._ledger.is_free("schedules", name) else f"{name} (rotation)"
        part = self._ledger.part("schedules", "rotation", item, name=free)
        zone = zone_in(part, item)
        return Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="all",
            rotations=named_apart(part, rotations_in(part, item, zone, self._people, self._now)),
            overrides=(),
        )

    def _target(self, part: Part, item: Item, zone: ZoneInfo) -> tuple[Rotation, ...]:
        target = needed(item, "target")
        kind, identifier = target_in(target)
        self._used.add(identifier)
        stretches = tuple(chain.from_iterable(map(_stretches, item.each("rules"))))
        if not stretches:
            message = "has somebody, or a rotation, without any time at which they count; they are left out."
            part.note(Code.EMPTY_SLOT_UNSUPPORTED, message, path=item.path, was=target.shown())
            return ()
        windows = windows_of(stretches)
        if kind == "user":
            return self._alone(part, target, identifier, zone, windows)
        if kind != "rotation" or identifier not in self._rotations:
            message = f"has a {kind or 'target'} that the bundle does not hold. Fetch again."
            part.block(Code.TARGET_UNRESOLVED, message, path=target.path, was=target.shown())
        return rotations_in(part, self._rotations[identifier], zone, self._people, self._now, windows)

    def _alone(
        self, part: Part, target: Item, identifier: str, zone: ZoneInfo, windows: tuple[Window, ...]
    ) -> tuple[Rotation, ...]:
        """Return the rotation of a single person."""
        name = text_in(target, "name")
        user = self._people.serving(part, target, identifier, name)
        since = instant_of(datetime.combine(_EVER, time(), zone))
        turns = Turns(
            name=seen_name(name) or user,
            anchor=since,
            length_days=1,
            participants=(user,),
            starts_at=since,
            ends_at=None,
            restrictions=windows,
            path=target.path,
        )
        return rotations_of(part, turns, zone, self._now)

    def _overrides_of(
        self, part: Part, item: Item, rotations: tuple[Rotation, ...], zone: ZoneInfo
    ) -> tuple[Override, ...]:
        items = self._overrides.get(text_in(item, "id"), [])
        replaced = usable(
            items, lambda each: tuple(overrides_of_user(part, each, rotations, zone, self._people, self._now))
        )
        path = items[0].path if items else item.path
        found = overrides_of(part, tuple(chain.from_iterable(replaced)), self._now, path)
        for temporary in temporary_schedules(part, item, self._people, self._now):
            for override in overrides_in(part, temporary, rotations):
                found = laid_over(found, override)
        return tuple(each for each in found if each.ends_at > self._now)


def _stretches(rule: Item) -> list[Stretch]:
    """Return the times of a rule; where they end as they start, whole days."""
    days = rule.parsed("weekdayFilter", many(scalar(values.boolean)), _NO_FILTER)
    if len(days) != 7:
        rule.refuse("must have a weekdayFilter of seven days, from Sunday on.")
    start, end = rule.read("start", values.time_of_day), rule.read("end", values.time_of_day)
    minutes = ((end.hour - start.hour) * 60 + end.minute - start.minute) % DAY or DAY
    return [stretch(number or 7, start, minutes) for number, is_on in enumerate(days) if is_on]
