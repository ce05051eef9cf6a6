"""Files of our own formats as an arrival: what they refer to is there, or told with its place."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from accounts.validation import checked_email
from escalation.transfer.arrival import ALL_OF_A_USER, Arrival
from escalation.transfer.document import Document, Layer, Policy, Schedule, ScheduleTarget, User
from escalation.transfer.findings import Code, Finding, Section, Severity, Subject, subjects_of
from escalation.transfer.keys import key_of_email
from escalation.transfer.reading.files import Reading
from escalation.transfer.reading.nodes import Node, Place
from escalation.transfer.reading.problems import Problems
from scaling.errors import InvalidInput

_NOT_IN_SHEETS: Final[Mapping[Section, frozenset[str]]] = {
    "workingHours": frozenset(),
    "schedules": frozenset({"description", "restrictions", "override_rotation"}),
    "policies": frozenset({"repeat_count", "repage_after_ack_minutes", "condition"}),
}
_FIELDS_OF_A_USER: Final = {"firstName": "first_name", "lastName": "last_name", "active": "active"}
_KINDS: Final[Mapping[Section, str]] = {
    "users": "user",
    "workingHours": "working hours",
    "schedules": "schedule",
    "policies": "policy",
}


class _Reference(NamedTuple):
    """What a part refers to, and the steps that lead to where it says so."""

    to: Subject
    steps: tuple[str | int, ...]


def arrival_of(reading: Reading, known: Collection[Subject]) -> Arrival:
    """Return what the files say; ``known`` are the parts that the organization has, to which they may refer.

    Whoever is named by an email address alone is a user of whom the files say nothing else.

    Raises:
        Unreadable: they refer to what is neither in them nor there; every such reference is told.
    """
    there = {*known, *subjects_of(reading.document)}
    problems = Problems()
    named: dict[str, Place] = {}
    for part, reference in _references(reading.document):
        if reference.to in there:
            continue
        place = reading.place_of(part.section, part.key, *reference.steps)
        if reference.to.section == "users" and _is_email(reference.to.key):
            named.setdefault(reference.to.key, place)
        else:
            problems.add(place, f"names the {_KINDS[reference.to.section]} {reference.to.key!r}, which is not there.")
    problems.refuse()
    return _arrival(reading, named)


def _arrival(reading: Reading, named: Mapping[str, Place]) -> Arrival:
    document = reading.document
    users = tuple(User(key=email, email=email, first_name="", last_name="", active=True) for email in named)
    return Arrival(
        document=replace(document, users=(*document.users, *users)),
        findings=tuple(_unverified(user, reading) for user in document.users if user.contact_methods),
        paths={
            **{part: str(reading.place_of(*part)) for part in subjects_of(document)},
            **{Subject("users", email): str(place) for email, place in named.items()},
        },
        unsaid={
            **{part: _unsaid(part.section, reading.nodes[part]) for part in subjects_of(document)},
            **{Subject("users", email): ALL_OF_A_USER for email in named},
        },
        sections=reading.sections,
    )


def _unverified(user: User, reading: Reading) -> Finding:
    return Finding(
        severity=Severity.NOTE,
        code=Code.CONTACT_UNVERIFIED,
        subject=Subject("users", user.key),
        name=user.email,
        path=str(reading.place_of("users", user.key, "contactMethods")),
        message="has ways to be reached: email addresses are taken for people who are new, and page when they are "
        "verified; telephone numbers are not taken, as their owners add them.",
        was=[f"{method.channel} {method.address}" for method in user.contact_methods],
    )


def _unsaid(section: Section, node: Node) -> frozenset[str]:
    if section == "users":
        said = {field for field, found in node.fields.items() if found.node.value not in (None, "")}
        return frozenset(name for field, name in _FIELDS_OF_A_USER.items() if field not in said)
    unsaid = _NOT_IN_SHEETS[section] if node.place.title is not None else frozenset[str]()
    return unsaid | {"overrides"} if section == "schedules" and "overrides" not in node.fields else unsaid


def _is_email(text: str) -> bool:
    try:
        return key_of_email(checked_email("", text)) == text
    except InvalidInput:
        return False


def _references(document: Document) -> Iterator[tuple[Subject, _Reference]]:
    for schedule in document.schedules:
        yield from ((Subject("schedules", schedule.key), each) for each in _of_schedule(schedule))
    for policy in document.policies:
        yield from ((Subject("policies", policy.key), each) for each in _of_policy(policy))


def _of_schedule(schedule: Schedule) -> Iterator[_Reference]:
    for number, rotation in enumerate(schedule.rotations):
        for place, key in enumerate(rotation.participants):
            yield _Reference(Subject("users", key), ("rotations", number, "participants", place))
    for number, override in enumerate(schedule.overrides):
        yield _Reference(Subject("users", override.user), ("overrides", number, "user"))


def _of_policy(policy: Policy) -> Iterator[_Reference]:
    for number, layer in enumerate(policy.layers):
        yield from (_Reference(each.to, ("layers", number, *each.steps)) for each in _of_layer(layer))


def _of_layer(layer: Layer) -> Iterator[_Reference]:
    if isinstance(layer.target, ScheduleTarget):
        yield _Reference(Subject("schedules", layer.target.schedule), ("target", "schedule"))
    else:
        for place, key in enumerate(layer.target.users):
            yield _Reference(Subject("users", key), ("target", "users", place))
    if layer.condition is not None:
        yield _Reference(Subject("workingHours", layer.condition.working_hours), ("condition", "workingHours"))
