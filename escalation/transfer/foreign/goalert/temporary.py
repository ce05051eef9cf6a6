"""Temporary schedules of GoAlert: for a time, who is on call is said shift by shift, and nothing else counts.

Here overrides say so, for each rotation of the schedule: of those who serve at once the first one's is the first rotation, and
so on; where there are more rotations than people, the last serves for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from escalation.transfer.document import Override, Rotation
from escalation.transfer.findings import Code
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.people import People
from escalation.transfer.reading import values


class Temporary(NamedTuple):
    """A temporary schedule: who serves when, and where it stands."""

    starts_at: datetime
    ends_at: datetime
    shifts: tuple[tuple[str, datetime, datetime], ...]
    path: str


def temporary_schedules(part: Part, item: Item, people: People, now: datetime) -> list[Temporary]:
    """Return those of a schedule that are not over.

    Raises:
        Refused: they are not as GoAlert answers.
    """
    every = [_temporary(part, each, people, now) for each in item.each("temporarySchedules")]
    coming = [each for each in every if each.ends_at > now]
    if len(coming) < len(every):
        message = "has temporary schedules that are over; they are left out."
        path = item.path_of("temporarySchedules")
        part.note(Code.OVERRIDE_PAST_SKIPPED, message, path=path, was=len(every), now=len(coming))
    return coming


def overrides_in(part: Part, temporary: Temporary, rotations: Sequence[Rotation]) -> Iterator[Override]:
    """Yield the overrides that say what a temporary schedule does, each as long as one person serves in one place."""
    spans = list(_spans(temporary))
    _tell(part, temporary, spans, len(rotations))
    for place, name in enumerate([rotation.name for rotation in rotations] or [None]):
        yield from _joined(
            Override(user=users[min(place, len(users) - 1)], starts_at=starts_at, ends_at=ends_at, rotation=name)
            for users, starts_at, ends_at in spans
            if users
        )


_Span = tuple[tuple[str, ...], datetime, datetime]


def _temporary(part: Part, item: Item, people: People, now: datetime) -> Temporary:
    starts_at, ends_at = item.read("start", values.instant), item.read("end", values.instant)
    shifts = [] if ends_at <= now else [_shift(part, each, people) for each in item.each("shifts")]
    return Temporary(starts_at, ends_at, tuple(shifts), item.path)


def _shift(part: Part, item: Item, people: People) -> tuple[str, datetime, datetime]:
    user = people.serving(part, item, item.read("userID", values.text))
    return user, item.read("start", values.instant), item.read("end", values.instant)


def _spans(temporary: Temporary) -> Iterator[_Span]:
    """Yield who serves, in the order of their shifts, from when until when."""
    starts_at, ends_at, shifts, _ = temporary
    edges = {starts_at, ends_at, *(shift[1] for shift in shifts), *(shift[2] for shift in shifts)}
    for begins, ends in pairwise(sorted(edge for edge in edges if starts_at <= edge <= ends_at)):
        users = dict.fromkeys(user for user, start, end in shifts if start <= begins and ends <= end)
        yield tuple(users), begins, ends


def _tell(part: Part, temporary: Temporary, spans: Sequence[_Span], places: int) -> None:
    gaps = [(starts_at, ends_at) for users, starts_at, ends_at in spans if not users]
    crowds = [users for users, _, _ in spans if len(users) > max(places, 1)]
    if gaps and places:
        message = "has a temporary schedule with nobody for some time; here the rotations serve then."
        was = [f"{starts_at.isoformat()}/{ends_at.isoformat()}" for starts_at, ends_at in gaps]
        part.lossy(Code.TEMP_SCHEDULE_GAP, message, path=temporary.path, was=was)
    if crowds:
        message = (
            "has a temporary schedule with more people at once than it has rotations; the last of them are left out."
        )
        together = [list(users) for users in crowds]
        part.lossy(Code.MULTI_ONCALL_UNSUPPORTED, message, path=temporary.path, was=together, now=max(places, 1))


def _joined(overrides: Iterator[Override]) -> Iterator[Override]:
    """Yield overrides, those of one person that follow each other as one."""
    before: Override | None = None
    for override in overrides:
        if before is not None and (before.user, before.ends_at) == (override.user, override.starts_at):
            before = replace(before, ends_at=override.ends_at)
            continue
        if before is not None:
            yield before
        before = override
    if before is not None:
        yield before
