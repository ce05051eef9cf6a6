"""What a change of a plan means, told part by part.

Example: Bob leaves, whose week begins on Monday. Of the schedule it is told that nobody is on call instead of him; of a
policy whose only layer targets it, that it reaches nobody in that week. Both are worse than before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from escalation.coverage import DEFAULT_DAYS
from escalation.domain.coverage import Purse
from escalation.transfer.document import Document
from escalation.transfer.meaning.differing import Differing
from escalation.transfer.meaning.ground import Declared, Ground
from escalation.transfer.meaning.names import Names
from escalation.transfer.meaning.policies import policy_said
from escalation.transfer.meaning.said import Meaning, Said
from escalation.transfer.meaning.schedules import schedule_said
from escalation.transfer.meaning.sides import Side

MOST_QUESTIONS: Final = 1_000_000
"""How many times rotations may be asked for one meaning: 20 s at worst. 500 new schedules and 2,000 policies take 60,000."""
MOST_FURTHER: Final = 50_000
"""How many times more, to find what differs later."""


def meaning_of(
    before: Document, after: Document, now: datetime, *, days: int = DEFAULT_DAYS, declared: Declared | None = None
) -> Meaning:
    """Return what it means for the ``days`` from ``now`` on that all of ``after`` takes the place of ``before``.

    Parts that bear one key are one part; what ``after`` lacks is not told of. ``declared`` are the gaps that are there
    on purpose: they are neither told nor worse. The cost grows with what differs and how often that changes in these
    days, up to 20 s; what would cost more is said to be unknown, and counts as worse.
    """
    end, purse = now + timedelta(days=days), Purse(MOST_QUESTIONS)
    ground = Ground(
        before=Side(before, now, end, purse),
        after=Side(after, now, end, purse),
        names=Names([*before.users, *after.users]),
        start=now,
        end=end,
        declared=declared or {},
        further=Purse(MOST_FURTHER),
    )
    said = list(_all_said(before, after, ground))
    return Meaning(
        start=now,
        end=end,
        told=tuple(each.told for each in said if each.told is not None),
        worse=tuple(chain.from_iterable(each.worse for each in said)),
    )


def _all_said(before: Document, after: Document, ground: Ground) -> Iterator[Said]:
    differing = Differing(before, after, (ground.before.world, ground.after.world))
    for former, schedule in differing.schedules():
        yield schedule_said(former, schedule, ground)
    for pair in differing.policies():
        yield policy_said(pair, ground)
