"""Schedules of Grafana OnCall.

Those made on the web have their shifts in UTC, whatever time zone they are shown in; others in their own, or in that of
the shift.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.document import Override, Rotation, Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.grafana.calendars import flattened
from escalation.transfer.foreign.grafana.levels import Levelled, ordered
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.replacements import Single, Singles, once, overrides_by
from escalation.transfer.foreign.grafana.shapes import TEXTS, listed
from escalation.transfer.foreign.grafana.shifts import Recurring, has_ended, is_recurring, name_of
from escalation.transfer.foreign.grafana.swaps import Swaps
from escalation.transfer.foreign.grafana.timelines import computed, final_shifts
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.replacing import overrides_of
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values

_UTC: Final = "UTC"


class Schedules:
    """Reads the schedules of a bundle."""

    def __init__(self, bundle: Bundle, ledger: Ledger, members: Members) -> None:
        self._bundle = bundle
        self._now = bundle.fetched_at
        self._ledger = ledger
        self._members = members
        self._recurring = Recurring(members, bundle.fetched_at)
        self._swaps = Swaps(bundle, members)
        self._shifts = dict(usable(listed(bundle, "on_call_shifts"), lambda item: (text_in(item, "id"), item)))
        self._unused = dict.fromkeys(self._shifts)
        self._final = final_shifts(bundle, members)

    def read(self) -> tuple[Schedule, ...]:
        """Return all that can be said here."""
        found = tuple(usable(listed(self._bundle, "schedules"), self._schedule))
        self._tell_unused()
        return found

    def timelines(self) -> dict[str, Timeline]:
        """Return the timelines by the keys of their schedules."""
        found = {identifier: computed(self._bundle, shifts) for identifier, shifts in self._final.items()}
        return {
            self._ledger.key("schedules", identifier): each for identifier, each in found.items() if each is not None
        }

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=item.read("name", values.text))
        final = self._final.get(text_in(item, "id"), ())
        read = self._from_calendar if text_in(item, "type") == "ical" else self._of_shifts
        return self._swaps.applied(part, text_in(item, "id"), read(part, item, final))

    def _from_calendar(self, part: Part, item: Item, final: Sequence[Shift]) -> Schedule:
        zone = zone_of(part, text_in(item, "time_zone") or _UTC, item.path_of("time_zone"))
        return _made(part, zone, "all", (), flattened(part, final, self._now))

    def _of_shifts(self, part: Part, item: Item, final: Sequence[Shift]) -> Schedule:
        is_web = text_in(item, "type") == "web"
        shifts = self._named(part, item)
        recurring = self._coming(part, filter(is_recurring, shifts), is_web=is_web)
        zone = _zone(part, item, recurring, is_web=is_web)
        levelled = tuple(usable(recurring, lambda shift: self._recurring.of(part, shift, zone, is_web=is_web)))
        part.check()
        _tell_calendar(part, item)
        singles = Singles(part, self._members, final, self._now).of(
            [shift for shift in shifts if not is_recurring(shift)], _UTC if is_web else zone.key
        )
        part.check()
        return self._together(part, zone, [each for each in levelled if each.sides], singles)

    def _together(
        self, part: Part, zone: ZoneInfo, levelled: Sequence[Levelled], singles: Sequence[Single]
    ) -> Schedule:
        highest = max((each.level for each in levelled), default=0)
        events = [once(part, single, zone, self._now) for single in singles if not single.is_override(highest)]
        mode, found = ordered(part, [*levelled, *events], self._now)
        rotations = named_apart(part, found)
        names = tuple(rotation.name for rotation in rotations)
        places = (names if mode == "all" else names[:1]) or (None,)
        overrides = overrides_by(part, [single for single in singles if single.is_override(highest)], places)
        return _made(part, zone, mode, rotations, overrides_of(part, tuple(overrides), self._now, part.path))

    def _named(self, part: Part, item: Item) -> tuple[Item, ...]:
        """Return the shifts of a schedule."""
        found = []
        for identifier in item.parsed("shifts", TEXTS, ()):
            self._unused.pop(identifier, None)
            if identifier not in self._shifts:
                message = f"has a shift, {identifier}, that the bundle does not hold."
                part.block(Code.TARGET_UNRESOLVED, message, path=item.path_of("shifts"), was=identifier)
            found.append(self._shifts[identifier])
        return tuple(found)

    def _coming(self, part: Part, shifts: Iterable[Item], *, is_web: bool) -> tuple[Item, ...]:
        """Return the shifts that have not ended."""
        found = []
        for shift in shifts:
            if has_ended(shift, self._now, is_web=is_web):
                message = f"has {name_of(shift)!r}, which has ended; it is left out."
                part.note(Code.LAYER_ENDED_SKIPPED, message, path=shift.path, was=shift.plain("until"))
            else:
                found.append(shift)
        return tuple(found)

    def _tell_unused(self) -> None:
        unused = (self._shifts[identifier] for identifier in self._unused)
        for name, path in usable(unused, lambda item: (name_of(item), item.path)):
            message = f"has a shift, {name!r}, that is in no schedule; it is left out."
            self._ledger.whole.note(Code.ROTATION_UNSUPPORTED, message, path=path)


def _made(
    part: Part, zone: ZoneInfo, mode: str, rotations: tuple[Rotation, ...], overrides: tuple[Override, ...]
) -> Schedule:
    return Schedule(
        key=part.key,
        name=part.name,
        description=None,
        timezone=zone.key,
        paging_mode=mode,
        rotations=rotations,
        overrides=overrides,
    )


def _zone(part: Part, item: Item, shifts: Sequence[Item], *, is_web: bool) -> ZoneInfo:
    """Return the time zone of a schedule: that of all its shifts.

    Raises:
        Blocked: they have several.
    """
    shown = text_in(item, "time_zone") or _UTC
    default = _UTC if is_web else shown
    names = dict.fromkeys(text_in(shift, "time_zone") or default for shift in shifts) or {shown: None}
    zones = {zone.key: zone for zone in (zone_of(part, name, item.path_of("time_zone")) for name in names)}
    if len(zones) > 1:
        message = "has shifts in several time zones, and a schedule here has one. Make a schedule there of each zone's shifts."
        part.block(Code.LAYER_TIMEZONE, message, path=item.path_of("shifts"), was=list(zones))
    (zone,) = zones.values()
    if is_web and shifts and zone.key == _UTC and shown != _UTC:
        message = f"is shown in {shown}, but its shifts are in UTC: they move by an hour when clocks change, as they do there."
        part.note(Code.DST_DIFFERENCE, message, path=item.path_of("time_zone"), was=shown, now=_UTC)
    return zone


def _tell_calendar(part: Part, item: Item) -> None:
    """Tell of overrides that are kept elsewhere: in a calendar, or where the API does not tell of them."""
    if text_in(item, "ical_url_overrides"):
        message = "has its overrides in a calendar; they are not imported."
        part.lossy(Code.ICAL_FLATTENED, message, path=item.path_of("ical_url_overrides"))
    if text_in(item, "type") == "calendar" and item.read("enable_web_overrides", values.boolean, False):
        message = "has overrides that are made on the web, of which the API does not tell; they are not imported."
        part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path_of("enable_web_overrides"))
