"""What single values have to be, in the words of the API's validators."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any, Final

from accounts.validation import checked_choice, checked_email, checked_person_name
from escalation.services.validation import checked_description, checked_name
from scaling.api.fields import InstantField, TimeOfDayField, parse_instant, parse_time_of_day
from scaling.errors import InvalidInput
from scaling.text import NAME_KEY_LENGTH, clean_name

_MAX_ADDRESS: Final = 320


def text(value: object) -> str:
    """Return a text, which may be empty."""
    if value is None:
        raise InvalidInput([("", "must not be empty.")])
    if not isinstance(value, str):
        raise InvalidInput([("", "must be text; in quotes, if it looks like something else.")])
    if any(character == "\0" or unicodedata.category(character) == "Cs" for character in value):
        raise InvalidInput([("", "must not hold NUL or unpaired surrogate characters.")])
    return value


def integer(value: object) -> int:
    """Return a whole number."""
    if type(value) is not int:
        raise InvalidInput([("", "must be a whole number.")])
    return value


def boolean(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise InvalidInput([("", "must be true or false.")])
    return value


def instant(value: object) -> datetime:
    """Return an instant, in UTC."""
    found = parse_instant(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput([("", str(InstantField.default_error_messages["invalid"]))])
    return found


def time_of_day(value: object) -> time:
    """Return a local time of day."""
    found = parse_time_of_day(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidInput([("", str(TimeOfDayField.default_error_messages["invalid"]))])
    return found


def key(value: object) -> str:
    """Return a key: a text that can be seen, as it stands."""
    return _clean(value, NAME_KEY_LENGTH)


def name(value: object) -> str:
    """Return the name of a policy, a schedule, a rotation or working hours."""
    return checked_name(text(value))


def description(value: object) -> str | None:
    """Return a description."""
    return checked_description(None if value is None else text(value))


def email(value: object) -> str:
    """Return an email address."""
    return checked_email("", text(value))


def person_name(value: object) -> str:
    """Return the first or last name of a person, which may be empty."""
    return checked_person_name("", text(value))


def address(value: object) -> str:
    """Return the address of a contact method."""
    return _clean(value, _MAX_ADDRESS)


def choice(choices: Sequence[str]) -> Callable[[object], str]:
    """Return a check for one of ``choices``."""
    return lambda value: checked_choice("", text(value), choices)


def of_text(check: Callable[[str], str]) -> Callable[[object], str]:
    """Return ``check`` for what may be no text."""
    return lambda value: check(text(value))


def of_integer(check: Callable[[int], int]) -> Callable[[object], int]:
    """Return ``check`` for what may be no whole number."""
    return lambda value: check(integer(value))


def or_none(check: Callable[[Any], Any]) -> Callable[[object], Any]:
    """Return ``check`` for what may be null."""
    return lambda value: None if value is None else check(value)


def _clean(value: object, max_length: int) -> str:
    try:
        return clean_name(text(value), max_length=max_length)
    except ValueError as error:
        raise InvalidInput([("", f"{error}.")]) from error
