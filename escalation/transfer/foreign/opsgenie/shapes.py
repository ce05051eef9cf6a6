"""How answers look: lists are in ``data``, or in ``values`` in Jira, where people have other fields, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Final, TypeVar

from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import minutes, needed, seconds, text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from escalation.transfer.reading.problems import Refused

T = TypeVar("T")

_UNITS: Final[Mapping[str, Callable[[object], timedelta]]] = {
    "seconds": seconds,
    "minutes": minutes,
    "hours": lambda value: 60 * minutes(value),
    "days": lambda value: 1440 * minutes(value),
}


def listed(bundle: Bundle, kind: str) -> Iterator[tuple[str | None, Item]]:
    """Yield every object of the lists of a kind, with the ``of`` of its page. A page without a list is told."""
    for page in bundle.pages(kind):
        try:
            answer = Item(page.content, bundle.problems)
            fields = [field for field in ("data", "values") if field in page.content.fields]
            for item in answer.each(fields[0] if fields else answer.refuse("holds neither data nor values.")):
                yield page.of, item
        except Refused:
            continue


def single(bundle: Bundle, kind: str) -> Iterator[tuple[str, Item]]:
    """Yield the object of each page of a kind, with its id, which is the ``of`` of the page."""
    for page in bundle.pages(kind):
        try:
            answer = Item(page.content, bundle.problems)
            yield page.of or "", answer.inner("data") or answer
        except Refused:
            continue


def id_of(item: Item) -> str:
    """Return the id of an object or of a person, nothing if it has none."""
    return text_in(item, "id", "accountId")


def inner_of(item: Item, *fields: str) -> Item | None:
    """Return the object in the first of the fields that is there."""
    return next(filter(None, (item.inner(field) for field in fields)), None)


def duration_in(item: Item, field: str) -> timedelta:
    """Return a time that is a number of minutes, or an amount with its unit; none at all if it is missing."""
    if not isinstance(item.plain(field), dict):
        return item.read(field, minutes, timedelta(0))
    amount = needed(item, field)
    unit = amount.read("timeUnit", one_of(_UNITS), _UNITS["minutes"])
    return amount.read("timeAmount", unit, timedelta(0))


def lower(value: object) -> str:
    """Return a text in small letters."""
    return values.text(value).casefold()


def one_of(table: Mapping[str, T]) -> Callable[[object], T]:
    """Return a check for the names in a table, in letters of any size; it returns what they stand for."""
    return lambda value: table[values.choice(list(table))(lower(value))]
