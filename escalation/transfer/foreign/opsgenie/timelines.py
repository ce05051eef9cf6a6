"""Who is on call when, as Opsgenie itself computes it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import inner_of, lower, single
from escalation.transfer.foreign.timelines import timeline_of
from escalation.transfer.reading import values


def timelines_of(bundle: Bundle, ledger: Ledger, people: Everybody) -> dict[str, Timeline]:
    """Return the timelines by the keys of their schedules."""
    read = usable(single(bundle, "timeline"), lambda page: (page[0], _timeline(bundle, page[1], people)))
    found = ((ledger.key("schedules", schedule), timeline) for schedule, timeline in read)
    return {key: timeline for key, timeline in found if timeline is not None}


def _timeline(bundle: Bundle, item: Item, people: Everybody) -> Timeline | None:
    final = item.inner("finalTimeline")
    rotations = () if final is None else final.each("rotations")
    periods = chain.from_iterable(rotation.each("periods") for rotation in rotations)
    shifts = tuple(chain.from_iterable(_shifts(period, people) for period in periods))
    window = (item.read("startDate", values.instant), item.read("endDate", values.instant))
    return timeline_of(bundle, shifts, [window])


def _shifts(period: Item, people: Everybody) -> Iterator[Shift]:
    starts_at, ends_at = period.read("startDate", values.instant), period.read("endDate", values.instant)
    for recipient in _recipients(period):
        if recipient.read("type", lower, "user") == "user":
            yield Shift(people.reference(recipient), starts_at, ends_at)


def _recipients(period: Item) -> Iterator[Item]:
    """Yield whom a period names: of a team, those who are in it."""
    flattened = list(period.each("flattenedRecipients"))
    recipient = inner_of(period, "recipient", "responder")
    yield from flattened or filter(None, [recipient])
