"""Small parsers, and how they make larger ones.

A parser takes a node and the name by which people know it, and returns what it says, or reports everything that is
wrong with it and raises ``Refused``. What checks raise as ``InvalidInput`` is told in their words, at the place of the
field they name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from escalation.transfer.plain import camel_case
from escalation.transfer.reading.nodes import Node, is_list, is_mapping, walk
from escalation.transfer.reading.problems import Problems, Refused
from scaling.errors import InvalidInput

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
REQUIRED: Final = object()


class Parser(Protocol[T_co]):
    """Makes something of a node."""

    def __call__(self, name: str, node: Node, problems: Problems) -> T_co:
        """Return what it says.

        Raises:
            Refused: nothing that can be used; what, has been told.
        """


def scalar(check: Callable[[Any], T]) -> Parser[T]:
    """Return a parser of what ``check`` takes; that is handed whatever stands there."""

    def parse(name: str, node: Node, problems: Problems) -> T:
        return checked(lambda: check(node.value), name, node, problems)

    return parse


def or_null(parser: Parser[T]) -> Parser[T | None]:
    """Return ``parser`` for what may be null."""

    def parse(name: str, node: Node, problems: Problems) -> T | None:
        return None if node.value is None else parser(name, node, problems)

    return parse


def many(item: Parser[T], check: Callable[[Sequence[T]], object] | None = None) -> Parser[tuple[T, ...]]:
    """Return a parser of lists; ``check`` sees all items, if each is good."""

    def parse(name: str, node: Node, problems: Problems) -> tuple[T, ...]:
        if not is_list(node.value):
            tell(problems, name, node, "must be a list.")
            raise Refused
        found = _usable(item, name, node.value, problems)
        if len(found) < len(node.value):
            raise Refused
        if check is not None:
            checked(lambda: check(found), name, node, problems)
        return found

    return parse


def record(make: Callable[..., T], fields: Mapping[str, tuple[Parser[Any], object]]) -> Parser[T]:
    """Return a parser of mappings that calls ``make`` with what each of ``fields`` says.

    Each is named as ``make`` calls it, in files in camel case, with its parser and what it is where it is missing.
    ``make`` may raise ``InvalidInput``, naming fields as files do.
    """
    spelled = {camel_case(attribute): attribute for attribute in fields}

    def parse(name: str, node: Node, problems: Problems) -> T:
        if not is_mapping(node.value):
            tell(problems, name, node, "must be a mapping of fields to values.")
            raise Refused
        is_good = _knows_all(name, node, spelled, problems)
        values = {}
        for field, attribute in spelled.items():
            try:
                values[attribute] = _field(name, field, node, *fields[attribute], problems)
            except Refused:
                is_good = False
        if not is_good:
            raise Refused
        return checked(lambda: make(**values), name, node, problems)

    return parse


def checked(check: Callable[[], T], name: str, node: Node, problems: Problems) -> T:
    """Return what ``check`` returns; what it refuses is told at the places of the fields it names."""
    try:
        return check()
    except InvalidInput as refusal:
        for field, message in refusal.errors:
            found, steps = walk(node, field.split("."))
            tell(problems, ".".join(filter(None, [name, *steps])), found, message)
        raise Refused from refusal


def tell(problems: Problems, name: str, node: Node, message: str) -> None:
    """Report what is wrong with a node, by the name its place has for it, else by ``name``."""
    shown = node.place.title or name
    problems.add(node.place, f"{shown}: {message}" if shown else message)


def _usable(item: Parser[T], name: str, nodes: Sequence[Node], problems: Problems) -> tuple[T, ...]:
    found = []
    for number, node in enumerate(nodes):
        try:
            found.append(item(f"{name}.{number}", node, problems))
        except Refused:
            continue
    return tuple(found)


def _knows_all(name: str, node: Node, spelled: Mapping[str, str], problems: Problems) -> bool:
    unknown = [field for field in node.fields if field not in spelled]
    for field in unknown:
        shown = f"{name}.{field}" if name else field
        problems.add(node.fields[field].place, f"{shown}: is no field here; there are {', '.join(spelled)}.")
    return not unknown


def _field(name: str, field: str, node: Node, parser: Parser[object], default: object, problems: Problems) -> object:
    shown = f"{name}.{field}" if name else field
    if field in node.fields:
        return parser(shown, node.fields[field].node, problems)
    if default is REQUIRED:
        tell(problems, shown, node, "is missing.")
        raise Refused
    return default
