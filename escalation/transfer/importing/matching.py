"""Which parts of an arrival the organization has already, and what it calls them.

People are matched by their email and never by their name. Anything else is matched by its external reference, so that
it is found again under whatever name it has by now; else by its name; else by its key, so that a file may rename what
it names by the key of an export.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from escalation.transfer.arrival import Arrival, ExternalRef, Timeline
from escalation.transfer.document import Document, Policy, Schedule, WorkingHours
from escalation.transfer.findings import Code, Finding, Section, Severity, Subject
from escalation.transfer.importing.rekeying import rekeyed
from escalation.transfer.keys import key_of_email, key_of_name

KnownRefs = Mapping[tuple[str, str, str], Subject]
"""What earlier imports made, by the source, the type and the id there."""

_TAKEN: Final = "would bear the name of another one that is here: rename one of them."
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An arrival whose parts bear the keys that they are going to have here.

    ``becomes`` leads from each part of the organization that an arrived one takes the place of to the key of that one.
    """

    arrival: Arrival
    becomes: Mapping[Subject, str]


def match(arrival: Arrival, current: Document, known: KnownRefs) -> Match:
    """Return the arrival matched with what the organization has; what would take the name of another is blocked."""
    names = dict(_names(arrival.document))
    keys = {subject: key_of_name(name) for subject, name in names.items()}
    there = frozenset(subject for subject, _ in _names(current))
    found = _found(names, keys, there, arrival.refs, known)
    becomes = {here: keys[subject] for subject, here in found.items()}
    taken = [each for each in names if _is_taken(Subject(each.section, keys[each]), found.get(each), there, becomes)]
    for each in taken:  # it stays what it is here, under the name it has
        keys[each] = becomes[found[each]] = found[each].key
    findings = (*arrival.findings, *(_collision(each, names[each], arrival) for each in taken))
    people = {Subject("users", user.key): key_of_email(user.email) for user in arrival.document.users}
    return Match(arrival=_called(replace(arrival, findings=findings), {**keys, **people}), becomes=becomes)


def _found(
    names: Iterable[Subject],
    keys: Mapping[Subject, str],
    there: frozenset[Subject],
    refs: Mapping[Subject, ExternalRef],
    known: KnownRefs,
) -> Mapping[Subject, Subject]:
    """Return what each part is here, of those that are; nothing is two of them."""

    def by_ref(part: Subject) -> Subject | None:
        ref = refs.get(part)
        return None if ref is None else known.get((ref.source, ref.type, ref.id))

    ways: list[Callable[[Subject], Subject | None]] = [
        by_ref,
        lambda part: Subject(part.section, keys[part]),
        lambda part: part,
    ]
    found: dict[Subject, Subject] = {}
    claimed: set[Subject] = set()
    parts = list(names)
    for way in ways:
        for part in parts:
            here = way(part)
            if part not in found and here in there and here not in claimed:
                found[part] = here
                claimed.add(here)
    return found


def _is_taken(wanted: Subject, here: Subject | None, there: frozenset[Subject], becomes: Mapping[Subject, str]) -> bool:
    """Tell whether what is ``here`` cannot be ``wanted``, as another one is that and is going to stay it."""
    return here not in {None, wanted} and wanted in there and becomes.get(wanted, wanted.key) == wanted.key


def _collision(part: Subject, name: str, arrival: Arrival) -> Finding:
    return Finding(
        severity=Severity.BLOCKED,
        code=Code.NAME_COLLISION,
        subject=part,
        name=name,
        path=arrival.paths.get(part, ""),
        message=_TAKEN,
        was=name,
    )


def _called(arrival: Arrival, keys: Mapping[Subject, str]) -> Arrival:
    """Return the arrival with other keys, wherever one stands."""

    def called(subject: Subject) -> Subject:
        return subject._replace(key=keys.get(subject, subject.key))

    def by_subject(values: Mapping[Subject, _T]) -> Mapping[Subject, _T]:
        return {called(subject): value for subject, value in values.items()}

    people = {old.key: new for old, new in keys.items() if old.section == "users" and old.key != new}
    return replace(
        arrival,
        document=rekeyed(arrival.document, keys),
        findings=tuple(
            each if each.subject is None else replace(each, subject=called(each.subject)) for each in arrival.findings
        ),
        refs=by_subject(arrival.refs),
        paths=by_subject(arrival.paths),
        unsaid=by_subject(arrival.unsaid),
        timelines={
            called(Subject("schedules", key)).key: _served_by(people, each) for key, each in arrival.timelines.items()
        },
    )


def _served_by(people: Mapping[str, str], timeline: Timeline) -> Timeline:
    if not people:
        return timeline
    shifts = (shift._replace(user=people.get(shift.user, shift.user)) for shift in timeline.shifts)
    return replace(timeline, shifts=tuple(shifts))


def _names(document: Document) -> Iterator[tuple[Subject, str]]:
    sections: list[tuple[Section, Iterable[WorkingHours | Schedule | Policy]]] = [
        ("workingHours", document.working_hours),
        ("schedules", document.schedules),
        ("policies", document.policies),
    ]
    for section, parts in sections:
        yield from ((Subject(section, part.key), part.name) for part in parts)
