"""The endpoints that tell who is on call, in one schedule and in all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation.api import reads
from escalation.api.oncall.bodies import schedule_on_call_body, shift_body, who_body
from escalation.api.oncall.serializers import AtQuery, OnCallReply, ResolvedReply, ShiftsReply, SpanQuery
from escalation.loaders import load_schedules
from escalation.oncall import LONGEST_SPAN, first_shifts, load_on_call, load_people
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data
from scaling.clock import now
from scaling.errors import InvalidInput, NotFound

DEFAULT_SPAN = timedelta(days=14)
MOST_SHIFTS = 10_000


class OnCallViewSet(TenantViewSet):
    """Who is on call, when."""

    @operation("resolveSchedule", query=AtQuery, gives=ResolvedReply)
    def resolve(self, request: Request, schedule_id: UUID) -> Response:
        """Who is on call in a schedule, now or at an instant. Nobody is an answer too: no owner, no targets."""
        at = self._at()
        there = load_on_call(self.organization_id, at, [schedule_id]).get(schedule_id)
        if there is None:
            raise NotFound.of("schedule")
        people = load_people(self.organization_id, there.shifts)
        return data({"scheduleId": schedule_id, "at": at, **who_body(there, people)})

    @operation("listShifts", query=SpanQuery, gives=ShiftsReply)
    def shifts(self, request: Request, schedule_id: UUID) -> Response:
        """The shifts of a schedule that overlap a span of time, each from its true beginning to its true end."""
        start, end = self._span()
        schedules = load_schedules(self.organization_id, [schedule_id])
        if not schedules:
            raise NotFound.of("schedule")
        found = [shift for _, shift in first_shifts(schedules.values(), start, end, most=MOST_SHIFTS + 1)]
        if len(found) > MOST_SHIFTS:
            raise InvalidInput([("to", f"More than {MOST_SHIFTS:,} shifts lie in that time; ask for less of it.")])
        people = load_people(self.organization_id, found)
        told = [shift_body(shift, people) for shift in found]
        return data({"scheduleId": schedule_id, "from": start, "to": end, "shifts": told})

    @operation("listOnCall", query=AtQuery, gives=OnCallReply)
    def everywhere(self, request: Request) -> Response:
        """Who is on call in every schedule, now or at an instant, and until when; oldest schedule first."""
        at = self._at()
        found = load_on_call(self.organization_id, at)
        people = load_people(self.organization_id, [shift for there in found.values() for shift in there.shifts])
        named = [row for row in reads.schedules(self.organization_id) if row.id in found]
        return data({"at": at, "schedules": [schedule_on_call_body(row, found[row.id], people) for row in named]})

    def _at(self) -> datetime:
        return self.query(AtQuery).get("at") or now()

    def _span(self) -> tuple[datetime, datetime]:
        span = self.query(SpanQuery)
        start = span.get("from") or now()
        end = span.get("to") or start + DEFAULT_SPAN
        if not start < end <= start + LONGEST_SPAN:
            raise InvalidInput([("to", f"Must lie after from, and at most {LONGEST_SPAN.days} days after it.")])
        return start, end
