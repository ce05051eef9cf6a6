"""What is different between two documents, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import Final, NamedTuple, TypeVar

from escalation.transfer.document import Document, Policy, Schedule, User, WorkingHours, in_order
from escalation.transfer.findings import Section, Subject
from escalation.transfer.importing.filling import by_key
from escalation.transfer.plain import Plain, part_as_plain

Part = TypeVar("Part", User, WorkingHours, Schedule, Policy)


class Action(StrEnum):
    """What is to be done with a part."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REMOVE = "remove"
    STAY = "stay"
    """It is here and not in the files: with ``--prune`` it would be removed."""
    SKIP = "skip"
    """It is in the files, and not imported; why, its findings say."""


class FieldChange(NamedTuple):
    """A field by the names and places that lead to it, and what it says before and after; None: nothing."""

    path: str
    was: Plain
    now: Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happens to one part. ``name`` is what it is called afterwards, if it is there then."""

    subject: Subject
    name: str
    action: Action
    fields: tuple[FieldChange, ...] = ()


_ABSENT: Final = None


def changes_between(before: Document, wanted: Document, removed: frozenset[Subject]) -> tuple[Change, ...]:
    """Return a change for each part of either document, users first, then in the order of what needs what.

    ``removed`` are those parts of ``before`` that are not to stay. People who are not in the files are not told:
    nobody is removed from an organization here.
    """
    old, new = in_order(before), in_order(wanted)
    return (
        *_wanted("users", old.users, new.users),
        *_all("workingHours", old.working_hours, new.working_hours, removed),
        *_all("schedules", old.schedules, new.schedules, removed),
        *_all("policies", old.policies, new.policies, removed),
    )


def contents_of(part: User | WorkingHours | Schedule | Policy) -> tuple[FieldChange, ...]:
    """Return all that a part says, as if it had said nothing before."""
    said = part_as_plain(part)
    nothing: dict[str, Plain] = {field: [] if isinstance(value, list) else None for field, value in said.items()}
    return tuple(_fields("", nothing, said))


def merged(before: Document, wanted: Document, removed: frozenset[Subject]) -> Document:
    """Return the whole of what is there when ``wanted`` has been applied."""

    def together(section: Section, old: Iterable[Part], new: Iterable[Part]) -> tuple[Part, ...]:
        kept = {part.key: part for part in old if Subject(section, part.key) not in removed}
        return tuple({**kept, **by_key(new)}.values())

    return replace(
        before,
        users=together("users", before.users, wanted.users),
        working_hours=together("workingHours", before.working_hours, wanted.working_hours),
        schedules=together("schedules", before.schedules, wanted.schedules),
        policies=together("policies", before.policies, wanted.policies),
    )


def _all(section: Section, old: Iterable[Part], new: Iterable[Part], removed: frozenset[Subject]) -> Iterator[Change]:
    yield from _wanted(section, old, new)
    wanted = by_key(new)
    for part in old:
        if part.key not in wanted:
            subject = Subject(section, part.key)
            yield Change(subject=subject, name=_name(part), action=Action.REMOVE if subject in removed else Action.STAY)


def _wanted(section: Section, old: Iterable[Part], new: Iterable[Part]) -> Iterator[Change]:
    known = by_key(old)
    return (_change(Subject(section, part.key), known.get(part.key), part) for part in new)


def _change(subject: Subject, old: Part | None, new: Part) -> Change:
    if old is None:
        return Change(subject=subject, name=_name(new), action=Action.CREATE)
    if old == new:
        return Change(subject=subject, name=_name(new), action=Action.UNCHANGED)
    fields = tuple(_fields("", part_as_plain(old), part_as_plain(new)))
    return Change(subject=subject, name=_name(new), action=Action.UPDATE, fields=fields)


def _name(part: User | WorkingHours | Schedule | Policy) -> str:
    return part.email if isinstance(part, User) else part.name


def _fields(path: str, was: Plain, now: Plain) -> Iterator[FieldChange]:
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for field in {**was, **now}:
            yield from _fields(f"{path}.{field}" if path else field, was.get(field), now.get(field))
    elif isinstance(was, list) and isinstance(now, list) and _holds_mappings(was, now):
        yield from _items(path, was, now)
    else:
        yield FieldChange(path, was, now)


def _holds_mappings(*lists: list[Plain]) -> bool:
    return all(isinstance(item, dict) for each in lists for item in each)


def _items(path: str, was: list[Plain], now: list[Plain]) -> Iterator[FieldChange]:
    """Tell items of lists by their names, where they have some, by their places, where the order counts, or whole."""
    if path == "layers":
        for number, (old, new) in enumerate(zip_longest(was, now), 1):
            yield from _fields(f"layer {number}", old, new)
    elif path == "rotations":
        old_by_name, new_by_name = _by_name(was), _by_name(now)
        for name in {**old_by_name, **new_by_name}:
            yield from _fields(f"rotation {name}", old_by_name.get(name), new_by_name.get(name))
        yield from _order(list(old_by_name), list(new_by_name))
    else:
        one = path.removesuffix("s")
        yield from (FieldChange(one, item, _ABSENT) for item in was if item not in now)
        yield from (FieldChange(one, _ABSENT, item) for item in now if item not in was)


def _order(was: list[str], now: list[str]) -> Iterator[FieldChange]:
    both = [name for name in was if name in now]
    if both != [name for name in now if name in was]:
        yield FieldChange("order of rotations", [*was], [*now])


def _by_name(items: list[Plain]) -> Mapping[str, Plain]:
    return {str(item["name"]): item for item in items if isinstance(item, dict)}
