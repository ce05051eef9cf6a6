"""A feed as iCalendar text (RFC 5545).

Each shift is an event in UTC, so that no reader needs a description of our time zones. Its UID is made of what stays
the same from one reading to the next: the rotation and the instant the shift begins, of which no rotation has two. The
text depends on nothing but the plan, not on the time of reading, so that an unchanged plan is an unchanged text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from icalendar import Calendar, Event, vDuration, vText

from escalation.calendar.feed import Entry, Shown
from escalation.domain.local_time import zone_named
from escalation.domain.span import FOREVER
from scaling.text import single_line

READ_AGAIN: Final = timedelta(hours=1)

_NEEDS_BACKSLASH: Final = re.compile(r"[\\;,]")


class _Text(vText):
    """Text as RFC 5545, 3.3.11, spells it. The package's own takes a backslash before an N for the end of a line."""

    def to_ical(self) -> bytes:
        """Return the text with what has a meaning of its own escaped."""
        return _NEEDS_BACKSLASH.sub(r"\\\g<0>", self).replace("\n", r"\n").encode()


def calendar_text(shown: Shown) -> bytes:
    """Return the text of a calendar: UTF-8, lines of at most 75 bytes, ending in CRLF."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//Scaling//On call//EN")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _Text(single_line(shown.title)))
    if shown.ends_at is not None:
        rest = f"There is more than a calendar holds: no shifts from {shown.ends_at:%Y-%m-%d %H:%M} UTC on."
        calendar.add("x-wr-caldesc", _Text(rest))
    calendar.add("refresh-interval", READ_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_AGAIN))
    for event in _events(shown):
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def _events(shown: Shown) -> Iterable[Event]:
    for entry in shown.entries:
        starts_at, ends_at = _second(entry.shift.starts_at), _second(entry.shift.ends_at or FOREVER)
        # Calendars count in seconds; of what is shorter nothing can be shown.
        if starts_at < ends_at:
            yield _event(entry, starts_at, ends_at, is_personal=shown.is_personal)


def _event(entry: Entry, starts_at: datetime, ends_at: datetime, *, is_personal: bool) -> Event:
    event = Event()
    event.add("uid", _uid(entry, starts_at))
    event.add("dtstamp", _second(entry.changed_at))
    event.add("dtstart", starts_at)
    event.add("dtend", ends_at)
    event.add("summary", _Text(_summary(entry, is_personal=is_personal)))
    event.add("description", _Text(_description(entry)))
    # Who is on call can still be invited to a meeting.
    event.add("transp", "TRANSPARENT")
    return event


def _uid(entry: Entry, starts_at: datetime) -> str:
    place = entry.shift.rotation or entry.schedule_id
    return f"{place}-{starts_at:%Y%m%dT%H%M%SZ}@{settings.PUBLIC_HOST}"


def _summary(entry: Entry, *, is_personal: bool) -> str:
    schedule = single_line(entry.schedule)
    return f"On call: {schedule}" if is_personal else f"{single_line(entry.person)} on call: {schedule}"


def _description(entry: Entry) -> str:
    person, shift = single_line(entry.person), entry.shift
    served = f"rotation {single_line(entry.rotation)} of {entry.schedule}" if entry.rotation else entry.schedule
    lines = [f"{person} is on call for {single_line(served)}."]
    if shift.override is not None:
        lines.append("An override: out of turn.")
    if not entry.reachable:
        lines.append(f"{person} cannot be paged at present.")
    lines.append(_local_times(shift.starts_at, shift.ends_at, entry.timezone))
    return "\n".join(lines)


def _local_times(starts_at: datetime, ends_at: datetime | None, timezone: str) -> str:
    zone = zone_named(timezone) or ZoneInfo("UTC")
    end = "for ever" if ends_at is None else f"to {_local(ends_at, zone)}"
    return f"{_local(starts_at, zone)} {end}, {zone.key}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _second(at: datetime) -> datetime:
    return at.replace(microsecond=0)
