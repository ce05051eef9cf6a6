"""Who is on call when, as PagerDuty itself computes it. Its answer does not repeat the window that it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.pagerduty.pages import singles
from escalation.transfer.foreign.pagerduty.shapes import kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.timelines import timeline_of
from escalation.transfer.reading import values


def timelines_of(bundle: Bundle, ledger: Ledger, people: People) -> Mapping[str, Timeline]:
    """Return the timelines by the keys of their schedules."""
    layered = usable(singles(bundle, "schedule"), lambda item: (item, layered_timeline(bundle, item, people)))
    shifted = usable(singles(bundle, "schedule_v3"), lambda item: (item, _timeline(bundle, item, people, _computed)))
    found = ((ledger.key("schedules", text_in(item, "id")), timeline) for item, timeline in chain(layered, shifted))
    return {key: timeline for key, timeline in found if timeline is not None}


def layered_timeline(bundle: Bundle, item: Item, people: People) -> Timeline | None:
    """Return the timeline of a schedule of layers, None where PagerDuty has said nothing.

    Raises:
        Refused: it is not as PagerDuty answers.
    """
    return _timeline(bundle, item, people, _rendered)


def _timeline(
    bundle: Bundle, item: Item, people: People, shifts: Callable[[Item, People], Iterator[Shift]]
) -> Timeline | None:
    final = item.inner("final_schedule")
    return None if final is None else timeline_of(bundle, tuple(shifts(final, people)))


def _rendered(final: Item, people: People) -> Iterator[Shift]:
    for entry in final.each("rendered_schedule_entries"):
        user = people.key(needed(entry, "user").read("id", values.text))
        yield Shift(user, entry.read("start", values.instant), entry.read("end", values.instant))


def _computed(final: Item, people: People) -> Iterator[Shift]:
    """Yield the shifts; those of nobody bear no key, and say all the same how far the window reaches."""
    for entry in final.each("computed_shift_assignments"):
        member = needed(entry, "member")
        user = people.key(member.read("user_id", values.text)) if kind_of(member) == "user_member" else ""
        yield Shift(user, entry.read("start_time", values.instant), entry.read("end_time", values.instant))
