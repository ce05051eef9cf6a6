"""What fields of PagerDuty hold."""

from __future__ import annotations

from datetime import timedelta

from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from scaling.errors import InvalidInput


def text_in(item: Item, *fields: str) -> str:
    """Return the first text in some fields that says anything, nothing where none does."""
    return next(filter(None, (item.read(field, values.text, "") for field in fields)), "")


def kind_of(item: Item) -> str:
    """Return the type of an object, or of what a reference is to."""
    return text_in(item, "type").removesuffix("_reference")


def needed(item: Item, field: str) -> Item:
    """Return the object in a field.

    Raises:
        Refused: there is none.
    """
    inner = item.inner(field)
    if inner is None:
        item.refuse(f"has no {field}.")
    return inner


def id_in(item: Item, field: str) -> str:
    """Return the id of the object in a field; nothing where there is none."""
    inner = item.inner(field)
    return "" if inner is None else text_in(inner, "id")


def natural(value: object) -> int:
    """Return a whole number that is not below 0."""
    number = values.integer(value)
    if number < 0:
        raise InvalidInput([("", "must be 0 or more.")])
    return number


def seconds(value: object) -> timedelta:
    """Return a duration out of whole seconds."""
    return timedelta(seconds=min(natural(value), 10**10))


def minutes(value: object) -> timedelta:
    """Return a duration out of whole minutes."""
    return timedelta(minutes=min(natural(value), 10**9))
