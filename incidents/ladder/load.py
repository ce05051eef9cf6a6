"""Loading a ladder: of a policy at any instant, or of an escalation from where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from accounts.models import ContactMethod
from escalation.domain.model import MethodId, Person, Plan, UserId
from escalation.loaders import Loaded, load_plan, load_worlds
from incidents.calls import STANDS, load_latest_firings, recipient
from incidents.domain.ladder import Called, Ladder, Passed, Rung, climb, climb_on, passed_by, ways_of
from incidents.domain.model import Cause
from incidents.domain.rules import left_out_from_json, rules_from_json
from incidents.ladder.told import Setting, ToldLadder, ending, tell
from incidents.models import Escalation, Firing, Page, TimelineEvent
from incidents.names import load_names, load_titles
from incidents.states import is_begun, needs_by_organization, needs_of_plan, plan_for_command, state_of
from incidents.summaries import ids_in
from incidents.why.rows import duty_of, load_events
from scaling.errors import NotFound

MOST_PAST: Final = 50
"""How many calls of the past a ladder shows."""


def load_ladder(organization_id: str, policy_id: UUID, severity: str, at: datetime) -> ToldLadder:
    """Return what would happen if an incident of ``severity`` with this policy were triggered at ``at``.

    Policy, people and schedules are those of now. Seven statements at most, whatever the size of the policy.

    Raises:
        NotFound: the organization has no such policy.
    """
    found = load_plan(organization_id=organization_id, policy_id=policy_id)
    if found is None:
        raise NotFound.of("policy")
    loaded = load_worlds({organization_id: needs_of_plan(found.plan)}, since=at)[organization_id]
    ladder = climb(found.plan, loaded.world, severity, at)
    setting = _setting(organization_id, at, ladder, loaded)
    return ToldLadder(
        ladder=ladder, start=at, severity=severity, rungs=tell(ladder, setting), end=ending(ladder, setting)
    )


def load_incident_ladder(row: Escalation, now: datetime) -> ToldLadder:
    """Return the calls of an escalation so far, the last ``MOST_PAST`` of them, and those to come unless somebody acts.

    Needs ``holder`` and ``incident.owner`` loaded. Of an escalation that was parked nothing is known to come but its
    fallback. Twelve statements at most, whatever has happened so far.
    """
    plan = plan_for_command(row)
    firings = list(reversed(load_latest_firings(row, MOST_PAST)))
    events = load_events(row)
    loaded = load_worlds(needs_by_organization([(row, plan)]), since=now)[row.organization_id]
    ahead = _ahead(row, plan, loaded, now)
    past = tuple(_past(firing, events.get(firing.number), plan, row) for firing in firings)
    ladder = replace(ahead, rungs=(*past, *ahead.rungs))
    start = row.incident.created_at
    setting = _setting(row.organization_id, start, ladder, loaded, [told for told, _ in events.values()])
    setting = replace(
        setting,
        events={firing.number: events[firing.number][0] for firing in firings if firing.number in events},
        owns=row.policy_id is None,
    )
    return ToldLadder(
        ladder=ladder,
        start=start,
        severity=row.incident.severity,
        rungs=tell(ladder, setting),
        end=ending(ladder, setting),
        here=STANDS[row.state],
    )


_Told = tuple[TimelineEvent, Sequence[TimelineEvent]]
"""The event that tells of a firing, and those of the layers passed on the way to it."""


def _ahead(row: Escalation, plan: Plan, loaded: Loaded, now: datetime) -> Ladder:
    if row.parked_at is not None:
        return Ladder(plan=plan, rungs=(), state=None, is_cut=False)
    if is_begun(row):
        return climb_on(plan, state_of(row), loaded.world, row.incident.severity, now)
    owner = None if row.incident.owner is None else UserId(row.incident.owner.user_id)
    return climb(plan, loaded.world, row.incident.severity, now, owner)


def _past(firing: Firing, told: _Told | None, plan: Plan, row: Escalation) -> Rung:
    event, passed = told or (None, ())
    details = {} if event is None else event.details
    layer_id = None if event is None else event.layer_id
    return Rung(
        firing=firing.number,
        at=firing.fired_at,
        cause=Cause(firing.cause),
        pass_no=firing.pass_no,
        position=firing.position,
        layer=next((layer for layer in plan.layers if layer.id == layer_id), None),
        due_at=firing.due_at,
        called=tuple(_called(page, row.incident.severity) for page in firing.pages.all()),
        missed=tuple((UserId(one["userId"]), one["reason"]) for one in details.get("missed", ())),
        waived=details.get("notSkippedFor"),
        passed=tuple(_passed(event) for event in passed),
    )


def _called(page: Page, severity: str) -> Called:
    person = Person(user=UserId(recipient(page)), active=True, rules=rules_from_json(page.rules))
    return Called(
        duty=duty_of(page),
        ways=ways_of(person, severity, page.started_at),
        left_out=left_out_from_json(page.reason.get("leftOut", ())),
    )


def _passed(event: TimelineEvent) -> Passed:
    return passed_by(event.type, {**event.details, "layerId": event.layer_id, "position": event.position})


# Words


def _setting(
    organization_id: str, start: datetime, ladder: Ladder, loaded: Loaded, told: Sequence[TimelineEvent] = ()
) -> Setting:
    """Return what the words of ``ladder`` are taken from. Four statements at most."""
    wanted = [*_people(ladder), *(one for event in told for one in ids_in(event))]
    return Setting(
        start=start,
        names=load_names({organization_id: wanted}).get(organization_id, {}),
        titles=load_titles(organization_id, set(_titled(ladder))),
        channels=_load_channels(organization_id, ladder),
        operator=loaded.world.operator,
    )


def _people(ladder: Ladder) -> Iterator[str]:
    for rung in ladder.rungs:
        yield from (called.duty.user for called in rung.called)
        yield from (who for missed in (rung.missed, *(one.missed for one in rung.passed)) for who, _ in missed)


def _titled(ladder: Ladder) -> Iterator[UUID]:
    yield from (layer.schedule for layer in ladder.plan.layers if layer.schedule is not None)
    for rung in ladder.rungs:
        yield from (called.duty.source_id for called in rung.called if called.duty.source_id is not None)


def _load_channels(organization_id: str, ladder: Ladder) -> Mapping[MethodId, str]:
    """Return what kind of method each method of the ladder is. One statement."""
    called = [each for rung in ladder.rungs for each in rung.called]
    wanted = {way.method for each in called for way in each.ways}
    wanted.update(left_out.method for each in called for left_out in each.left_out)
    found = ContactMethod.objects.for_organization(organization_id).filter(pk__in=wanted)
    return {MethodId(method_id): channel for method_id, channel in found.order_by().values_list("pk", "channel")}
