"""The endpoints of coverage: where nobody is reached, and where that is on purpose."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from escalation import services
from escalation.api.bodies import Body
from escalation.api.coverage_bodies import coverage_body, intended_gap_body
from escalation.api.serializers.coverage import (
    CoverageReply,
    DaysQuery,
    IntendedGapReply,
    PolicyGapInput,
    ScheduleGapInput,
)
from escalation.coverage import Ground, load_policy_grounds, load_schedule_grounds
from escalation.domain.coverage import TooManyChanges
from escalation.models import IntendedGap, Policy, Schedule
from scaling.api.schema import operation
from scaling.api.views import TenantViewSet, data, deleted
from scaling.clock import now
from scaling.errors import InvalidInput, NotFound


class PolicyCoverageViewSet(TenantViewSet):
    """Where a policy reaches nobody. If-Match takes the ETag of the policy."""

    @operation("getPolicyCoverage", query=DaysQuery, gives=CoverageReply)
    def retrieve(self, request: Request, policy_id: UUID) -> Response:
        """Times at which the policy or a layer reaches nobody in the days to come, and people who are hard to reach."""
        days, at = self.query(DaysQuery)["days"], now()
        ground = load_policy_grounds([(self.organization_id, policy_id)], at).get(policy_id)
        if ground is None:
            raise NotFound.of("policy")
        return data(_covered(ground, at, days, policy_id=policy_id))

    @operation("listPolicyGaps", gives=IntendedGapReply(many=True))
    def list(self, request: Request, policy_id: UUID) -> Response:
        """The gaps that are declared for the policy and its layers, oldest first; those that are over too."""
        if not Policy.objects.for_organization(self.organization_id).filter(id=policy_id).exists():
            raise NotFound.of("policy")
        found = IntendedGap.objects.for_organization(self.organization_id).filter(policy_id=policy_id)
        return data([intended_gap_body(gap) for gap in found])

    @operation("declarePolicyGap", takes=PolicyGapInput, gives=IntendedGapReply, status=201)
    def create(self, request: Request, policy_id: UUID) -> Response:
        """Declare that the policy, or a layer of it, reaches nobody on purpose. Nobody is paged differently for it."""
        gap = services.declare_policy_gap(
            organization_id=self.organization_id,
            policy_id=policy_id,
            actor_id=self.actor_id,
            now=now(),
            **self.body(PolicyGapInput),
        )
        return data(intended_gap_body(gap), status=201)

    @operation("withdrawPolicyGap")
    def destroy(self, request: Request, policy_id: UUID, gap_id: UUID) -> Response:
        """Take a declaration back."""
        services.withdraw_policy_gap(
            organization_id=self.organization_id, policy_id=policy_id, gap_id=gap_id, if_match=self.if_match
        )
        return deleted()


class ScheduleCoverageViewSet(TenantViewSet):
    """Where a schedule reaches nobody. If-Match takes the ETag of the schedule."""

    @operation("getScheduleCoverage", query=DaysQuery, gives=CoverageReply)
    def retrieve(self, request: Request, schedule_id: UUID) -> Response:
        """Times at which nobody who can be paged is on call in the days to come, and people who are hard to reach."""
        days, at = self.query(DaysQuery)["days"], now()
        ground = load_schedule_grounds([(self.organization_id, schedule_id)], at).get(schedule_id)
        if ground is None:
            raise NotFound.of("schedule")
        return data(_covered(ground, at, days, schedule_id=schedule_id))

    @operation("listScheduleGaps", gives=IntendedGapReply(many=True))
    def list(self, request: Request, schedule_id: UUID) -> Response:
        """The gaps that are declared for the schedule, oldest first; those that are over too."""
        if not Schedule.objects.for_organization(self.organization_id).filter(id=schedule_id).exists():
            raise NotFound.of("schedule")
        found = IntendedGap.objects.for_organization(self.organization_id).filter(schedule_id=schedule_id)
        return data([intended_gap_body(gap) for gap in found])

    @operation("declareScheduleGap", takes=ScheduleGapInput, gives=IntendedGapReply, status=201)
    def create(self, request: Request, schedule_id: UUID) -> Response:
        """Declare that nobody is on call on purpose; for the layers that target the schedule it counts too."""
        gap = services.declare_schedule_gap(
            organization_id=self.organization_id,
            schedule_id=schedule_id,
            actor_id=self.actor_id,
            now=now(),
            **self.body(ScheduleGapInput),
        )
        return data(intended_gap_body(gap), status=201)

    @operation("withdrawScheduleGap")
    def destroy(self, request: Request, schedule_id: UUID, gap_id: UUID) -> Response:
        """Take a declaration back."""
        services.withdraw_schedule_gap(
            organization_id=self.organization_id, schedule_id=schedule_id, gap_id=gap_id, if_match=self.if_match
        )
        return deleted()


def _covered(
    ground: Ground, at: datetime, days: int, *, policy_id: UUID | None = None, schedule_id: UUID | None = None
) -> Body:
    try:
        coverage = ground.cover(at, days)
    except TooManyChanges as error:
        raise InvalidInput([("days", "Too much changes in that time; ask for fewer days.")]) from error
    return coverage_body(ground, coverage, policy_id=policy_id, schedule_id=schedule_id)
