"""One person, one firing: which of their methods to use when.

A rule is due once its delay has passed, or at once when every rule before it has been tried and has failed at least
once: the first failure starts the person's next method (design D9). A rule with ``every`` is due again and again, ten
rounds at most. Methods that ended ``dead`` are not tried again.

Example: rules [email at 0, SMS after 5 min]. At the start the email is sent and the page is looked at again after
five minutes. The mail server refuses to talk: the SMS goes out now, and the email is tried on beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
    rank: int  # the place of its rule


def next_sends(person: Person, severity: str, started: datetime, tries: Sequence[Try], now: datetime) -> PageStep:
    """Return the next step of a page that began at ``started``, given what has been tried. Never raises."""
    rules = [rule for rule in person.rules if rule.usable and severity in rule.severities]
    done = {(attempt.method, attempt.round): attempt.outcome for attempt in tries}
    dead = {attempt.method for attempt in tries if attempt.outcome is Outcome.DEAD}
    open_sends = [
        planned
        for planned in _timetable(rules, started)
        if (planned.send.method, planned.send.round) not in done and planned.send.method not in dead
    ]
    hurried = _hurried_rank(rules, tries)
    due = [planned for planned in open_sends if planned.at <= now or planned.rank <= hurried]
    later = [planned.at for planned in open_sends if planned not in due]
    return PageStep(
        sends=tuple(planned.send for planned in due),
        next_at=min(later, default=None),
        unreachable=not open_sends and all(outcome is Outcome.DEAD for outcome in done.values()),
    )


def _timetable(rules: Sequence[Rule], started: datetime) -> Iterator[_Planned]:
    """Yield every send the rules ask for; the rounds of a method count through all its rules."""
    rounds: Counter[MethodId] = Counter()
    for rank, rule in enumerate(rules):
        for turn in range(1 if rule.every is None else MAX_ROUNDS):
            rounds[rule.method] += 1
            at = started + rule.after + (rule.every or rule.after) * turn
            yield _Planned(send=Send(method=rule.method, round=rounds[rule.method]), at=at, rank=rank)


def _hurried_rank(rules: Sequence[Rule], tries: Sequence[Try]) -> int:
    """Return the place of the last rule that need not wait: all rules before it have failed at least once."""
    failed = {attempt.method for attempt in tries if attempt.outcome in _FAILED}
    for rank, rule in enumerate(rules):
        if rule.method not in failed:
            return rank if rank else -1
    return len(rules) - 1
