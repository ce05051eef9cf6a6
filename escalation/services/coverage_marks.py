"""Keeping the marks of coverage up to date, a few at a time.

Any number of workers may do so: a mark is claimed for two minutes, judged outside any transaction, and written. Who dies
in the middle leaves a mark that is due again when its claim ends. What has been edited meanwhile is due again at once,
for a claim that ``coverage_edits`` has taken away is not renewed. What cannot be judged says so, and never that it is fine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Case, F, Q, Value, When

from escalation.coverage import DEFAULT_DAYS, Ground, load_policy_grounds, load_schedule_grounds
from escalation.domain.coverage import Coverage, TooManyChanges
from escalation.loaders import Wanted
from escalation.models import CoverageMark

MARKED_DAYS: Final = DEFAULT_DAYS
"""For how many days marks tell."""

CHECKED_EVERY: Final = timedelta(hours=1)
CLAIMED_FOR: Final = timedelta(minutes=2)
_RESTS_FOR: Final = timedelta(days=1)
_MOST_TRIES: Final = 2

TOO_MUCH: Final = "Too much changes in these days."
ENDED_WORKERS: Final = "Workers have ended while they checked it."

_log = structlog.get_logger(__name__)

_CLAIM: Final = """
WITH due AS (
  SELECT id FROM escalation_coveragemark WHERE due_at <= %(now)s AND tries BETWEEN %(least)s AND %(last)s
  ORDER BY due_at, id LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE escalation_coveragemark AS mark SET due_at = %(until)s, tries = tries + 1 FROM due WHERE mark.id = due.id
RETURNING mark.id, mark.organization_id, mark.policy_id, mark.schedule_id, mark.tries, mark.due_at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedMark:
    """A mark that is ours to check until ``claimed_until``; ``tries`` counts this one."""

    id: UUID
    organization_id: str
    policy_id: UUID | None
    schedule_id: UUID | None
    tries: int
    claimed_until: datetime


def claim_marks(now: datetime, most: int) -> Sequence[ClaimedMark]:
    """Claim up to ``most`` marks that are due. One statement, a second where the first finds nothing.

    One that somebody began to check and never ended is claimed alone, so that nothing else suffers for it.
    """
    return _claim(now, most, least=0, last=0) or _claim(now, 1, least=1, last=_MOST_TRIES + 1)


def check_marks(claimed: Sequence[ClaimedMark], now: datetime) -> None:
    """Judge what was claimed from ``now`` on, and write down what was found.

    At most eight statements to read, whatever their number, and one to write each. Where reading them together fails,
    they are read one by one, and the one that is the trouble is marked.
    """
    sane = [one for one in claimed if one.tries <= _MOST_TRIES]
    for one in claimed:
        if one not in sane:
            _write(one, _failed(ENDED_WORKERS), now, now + _RESTS_FOR)
    grounds = _grounds(sane, now)
    for one in sane:
        found = grounds.get(one.id)
        if found is not None:
            _write(one, _judged(one, found, now), now, now + CHECKED_EVERY)


def _claim(now: datetime, most: int, *, least: int, last: int) -> Sequence[ClaimedMark]:
    until = now + CLAIMED_FOR
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "most": most, "least": least, "last": last, "until": until})
        rows = cursor.fetchall()
    return [
        ClaimedMark(
            id=mark_id,
            organization_id=organization_id,
            policy_id=policy_id,
            schedule_id=schedule_id,
            tries=tries,
            claimed_until=claimed_until,
        )
        for mark_id, organization_id, policy_id, schedule_id, tries, claimed_until in rows
    ]


def _grounds(claimed: Sequence[ClaimedMark], now: datetime) -> Mapping[UUID, Ground | str]:
    """Return by mark what each is judged by, or why that cannot be read; what is no longer there is absent."""
    try:
        return _read(claimed, now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(claimed) > 1:
            return {mark_id: found for one in claimed for mark_id, found in _grounds([one], now).items()}
        (one,) = claimed
        _log.exception("coverage_not_checked", mark_id=str(one.id), organization=one.organization_id)
        return {one.id: "It cannot be read."}


def _read(claimed: Sequence[ClaimedMark], now: datetime) -> Mapping[UUID, Ground | str]:
    policies = {one.policy_id: one for one in claimed if one.policy_id is not None}
    schedules = {one.schedule_id: one for one in claimed if one.schedule_id is not None}
    return {**_of(policies, load_policy_grounds, now), **_of(schedules, load_schedule_grounds, now)}


def _of(
    owners: Mapping[UUID, ClaimedMark], load: Callable[[Wanted, datetime], Mapping[UUID, Ground]], now: datetime
) -> Mapping[UUID, Ground | str]:
    found = load([(one.organization_id, owner) for owner, one in owners.items()], now) if owners else {}
    return {owners[owner].id: ground for owner, ground in found.items()}


def _judged(one: ClaimedMark, found: Ground | str, now: datetime) -> Mapping[str, Any]:
    if isinstance(found, str):
        return _failed(found)
    try:
        return _told(found.cover(now, MARKED_DAYS))
    except TooManyChanges:
        return _failed(TOO_MUCH)
    except Exception as error:
        # The item boundary: one that cannot be judged stands in nobody's way.
        _log.exception("coverage_not_checked", mark_id=str(one.id), organization=one.organization_id)
        return _failed(f"It cannot be judged: {type(error).__name__}.")


def _told(coverage: Coverage) -> Mapping[str, Any]:
    first = next(iter(coverage.gaps), None)
    return {
        "failure": "",
        "gap_count": len(coverage.gaps),
        "gap_starts_at": first and first.starts_at,
        "gap_ends_at": first and first.ends_at,
        "gap_position": first and first.position,
        "concern_count": len(coverage.concerns),
    }


def _failed(why: str) -> Mapping[str, Any]:
    nothing = dict.fromkeys(("gap_starts_at", "gap_ends_at", "gap_position"))
    return {"failure": why, "gap_count": 0, "concern_count": 0, **nothing}


def _write(one: ClaimedMark, found: Mapping[str, Any], now: datetime, again_at: datetime) -> None:
    """Write what was found, unless somebody has found something later; an edit since the claim stays due."""
    not_later = Q(checked_at=None) | Q(checked_at__lte=now)
    CoverageMark.objects.filter(not_later, id=one.id).update(
        **found,
        checked_at=now,
        checked_until=now + timedelta(days=MARKED_DAYS),
        tries=0,
        due_at=Case(When(due_at=one.claimed_until, then=Value(again_at)), default=F("due_at")),
    )
