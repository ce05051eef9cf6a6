"""Replacements of one person by another, as overrides: only while the one who is replaced would serve.

An override here displaces whoever serves for a rotation, all of its time. Some products replace a person: while it is not
that person's turn, their replacement changes nothing. So it is cut to their turns. Example: Ana serves every other week,
and Bob replaces her in December: he serves in her two weeks of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from uuid import UUID
from zoneinfo import ZoneInfo

from escalation.domain import model
from escalation.domain.model import UserId
from escalation.domain.rotation import serving
from escalation.domain.span import Span, walk
from escalation.transfer.document import Override, Rotation


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """``added`` serves instead of ``removed``, both keys of users, from ``starts_at`` until before ``ends_at``."""

    removed: str
    added: str
    starts_at: datetime
    ends_at: datetime


def overrides_for(replacement: Replacement, rotations: Iterable[Rotation], zone: ZoneInfo) -> tuple[Override, ...]:
    """Return the overrides of ``rotations``, by their names, that say what a replacement does; maybe none."""
    return tuple(chain.from_iterable(_overrides(replacement, rotation, zone) for rotation in rotations))


def _overrides(replacement: Replacement, rotation: Rotation, zone: ZoneInfo) -> Iterator[Override]:
    timeline = partial(serving, _as_domain(rotation), zone)
    for _, starts_at, ends_at in _theirs(replacement, walk(timeline, replacement.starts_at, replacement.ends_at)):
        yield Override(
            user=replacement.added,
            starts_at=max(starts_at, replacement.starts_at),
            ends_at=min(ends_at, replacement.ends_at),
            rotation=rotation.name,
        )


def _theirs(replacement: Replacement, spans: Iterable[Span[UserId | None]]) -> Iterator[Span[UserId | None]]:
    """Yield the spans of who is replaced; of several without a break, one."""
    before: Span[UserId | None] | None = None
    for span in spans:
        if span.value != replacement.removed:
            continue
        if before is not None and before.ends_at == span.starts_at:
            before = before._replace(ends_at=span.ends_at)
            continue
        if before is not None:
            yield before
        before = span
    if before is not None:
        yield before


def _as_domain(rotation: Rotation) -> model.Rotation:
    return model.Rotation(
        id=UUID(int=0),
        position=0,
        handoff=rotation.handoff_time,
        length_days=rotation.rotation_length_days,
        starts_at=rotation.effective_from,
        ends_at=rotation.effective_until,
        participants=tuple(map(UserId, rotation.participants)),
        restrictions=tuple(
            model.Window(days=frozenset(each.days), start=each.start, end=each.end) for each in rotation.restrictions
        ),
    )
