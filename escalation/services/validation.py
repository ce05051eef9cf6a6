"""What a plan may say; each function names the field it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from accounts.validation import checked_choice
from escalation.models import Rotation, Schedule
from escalation.models.policy import (
    MAX_REPAGE_MINUTES,
    MAX_REPEATS,
    MAX_TIMEOUT_SECONDS,
    MIN_TIMEOUT_SECONDS,
)
from escalation.models.rotation import MAX_LENGTH_DAYS, MAX_PARTICIPANTS, MAX_ROTATIONS
from escalation.timezones import time_zones
from scaling.errors import InvalidInput
from scaling.text import clean_name

NAME_LENGTH = 255
DESCRIPTION_LENGTH = 10_000

_LENGTHS: Final = {Rotation.RotationType.DAILY: 1, Rotation.RotationType.WEEKLY: 7}


def checked_name(name: str) -> str:
    """Return the trimmed name of a policy, a schedule, a rotation or working hours."""
    try:
        return clean_name(name, max_length=NAME_LENGTH)
    except ValueError as error:
        raise InvalidInput([("name", f"{error}.")]) from error


def checked_description(description: str | None) -> str | None:
    """Return the description, None for an empty one (contract C19)."""
    if description is not None and len(description) > DESCRIPTION_LENGTH:
        raise InvalidInput([("description", f"must not be longer than {DESCRIPTION_LENGTH} characters.")])
    return description or None


def checked_timezone(name: str) -> str:
    """Return the name of a place in the time-zone database."""
    if name not in time_zones():
        raise InvalidInput([("timezone", "must be a place in the IANA time zone database, such as Europe/Berlin.")])
    return name


def checked_paging_mode(mode: str) -> str:
    """Return who of those on call is paged."""
    return checked_choice("paging_mode", mode, Schedule.PagingMode.values)


def checked_instant(field: str, at: datetime) -> datetime:
    """Return an instant, which knows its offset."""
    if at.utcoffset() is None:
        raise InvalidInput([(field, "must be an instant with an offset.")])
    return at


def check_span(starts_at: datetime, ends_at: datetime) -> None:
    """Refuse an override that ends before it begins."""
    if ends_at <= starts_at:
        raise InvalidInput([("endsAt", "must be after startsAt.")])


def check_rotation_count(count: int) -> None:
    """Refuse more rotations than a schedule may have."""
    if count > MAX_ROTATIONS:
        raise InvalidInput([("layers", f"A schedule has at most {MAX_ROTATIONS} layers.")])


def checked_rotation_type(rotation_type: str) -> str:
    """Return how long the turns of a rotation are, in a word."""
    return checked_choice("rotationType", rotation_type, Rotation.RotationType.values)


def checked_length_days(days: int) -> int:
    """Return how many days a turn lasts."""
    return _within("rotationLengthDays", days, 1, MAX_LENGTH_DAYS)


def check_length_of_type(rotation_type: str, days: int) -> None:
    """Refuse a length that contradicts the type."""
    said = _LENGTHS.get(Rotation.RotationType(rotation_type), days)
    if days != said:
        raise InvalidInput([("rotationLengthDays", f"must be {said} for a {rotation_type} rotation.")])


def check_effective_span(start: datetime, end: datetime | None) -> None:
    """Refuse a rotation that ends before it begins."""
    if end is not None and end <= start:
        raise InvalidInput([("effectiveUntil", "must be after effectiveFrom.")])


def check_turn_count(field: str, count: int) -> None:
    """Refuse a rotation of nobody, or with too many turns."""
    if not 1 <= count <= MAX_PARTICIPANTS:
        raise InvalidInput([(field, f"must name between 1 and {MAX_PARTICIPANTS} users.")])


def checked_repeat_count(count: int) -> int:
    """Return how often all layers are paged again."""
    return _within("repeat_count", count, 0, MAX_REPEATS)


def checked_repage_minutes(minutes: int | None) -> int | None:
    """Return after how many minutes the holder is paged again, None for never."""
    return None if minutes is None else _within("repage_after_ack_minutes", minutes, 1, MAX_REPAGE_MINUTES)


def checked_timeout_seconds(timeout: timedelta) -> int:
    """Return the wait for an acknowledgement in whole seconds."""
    return _within("timeout", int(timeout.total_seconds()), MIN_TIMEOUT_SECONDS, MAX_TIMEOUT_SECONDS)


def checked_position(position: int) -> int:
    """Return a place among the layers; how many there are, the service knows."""
    if position < 1:
        raise InvalidInput([("position", "must be 1 or more.")])
    return position


def _within(field: str, number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise InvalidInput([(field, f"must be between {least} and {most}.")])
    return number
