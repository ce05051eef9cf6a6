"""Swaps of shifts in Grafana OnCall: who takes one, serves for a time wherever the other would in the schedule."""

from __future__ import annotations

from collections import defaultdict

from escalation.transfer.document import Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.grafana.shapes import listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part, usable
from escalation.transfer.foreign.standing_in import StandIn, stood_in
from escalation.transfer.reading import values


class Swaps:
    """The swaps of a bundle, by the ids of their schedules."""

    def __init__(self, bundle: Bundle, members: Members) -> None:
        self._members = members
        self._now = bundle.fetched_at
        self._items: dict[str, list[Item]] = defaultdict(list)
        for schedule, item in usable(listed(bundle, "shift_swaps"), lambda item: (text_in(item, "schedule"), item)):
            self._items[schedule].append(item)

    def applied(self, part: Part, identifier: str, schedule: Schedule) -> Schedule:
        """Return a schedule with the overrides that swaps are which somebody has taken; others are told."""
        items = sorted(self._items[identifier], key=lambda item: text_in(item, "created_at"))
        for item, stand_in in usable(items, lambda item: (item, self._stand_in(item))):
            if stand_in.starts_at >= stand_in.ends_at:
                continue
            if stand_in.by:
                schedule = stood_in(schedule, stand_in)
            else:
                message = "has a swap that nobody has taken; it is left out, and whose shift it is serves."
                part.note(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
        return schedule

    def _stand_in(self, item: Item) -> StandIn:
        return StandIn(
            away=self._person(item, "beneficiary"),
            by=self._person(item, "benefactor") if item.plain("benefactor") else "",
            starts_at=max(item.read("swap_start", values.instant), self._now),
            ends_at=item.read("swap_end", values.instant),
        )

    def _person(self, item: Item, field: str) -> str:
        """Return the key of a person, who is told by an id, or with one."""
        is_text = isinstance(item.plain(field), str)
        return self._members.reference(text_in(item, field) if is_text else text_in(needed(item, field), "pk", "id"))
