"""Which parts of an arrival the organization has already, and what it calls them.

People are matched by their email and never by their name. Anything else is matched by its external reference, so that
it is found again under whatever name it has by now; else by its name; else by its key, so that a file may rename what
it names by the key of an export.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
    ``renamed`` are those that get another name: what each was in the arrival, by what it is going to be.
    """

    arrival: Arrival
    becomes: Mapping[Subject, str]
    renamed: Mapping[Subject, Subject]


def match(arrival: Arrival, current: Document, known: KnownRefs, held: frozenset[Subject] = frozenset()) -> Match:
    """Return the arrival matched with what the organization has; what would take the name of another is blocked.

    What is blocked already is matched too, and like the parts ``held`` it stays here what it is, under its name.
    """
    blocked = dict(_blocked(arrival))
    names = {**blocked, **dict(_names(arrival.document))}
    keys = {subject: key_of_name(name) for subject, name in names.items()}
    there = frozenset(subject for subject, _ in _names(current))
    found = _found(names, keys, there, arrival.refs, known)
    staying = {*blocked, *held}
    taken = _taken(keys, found, there, staying)
    for part in {*staying, *taken}:
        keys[part] = found.get(part, part).key
    findings = (*arrival.findings, *(_collision(each, names[each], arrival) for each in taken))
    people = {Subject("users", user.key): key_of_email(user.email) for user in arrival.document.users}
    return Match(
        arrival=_called(replace(arrival, findings=findings), {**keys, **people}),
        becomes={here: keys[part] for part, here in found.items()},
        renamed={part._replace(key=keys[part]): part for part, here in found.items() if keys[part] != here.key},
    )


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
            if part not in found and here in there and here.section == part.section and here not in claimed:
                found[part] = here
                claimed.add(here)
    return found


def _taken(
    keys: Mapping[Subject, str],
    found: Mapping[Subject, Subject],
    there: frozenset[Subject],
    staying: Collection[Subject],
) -> Sequence[Subject]:
    """Return the parts that cannot have the name they want, as it is that of another one which is going to keep it.

    They keep theirs in turn, so that others may not have those.
    """
    taken: dict[Subject, None] = {}
    while True:
        keeping = there - {here for part, here in found.items() if _is_moving(part, here, keys, {*staying, *taken})}
        more = [
            part
            for part in keys
            if part not in staying and part not in taken
            if (wanted := Subject(part.section, keys[part])) in keeping and found.get(part) != wanted
        ]
        if not more:
            return [*taken]
        taken.update(dict.fromkeys(more))


def _is_moving(part: Subject, here: Subject, keys: Mapping[Subject, str], staying: Collection[Subject]) -> bool:
    """Tell whether what is ``here`` gives up its name."""
    return part not in staying and keys[part] != here.key


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
        """Of two people who come to be one, the first counts."""
        found: dict[Subject, _T] = {}
        for subject, value in values.items():
            found.setdefault(called(subject), value)
        return found

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


def _blocked(arrival: Arrival) -> Iterator[tuple[Subject, str]]:
    for each in arrival.findings:
        if each.severity is Severity.BLOCKED and each.subject is not None and each.subject.section != "users":
            yield each.subject, each.name


def _names(document: Document) -> Iterator[tuple[Subject, str]]:
    sections: list[tuple[Section, Iterable[WorkingHours | Schedule | Policy]]] = [
        ("workingHours", document.working_hours),
        ("schedules", document.schedules),
        ("policies", document.policies),
    ]
    for section, parts in sections:
        yield from ((Subject(section, part.key), part.name) for part in parts)
