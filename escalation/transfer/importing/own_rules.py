"""What readers of other products make, held to the rules that files of our own and the API are held to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from escalation.transfer.arrival import Arrival
from escalation.transfer.document import Document
from escalation.transfer.findings import Section, Subject
from escalation.transfer.plain import as_plain
from escalation.transfer.reading.files import document_at
from escalation.transfer.reading.nodes import Field, Node, Place
from escalation.transfer.reading.problems import Problems, Refused


def checked_document(arrival: Arrival) -> Document:
    """Return the document of an arrival, every value of it checked.

    Raises:
        Unreadable: a value is none that we have; each is told at the place of the part it is in.
    """
    problems = Problems()
    try:
        return document_at("", _tree(arrival), problems)
    except Refused:
        problems.refuse()
        raise


def _tree(arrival: Arrival) -> Node:
    plain = as_plain(arrival.document)
    nowhere = Place("")
    fields = {name: _node(value, nowhere) for name, value in plain.items() if name not in get_args(Section)}
    for section in get_args(Section):
        fields[section] = Node(list(_parts(section, plain[section], arrival)), nowhere)
    return _mapping(fields, nowhere)


def _parts(section: Section, parts: Any, arrival: Arrival) -> Iterable[Node]:
    for part in parts:
        yield _node(part, Place(arrival.paths.get(Subject(section, part["key"]), "")))


def _node(value: Any, place: Place) -> Node:
    if isinstance(value, dict):
        return _mapping({name: _node(item, place) for name, item in value.items()}, place)
    return Node([_node(item, place) for item in value] if isinstance(value, list) else value, place)


def _mapping(fields: dict[str, Node], place: Place) -> Node:
    return Node({name: Field(place, node) for name, node in fields.items()}, place)
