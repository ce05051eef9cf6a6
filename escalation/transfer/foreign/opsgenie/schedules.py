"""Schedules of Opsgenie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from escalation.transfer.document import Override, Rotation, Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.replacements import Names, replacements_of
from escalation.transfer.foreign.opsgenie.rotations import Rotations
from escalation.transfer.foreign.opsgenie.shapes import id_of, listed
from escalation.transfer.foreign.opsgenie.teams import Teams
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values


class Schedules:
    """Reads the schedules of a bundle."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: Everybody, teams: Teams) -> None:
        self._bundle = bundle
        self._ledger = ledger
        self._people = people
        self._rotations = Rotations(people, teams, bundle.fetched_at)
        self._overrides: dict[str | None, list[Item]] = defaultdict(list)
        for of, item in listed(bundle, "overrides"):
            self._overrides[of].append(item)

    def read(self) -> tuple[Schedule, ...]:
        """Return all that can be said here."""
        return tuple(usable((item for _, item in listed(self._bundle, "schedules")), self._schedule))

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=item.read("name", values.text))
        if not item.read("enabled", values.boolean, True):
            part.lossy(Code.SCHEDULE_DISABLED, "is switched off there; here it is on call, and paged by its policies.")
        zone = zone_of(part, item.read("timezone", values.text), item.path_of("timezone"))
        found = tuple(
            usable(
                item.each("rotations"), lambda each: (id_of(each) or each.path, self._rotations.of(part, each, zone))
            )
        )
        part.check()
        rotations = named_apart(part, chain.from_iterable(each for _, each in found))
        return Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="all",
            rotations=rotations,
            overrides=self._replacements(part, item, _names(found, rotations)),
        )

    def _replacements(self, part: Part, item: Item, names: Names) -> tuple[Override, ...]:
        return replacements_of(part, self._overrides[id_of(item)], self._people, names, self._bundle.fetched_at)


def _names(found: Iterable[tuple[str, Sequence[Rotation]]], rotations: Iterable[Rotation]) -> Names:
    """Return what our rotations are called, in their order, by the ids of those they come from."""
    called = (rotation.name for rotation in rotations)
    return {identifier: tuple(islice(called, len(each))) for identifier, each in found}
