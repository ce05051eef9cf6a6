"""Schedules of PagerDuty that are made of layers.

Layers are shown from 1 on, and the one shown last hides the others while it has somebody. The API gives the last one
first. Here the rotation at position 0 hides the others with paging mode ``first``: so the order wanted is that of the API,
and the reverse of what people see over there. Overrides are above all layers; ours that name no rotation displace the
first one, which hides the rest.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import Any, Final
from zoneinfo import ZoneInfo

from escalation.transfer.document import Override, Schedule
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Blocked, Ledger, Part, usable
from escalation.transfer.foreign.pagerduty.layers import ReadLayer, read_layer
from escalation.transfer.foreign.pagerduty.pages import by_owner, singles
from escalation.transfer.foreign.pagerduty.timelines import layered_timeline
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.replacing import overrides_of
from escalation.transfer.foreign.rotations import named_apart
from escalation.transfer.foreign.zones import zone_of
from escalation.transfer.reading import values
from escalation.transfer.reading.problems import Refused
from escalation.transfer.verifying.comparing import Crew, Differing, differing, ours, theirs

_MOST_SHOWN: Final = 10


class LayeredSchedules:
    """Reads them."""

    def __init__(self, bundle: Bundle, ledger: Ledger, people: People) -> None:
        self._bundle = bundle
        self._ledger = ledger
        self._people = people
        self._overrides = by_owner(bundle, "overrides", "overrides")
        self._fetched = {page.of for page in bundle.pages("overrides")}

    def read(self) -> tuple[Schedule, ...]:
        """Return those that are not blocked."""
        return tuple(usable(singles(self._bundle, "schedule"), self._schedule))

    def _schedule(self, item: Item) -> Schedule:
        part = self._ledger.part("schedules", "schedule", item, name=text_in(item, "name", "summary"))
        tell_teams(part, item)
        zone = zone_of(part, text_in(item, "time_zone"), item.path_of("time_zone"))
        layers = self._layers(part, item, zone)
        part.check()
        schedule = Schedule(
            key=part.key,
            name=part.name,
            description=part.description(text_in(item, "description"), item.path_of("description")),
            timezone=zone.key,
            paging_mode="first",
            rotations=named_apart(part, chain.from_iterable(layer.rotations for layer in layers)),
            overrides=self._overrides_of(part, item),
        )
        crossed = next((layer.crossed for layer in layers if layer.crossed is not None), None)
        if crossed is not None:
            self._compare(part, item, schedule, crossed)
        return schedule

    def _compare(self, part: Part, item: Item, schedule: Schedule, path: str) -> None:
        """Hold a schedule in which turns end within a restriction against what PagerDuty computes."""
        timeline = layered_timeline(self._bundle, item, self._people)
        if timeline is None:
            message = (
                "has turns that end within a restriction, and no shifts in the bundle that tell whose the rest is."
            )
            part.lossy(Code.TIMELINE_MISMATCH, message, path=path)
            return
        found = list(differing(theirs(timeline), ours(schedule, timeline.start, timeline.end)))
        if found:
            message = f"has turns that end within a restriction, and others on call in PagerDuty {len(found)} times."
            part.lossy(
                Code.TIMELINE_MISMATCH,
                message,
                path=path,
                was=[_shown(each, each.theirs) for each in found[:_MOST_SHOWN]],
                now=[_shown(each, each.ours) for each in found[:_MOST_SHOWN]],
            )

    def _layers(self, part: Part, item: Item, zone: ZoneInfo) -> list[ReadLayer]:
        layers = list(item.each("schedule_layers"))
        numbered = zip(range(len(layers), 0, -1), layers, strict=True)
        now = self._bundle.fetched_at
        return list(usable(numbered, lambda each: read_layer(part, each[1], each[0], zone, self._people, now)))

    def _overrides_of(self, part: Part, item: Item) -> tuple[Override, ...]:
        self._tell_unfetched(part, item)
        items = self._overrides.get(text_in(item, "id"), [])
        found = list(usable(items, lambda each: self._override(part, each)))
        return overrides_of(part, found, self._bundle.fetched_at, items[0].path if items else item.path)

    def _tell_unfetched(self, part: Part, item: Item) -> None:
        """Tell that PagerDuty counts overrides that the bundle does not hold, as far as its own shifts show that."""
        rendered = item.inner("overrides_subschedule")
        shown = [] if rendered is None else [each.shown() for each in rendered.each("rendered_schedule_entries")]
        if shown and text_in(item, "id") not in self._fetched:
            message = "has overrides that were not fetched; they are left out. Fetch again."
            part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path_of("overrides_subschedule"), was=shown)

    def _override(self, part: Part, item: Item) -> Override:
        user = needed(item, "user")
        return Override(
            user=self._people.serving(part, user, user.read("id", values.text), text_in(user, "summary", "name")),
            starts_at=item.read("start", values.instant),
            ends_at=item.read("end", values.instant),
            rotation=None,
        )


def _shown(difference: Differing, users: Crew) -> dict[str, Any]:
    starts_at, ends_at = difference.starts_at.isoformat(), difference.ends_at.isoformat()
    return {"startsAt": starts_at, "endsAt": ends_at, "users": sorted(users)}


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
