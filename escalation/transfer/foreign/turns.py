"""Turns of other products, made into rotations.

They count turns from an anchor, at which the first participant's turn begins, and which may lie long before anybody
serves. Our first turn belongs to the first participant, and the days on which turns begin follow from when it does. So
a rotation begins where a turn of theirs does, with whoever it belongs to. Where that is before anybody is to serve, and
still counts, what is left of the turn is a rotation of its own.

Example: Ana, Bob and Cyd take weekly turns from Monday 5 January, 09:00, but nobody serves before Wednesday the 21st. The
turn of the 19th is Cyd's. If the 21st has passed, the rotation begins on the 19th with Cyd, Ana, Bob; otherwise Cyd serves
from the 21st to the 26th in one rotation, and Ana, Bob, Cyd take turns from there in the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import gcd
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from escalation.domain.local_time import instant_of, local_time
from escalation.models.rotation import MAX_LENGTH_DAYS, MAX_PARTICIPANTS
from escalation.models.working_hours import MAX_WINDOWS
from escalation.transfer.document import Rotation, Window
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part

T = TypeVar("T")

DAY: Final = timedelta(days=1)
_TYPES: Final[Mapping[int, str]] = {1: "daily", 7: "weekly"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Participants, keys of users, who take turns of ``length_days``; the first begins one at ``anchor``.

    Nobody serves before ``starts_at``, from ``ends_at`` on, or outside the ``restrictions``, if there are any.
    """

    name: str
    anchor: datetime
    length_days: int
    participants: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None
    restrictions: tuple[Window, ...] = ()
    path: str


def rotations_of(part: Part, turns: Turns, zone: ZoneInfo, now: datetime) -> tuple[Rotation, ...]:
    """Return the rotation in which they take their turns: two where it begins within a turn, none if all is over.

    Raises:
        Blocked: there are too many turns or windows.
    """
    if is_over(turns, now):
        message = f"has {turns.name!r}, which has ended; it is left out."
        part.note(Code.LAYER_ENDED_SKIPPED, message, path=turns.path, was=str(turns.ends_at))
        return ()
    if not turns.participants:
        part.note(
            Code.EMPTY_SLOT_UNSUPPORTED, f"has {turns.name!r} with nobody in it; it is left out.", path=turns.path
        )
        return ()
    _check_sizes(part, turns)
    return tuple(_rotations(turns, zone, now))


def is_over(turns: Turns, now: datetime) -> bool:
    """Tell whether nobody is to serve any more: whatever else there is to say of them does not matter."""
    return turns.ends_at is not None and turns.ends_at <= max(now, turns.starts_at)


def rotations_lasting(
    part: Part, turns: Turns, length: timedelta, zone: ZoneInfo, now: datetime
) -> tuple[Rotation, ...]:
    """Return what ``rotations_of`` does of turns that last ``length``. Where all is over, that does not matter.

    Raises:
        Blocked: it is no whole number of days, or there are too many turns or windows.
    """
    if not is_over(turns, now):
        turns = replace(turns, length_days=days_of_turn(part, turns, length, zone))
    return rotations_of(part, turns, zone, now)


def days_of_turn(part: Part, turns: Turns, length: timedelta, zone: ZoneInfo) -> int:
    """Return how many days a turn lasts. The length of a single person's turns does not matter: it is a day.

    Raises:
        Blocked: it is no whole number of days, or too many.
    """
    days, rest = divmod(length, DAY)
    if len(set(turns.participants)) < 2:
        return days if not rest and 1 <= days <= MAX_LENGTH_DAYS else 1
    if rest or days < 1:
        offer = _offer(turns, length, local_time(turns.anchor, zone))
        part.block(
            Code.ROTATION_SUBDAY, _subday(turns.name, length, offer), path=turns.path, was=_hours(length), now=offer
        )
    if days > MAX_LENGTH_DAYS:
        message = f"has turns of more than {MAX_LENGTH_DAYS} days in {turns.name!r}, which is the most there is here."
        part.block(Code.ROTATION_UNSUPPORTED, message, path=turns.path, was=days)
    return days


def begins_at(turns: Turns, zone: ZoneInfo, at: datetime) -> tuple[int, datetime]:
    """Return the number of the turn that is taken at ``at``, below 0 before the anchor, and when it begins."""
    anchor, local = _first_handoff(turns, zone), local_time(at, zone)
    days = local.toordinal() - anchor.toordinal() - (local.time() < anchor.time())
    number = days // turns.length_days
    while turn_at(turns, zone, number + 1) <= at:  # where clocks were set back, one more may have begun
        number += 1
    return number, turn_at(turns, zone, number)


def turn_at(turns: Turns, zone: ZoneInfo, number: int) -> datetime:
    """Return when turn ``number`` begins; it may lie before the anchor."""
    anchor = _first_handoff(turns, zone)
    day = date.fromordinal(anchor.toordinal() + number * turns.length_days)
    return instant_of(datetime.combine(day, anchor.time(), zone))


def rotated(participants: Sequence[T], first: int) -> tuple[T, ...]:
    """Return the participants in their circle, from number ``first`` on, which may be below 0 or beyond the last."""
    first %= len(participants)
    return (*participants[first:], *participants[:first])


def side_by_side(groups: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Return the participants of rotations that together say what turns of several people do.

    The first has the first of each group, the second the second, and so on; where a group is smaller, once more its
    first, who is on call once all the same. So it holds where all rotations of a schedule are on call together.
    """
    most = max((len(group) for group in groups), default=1)
    return tuple(tuple(group[number if number < len(group) else 0] for group in groups) for number in range(most))


def _rotations(turns: Turns, zone: ZoneInfo, now: datetime) -> Iterator[Rotation]:
    if len(set(turns.participants)) == 1:
        yield _rotation(turns, zone, 0, turns.starts_at)
        return
    number, begins = begins_at(turns, zone, turns.starts_at)
    if begins < turns.starts_at and turns.starts_at > now:
        following = turn_at(turns, zone, number + 1)
        ends = following if turns.ends_at is None else min(following, turns.ends_at)
        alone = replace(turns, participants=rotated(turns.participants, number)[:1], ends_at=ends)
        yield _rotation(alone, zone, 0, turns.starts_at)
        number, begins = number + 1, following
    if turns.ends_at is None or begins < turns.ends_at:
        yield _rotation(turns, zone, number, begins)


def _rotation(turns: Turns, zone: ZoneInfo, first: int, starts_at: datetime) -> Rotation:
    return Rotation(
        name=turns.name,
        rotation_type=_TYPES.get(turns.length_days, "custom"),
        rotation_length_days=turns.length_days,
        handoff_time=_first_handoff(turns, zone).time(),
        effective_from=starts_at,
        effective_until=turns.ends_at,
        participants=rotated(turns.participants, first),
        restrictions=turns.restrictions,
    )


def _first_handoff(turns: Turns, zone: ZoneInfo) -> datetime:
    """Return when turn 0 begins, as the clocks of the zone show it, in whole minutes: none other is a handoff here."""
    return local_time(turns.anchor, zone).replace(second=0, microsecond=0)


def _check_sizes(part: Part, turns: Turns) -> None:
    for count, most, what in (
        (len(turns.participants), MAX_PARTICIPANTS, "turns"),
        (len(turns.restrictions), MAX_WINDOWS, "windows"),
    ):
        if count > most:
            message = f"has {count} {what} in {turns.name!r}, and a rotation here has at most {most}."
            part.block(Code.ROTATION_UNSUPPORTED, message, path=turns.path, was=count, now=most)


def _subday(name: str, length: timedelta, offer: Sequence[object]) -> str:
    said = f"has turns of {_hours(length)} hours in {name!r}, and here a turn lasts whole days."
    if not offer:
        return f"{said} Give it turns of whole days there."
    hours = _hours(length)
    return (
        f"{said} Make {len(offer)} of it there, with turns of a day, each restricted to {hours} hours of it, as shown."
    )


def _offer(turns: Turns, length: timedelta, anchor: datetime) -> list[dict[str, Any]]:
    """Return what says the same in turns of a day, if the length divides it: times of the day, and who takes turns."""
    parts, rest = divmod(DAY, length) if length else (0, length)
    if rest or not parts:
        return []
    count = len(turns.participants)
    days = count // gcd(count, parts)
    return [
        {
            "start": _clock(anchor + number * length),
            "end": _clock(anchor + (number + 1) * length),
            "participants": [turns.participants[(day * parts + number) % count] for day in range(days)],
        }
        for number in range(parts)
    ]


def _clock(wall: datetime) -> str:
    return f"{wall:%H:%M}"


def _hours(length: timedelta) -> float:
    hours = length / timedelta(hours=1)
    return int(hours) if hours.is_integer() else round(hours, 2)
