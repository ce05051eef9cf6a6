"""YAML, as far as all its readers agree.

The parser's events are put together here, not by PyYAML: so each value keeps its place, nothing recurses, no tag ever
makes an object, and no alias multiplies anything. What YAML 1.1 takes for something else than it looks like (``no``,
``0755``, ``10:00``) has to be put in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from escalation.transfer.reading.nodes import Field, Node, Place
from escalation.transfer.reading.problems import Problems, Refused
from escalation.transfer.reading.sources import MAX_DEPTH, MAX_VALUES, place_after

LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_CONSTANTS: Final[dict[str, bool | None]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TEXT_ALL_THE_SAME: Final = "tag:yaml.org,2002:timestamp"
_ONLY_IN_SOME: Final = re.compile(
    r"[yYnN]|0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII
)
"""What YAML 1.1 takes for a boolean and PyYAML does not; what YAML 1.2 takes for a number."""

_Open = tuple[list[Node] | dict[str, Field], Place]


def yaml_tree(name: str, text: str, problems: Problems) -> Node:
    """Return the one document of a file.

    Raises:
        Refused: it is no YAML, or none that is read here.
    """
    unprintable = _UNPRINTABLE.search(text)
    if unprintable is not None:
        place = place_after(name, text[: unprintable.start()])
        problems.add(place, f"holds the character U+{ord(unprintable.group()):04X}: write it as an escape.")
        raise Refused
    tree = _Tree(name, problems)
    try:
        for event in yaml.parse(text, Loader=LOADER):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(name) if mark is None else Place(name, mark.line + 1, mark.column + 1)
        problems.add(place, f"is no YAML: {error.problem}.")
        raise Refused from error
    if tree.root is None:
        problems.add(Place(name, 1, 1), "is empty.")
        raise Refused
    return tree.root


class _Tree:
    """Grows by the events of a parser until the document is whole."""

    def __init__(self, name: str, problems: Problems) -> None:
        self.root: Node | None = None
        self._name = name
        self._problems = problems
        self._open: list[_Open] = []
        self._keys: list[tuple[str, Place] | None] = []
        self._values = 0

    def take(self, event: Any) -> None:
        """Take the next event of the parser."""
        match event:
            case yaml.DocumentStartEvent() if self.root is not None:
                self._stop(event, "begins a second document: a file holds one.")
            case yaml.AliasEvent():
                self._problems.add(self._place(event), f"*{event.anchor} is an alias: write out what it stands for.")
                self._put(Node(None, self._place(event)))
            case yaml.ScalarEvent():
                self._take_scalar(event)
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._end()

    def _begin(self, event: Any, value: list[Node] | dict[str, Field]) -> None:
        self._refuse_tag(event)
        if len(self._open) >= MAX_DEPTH:
            self._stop(event, f"is nested more than {MAX_DEPTH} deep.")
        if self._expects_key():
            self._stop(event, "must be the name of a field.")
        self._open.append((value, self._place(event)))
        self._keys.append(None)

    def _end(self) -> None:
        value, place = self._open.pop()
        self._keys.pop()
        self._put(Node(value, place))

    def _take_scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        place = self._place(event)
        value = self._plain_value(event.value, place) if event.implicit[0] else event.value
        if not self._expects_key():
            self._put(Node(value, place))
            return
        if not isinstance(value, str):
            self._problems.add(place, f"{event.value} must be the name of a field, in quotes if it is one.")
        self._keys[-1] = (event.value, place)

    def _plain_value(self, text: str, place: Place) -> str | int | bool | None:
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _INTEGER.fullmatch(text):
            return int(text)
        if _is_ambiguous(text):
            self._problems.add(place, f"{text} means something else to some readers of YAML: put it in quotes.")
        return text

    def _put(self, node: Node) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            self._problems.add(node.place, f"is one value too many: a file holds at most {MAX_VALUES}.")
            raise Refused
        if not self._open:
            self.root = node
            return
        value, _ = self._open[-1]
        if isinstance(value, list):
            value.append(node)
        else:
            self._put_field(value, node)

    def _put_field(self, fields: dict[str, Field], node: Node) -> None:
        key = self._keys[-1]
        if key is None:  # an alias, where the name of a field should be
            self._keys[-1] = ("", node.place)
            return
        self._keys[-1] = None
        name, place = key
        if name in fields:
            self._problems.add(place, f"{name} is there twice, first in line {fields[name].place.line}.")
        else:
            fields[name] = Field(place, node)

    def _expects_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._keys[-1] is None

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            self._problems.add(self._place(event), f"{event.tag} is a tag: values are told by how they are written.")

    def _stop(self, event: Any, message: str) -> None:
        self._problems.add(self._place(event), message)
        raise Refused

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._name, mark.line + 1, mark.column + 1)


def _is_ambiguous(text: str) -> bool:
    """Tell whether YAML 1.1 or 1.2 takes a plain text for a number, a truth or nothing."""
    tags = (tag for tag, pattern in _resolvers(text[0]) if pattern.match(text))
    return next(tags, _TEXT_ALL_THE_SAME) != _TEXT_ALL_THE_SAME or _ONLY_IN_SOME.fullmatch(text) is not None


def _resolvers(first: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    yield from yaml.SafeLoader.yaml_implicit_resolvers.get(first, [])
