"""Recurrences of PagerDuty's events: of those of RFC 5545, the ones that repeat by days or weeks and go on for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from escalation.transfer.findings import Code
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import many, scalar

EVERY_DAY: Final = frozenset(range(1, 8))
_WEEKDAYS: Final[Mapping[str, int]] = {"MO": 1, "TU": 2, "WE": 3, "TH": 4, "FR": 5, "SA": 6, "SU": 7}
_KNOWN: Final = frozenset({"FREQ", "INTERVAL", "BYDAY", "WKST"})
_NO_TEXTS: Final[tuple[str, ...]] = ()


class Recurrence(NamedTuple):
    """Something that begins on ``days`` of the week, from 1 for Monday, once in ``period`` days.

    Where the days are all of the week, the period is that of each; otherwise it is a number of whole weeks.
    """

    days: frozenset[int]
    period: int
    exceptions: tuple[str, ...]


def recurrence_of(part: Part, event: Item, weekday: int) -> Recurrence:
    """Return how an event recurs that begins on a ``weekday``.

    Raises:
        Blocked: it recurs in another way.
        Refused: it is not as PagerDuty answers.
    """
    lines = event.parsed("recurrence", many(scalar(values.text)), _NO_TEXTS)
    rules = [line.removeprefix("RRULE:") for line in lines if line.startswith(("RRULE:", "FREQ="))]
    exceptions = tuple(line for line in lines if line.startswith(("EXDATE", "RDATE")))
    found = _read(rules[0], weekday) if len(rules) == 1 and len(rules) + len(exceptions) == len(lines) else None
    if found is None:
        message = "has an event that recurs neither by days nor by weeks without an end. Rebuild it with those there."
        part.block(Code.RRULE_UNSUPPORTED, message, path=event.path_of("recurrence"), was=list(lines))
    days, period = found
    return Recurrence(days, period, exceptions)


def _read(rule: str, weekday: int) -> tuple[frozenset[int], int] | None:
    fields = dict(field.partition("=")[::2] for field in rule.split(";") if field)
    interval = fields.get("INTERVAL", "1")
    named = [_WEEKDAYS.get(day, 0) for day in fields["BYDAY"].split(",")] if fields.get("BYDAY") else []
    if (
        not fields.keys() <= _KNOWN
        or not interval.isascii()
        or not interval.isdecimal()
        or 0 in (int(interval), *named)
    ):
        return None
    return _days_and_period(fields.get("FREQ", ""), int(interval), frozenset(named), weekday)


def _days_and_period(
    frequency: str, interval: int, named: frozenset[int], weekday: int
) -> tuple[frozenset[int], int] | None:
    if frequency == "WEEKLY" and interval == 1 and named == EVERY_DAY:
        return EVERY_DAY, 1
    if frequency == "WEEKLY":
        return named or frozenset({weekday}), 7 * interval
    if frequency != "DAILY" or (named and interval > 1):
        return None
    return (named, 7) if named and named != EVERY_DAY else (EVERY_DAY, interval)
