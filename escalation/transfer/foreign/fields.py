"""What fields of other products hold."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from escalation.transfer.foreign.items import Item
from escalation.transfer.reading import values
from scaling.errors import InvalidInput

_MOST: Final = 10**7
"""Minutes: almost twenty years. What lasts longer is longer than anything may here."""


def text_in(item: Item, *fields: str) -> str:
    """Return the first text in some fields that says anything, nothing where none does."""
    return next(filter(None, (item.read(field, values.text, "") for field in fields)), "")


def needed(item: Item, field: str) -> Item:
    """Return the object in a field.

    Raises:
        Refused: there is none.
    """
    inner = item.inner(field)
    if inner is None:
        item.refuse(f"has no {field}.")
    return inner


def natural(value: object) -> int:
    """Return a whole number that is not below 0."""
    number = values.integer(value)
    if number < 0:
        raise InvalidInput([("", "must be 0 or more.")])
    return number


def seconds(value: object) -> timedelta:
    """Return a duration out of whole seconds."""
    return timedelta(seconds=min(natural(value), _MOST * 60))


def minutes(value: object) -> timedelta:
    """Return a duration out of whole minutes."""
    return timedelta(minutes=min(natural(value), _MOST))
