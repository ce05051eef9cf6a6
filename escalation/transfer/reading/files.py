"""Files of our own formats, read together into one document."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Final, TypeVar

from escalation.transfer.document import Document, Policy, Schedule, User, WorkingHours
from escalation.transfer.findings import Section
from escalation.transfer.reading.json_tree import json_tree
from escalation.transfer.reading.nodes import Node, Place, walk
from escalation.transfer.reading.parsers import Parser, tell
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.shape import POLICY, SCHEDULE, SECTIONS, USER, WORKING_HOURS, Sections
from escalation.transfer.reading.sheets_tree import sheets_tree
from escalation.transfer.reading.sources import Source, check_sizes, text_of
from escalation.transfer.reading.yaml_tree import yaml_tree
from scaling.collector import without_collector
from scaling.text import name_key

_TREES: Final[Mapping[str, Callable[[str, str, Problems], Node]]] = {
    ".yaml": yaml_tree,
    ".yml": yaml_tree,
    ".json": json_tree,
}
_SHEET: Final = ".csv"

T = TypeVar("T", User, WorkingHours, Schedule, Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A document, and where in the files its parts stand. ``sections`` are those that the files have."""

    document: Document
    nodes: Mapping[tuple[str, str], Node]
    sections: frozenset[Section]

    def place_of(self, section: str, key: str, *steps: str | int) -> Place:
        """Return where a part of the document stands, or what ``steps``, names and numbers, lead to in it.

        ``section`` is ``users``, ``workingHours``, ``schedules`` or ``policies``; steps are named as in YAML. What is
        not written there stands where what holds it does.
        """
        found, _ = walk(self.nodes[section, key], [str(step) for step in steps])
        return found.place


@without_collector()
def read_files(sources: Sequence[Source], form: str | None = None) -> Reading:
    """Return what files say together; files of CSV are sheets of one document.

    ``form`` is ``yaml``, ``json`` or ``csv``; None goes by how the name of each file ends. Every file is read, and all that is wrong is told at once. Nothing asks the database: whether what a document names
    is there, is for those to ask who have use for it.

    Raises:
        Unreadable: something is wrong with them.
    """
    problems = Problems()
    sections: list[Sections] = []
    for tree in _trees(sources, form, problems):
        try:
            sections.append(SECTIONS("", tree, problems))
        except Refused:
            continue
    reading = _together(sections, problems)
    problems.refuse()
    return reading


def document_at(name: str, node: Node, problems: Problems) -> Document:
    """Return the document that a value inside of another file is; a parser.

    Raises:
        Refused: something is wrong with it.
    """
    sections = SECTIONS(name, node, problems)
    before = len(list(problems))
    reading = _together([sections], problems)
    if len(list(problems)) > before:
        raise Refused
    return reading.document


def _trees(sources: Sequence[Source], form: str | None, problems: Problems) -> Iterator[Node]:
    try:
        check_sizes(sources, problems)
    except Refused:
        return
    sheets: dict[str, str] = {}
    for source in sources:
        try:
            suffix = PurePath(source.name).suffix.lower() if form is None else f".{form}"
            if suffix == _SHEET:
                sheets[source.name] = text_of(source, problems)
            else:
                yield _tree(suffix, source, problems)
        except Refused:
            continue
    if sheets:
        yield from _sheets(sheets, problems)


def _tree(suffix: str, source: Source, problems: Problems) -> Node:
    if suffix not in _TREES:
        problems.add(Place(source.name), f"must end in {', '.join(_TREES)} or {_SHEET}, by which formats are told.")
        raise Refused
    return _TREES[suffix](source.name, text_of(source, problems), problems)


def _sheets(texts: Mapping[str, str], problems: Problems) -> Iterator[Node]:
    try:
        yield sheets_tree(texts, problems)
    except Refused:
        return


def _together(files: Sequence[Sections], problems: Problems) -> Reading:
    register = _Register(problems)
    names = [each.organization for each in files if each.organization is not None]
    document = Document(
        organization=next(iter(names), None),
        users=register.parts(USER, "users", "email", [each.users for each in files]),
        working_hours=register.parts(WORKING_HOURS, "workingHours", "name", [each.working_hours for each in files]),
        schedules=register.parts(SCHEDULE, "schedules", "name", [each.schedules for each in files]),
        policies=register.parts(POLICY, "policies", "name", [each.policies for each in files]),
    )
    return Reading(document=document, nodes=register.nodes, sections=frozenset(register.sections))


class _Register:
    """Enters parts by what has to be unique among their kind: their keys, and their names or addresses."""

    def __init__(self, problems: Problems) -> None:
        self.nodes: dict[tuple[str, str], Node] = {}
        self.sections: set[Section] = set()
        self._called: dict[tuple[str, str], Node] = {}
        self._problems = problems

    def parts(
        self, parser: Parser[T], section: Section, called: str, files: Sequence[Sequence[Node] | None]
    ) -> tuple[T, ...]:
        """Return the parts of a section, of all files; of two that bear one key, or one ``called``, the second is told."""
        found = []
        there = [each for each in files if each is not None]
        if there:
            self.sections.add(section)
        for number, node in chain.from_iterable(map(enumerate, there)):
            name = f"{section}.{number}"
            try:
                part = parser(name, node, self._problems)
            except Refused:
                continue
            self._enter(self.nodes, (section, part.key), name, "key", node)
            self._enter(self._called, (section, name_key(getattr(part, called))), name, called, node)
            found.append(part)
        return tuple(found)

    def _enter(
        self, known: dict[tuple[str, str], Node], by: tuple[str, str], name: str, field: str, node: Node
    ) -> None:
        other = known.setdefault(by, node)
        if other is not node:
            tell(self._problems, f"{name}.{field}", node.fields[field].node, f"is that of {other.place} too.")
