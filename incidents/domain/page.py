"""One person, one firing: which of their methods to use when.

A rule is due once its delay has passed. A method does not wait for that when the one before it has been tried and has
failed at least once: the first failure starts the next (design D9), also where a method before both has arrived, for
an email that arrived wakes nobody. A rule with ``every`` is due again and again, ten rounds at most; rounds missed
because nobody looked are made up by one. Methods that ended ``dead`` are not tried again. At one instant a method is
used once, however many rules ask for it.

Example: rules [email at 0, chat after 2 min, SMS after 5 min]. At the start the email is sent and the page is looked
at again after two minutes. The chat refuses to talk then: the SMS goes out now, and the chat is tried on beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from operator import itemgetter
from typing import Final

from escalation.domain.model import ACCOUNT_EMAIL, MethodId, Person, Rule

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
    hurried = _hurried(timetable, tries)
    sends = {planned.send.method: planned.send for planned in waiting if planned.at <= now}
    for send in hurried:
        sends.setdefault(send.method, send)
    later = [planned.at for planned in waiting if planned.at > now and planned.send not in hurried]
    return PageStep(
        sends=tuple(sends.values()),
        next_at=min(later, default=None),
        unreachable=not waiting and all(attempt.outcome is Outcome.DEAD for attempt in tries),
    )


def foresee(
    person: Person, severity: str, started: datetime, tries: Sequence[Try], now: datetime
) -> Iterator[tuple[datetime, Send]]:
    """Yield what is still sent from ``now`` on, and when, in order, if every send arrives and nobody answers."""
    tries, at = list(tries), now
    while True:
        step = next_sends(person, severity, started, tries, at)
        for send in step.sends:
            yield at, send
            tries.append(_arrived(send, at))
        if step.next_at is None:
            return
        at = step.next_at


def _arrived(send: Send, at: datetime) -> Try:
    return Try(method=send.method, round=send.round, at=at, outcome=Outcome.HANDED_OVER, attempts=1)


def _timetable(rules: Sequence[Rule], started: datetime) -> list[_Planned]:
    """Return every send the rules ask for, in order; the rounds of a method count through all its rules."""
    times: dict[tuple[datetime, MethodId], None] = {}
    for rule in rules:
        times |= dict.fromkeys((started + delay, rule.method) for delay in _delays(rule))
    rounds: Counter[MethodId] = Counter()
    timetable = []
    for at, method in sorted(times, key=itemgetter(0)):  # stable: at one instant in the order of the rules
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


def _hurried(timetable: Sequence[_Planned], tries: Sequence[Try]) -> list[Send]:
    """Return the sends that need not wait: the first of each method that is new and follows one that has failed."""
    failed = {attempt.method for attempt in tries if attempt.outcome in _FAILED}
    tried = {attempt.method for attempt in tries}
    firsts = sorted((planned for planned in timetable if planned.send.round == 1), key=_place_in_chain)
    sends = [planned.send for planned in firsts]
    return [send for before, send in pairwise(sends) if before.method in failed and send.method not in tried]


def _place_in_chain(planned: _Planned) -> tuple[datetime, bool]:
    """Put the account's email first: it goes at once whatever the rules say, so it is nobody's next method."""
    return planned.at, planned.send.method != ACCOUNT_EMAIL
