"""Looking into what other products answered: tolerant of what nobody asks for, strict about what somebody does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, TypeVar

from escalation.transfer.reading.nodes import Node, is_list, is_mapping, plain
from escalation.transfer.reading.parsers import Parser, checked, tell
from escalation.transfer.reading.problems import Problems, Refused

T = TypeVar("T")
_NEEDED: Final[Any] = object()


class Item:
    """A JSON object, and where it stands. Fields are named as the product names them.

    What does not hold what is asked for is told with its place, and ``Refused`` is raised.
    """

    def __init__(self, node: Node, problems: Problems) -> None:
        self._node = node
        self._problems = problems
        if not is_mapping(node.value):
            self.refuse("must be an object.")

    @property
    def path(self) -> str:
        """Where it stands: the file, and a JSON pointer."""
        return str(self._node.place)

    def path_of(self, field: str) -> str:
        """Return where a field stands, or the object, where the field is missing."""
        found = self._node.fields.get(field)
        return self.path if found is None else str(found.node.place)

    def read(self, field: str, check: Callable[[Any], T], default: T = _NEEDED) -> T:
        """Return what ``check`` makes of a field's value, ``default`` where it is missing or null.

        Raises:
            Refused: ``check`` refuses the value with ``InvalidInput``, or it is missing and has no default.
        """
        node = self._value(field)
        if node is None:
            return self._missing(field, default)
        return checked(lambda: check(node.value), field, node, self._problems)

    def parsed(self, field: str, parser: Parser[T], default: T) -> T:
        """Return what ``parser`` makes of a field's value, such as a list of texts, ``default`` where it is missing.

        Raises:
            Refused: the parser refuses it.
        """
        node = self._value(field)
        return default if node is None else parser(field, node, self._problems)

    def inner(self, field: str) -> Item | None:
        """Return the object in a field, None where it is missing or null."""
        node = self._value(field)
        return None if node is None else Item(node, self._problems)

    def is_object(self, field: str) -> bool:
        """Tell whether a field holds an object."""
        node = self._value(field)
        return node is not None and is_mapping(node.value)

    def each(self, field: str) -> Iterator[Item]:
        """Yield the objects of the list in a field; none where it is missing or null."""
        node = self._value(field)
        if node is None:
            return
        if not is_list(node.value):
            tell(self._problems, field, node, "must be a list.")
            raise Refused
        for one in node.value:
            yield Item(one, self._problems)

    def plain(self, field: str) -> Any:
        """Return a field's value as JSON has it, None where it is missing: for what a finding shows."""
        node = self._value(field)
        return None if node is None else plain(node)

    def shown(self) -> Any:
        """Return all of it as JSON has it: for what a finding shows."""
        return plain(self._node)

    def refuse(self, message: str) -> NoReturn:
        """Tell what is wrong with it, and raise ``Refused``."""
        tell(self._problems, "", self._node, message)
        raise Refused

    def _value(self, field: str) -> Node | None:
        found = self._node.fields.get(field)
        return None if found is None or found.node.value is None else found.node

    def _missing(self, field: str, default: T) -> T:
        if default is _NEEDED:
            tell(self._problems, field, self._node, "is missing.")
            raise Refused
        return default
