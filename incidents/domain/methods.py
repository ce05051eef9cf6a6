"""What became of a page, method by method: sent, being tried, due later, or not used and why.

Read off the rules the page was fired with and its deliveries. What is still to come is told by stepping the page
ahead, as the engine will, every send taken as one that arrives.

Example: Ada's rules are push at once and SMS after five minutes. Two minutes in, push is ``sent``, SMS is ``waiting``
with the instant it is due; had she acknowledged before, SMS would be ``not_begun``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from escalation.domain.model import MethodId, Person
from incidents.domain.page import Outcome, Try, foresee
from incidents.domain.rules import LeftOut


class Fate(StrEnum):
    """What became of a method."""

    SENT = "sent"  # handed over, ``at``
    TRYING = "trying"  # begun ``at``, not handed over yet
    FAILED = "failed"  # refused for good
    CALLED_OFF = "called_off"  # begun ``at``, and not needed any more
    WAITING = "waiting"  # due ``at``
    NOT_BEGUN = "not_begun"  # the page ended before its turn came
    OTHER_SEVERITY = "other_severity"  # its rules are for incidents of other severities
    UNVERIFIED = "unverified"  # nobody had proved that it reaches the person
    QUIET_HOURS = "quiet_hours"  # left out, as it rings or buzzes: the person's quiet hours lasted ``at``
    NO_RULE = "no_rule"  # the person has rules, and none of them names it
    REMOVED = "removed"  # taken away, ``at``


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodFate:
    """What became of one method of a page's person, and when."""

    method: MethodId
    fate: Fate
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A delivery of the page, and when it was handed over."""

    attempt: Try
    handed_over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSoFar:
    """A page: whose, about what, since when, what was tried; ``is_running`` while its rules may still send.

    ``left_out`` is what its person's rules asked for and the page does without.
    """

    person: Person
    severity: str
    started: datetime
    tried: Sequence[Tried]
    is_running: bool
    left_out: Sequence[LeftOut] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is known today of a method: when it was added, verified and removed (None: not yet).

    A removed one does not tell any more when it was verified.
    """

    created_at: datetime
    verified_at: datetime | None
    removed_at: datetime | None


_OF_OUTCOME: Final[Mapping[Outcome, Fate]] = {
    Outcome.PENDING: Fate.TRYING,
    Outcome.FAILING: Fate.TRYING,
    Outcome.HANDED_OVER: Fate.SENT,
    Outcome.DEAD: Fate.FAILED,
    Outcome.CANCELLED: Fate.CALLED_OFF,
}
_BEST_FIRST: Final = (Fate.SENT, Fate.TRYING, Fate.FAILED, Fate.CALLED_OFF)


def method_fates(page: PageSoFar, kept: Mapping[MethodId, Kept], now: datetime) -> tuple[MethodFate, ...]:
    """Return what became of each method of the page, in the order of its rules, then of those it had to do without.

    ``kept`` holds the person's methods, removed ones too: those that are in no rule and were there when the page began
    are told as well.
    """
    due = _due(page, now)
    used = [*(rule.method for rule in page.person.rules), *(each.attempt.method for each in page.tried)]
    without = [
        MethodFate(method=method, fate=_in_no_rule(each, page.started))
        for method, each in kept.items()
        if method not in used and each.removed_at is None and each.created_at <= page.started
    ]
    return (*(_fate(page, method, kept.get(method), due.get(method)) for method in dict.fromkeys(used)), *without)


def _fate(page: PageSoFar, method: MethodId, kept: Kept | None, due: datetime | None) -> MethodFate:
    begun = [_begun(each) for each in page.tried if each.attempt.method == method]
    if begun:
        return min(begun, key=lambda each: (_BEST_FIRST.index(each.fate), each.at))
    quiet = [each for each in page.left_out if each.method == method and each.because == "quiet_hours"]
    if quiet:
        return MethodFate(method=method, fate=Fate.QUIET_HOURS, at=quiet[0].until)
    rules = [rule for rule in page.person.rules if rule.method == method]
    if not any(rule.usable for rule in rules):
        return MethodFate(method=method, fate=Fate.UNVERIFIED)
    if not any(page.severity in rule.severities for rule in rules if rule.usable):
        return MethodFate(method=method, fate=Fate.OTHER_SEVERITY)
    if kept is not None and kept.removed_at is not None:
        return MethodFate(method=method, fate=Fate.REMOVED, at=kept.removed_at)
    return MethodFate(method=method, fate=Fate.NOT_BEGUN if due is None else Fate.WAITING, at=due)


def _begun(tried: Tried) -> MethodFate:
    attempt = tried.attempt
    return MethodFate(method=attempt.method, fate=_OF_OUTCOME[attempt.outcome], at=tried.handed_over_at or attempt.at)


def _in_no_rule(kept: Kept, at: datetime) -> Fate:
    return Fate.UNVERIFIED if kept.verified_at is None or kept.verified_at > at else Fate.NO_RULE


def _due(page: PageSoFar, now: datetime) -> Mapping[MethodId, datetime]:
    """Return when each method is begun that has not been yet, if nobody answers."""
    if not page.is_running:
        return {}
    due: dict[MethodId, datetime] = {}
    for at, send in foresee(page.person, page.severity, page.started, [each.attempt for each in page.tried], now):
        due.setdefault(send.method, at)
    return due
