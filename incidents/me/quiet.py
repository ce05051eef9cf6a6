"""When a person's phone is to stay silent, on their own page: their quiet hours, and what may be done to them.

The form carries the tag of the hours it was made from. Hours that have changed since are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Final

from accounts.models import Membership
from escalation.domain.model import Window
from escalation.models import QuietHours
from escalation.services import QuietDraft, quiet_content, set_quiet_hours
from escalation.services.windows import StoredWindow
from incidents.me.order import Order
from scaling.api.preconditions import etag_of
from scaling.errors import InvalidInput, PreconditionFailed

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_EVERY_DAY: Final = [*range(1, len(_DAYS) + 1)]
_NIGHT: Final[StoredWindow] = {"days": _EVERY_DAY, "start": "22:00", "end": "07:00"}
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)

_ZONES: Final = (
    "UTC",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Toronto",
    "Asia/Dubai",
    "Asia/Jakarta",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Istanbul",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Pacific/Auckland",
)
"""What the form suggests; every other place of the database can be typed."""

_PROBLEMS: Final[Mapping[str, str]] = {
    "timezone": "Time zone: enter a place of the time zone database, such as Europe/Berlin.",
    "days": "Days: tick at least one of those offered.",
    "from": "From: enter a time such as 22:00.",
    "until": "Until: enter a time such as 07:00.",
}
_CHANGED: Final = (
    "Your quiet hours have changed since you saw them, so nothing was done. Here they are as they are now."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A person's quiet hours: each window in words, and what the form begins with, which is every night without any."""

    tag: str
    timezone: str
    lines: tuple[str, ...]
    days: tuple[tuple[int, str, bool], ...]
    start: str
    end: str
    zones: Sequence[str] = _ZONES


def show_quiet(member: Membership) -> Quiet:
    """Return the quiet hours of ``member``. One statement."""
    hours = QuietHours.objects.filter(membership=member).first()
    windows: Sequence[StoredWindow] = [] if hours is None else hours.windows
    first = windows[0] if windows else _NIGHT
    return Quiet(
        tag=etag_of(quiet_content(member.pk, hours)),
        timezone="" if hours is None else hours.timezone,
        lines=tuple(map(_line, windows)),
        days=tuple((number, _DAYS[number - 1], number in first["days"]) for number in _EVERY_DAY),
        start=first["start"],
        end=first["end"],
    )


def _line(window: StoredWindow) -> str:
    days = ", ".join(_DAYS[number - 1] for number in window["days"])
    ends = f"{window['end']} on the next day" if window["end"] <= window["start"] else window["end"]
    return f"{'Every day' if window['days'] == _EVERY_DAY else days}, {window['start']} until {ends}"


def set_hours(order: Order) -> str:
    """Put one window in place of the person's quiet hours."""
    window = Window(days=_days(order), start=_time(order, "from"), end=_time(order, "until"))
    _set(order, QuietDraft(timezone=order.text("timezone"), windows=[window]))
    return "Your quiet hours are set. They count from your next page on."


def turn_off_hours(order: Order) -> str:
    """Let every method ring at any hour."""
    _set(order, None)
    return "Your quiet hours are off."


def _set(order: Order, hours: QuietDraft | None) -> None:
    try:
        set_quiet_hours(
            organization_id=order.organization_id, user_id=order.user_id, hours=hours, if_match=order.text("hours")
        )
    except PreconditionFailed as changed:
        raise InvalidInput([("hours", _CHANGED)]) from changed
    except InvalidInput as error:
        raise _problem(error.errors[0][0].rsplit(".", 1)[-1]) from error


def _days(order: Order) -> frozenset[int]:
    ticked = order.form.getlist("day")
    if not set(ticked) <= set(map(str, _EVERY_DAY)):
        raise _problem("days")
    return frozenset(map(int, ticked))


def _time(order: Order, name: str) -> time:
    text = order.text(name)
    if not _CLOCK.fullmatch(text):
        raise _problem(name)
    return time.fromisoformat(text)


def _problem(field: str) -> InvalidInput:
    return InvalidInput([(field, _PROBLEMS[field])])
