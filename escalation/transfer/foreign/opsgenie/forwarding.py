"""Forwarding in Opsgenie: for a time, what would notify one person notifies another.

Here the other stands in for them in every schedule. A layer that names the person goes on paging them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from escalation.transfer.document import Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, Part, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import id_of, listed
from escalation.transfer.foreign.standing_in import StandIn, stood_in
from escalation.transfer.reading import values

LONGEST: Final = timedelta(days=366)
"""How far ahead shifts are handed on: nobody knows theirs of the year after the next."""


class Forwards:
    """The forwarding rules of a bundle."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: Everybody) -> None:
        self._ledger = ledger
        self._people = people
        self._now = bundle.fetched_at
        # Each may be in the list of all, and in that of the person it is about.
        rules = usable(listed(bundle, "forwarding-rules"), lambda rule: (text_in(rule[1], "id", "alias"), rule))
        self._rules = list(dict(rules).values())

    def applied(self, schedules: Sequence[Schedule]) -> tuple[Schedule, ...]:
        """Return the schedules in which others stand in for those whose notifications are forwarded."""
        for of, item, stand_in in usable(self._rules, lambda rule: (*rule, self._stand_in(*rule))):
            if stand_in.starts_at < stand_in.ends_at:
                now = [stood_in(schedule, stand_in) for schedule in schedules]
                changed = [one.name for one, other in zip(now, schedules, strict=True) if one != other]
                self._tell(self._part(of, item), item, stand_in, changed)
                schedules = now
        return tuple(schedules)

    def _stand_in(self, of: str | None, item: Item) -> StandIn:
        away = item.inner("fromUser")
        latest = self._now + LONGEST
        return StandIn(
            away=self._ledger.key("users", of or "") if away is None else self._people.reference(away),
            by=self._people.reference(needed(item, "toUser")),
            starts_at=max(item.read("startDate", values.instant, self._now), self._now),
            ends_at=min(item.read("endDate", values.instant, latest), latest),
        )

    def _part(self, of: str | None, item: Item) -> Part:
        """Return the person whose notifications are forwarded, or else the whole."""
        away = item.inner("fromUser")
        identifier = of if away is None else id_of(away)
        return self._ledger.found("users", identifier or "") or self._ledger.whole

    def _tell(self, part: Part, item: Item, stand_in: StandIn, changed: Sequence[str]) -> None:
        message = (
            f"forwards everything to {stand_in.by} for a time, who here stands in for them in schedules. "
            "A layer that names them pages them all the same."
        )
        part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown(), now=changed)
