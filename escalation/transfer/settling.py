"""Leaving out what is blocked, and whatever depends on it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from typing import TypeVar

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document, Layer, Policy, Schedule, ScheduleTarget, User, WorkingHours
from escalation.transfer.findings import Code, Finding, Section, Severity, Subject

Part = TypeVar("Part", User, WorkingHours, Schedule, Policy)


def settle(arrival: Arrival, known: Collection[Subject] = ()) -> Arrival:
    """Return an arrival in which nothing is blocked and every reference leads to something: in it, or to ``known``.

    What is left out because of another part gets a finding of its own, which names that part.
    """
    kept = _Kept(arrival, known)
    document = arrival.document
    users = kept.parts("users", document.users, lambda user: ())
    hours = kept.parts("workingHours", document.working_hours, lambda each: ())
    schedules = kept.parts("schedules", document.schedules, _named_by_schedule)
    policies = kept.parts("policies", document.policies, named_by_policy)
    return replace(
        arrival,
        document=replace(document, users=users, working_hours=hours, schedules=schedules, policies=policies),
        findings=(*arrival.findings, *kept.findings),
    )


class _Kept:
    """Keeps parts of which nothing is blocked; what they depend on has to be asked first."""

    def __init__(self, arrival: Arrival, known: Collection[Subject]) -> None:
        self.findings: list[Finding] = []
        self._paths: Mapping[Subject, str] = arrival.paths
        self._blocked = {each.subject for each in arrival.findings if each.severity is Severity.BLOCKED}
        self._names = _names(arrival)
        self._there = set(known) - self._blocked

    def parts(
        self, section: Section, parts: tuple[Part, ...], named: Callable[[Part], Iterator[Subject] | tuple[()]]
    ) -> tuple[Part, ...]:
        """Return the parts of a section that stay."""
        found = []
        for part in parts:
            subject = Subject(section, part.key)
            if subject not in self._blocked and not self._lacks(subject, dict.fromkeys(named(part))):
                self._there.add(subject)
                found.append(part)
        return tuple(found)

    def _lacks(self, subject: Subject, named: Mapping[Subject, None]) -> bool:
        missing = [each for each in named if each not in self._there]
        self.findings += [self._unresolved(subject, each) for each in missing]
        return bool(missing)

    def _unresolved(self, subject: Subject, missing: Subject) -> Finding:
        kind, known = _KINDS[missing.section], missing in self._names
        reason = "is not imported" if known else "is not there"
        return Finding(
            severity=Severity.BLOCKED,
            code=Code.TARGET_UNRESOLVED,
            subject=subject,
            name=self._names[subject],
            path=self._paths.get(subject, ""),
            message=f"needs the {kind} {self._names.get(missing, missing.key)!r}, which {reason}.",
            was=missing.key,
        )


_KINDS: Mapping[Section, str] = {
    "users": "user",
    "workingHours": "working hours",
    "schedules": "schedule",
    "policies": "policy",
}


def _names(arrival: Arrival) -> Mapping[Subject, str]:
    blocked = {each.subject: each.name for each in arrival.findings if each.subject is not None}
    return {**blocked, **dict(_named_parts(arrival.document))}


def _named_parts(document: Document) -> Iterator[tuple[Subject, str]]:
    yield from ((Subject("users", user.key), user.email) for user in document.users)
    yield from ((Subject("workingHours", each.key), each.name) for each in document.working_hours)
    yield from ((Subject("schedules", each.key), each.name) for each in document.schedules)
    yield from ((Subject("policies", each.key), each.name) for each in document.policies)


def _named_by_schedule(schedule: Schedule) -> Iterator[Subject]:
    turns = chain.from_iterable(rotation.participants for rotation in schedule.rotations)
    yield from (Subject("users", key) for key in chain(turns, (each.user for each in schedule.overrides)))


def named_by_policy(policy: Policy) -> Iterator[Subject]:
    """Yield what the layers of a policy refer to."""
    for layer in policy.layers:
        yield from _named_by_layer(layer)


def _named_by_layer(layer: Layer) -> Iterator[Subject]:
    if isinstance(layer.target, ScheduleTarget):
        yield Subject("schedules", layer.target.schedule)
    else:
        yield from (Subject("users", key) for key in layer.target.users)
    if layer.condition is not None:
        yield Subject("workingHours", layer.condition.working_hours)
