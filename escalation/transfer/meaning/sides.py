"""Before and after: each of two documents, with what has been worked out of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from escalation.domain.coverage import Purse, TooManyChanges
from escalation.domain.model import Layer, Plan, Recipient, Roster, Schedule, UserId
from escalation.domain.reaching import Called, Reaching, asked, called_in, gaps_together, reached_in
from escalation.domain.roster import ladder, members, roster
from escalation.domain.span import Span
from escalation.domain.times import NEVER, Times, between
from escalation.transfer.document import Document
from escalation.transfer.worlds import world_of

MOST_OF_A_SCHEDULE: Final = 50_000
"""How many times the rotations of one schedule may be asked, so that one alone cannot take what is there for all."""

_What = tuple[UUID | None, tuple[UserId, ...], UUID | None, bool]
"""All of a layer that says whom it reaches."""


class Side:
    """A document from ``start`` until before ``end``. What several of its parts lead to is worked out once.

    Whatever tells of that time raises ``TooManyChanges`` where it would cost more than there is in ``purse``.
    """

    def __init__(self, document: Document, start: datetime, end: datetime, purse: Purse) -> None:
        self.world = world_of(document, since=start)
        self.whole = between(start, end)
        self._start, self._end, self._purse = start, end, purse
        self._called: dict[UUID, Sequence[Span[Called]] | None] = {}
        self._asked: dict[tuple[UUID | None, bool], Times] = {}
        self._reached: dict[UUID, Times] = {}
        self._rosters: dict[_What, Roster] = {}

    def called(self, schedule: Schedule) -> Sequence[Span[Called]]:
        """Return who is on call in a schedule, each answer for as long as it holds."""
        if schedule.id not in self._called:
            self._called[schedule.id] = self._called_in(schedule)
        found = self._called[schedule.id]
        if found is None:
            raise TooManyChanges
        return found

    def reached(self, schedule: Schedule) -> Times:
        """Return when somebody who can be paged is on call in a schedule."""
        if schedule.id not in self._reached:
            self._reached[schedule.id] = reached_in(self.called(schedule), self._start, self._end)
        return self._reached[schedule.id]

    def gaps(self, plan: Plan) -> Sequence[Times]:
        """Return the gaps of a plan, and behind them those of each of its layers."""
        layers = [Reaching(self._asked_of(layer), self._reached_by(layer)) for layer in plan.layers]
        self._purse.spend(sum(len(layer.asked) + len(layer.reached) for layer in layers))
        return gaps_together(layers, self.whole)

    def first_page(self, plan: Plan) -> tuple[Sequence[Recipient], int | None]:
        """Return whom an incident would page first that started now, and by which layer; None: nobody but the fallback."""
        for layer in plan.layers:
            duties = self._roster(layer).duties
            if duties:
                return [duty.user for duty in duties], layer.position
        last_resort = [duty.user for each in ladder(plan, self.world, self._start) for duty in each.duties]
        return last_resort, len(plan.layers) if last_resort else None

    def _called_in(self, schedule: Schedule) -> Sequence[Span[Called]] | None:
        purse = Purse(MOST_OF_A_SCHEDULE, out_of=self._purse)
        try:
            return list(called_in(schedule, self.world, self._start, self._end, purse))
        except TooManyChanges:
            return None

    def _asked_of(self, layer: Layer) -> Times:
        hours = (layer.hours, layer.during)
        if hours not in self._asked:
            self._asked[hours] = asked(layer, self.world, self._start, self._end, self._purse)
        return self._asked[hours]

    def _reached_by(self, layer: Layer) -> Times:
        if layer.schedule is None:
            return self.whole if members(layer, self.world, self._start).duties else NEVER
        schedule = self.world.schedules.get(layer.schedule)
        return NEVER if schedule is None else self.reached(schedule)

    def _roster(self, layer: Layer) -> Roster:
        what = (layer.schedule, layer.users, layer.hours, layer.during)
        if what not in self._rosters:
            self._rosters[what] = roster(layer, self.world, self._start)
        return self._rosters[what]
