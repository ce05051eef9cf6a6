"""Who is on call when, as Grafana OnCall itself computes it.

Its answer does not say which days it was asked for, and its shifts reach beyond them. Where the bundle does not either, a
timeline ends with the first to end of those shifts that run when the last begins: after that others may begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.grafana.people import Members
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import usable
from escalation.transfer.foreign.timelines import timeline_of
from escalation.transfer.reading import values


def final_shifts(bundle: Bundle, members: Members) -> Mapping[str, Sequence[Shift]]:
    """Return the shifts of schedules by the ids of these."""
    found: dict[str, list[Shift]] = {page.of or "": [] for page in bundle.pages("final_shifts")}
    read = usable(bundle.each("final_shifts", "results"), lambda page: (page[0] or "", _shift(page[1], members)))
    for schedule, shift in read:
        found[schedule].append(shift)
    return found


def computed(bundle: Bundle, shifts: Sequence[Shift]) -> Timeline | None:
    """Return the timeline that shifts are, None where they say nothing of the time after the fetch."""
    if bundle.weeks is not None:
        # It is asked by the day, and answers up to the last one, which begins at midnight in UTC.
        end = bundle.fetched_at + timedelta(weeks=bundle.weeks)
        window = (bundle.fetched_at, end.replace(hour=0, minute=0, second=0, microsecond=0))
    elif shifts:
        window = (min(shift.starts_at for shift in shifts), _known_until(shifts))
    else:
        return None
    return timeline_of(bundle, shifts, [window])


def _known_until(shifts: Sequence[Shift]) -> datetime:
    last = max(shift.starts_at for shift in shifts)
    return min((shift.ends_at for shift in shifts if shift.ends_at > last), default=last)


def _shift(item: Item, members: Members) -> Shift:
    user = members.reference(text_in(item, "user_pk"), text_in(item, "user_email"))
    return Shift(user, item.read("shift_start", values.instant), item.read("shift_end", values.instant))
