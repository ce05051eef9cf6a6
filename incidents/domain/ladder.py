"""What would happen if nobody answered: every call for attention, in order, until nobody is left.

A ladder is read off ``unfold``, so it holds what the engine would do and nothing else: each call is a ``Fire`` of a
decision, each layer passed on the way a ``Note`` of it. What a person is sent, and when, follows from the rules their
page would be fired with. It ends with the first call of the fallback, or where it has grown too long to be read.

Example: layers [Ada 5 min, nobody, Bob 10 min], begun at 10:00, have three rungs: Ada at 10:00; Bob at 10:05, with
layer 2 passed; the fallback at 10:15. Ada's email goes at 10:00, and her SMS, which waits two minutes, at 10:02.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from escalation.domain.model import Duty, Layer, MethodId, Person, Plan, Recipient, UserId, World
from escalation.domain.span import FOREVER
from incidents.domain.model import Cause, Decision, Fire, Note, State, Status, Trigger
from incidents.domain.page import foresee
from incidents.domain.rules import LeftOut, frozen_rules, person_called
from incidents.domain.story import resume, unfold

MOST_RUNGS: Final = 200
"""How many calls a ladder tells at most."""

_MOST_LOOKS: Final = 1000
"""How many instants are looked at for them: a roster may change often without a call."""

PASSED: Final = ("layer_empty", "layer_skipped")
"""The notes that tell of a layer passed on the way to a call."""

Missed = tuple[tuple[Recipient, str], ...]
"""Who would have been called and cannot be, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A method over which somebody is sent the call, and when: at first, and again."""

    method: MethodId
    sent_at: tuple[datetime, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Somebody a call goes to: why, over what, and what their rules ask for and the page does without."""

    duty: Duty
    ways: tuple[Way, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A layer passed on the way to a call: ``skipped`` for a reason, or, where that is None, reaching nobody."""

    position: int
    layer: UUID | None
    skipped: str | None
    missed: Missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One call for attention.

    ``layer`` is the one it stands at, None before the first; ``due_at`` is when the next call comes; ``waived`` says
    for what its layer would have been skipped, were it not the last resort.
    """

    firing: int
    at: datetime
    cause: Cause
    pass_no: int
    position: int
    layer: Layer | None
    due_at: datetime | None
    called: tuple[Called, ...]
    missed: Missed = ()
    waived: str | None = None
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The calls to come, oldest first, and where they leave the escalation.

    ``plan`` is the one they go by, staffed by the owner where it had no layers. ``is_cut`` tells that more follow.
    """

    plan: Plan
    rungs: tuple[Rung, ...]
    state: State | None
    is_cut: bool

    @property
    def waits_until(self) -> datetime | None:
        """When a layer may reach somebody again, of a ladder that ends without having reached anybody."""
        return None if self.state is None or self.state.status is not Status.EXHAUSTED else self.state.roster_at


def climb(plan: Plan, world: World, severity: str, at: datetime, owner: UserId | None = None) -> Ladder:
    """Return the ladder of an incident of ``severity`` triggered at ``at``, if nobody ever acts. Never raises."""
    story = unfold(plan, world, at, [(at, Trigger(owner=owner))], FOREVER)
    return _climbed(story, Ladder(plan=plan, rungs=(), state=None, is_cut=False), world, severity)


def climb_on(plan: Plan, state: State, world: World, severity: str, now: datetime) -> Ladder:
    """Return what is left of the ladder of an escalation that stands at ``state``, if nobody acts. Never raises."""
    here = Ladder(plan=plan, rungs=(), state=state, is_cut=False)
    story = resume(plan, state, world, now, FOREVER) if _goes_on(state) else iter(())
    return _climbed(story, here, world, severity)


def ways_of(person: Person, severity: str, started: datetime) -> tuple[Way, ...]:
    """Return over what a page with these rules is sent and when, in order of the first time, if nobody answers."""
    sent: dict[MethodId, list[datetime]] = {}
    for at, send in foresee(person, severity, started, (), started):
        sent.setdefault(send.method, []).append(at)
    return tuple(Way(method=method, sent_at=tuple(times)) for method, times in sent.items())


def passed_by(kind: str, data: Mapping[str, Any]) -> Passed:
    """Return the layer passed of which a note tells, or an event of a timeline: one of the kinds ``PASSED``."""
    layer = data.get("layerId")
    return Passed(
        position=data.get("position") or 0,
        layer=None if layer is None else UUID(str(layer)),
        skipped=None if kind == "layer_empty" else str(data.get("reason")),
        missed=tuple((UserId(one["userId"]), one["reason"]) for one in data.get("missed", ())),
    )


def _climbed(story: Iterator[tuple[datetime, Decision]], ladder: Ladder, world: World, severity: str) -> Ladder:
    rungs: list[Rung] = []
    for looks, (at, decision) in enumerate(story, 1):
        rungs += _rungs(decision, world, severity, at)
        ladder = replace(ladder, plan=decision.plan, state=decision.state)
        if not _goes_on(decision.state) or _is_over(rungs, decision.state):
            break
        if looks == _MOST_LOOKS or len(rungs) >= MOST_RUNGS:
            return replace(ladder, rungs=tuple(rungs[:MOST_RUNGS]), is_cut=True)
    return replace(ladder, rungs=tuple(rungs))


def _goes_on(state: State) -> bool:
    return state.due_at is not None


def _is_over(rungs: Sequence[Rung], state: State) -> bool:
    return state.status is Status.EXHAUSTED and bool(rungs) and rungs[-1].cause is Cause.FALLBACK


def _rungs(decision: Decision, world: World, severity: str, at: datetime) -> Iterator[Rung]:
    """Yield the calls of one decision, each with the layers passed before it."""
    passed: list[Passed] = []
    for effect in decision.effects:
        if isinstance(effect, Fire):
            yield _rung(effect, decision.plan, world, severity, at, tuple(passed))
            passed = []
        elif isinstance(effect, Note) and effect.kind in PASSED:
            passed.append(passed_by(effect.kind, effect.data))


def _rung(fire: Fire, plan: Plan, world: World, severity: str, at: datetime, passed: tuple[Passed, ...]) -> Rung:
    return Rung(
        firing=fire.firing,
        at=at,
        cause=fire.cause,
        pass_no=fire.pass_no,
        position=fire.position,
        layer=layer_at(plan, fire.position),
        due_at=fire.due_at,
        called=tuple(_called(duty, world, severity, at) for duty in fire.roster.duties),
        missed=fire.roster.missed,
        waived=fire.roster.skipped,
        passed=passed,
    )


def _called(duty: Duty, world: World, severity: str, at: datetime) -> Called:
    person = person_called(world, duty.user)
    rules, left_out = frozen_rules(person, severity, at)
    return Called(duty=duty, ways=ways_of(replace(person, rules=rules), severity, at), left_out=left_out)


def layer_at(plan: Plan, position: int) -> Layer | None:
    """Return the layer at ``position`` of ``plan``, None before the first and behind the last."""
    return plan.layers[position - 1] if 1 <= position <= len(plan.layers) else None
