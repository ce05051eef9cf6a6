"""The answers of ``incidents.domain.why`` and the fates of methods as sentences, in the past tense of the call.

They name people, and instants beside the call's: "Ada was not paged: Cyd stood in for Ada in “Primary” until 22:00 UTC."
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from incidents.domain.methods import Fate, MethodFate
from incidents.domain.model import Cause
from incidents.domain.why import Answer, Call, Rejection
from incidents.names import Names, named
from incidents.reasons import PLAN_APPLIED, quiet_hours, standing
from incidents.summaries import SKIPPED, UNREACHABLE
from incidents.wording import moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the sentences of one incident take their words from.

    ``titles`` are the names of schedules and rotations as they are called now; those that are gone are missing.
    """

    names: Names
    titles: Mapping[UUID, str]
    has_policy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Somebody's answer, the call it is about, and the command that brought the call about ("" and None if none did)."""

    who: str
    answer: Answer
    call: Call
    command: str
    by: str | None


def sentence(told: Told, setting: Setting) -> str:
    """Return why ``told.who`` was paged by the call, or why not."""
    rejection = told.answer.rejection
    if rejection is None:
        return _paged(told, setting)
    return _Absence(told, setting).told(rejection)


def method_sentence(fate: MethodFate, channel: str, now: datetime) -> str:
    """Return what became of a method: "email: sent at 03:00 UTC"."""
    if fate.fate is Fate.QUIET_HOURS:
        return f"{channel}: left out: {quiet_hours(fate.at, now)}"
    return f"{channel}: {_FATES[fate.fate].format('' if fate.at is None else moment(fate.at, now))}"


# Paged

_HEADS: Final[Mapping[Cause, str]] = {
    Cause.LAYER: "{who} was paged",
    Cause.REPEAT: "The layers were paged again, and {who} was paged",
    Cause.JOINED: "{who} came on call and was paged",
    Cause.REPAGE: "The acknowledgement ran out, so {who} was paged",
    Cause.UNACKNOWLEDGED: "{by} took the acknowledgement back, so {who} was paged",
    Cause.SNOOZE_ENDED: "The snooze ended, so {who} was paged",
    Cause.ESCALATE: "{by} called the next layer by hand, so {who} was paged",
    Cause.HANDOFF: "{by} handed the incident to {who}, who was paged",
    Cause.FALLBACK: "Nobody else had answered, so {who} was paged as the fallback",
}
_HEAD_OF_A_NEW_PLAN: Final = "{by} applied the policy as it is now, so {who} was paged"


def _paged(told: Told, setting: Setting) -> str:
    head = _HEAD_OF_A_NEW_PLAN if told.command == PLAN_APPLIED else _HEADS[told.call.cause]
    place = _place(told, setting)
    by = "Somebody" if told.by is None else named(told.by, setting.names)
    return head.format(who=told.who, by=by) + (f": {place}." if place else ".")


def _place(told: Told, setting: Setting) -> str:
    duty = told.answer.duty
    if duty is None:
        return ""
    if duty.source == "named" and not setting.has_policy:
        return "the owner of the incident"
    place = standing(duty.source, duty.until, f"layer {told.call.position}", told.call.at)
    return f"{place}{_in_schedule(told.answer, setting)}" if place else ""


# Not paged


class _Absence:
    """Somebody who was not paged, and the words for it."""

    def __init__(self, told: Told, setting: Setting) -> None:
        self._who, self._answer, self._call, self._setting = told.who, told.answer, told.call, setting

    def told(self, rejection: Rejection) -> str:
        """Return the sentence."""
        again = " again" if self._answer.before is not None else ""
        return f"{self._who} was not paged{again}: {_ABSENCES[rejection](self)}."

    def not_in_plan(self) -> str:
        return f"no layer of the policy leads to {self._who}" if self._setting.has_policy else "only its owner is"

    def not_reached(self) -> str:
        return f"{self._layer()} was to follow{self._then(' at ')} unless somebody answered"

    def layer_over(self) -> str:
        return f"{self._layer()} had its turn before"

    def skipped(self) -> str:
        reason = SKIPPED[str(self._answer.rejection)]
        return f"{self._layer()} was skipped, for {reason}{self._then(', next from ')}"

    def not_on_call(self) -> str:
        return f"{self._turn()}{self._schedule()}{self._until()}{self._then(', and the next shift begins at ')}"

    def displaced(self) -> str:
        return f"{self._by()} stood in for {self._who}{self._schedule()}{self._until()}"

    def hidden(self) -> str:
        return f"{self._by()} was on call{self._schedule()}{self._until()}, and only the first rotation pages there"

    def restricted(self) -> str:
        rotation = self._title(self._answer.source, "the rotation")
        return f"{rotation}{self._schedule()} serves at certain hours only{self._then(', next from ')}"

    def unreachable(self) -> str:
        return f"{self._who} {UNREACHABLE[str(self._answer.rejection)]}"

    def paged_before(self) -> str:
        since = self._at("{}", "", self._answer.before, " at ")
        return f"{self._layer()} had called {self._who} already{since}"

    def handed_off(self) -> str:
        return f"the incident was handed to {self._by()}"

    def held_by_another(self) -> str:
        return f"{self._by()} had acknowledged and was asked alone"

    def _turn(self) -> str:
        return "nobody was on call" if self._answer.by is None else f"it was {_possessive(self._by())} turn"

    def _layer(self) -> str:
        return f"layer {self._answer.position}"

    def _by(self) -> str:
        return named(self._answer.by, self._setting.names)

    def _schedule(self) -> str:
        return _in_schedule(self._answer, self._setting)

    def _until(self) -> str:
        return self._at("{}", "", self._answer.until, " until ")

    def _then(self, lead: str) -> str:
        return self._at("{}", "", self._answer.then, lead)

    def _title(self, one: UUID | None, otherwise: str) -> str:
        title = None if one is None else self._setting.titles.get(one)
        return otherwise if title is None else f"“{title}”"

    def _at(self, text: str, otherwise: str, at: datetime | None, lead: str) -> str:
        return otherwise if at is None else text.format(f"{lead}{moment(at, self._call.at)}")


_ABSENCES: Final[Mapping[Rejection, Callable[[_Absence], str]]] = {
    Rejection.NOT_IN_PLAN: _Absence.not_in_plan,
    Rejection.NOT_REACHED: _Absence.not_reached,
    Rejection.LAYER_OVER: _Absence.layer_over,
    Rejection.OUTSIDE_HOURS: _Absence.skipped,
    Rejection.DURING_HOURS: _Absence.skipped,
    Rejection.NOT_ON_CALL: _Absence.not_on_call,
    Rejection.DISPLACED: _Absence.displaced,
    Rejection.HIDDEN: _Absence.hidden,
    Rejection.RESTRICTED: _Absence.restricted,
    Rejection.INACTIVE: _Absence.unreachable,
    Rejection.UNKNOWN: _Absence.unreachable,
    Rejection.PAGED_BEFORE: _Absence.paged_before,
    Rejection.HANDED_OFF: _Absence.handed_off,
    Rejection.HELD_BY_ANOTHER: _Absence.held_by_another,
    Rejection.NOT_FALLBACK: lambda absence: "only the fallback was called",
    Rejection.NOT_RECORDED: lambda absence: "what the engine looked at was not recorded",
}


def _in_schedule(answer: Answer, setting: Setting) -> str:
    title = None if answer.schedule is None else setting.titles.get(answer.schedule)
    return "" if title is None else f" in “{title}”"


def _possessive(name: str) -> str:
    return f"{name}'s"


# Methods

_FATES: Final[Mapping[Fate, str]] = {
    Fate.SENT: "sent at {}",
    Fate.TRYING: "being tried since {}",
    Fate.FAILED: "refused for good, begun at {}",
    Fate.CALLED_OFF: "called off before it went out, begun at {}",
    Fate.WAITING: "due at {}",
    Fate.NOT_BEGUN: "not begun, as the page ended before",
    Fate.OTHER_SEVERITY: "not used for this severity",
    Fate.UNVERIFIED: "not used, as it was not verified",
    Fate.NO_RULE: "not used, as no rule named it",
    Fate.REMOVED: "removed at {}, before its turn",
}
