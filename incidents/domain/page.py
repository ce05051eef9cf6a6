"""One person, one firing: which of their methods to use when.

A rule is due once its delay has passed. The person's next method does not wait for that when every method before it
has been tried and has failed at least once: the first failure starts it (design D9). A rule with ``every`` is due
again and again, ten rounds at most; rounds missed because nobody looked are made up by one. Methods that ended
``dead`` are not tried again.

Example: rules [email at 0, SMS after 5 min]. At the start the email is sent and the page is looked at again after
five minutes. The mail server refuses to talk: the SMS goes out now, and the email is tried on beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import Final

from escalation.domain.model import MethodId, Person, Rule

MAX_ROUNDS: Final = 10
"""How often a repeating rule sends at most (design, "Due times")."""


class Outcome(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"  # not attempted yet, or in hand
    FAILING = "failing"  # attempted in vain, tried on
    HANDED_OVER = "handed_over"
    DEAD = "dead"
    CANCELLED = "cancelled"


_FAILED: Final = frozenset({Outcome.FAILING, Outcome.DEAD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One delivery of the page: a method in a round, begun at ``at``."""

    method: MethodId
    round: int
    at: datetime
    outcome: Outcome
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A delivery to begin now."""

    method: MethodId
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStep:
    """What to send now, when to look again (None: never), and whether nobody can be reached any more."""

    sends: tuple[Send, ...]
    next_at: datetime | None
    unreachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    send: Send
    at: datetime


def next_sends(person: Person, severity: str, started: datetime, tries: Sequence[Try], now: datetime) -> PageStep:
    """Return the next step of a page that began at ``started``, given what has been tried. Never raises."""
    rules = [rule for rule in person.rules if rule.usable and severity in rule.severities]
    timetable = _timetable(rules, started)
    waiting = _waiting(timetable, tries)
    sends = {planned.send.method: planned.send for planned in waiting if planned.at <= now}
    hurried = _hurried(timetable, tries)
    if hurried is not None:
        sends.setdefault(hurried.method, hurried)
    later = [planned.at for planned in waiting if planned.at > now and planned.send != hurried]
    return PageStep(
        sends=tuple(sends.values()),
        next_at=min(later, default=None),
        unreachable=not waiting and all(attempt.outcome is Outcome.DEAD for attempt in tries),
    )


def _timetable(rules: Sequence[Rule], started: datetime) -> list[_Planned]:
    """Return every send the rules ask for, in order; the rounds of a method count through all its rules."""
    times: list[tuple[datetime, MethodId]] = []
    for rule in rules:
        times += [(started + delay, rule.method) for delay in _delays(rule)]
    times.sort(key=itemgetter(0))  # stable: at one instant in the order of the rules
    rounds: Counter[MethodId] = Counter()
    timetable = []
    for at, method in times:
        rounds[method] += 1
        timetable.append(_Planned(send=Send(method=method, round=rounds[method]), at=at))
    return timetable


def _delays(rule: Rule) -> list[timedelta]:
    if not rule.every:
        return [rule.after]
    return [rule.after + rule.every * turn for turn in range(MAX_ROUNDS)]


def _waiting(timetable: Sequence[_Planned], tries: Sequence[Try]) -> list[_Planned]:
    """Return what may still be sent: of living methods, the rounds after the last one begun."""
    dead = {attempt.method for attempt in tries if attempt.outcome is Outcome.DEAD}
    begun: dict[MethodId, int] = {}
    for attempt in tries:
        begun[attempt.method] = max(attempt.round, begun.get(attempt.method, 0))
    return [
        planned
        for planned in timetable
        if planned.send.method not in dead and planned.send.round > begun.get(planned.send.method, 0)
    ]


def _hurried(timetable: Sequence[_Planned], tries: Sequence[Try]) -> Send | None:
    """Return the send that need not wait, if any: the next method's first, when all methods before it have failed."""
    failed = {attempt.method for attempt in tries if attempt.outcome in _FAILED}
    tried = {attempt.method for attempt in tries}
    following = next((planned.send for planned in timetable if planned.send.method not in failed), None)
    return None if not failed or following is None or following.method in tried else following
