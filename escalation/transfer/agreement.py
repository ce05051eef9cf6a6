"""Who is on call by a document, held against what another product has computed itself.

Example: by the product Ana serves until 09:00 and Bob from then on, and by the document the hand-off is at 10:00. Then there is
one difference, from 09:00 until before 10:00: theirs is Bob, ours is Ana.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from escalation.domain.schedule import paged
from escalation.transfer.arrival import Timeline
from escalation.transfer.document import Schedule, people_named
from escalation.transfer.worlds import schedule_of, user_id


class Difference(NamedTuple):
    """From when until when the product has others on call than the document: keys of users, sorted."""

    starts_at: datetime
    ends_at: datetime
    theirs: tuple[str, ...]
    ours: tuple[str, ...]


def differences(schedule: Schedule, timeline: Timeline) -> Iterator[Difference]:
    """Yield where a schedule and its timeline differ, in order; each is as long as neither of both changes.

    The cost grows with the number of shifts, and not with the minutes between them.
    """
    theirs, ours = _theirs(timeline), _ours(schedule, timeline)
    edges = sorted({timeline.start, timeline.end, *theirs, *ours})
    said: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    for starts_at, ends_at in pairwise(edge for edge in edges if edge <= timeline.end):
        said, meant = theirs.get(starts_at, said), ours.get(starts_at, meant)
        if starts_at >= timeline.start and said != meant:
            yield Difference(starts_at, ends_at, said, meant)


def _theirs(timeline: Timeline) -> Mapping[datetime, tuple[str, ...]]:
    """Return who is on call from each instant on at which that changes."""
    changes: dict[datetime, Counter[str]] = {}
    for shift in timeline.shifts:
        if shift.starts_at < shift.ends_at:
            changes.setdefault(shift.starts_at, Counter()).update([shift.user])
            changes.setdefault(shift.ends_at, Counter()).subtract([shift.user])
    serving: Counter[str] = Counter()
    found = {}
    for at in sorted(changes):
        serving.update(changes[at])
        found[at] = tuple(sorted(user for user, times in serving.items() if times > 0))
    return found


def _ours(schedule: Schedule, timeline: Timeline) -> Mapping[datetime, tuple[str, ...]]:
    keys = {user_id(key): key for key in people_named([schedule], [])}
    spans = paged(schedule_of(schedule), timeline.start, timeline.end)
    return {max(at, timeline.start): tuple(sorted({keys[shift.user] for shift in held})) for held, at, _ in spans}
