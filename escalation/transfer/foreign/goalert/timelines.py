"""Who is on call when, as GoAlert itself computes it: asked for some weeks at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from escalation.transfer.arrival import Shift, Timeline
from escalation.transfer.foreign.bundle import Bundle, Page
from escalation.transfer.foreign.goalert.pages import root_of
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.timelines import timeline_of
from escalation.transfer.reading import values

_Window = tuple[datetime, datetime]


def timelines_of(bundle: Bundle, ledger: Ledger, people: People) -> Mapping[str, Timeline]:
    """Return the timelines by the keys of their schedules."""
    shifts: dict[str, list[Shift]] = defaultdict(list)
    windows: dict[str, list[_Window]] = defaultdict(list)
    for identifier, found, asked in usable(bundle.pages("shifts"), lambda page: _answer(bundle, page, people)):
        shifts[ledger.key("schedules", identifier)] += found
        windows[ledger.key("schedules", identifier)] += asked
    timelines = ((key, timeline_of(bundle, found, windows[key])) for key, found in shifts.items())
    return {key: timeline for key, timeline in timelines if timeline is not None}


def _answer(bundle: Bundle, page: Page, people: People) -> tuple[str, list[Shift], list[_Window]]:
    """Return the schedule of a page, its shifts, and the window where the page tells it."""
    root = root_of(bundle, page)
    schedule = root.inner("schedule")
    start, end = root.read("start", values.instant, None), root.read("end", values.instant, None)
    found = [] if schedule is None else [_shift(item, people) for item in schedule.each("shifts")]
    identifier = page.of or ("" if schedule is None else schedule.read("id", values.text))
    return identifier, found, [] if start is None or end is None else [(start, end)]


def _shift(item: Item, people: People) -> Shift:
    user = people.key(item.read("userID", values.text))
    return Shift(user, item.read("start", values.instant), item.read("end", values.instant))
