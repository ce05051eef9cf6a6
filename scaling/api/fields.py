"""Fields that guess nothing: ``"5"``, ``5.0`` and ``true`` are no integers, ``1`` is no text.

Rules: contract.md (strict types), reliability.md 4.2 and 4.3. What a field cannot take becomes 422
``validation_error`` naming it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scaling.api.paths import parse_uuid
from scaling.api.timestamps import timestamp
from scaling.text import clean_name

NAME_LENGTH = 255
DESCRIPTION_LENGTH = 10_000
MAX_INTEGER = 2**31 - 1

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def parse_instant(text: str) -> datetime | None:
    """Return the instant, in UTC, that an ISO 8601 text with an explicit offset names; else nothing.

    Only instants from 1970 to the end of 2199 count: what lies outside is a mistake, and near the ends of the
    calendar arithmetic fails.
    """
    if not _INSTANT.fullmatch(text):
        return None
    try:
        at = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return at if _EARLIEST <= at < _LATEST else None


def parse_time_of_day(text: str) -> time | None:
    """Return the local time of day that ``HH:MM`` names; else nothing."""
    return time.fromisoformat(text) if _TIME_OF_DAY.fullmatch(text) else None


class StrictInteger(serializers.IntegerField):
    """A JSON integer within bounds; without bounds of its own, one that fits a database column."""

    def __init__(self, *, min_value: int = 0, max_value: int = MAX_INTEGER, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)

    def to_internal_value(self, data: Any) -> int:
        """Return ``data`` if it is an integer and no boolean."""
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictBoolean(serializers.BooleanField):
    """``true`` or ``false``."""

    def to_internal_value(self, data: Any) -> bool:
        """Return ``data`` if it is a boolean."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictText(serializers.CharField):
    """A JSON string, kept as it was sent, without NUL or half surrogate pairs."""

    def __init__(self, *, max_length: int, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **{"trim_whitespace": False, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return ``data`` if it is a string."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NameField(StrictText):
    """A name, trimmed: 1 to 255 characters that pass ``clean_name``, as services ask too."""

    default_error_messages = {"unclean": "This field {reason}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": NAME_LENGTH, "trim_whitespace": True, **kwargs})

    def to_internal_value(self, data: Any) -> str:
        """Return the trimmed name."""
        try:
            return clean_name(super().to_internal_value(data), max_length=NAME_LENGTH)
        except ValueError as error:
            self.fail("unclean", reason=error)


class DescriptionField(StrictText):
    """A text of up to 10,000 characters or null; the empty text means null (contract C19)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"max_length": DESCRIPTION_LENGTH, "allow_null": True, "allow_blank": True, "required": False, **kwargs}
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the text, or ``None`` for null and the empty text."""
        return super().run_validation(data) or None


class StrictChoice(serializers.ChoiceField):
    """One of a fixed set of strings, in their exact case."""

    def to_internal_value(self, data: Any) -> str:
        """Return ``data`` if it is one of the strings."""
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", input=data)
        return data


class StrictUUID(serializers.UUIDField):
    """A UUID in the canonical 36 characters, in either case."""

    def to_internal_value(self, data: Any) -> UUID:
        """Return the UUID."""
        found = parse_uuid(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid", value=data)
        return found


class StrictList(serializers.ListField):
    """A JSON array whose items pass the child field."""

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the items."""
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "example": "09:00"})
class TimeOfDayField(serializers.Field[time, str, Any, Any]):
    """A local time of day as ``HH:MM``, from 00:00 to 23:59."""

    default_error_messages = {"invalid": "Send a time of day from 00:00 to 23:59, such as 09:00."}

    def to_internal_value(self, data: Any) -> time:
        """Return the time."""
        found = parse_time_of_day(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid")
        return found

    def to_representation(self, value: time) -> str:
        """Return the time as text."""
        return f"{value:%H:%M}"


class InstantField(serializers.DateTimeField):
    """An instant: in, ISO 8601 with an explicit offset (B86); out, UTC with milliseconds and ``Z``."""

    default_error_messages = {
        "invalid": "Send an instant such as 2026-05-04T07:00:00Z, with its offset, between 1970 and 2199."
    }

    def to_internal_value(self, value: Any) -> datetime:
        """Return the instant in UTC."""
        found = parse_instant(value) if isinstance(value, str) else None
        if found is None:
            self.fail("invalid")
        return found

    def to_representation(self, value: datetime) -> str:
        """Return the instant as text."""
        return timestamp(value)
