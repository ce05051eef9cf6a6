"""How answers look: lists are in ``results``, times of shifts have no offset, and days of the week two letters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import Parser, many, scalar
from scaling.errors import InvalidInput

_WEEKDAYS: Final[Mapping[str, int]] = {
    day: number for number, day in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))
}
_EARLIEST, _LATEST = 1970, 2999


def listed(bundle: Bundle, kind: str) -> Iterator[Item]:
    """Yield every object of the lists of a kind."""
    return (item for _, item in bundle.each(kind, "results"))


def wall_time(value: object) -> datetime:
    """Return a date and a time, of whichever clock, in whole minutes."""
    found = _time(value)
    if not _EARLIEST <= found.year <= _LATEST:
        raise InvalidInput([("", f"must be a date between the years {_EARLIEST} and {_LATEST}.")])
    return found


def last_time(value: object) -> datetime | None:
    """Return an instant that is told without an offset, and counts in UTC; None if it is as good as never."""
    found = _time(value)
    return None if found.year > _LATEST else found.replace(tzinfo=UTC)


def weekday(value: object) -> int:
    """Return a day of the week, from 0 for Monday, of its two letters."""
    return _WEEKDAYS[values.choice(list(_WEEKDAYS))(value)]


def _time(value: object) -> datetime:
    try:
        found = datetime.fromisoformat(values.text(value))
    except ValueError as error:
        raise InvalidInput([("", "must be a date and a time, such as 2026-01-05T09:00:00.")]) from error
    return found.replace(second=0, microsecond=0, tzinfo=None)


TEXTS: Final[Parser[tuple[str, ...]]] = many(scalar(values.text))
GROUPS: Final[Parser[tuple[tuple[str, ...], ...]]] = many(TEXTS)
WEEKDAYS: Final[Parser[tuple[int, ...]]] = many(scalar(weekday))
