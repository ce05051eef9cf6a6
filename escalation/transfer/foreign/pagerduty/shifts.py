"""Schedules of PagerDuty that are made of shifts (v3).

Whoever has a shift is on call, whatever others have: all rotations are on call together. A custom shift is one more, for
once. An override replaces a member of one rotation, or of one custom shift.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

from escalation.domain.local_time import local_time
from escalation.transfer.document import Override, Rotation, Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.pagerduty.events import Reader, member_in, rotations_of_event
from escalation.transfer.foreign.pagerduty.pages import by_owner, singles
from escalation.transfer.foreign.pagerduty.schedules import tell_teams
from escalation.transfer.foreign.pagerduty.shapes import kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.replacing import overrides_of
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.standing_in import StandIn, turns_stood_in
from escalation.transfer.foreign.turns import Turns, is_over, rotations_of
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values

Owned = tuple[str, tuple[Rotation, ...]]
"""The id of a rotation or a custom shift over there, and the rotations that it is here."""

Overrides = tuple[Override, ...]


class ShiftSchedules:
    """Reads them."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: People) -> None:
        self._bundle = bundle
        self._ledger = ledger
        self._people = people
        self._overrides = by_owner(bundle, "overrides_v3", "overrides")
        self._custom = by_owner(bundle, "custom_shifts_v3", "custom_shifts")

    def read(self) -> tuple[Schedule, ...]:
        """Return those that are not blocked."""
        return tuple(usable(singles(self._bundle, "schedule_v3"), self._schedule))

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=text_in(item, "name", "summary"))
        tell_teams(part, item)
        zone = zone_of(part, text_in(item, "time_zone"), item.path_of("time_zone"))
        reader = Reader(part, zone, self._people, self._bundle.fetched_at)
        self._tell_unfetched(reader, item)
        owned = [*self._recurring(reader, item), *self._once(reader, item)]
        part.check()
        rotations = named_apart(part, chain.from_iterable(found for _, found in owned))
        return Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="all",
            rotations=rotations,
            overrides=self._overrides_of(reader, item, _by_source(owned, rotations)),
        )

    def _tell_unfetched(self, reader: Reader, item: Item) -> None:
        """Tell that PagerDuty counts what the bundle does not hold, as far as its own timeline shows that."""
        final = item.inner("final_schedule")
        entries = () if final is None else final.each("computed_shift_assignments")
        sources = {kind_of(source) for source in (entry.inner("source") for entry in entries) if source is not None}
        of = text_in(item, "id")
        missing = [
            kind
            for kind, is_seen in (
                ("custom_shifts_v3", any(source.startswith("custom_shift") for source in sources)),
                ("overrides_v3", any(source.endswith(("_override", "_coverage")) for source in sources)),
            )
            if is_seen and not any(page.of == of for page in self._bundle.pages(kind))
        ]
        if missing:
            message = "has custom shifts or overrides that were not fetched; they are left out. Fetch again."
            reader.part.lossy(Code.OVERRIDE_UNSUPPORTED, message, was=missing)

    def _recurring(self, reader: Reader, item: Item) -> Iterator[Owned]:
        for number, rotation in enumerate(item.each("rotations"), 1):
            name = text_in(rotation, "name") or f"Rotation {number}"
            events = usable(rotation.each("events"), partial(rotations_of_event, reader, name=name))
            yield rotation.read("id", values.text), tuple(chain.from_iterable(events))

    def _once(self, reader: Reader, item: Item) -> Iterator[Owned]:
        shifts = [*item.each("custom_shifts"), *self._custom.get(text_in(item, "id"), [])]
        return usable(shifts, lambda shift: (shift.read("id", values.text), _custom_shift(reader, shift)))

    def _overrides_of(self, reader: Reader, item: Item, rotations: Mapping[str, Sequence[Rotation]]) -> Overrides:
        items = [*item.each("overrides"), *self._overrides.get(text_in(item, "id"), [])]
        found = chain.from_iterable(usable(items, lambda each: tuple(_override(reader, each, rotations))))
        return overrides_of(reader.part, tuple(found), reader.now, items[0].path if items else item.path)


def _by_source(owned: Sequence[Owned], rotations: Sequence[Rotation]) -> Mapping[str, Sequence[Rotation]]:
    """Return the rotations by what they come from, as they are called in the end."""
    names = iter(rotations)
    return {source: [next(names) for _ in found] for source, found in owned}


def _custom_shift(reader: Reader, shift: Item) -> tuple[Rotation, ...]:
    starts_at, ends_at = shift.read("start_time", values.instant), shift.read("end_time", values.instant)
    turns = Turns(
        name=f"Custom shift {local_time(starts_at, reader.zone):%Y-%m-%d}",
        anchor=starts_at,
        length_days=1,
        participants=(),
        starts_at=starts_at,
        ends_at=ends_at,
        path=shift.path,
    )
    if is_over(turns, reader.now):
        return rotations_of(reader.part, turns, reader.zone, reader.now)
    members = filter(None, [member_in(reader, needed(each, "member")) for each in shift.each("assignments")])
    each_alone = (replace(turns, participants=(member,)) for member in members)
    return tuple(chain.from_iterable(rotations_of(reader.part, each, reader.zone, reader.now) for each in each_alone))


def _override(reader: Reader, item: Item, rotations: Mapping[str, Sequence[Rotation]]) -> Iterator[Override]:
    starts_at, ends_at = item.read("start_time", values.instant), item.read("end_time", values.instant)
    if ends_at <= reader.now:
        yield Override(user="", starts_at=starts_at, ends_at=ends_at, rotation=None)
        return
    removed, added = (member_in(reader, needed(item, f"{each}_member")) for each in ("overridden", "overriding"))
    source = text_in(item, "rotation_id", "custom_shift_id")
    if not removed or not added:
        message = "has an override that puts nobody in somebody's place, or somebody in nobody's; it is left out."
        reader.part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
        return
    found = turns_stood_in(StandIn(removed, added, starts_at, ends_at), rotations.get(source, ()), reader.zone)
    if not found:
        message = "has an override of somebody who does not serve in its time; it is left out."
        reader.part.note(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
    yield from (each for each in found if each.ends_at > reader.now)
