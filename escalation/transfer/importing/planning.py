"""The plan of an import: what would change, and how it differs from what the files mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document, Policy, Schedule, User, WorkingHours
from escalation.transfer.findings import Code, Finding, Severity, Subject, subjects_of
from escalation.transfer.importing.difference import Action, Change, changes_between, merged
from escalation.transfer.importing.filling import filled, overlaps
from escalation.transfer.importing.matching import KnownRefs, match
from escalation.transfer.importing.people import UserMap, renamed_people, without_strangers
from escalation.transfer.importing.rekeying import rekeyed
from escalation.transfer.settling import named_by_policy, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an organization has: the one thing that a plan is made against.

    ``document`` is all of it, ``left`` the keys of people who are in it and have left, ``refs`` what earlier imports
    made. ``fingerprint`` is another one after any change.
    """

    organization_id: str
    document: Document
    left: frozenset[str]
    refs: KnownRefs
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an import may do beside creating and changing what the files name."""

    create_users: bool = False
    prune: bool = False
    user_map: UserMap = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What an import would do.

    ``arrived`` is what it was made of, and ``arrival`` what is wanted: everything said and nothing blocked. ``becomes`` leads from the parts of the
    organization that change their names, or keep them, to the keys in ``before`` and ``arrival``: those are the same.
    """

    state: State
    arrived: Arrival
    arrival: Arrival
    becomes: Mapping[Subject, str]
    removed: frozenset[Subject]

    @cached_property
    def before(self) -> Document:
        """What the organization has, by the keys it is going to have."""
        return rekeyed(self.state.document, self.becomes)

    @cached_property
    def after(self) -> Document:
        """What the organization is going to have."""
        return merged(self.before, self.arrival.document, self.removed)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Return what happens to each part."""
        return changes_between(self.before, self.arrival.document, self.removed)

    @cached_property
    def parts(self) -> Mapping[Subject, User | WorkingHours | Schedule | Policy]:
        """What is wanted, part by part."""
        wanted = self.arrival.document
        parts: tuple[User | WorkingHours | Schedule | Policy, ...] = (
            *wanted.users,
            *wanted.working_hours,
            *wanted.schedules,
            *wanted.policies,
        )
        return dict(zip(subjects_of(wanted), parts, strict=True))

    @cached_property
    def newcomers(self) -> tuple[User, ...]:
        """Whoever is to become a member, or one again; not who has left and is to be inactive, as they stay away."""
        actions = {each.subject: each.action for each in self.changes if each.subject.section == "users"}

        def is_one(user: User) -> bool:
            action = actions[Subject("users", user.key)]
            if user.key in self.state.left:
                return user.active and action in {Action.CREATE, Action.UPDATE}
            return action is Action.CREATE

        return tuple(filter(is_one, self.arrival.document.users))

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return all(each.action in {Action.UNCHANGED, Action.STAY} for each in self.changes)

    @property
    def loses(self) -> bool:
        """Whether something is blocked, or is going to behave differently from what the files mean."""
        return any(each.severity is not Severity.NOTE for each in self.arrival.findings)


def plan_import(arrival: Arrival, state: State, options: Options, now: datetime) -> Plan:
    """Return what importing ``arrival`` would do to an organization. It asks nobody and changes nothing.

    What turns out to be blocked keeps its name, so others may not have it: then all is matched anew.
    """
    renamed = renamed_people(arrival, options.user_map)
    held: frozenset[Subject] = frozenset()
    while True:
        matched = match(renamed, state.document, state.refs, held)
        before = rekeyed(state.document, matched.becomes)
        settled = _settled(matched.arrival, before, state, options)
        blocked = _blocked(settled)
        held_now = held.union(part for subject, part in matched.renamed.items() if subject in blocked)
        if held_now == held:
            break
        held = held_now
    wanted = filled(settled.document, settled.unsaid, before, now=now, prune=options.prune)
    return Plan(
        state=state,
        arrived=arrival,
        arrival=replace(settled, document=wanted),
        becomes=matched.becomes,
        removed=_removed(before, wanted, settled) if options.prune else frozenset(),
    )


def _settled(arrival: Arrival, before: Document, state: State, options: Options) -> Arrival:
    admitted = without_strangers(arrival, before, state.left, create=options.create_users)
    return settle(_told_of_conflicts(admitted), frozenset(subjects_of(before)))


def _blocked(arrival: Arrival) -> frozenset[Subject]:
    return frozenset(
        each.subject for each in arrival.findings if each.severity is Severity.BLOCKED and each.subject is not None
    )


def _told_of_conflicts(arrival: Arrival) -> Arrival:
    """Block schedules of which two overrides displace one rotation at one time: so would the API refuse the second."""
    findings = tuple(_conflict(each, arrival) for each in arrival.document.schedules if _has_conflict(each))
    return replace(arrival, findings=(*arrival.findings, *findings))


def _has_conflict(schedule: Schedule) -> bool:
    return overlaps(schedule.overrides, schedule.rotations[0].name if schedule.rotations else None)


def _conflict(schedule: Schedule, arrival: Arrival) -> Finding:
    subject = Subject("schedules", schedule.key)
    return Finding(
        severity=Severity.BLOCKED,
        code=Code.OVERRIDE_UNSUPPORTED,
        subject=subject,
        name=schedule.name,
        path=arrival.paths.get(subject, ""),
        message="has two overrides of one rotation at the same time: only one person can stand in for another.",
    )


def _removed(before: Document, wanted: Document, settled: Arrival) -> frozenset[Subject]:
    """Return what is here and in no file, of the sections that the files have, people aside.

    What is blocked is in a file, and stays as it is; so does whatever it needs, or what is wanted needs.
    """
    wanted_parts = frozenset(subjects_of(wanted))
    gone = {
        each
        for each in set(subjects_of(before)) - wanted_parts - _blocked(settled)
        if each.section in settled.sections - {"users"}
    }
    staying = (each for each in before.policies if Subject("policies", each.key) not in gone | wanted_parts)
    return frozenset(gone.difference(*map(named_by_policy, (*wanted.policies, *staying))))
