"""Values with their places: what every format is read into before anybody asks what it means."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeGuard


class Place(NamedTuple):
    """Where something stands: line and column, both from 1, or in JSON a pointer (RFC 6901).

    In CSV the column is the number of the cell, and ``title`` is what its header calls it.
    """

    file: str
    line: int | None = None
    column: int | None = None
    pointer: str | None = None
    title: str | None = None

    def __str__(self) -> str:
        """Return it as people and editors know it: ``acme.yaml:12:5``."""
        if self.pointer is not None:
            return f"{self.file}#{self.pointer}"
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class Node(NamedTuple):
    """A value and its place. A list holds nodes, a mapping a ``Field`` by each name; else it is a scalar."""

    value: Any
    place: Place

    @property
    def fields(self) -> dict[str, Field]:
        """What a mapping holds; nothing, of anything else."""
        return self.value if is_mapping(self.value) else {}

    @property
    def items(self) -> list[Node]:
        """What a list holds; nothing, of anything else."""
        return self.value if is_list(self.value) else []


class Field(NamedTuple):
    """A field of a mapping: where its name stands, and its value."""

    place: Place
    node: Node


def is_mapping(value: object) -> TypeGuard[dict[str, Field]]:
    """Tell whether a node's value is a mapping."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Node]]:
    """Tell whether a node's value is a list."""
    return isinstance(value, list)


def walk(node: Node, steps: list[str]) -> tuple[Node, list[str]]:
    """Return the deepest node that ``steps``, names and numbers, lead to, and the steps that led there.

    A step that leads nowhere is passed over.
    """
    taken = []
    for step in steps:
        found = _step(node, step)
        if found is not None:
            node = found
            taken.append(step)
    return node, taken


def _step(node: Node, step: str) -> Node | None:
    if step.isdecimal() and int(step) < len(node.items):
        return node.items[int(step)]
    return node.fields[step].node if step in node.fields else None


def plain(node: Node) -> Any:
    """Return a node's value as JSON has it, without places."""
    if is_mapping(node.value):
        return {name: plain(field.node) for name, field in node.fields.items()}
    return [plain(item) for item in node.value] if is_list(node.value) else node.value
