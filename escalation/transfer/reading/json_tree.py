"""JSON, with duplicates refused and places told by pointers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Never

from escalation.transfer.reading.nodes import Field, Node, Place
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import MAX_DEPTH, MAX_VALUES

_TOO_DEEP = f"is nested more than {MAX_DEPTH} deep."


class _Pairs(tuple[tuple[str, Any], ...]):
    """The fields of an object, those that are there twice among them."""

    __slots__ = ()


def json_tree(name: str, text: str, problems: Problems) -> Node:
    """Return the value that a file holds.

    Raises:
        Refused: it is no JSON, or none that is read here.
    """
    try:
        found = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse, parse_int=_integer)
    except json.JSONDecodeError as error:
        problems.add(Place(name, error.lineno, error.colno), f"is no JSON: {error.msg}.")
        raise Refused from error
    except RecursionError as error:
        problems.add(Place(name, pointer=""), _TOO_DEEP)
        raise Refused from error
    except _NoNumber as error:
        problems.add(Place(name), f"is no JSON: {error} is no number.")
        raise Refused from error
    return _Tree(name, problems).node(found, "", MAX_DEPTH)


class _NoNumber(Exception):
    """NaN or Infinity."""


def _refuse(constant: str) -> Never:
    raise _NoNumber(constant)


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float("inf")


class _Tree:
    """Gives values their places."""

    def __init__(self, name: str, problems: Problems) -> None:
        self._name = name
        self._problems = problems
        self._values = 0

    def node(self, value: object, pointer: str, depth: int) -> Node:
        """Return a value and all below it; ``depth`` is how much deeper it may go."""
        place = Place(self._name, pointer=pointer)
        self._values += 1
        if self._values > MAX_VALUES:
            self._stop(place, f"is one value too many: a file holds at most {MAX_VALUES}.")
        if not isinstance(value, _Pairs | list):
            return Node(value, place)
        if depth == 0:
            self._stop(place, _TOO_DEEP)
        if isinstance(value, _Pairs):
            return Node(dict(self._fields(value, pointer, depth - 1)), place)
        return Node([self.node(item, f"{pointer}/{number}", depth - 1) for number, item in enumerate(value)], place)

    def _fields(self, pairs: _Pairs, pointer: str, depth: int) -> Iterator[tuple[str, Field]]:
        seen = set()
        for name, value in pairs:
            node = self.node(value, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}", depth)
            if name in seen:
                self._problems.add(node.place, f"{name} is there twice.")
            else:
                seen.add(name)
                yield name, Field(node.place, node)

    def _stop(self, place: Place, message: str) -> Never:
        self._problems.add(place, message)
        raise Refused
