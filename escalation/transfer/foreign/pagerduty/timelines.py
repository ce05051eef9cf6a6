"""Who is on call when, as PagerDuty itself computes it.

Its answer does not repeat the window that it was asked for: so a timeline reaches from the first shift to the last.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.pagerduty.pages import singles
from escalation.transfer.foreign.pagerduty.shapes import kind_of
from escalation.transfer.foreign.people import People
from escalation.transfer.reading import values


def timelines_of(bundle: Bundle, ledger: Ledger, people: People) -> Mapping[str, Timeline]:
    """Return the timelines by the keys of their schedules."""
    layered = usable(singles(bundle, "schedule"), lambda item: (item, tuple(_rendered(item, people))))
    shifted = usable(singles(bundle, "schedule_v3"), lambda item: (item, tuple(_computed(item, people))))
    found = (
        (ledger.key("schedules", item.read("id", values.text)), shifts) for item, shifts in chain(layered, shifted)
    )
    return {key: _timeline(shifts) for key, shifts in found if shifts}


def _timeline(shifts: tuple[Shift, ...]) -> Timeline:
    return Timeline(
        start=min(shift.starts_at for shift in shifts),
        end=max(shift.ends_at for shift in shifts),
        shifts=tuple(shift for shift in shifts if shift.user),
    )


def _rendered(item: Item, people: People) -> Iterator[Shift]:
    final = item.inner("final_schedule")
    for entry in () if final is None else final.each("rendered_schedule_entries"):
        user = people.key(needed(entry, "user").read("id", values.text))
        yield Shift(user, entry.read("start", values.instant), entry.read("end", values.instant))


def _computed(item: Item, people: People) -> Iterator[Shift]:
    """Yield the shifts; those of nobody bear no key, and say all the same how far the window reaches."""
    final = item.inner("final_schedule")
    for entry in () if final is None else final.each("computed_shift_assignments"):
        member = needed(entry, "member")
        user = people.key(member.read("user_id", values.text)) if kind_of(member) == "user_member" else ""
        yield Shift(user, entry.read("start_time", values.instant), entry.read("end_time", values.instant))
