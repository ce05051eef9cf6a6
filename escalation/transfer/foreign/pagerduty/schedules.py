"""Schedules of PagerDuty that are made of layers.

Layers are shown from 1 on, and the one shown last hides the others while it has somebody. The API gives the last one
first. Here the rotation at position 0 hides the others with paging mode ``first``: so the order wanted is that of the API,
and the reverse of what people see over there. Overrides are above all layers; ours that name no rotation displace the
first one, which hides the rest.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from zoneinfo import ZoneInfo

from escalation.transfer.document import Override, Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Blocked, Ledger, Part, usable
from escalation.transfer.foreign.pagerduty.layers import ReadLayer, read_layer
from escalation.transfer.foreign.pagerduty.pages import by_owner, singles
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.replacing import overrides_of
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values
from escalation.transfer.reading.problems import Refused


class LayeredSchedules:
    """Reads them."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: People) -> None:
        self._bundle = bundle
        self._ledger = ledger
        self._people = people
        self._overrides = by_owner(bundle, "overrides", "overrides")

    def read(self) -> tuple[Schedule, ...]:
        """Return those that are not blocked."""
        return tuple(usable(singles(self._bundle, "schedule"), self._schedule))

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=text_in(item, "name", "summary"))
        tell_teams(part, item)
        zone = zone_of(part, text_in(item, "time_zone"), item.path_of("time_zone"))
        layers = self._layers(part, item, zone)
        part.check()
        return Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="first",
            rotations=named_apart(part, chain.from_iterable(layer.rotations for layer in layers)),
            overrides=self._overrides_of(part, item),
        )

    def _layers(self, part: Part, item: Item, zone: ZoneInfo) -> list[ReadLayer]:
        layers = list(item.each("schedule_layers"))
        numbered = zip(range(len(layers), 0, -1), layers, strict=True)
        now = self._bundle.fetched_at
        return list(usable(numbered, lambda each: read_layer(part, each[1], each[0], zone, self._people, now)))

    def _overrides_of(self, part: Part, item: Item) -> tuple[Override, ...]:
        items = self._overrides.get(text_in(item, "id"), [])
        found = list(usable(items, lambda each: self._override(part, each)))
        return overrides_of(part, found, self._bundle.fetched_at, items[0].path if items else item.path)

    def _override(self, part: Part, item: Item) -> Override:
        user = needed(item, "user")
        return Override(
            user=self._people.serving(part, user, user.read("id", values.text), text_in(user, "summary", "name")),
            starts_at=item.read("start", values.instant),
            ends_at=item.read("end", values.instant),
            rotation=None,
        )


def tell_teams(part: Part, item: Item) -> None:
    """Tell which teams a schedule belongs to; here it belongs to the organization."""
    teams = [text_in(team, "summary", "name", "id") for team in item.each("teams")]
    if teams:
        message = "belongs to teams; here it belongs to the organization."
        part.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, path=item.path_of("teams"), was=teams)


def tell_missing(bundle: Bundle, ledger: Ledger) -> None:
    """Block each schedule that is listed, and of which the bundle does not say more."""
    for kind in ("schedules", "schedules_v3"):
        for _, item in bundle.each(kind, "schedules"):
            with suppress(Blocked, Refused):
                part = ledger.part("schedules", "schedule", item, name=text_in(item, "name", "summary"))
                part.block(Code.TARGET_UNRESOLVED, "is listed, and what is in it was not fetched. Fetch again.")
