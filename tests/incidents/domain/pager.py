"""A run in memory, in which every page has an outcome: what ``incidents.facts`` counts in rows is counted in lists.

Each recipient is ``HEARD`` (pages arrive at once), ``TRYING`` (they fail, and are tried on) or ``DEAD``. As in the
engine, a page that dies wakes its escalation, and an escalation all of whose own pages are dead is undeliverable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from escalation.domain.model import Plan, Recipient, World
from incidents.domain.escalation import decide
from incidents.domain.model import (
    Cause,
    Command,
    Decision,
    Due,
    Event,
    Fire,
    Reach,
    State,
    Status,
    Stop,
    Trigger,
    Undeliverable,
)

MOST_STEPS_AT_AN_INSTANT = 20
"""Enough to find every layer of a plan of three dead, twice over, then the fallback, then the operator."""


class Outcome(Enum):
    HEARD = auto()
    TRYING = auto()
    DEAD = auto()


@dataclass(kw_only=True)
class Page:
    firing: int
    cause: Cause
    pass_no: int
    recipient: Recipient
    outcome: Outcome | None  # None: cancelled


@dataclass(frozen=True, kw_only=True)
class Step:
    """One decision: when, from what, with which pages before it."""

    at: datetime
    before: State | None
    event: Event
    reach: Reach
    decision: Decision


@dataclass
class Pager:
    plan: Plan
    world: World
    outcomes: Mapping[Recipient, Outcome]
    state: State | None = None
    pages: list[Page] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    def run(self, start: datetime, script: list[tuple[datetime, Command]], end: datetime) -> list[Step]:
        """Run from ``start`` to ``end``; ``script`` is sorted by time. Returns every step taken."""
        self._take(Trigger(owner=None), start)
        for at, command in script:
            self._sleep_until(at)
            self._take(command, at)
        self._sleep_until(end)
        return self.steps

    def _sleep_until(self, end: datetime) -> None:
        while self.state is not None and self.state.wake_at is not None and self.state.wake_at < end:
            self._take_due(self.state.wake_at)

    def _take_due(self, at: datetime) -> None:
        assert self.state is not None
        due = self.state.due_at is not None and self.state.due_at <= at
        dead = any(self._own()) and all(page.outcome is Outcome.DEAD for page in self._own())
        self._take(Undeliverable(reach=self.reach) if dead and not due else Due(reach=self.reach), at)

    def _take(self, event: Event, at: datetime) -> None:
        reach = self.reach
        decision = decide(self.plan, self.state, event, self.world, at)
        self.steps.append(Step(at=at, before=self.state, event=event, reach=reach, decision=decision))
        assert sum(step.at == at for step in self.steps) <= MOST_STEPS_AT_AN_INSTANT, "it chases itself"
        self.plan, self.state = decision.plan, decision.state
        before = len(self._dead_pages())
        for effect in decision.effects:
            if isinstance(effect, Stop):
                self._cancel(effect)
            elif isinstance(effect, Fire):
                self._call(effect)
        if len(self._dead_pages()) > before:
            self._take_due(at)

    def _dead_pages(self) -> list[Page]:
        return [page for page in self.pages if page.outcome is Outcome.DEAD]

    def _cancel(self, stop: Stop) -> None:
        for page in self.pages:
            if page.outcome is Outcome.TRYING and page.recipient != stop.spare:
                page.outcome = None

    def _call(self, fire: Fire) -> None:
        self.pages += [
            Page(
                firing=fire.firing,
                cause=fire.cause,
                pass_no=fire.pass_no,
                recipient=duty.user,
                outcome=self.outcomes.get(duty.user, Outcome.HEARD),
            )
            for duty in fire.roster.duties
        ]

    @property
    def reach(self) -> Reach:
        own, whole = self._own(), self._of_the_pass()
        return Reach(
            heard=any(page.outcome is Outcome.HEARD for page in own),
            trying=any(page.outcome is Outcome.TRYING for page in own),
            pass_heard=any(page.outcome is Outcome.HEARD for page in whole),
            pass_trying=any(page.outcome is Outcome.TRYING for page in whole),
        )

    def _of_the_pass(self) -> list[Page]:
        state = self.state
        if state is None:
            return []
        return [page for page in self.pages if page.pass_no == state.pass_no or page.firing >= state.entered]

    def _own(self) -> list[Page]:
        state = self.state
        if state is None:
            return []
        exhausted = state.status is Status.EXHAUSTED
        return [
            page
            for page in self._of_the_pass()
            if page.firing >= state.entered and (exhausted or page.cause is not Cause.FALLBACK)
        ]
