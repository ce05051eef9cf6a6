"""Pages of GoAlert: as its GraphQL answers, in ``data`` and ``nodes``, or only what is in those."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from escalation.transfer.foreign.bundle import Bundle, Page
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading.problems import Refused


class Reference(NamedTuple):
    """What something is, ``user``, ``rotation``, ``schedule`` or anything else, and its id; nothing if it has none."""

    kind: str
    id: str


def listed(bundle: Bundle, kind: str) -> Iterator[Item]:
    """Yield every object of the lists of a kind; a page that is not so is told, and left out."""
    for page in bundle.pages(kind):
        try:
            yield from _nodes(Item(page.content, bundle.problems), kind)
        except Refused:
            continue


def root_of(bundle: Bundle, page: Page) -> Item:
    """Return what a page answers.

    Raises:
        Refused: it is no object.
    """
    answer = Item(page.content, bundle.problems)
    return answer.inner("data") or answer


def target_in(item: Item) -> Reference:
    """Return what a target of older servers is."""
    return Reference(text_in(item, "type"), text_in(item, "id"))


def destination_in(item: Item) -> Reference:
    """Return what a destination is: a type and arguments, which every version names in its own way."""
    kind = text_in(item, "type").removeprefix("builtin-")
    found = {name.replace("-", "_"): value for name, value in arguments_of(item).items()}
    return Reference(kind, found.get(f"{kind}_id", ""))


def arguments_of(item: Item) -> dict[str, str]:
    """Return the arguments of a destination by their names."""
    named = item.plain("args")
    values = [(each.get("fieldID"), each.get("value")) for each in item.plain("values") or [] if isinstance(each, dict)]
    found = named.items() if isinstance(named, dict) else values
    return {str(name): str(value) for name, value in found if value is not None}


def _nodes(answer: Item, kind: str) -> Iterator[Item]:
    root = answer.inner("data") or answer
    if root.is_object(kind):
        connection = root.inner(kind)
        return iter(()) if connection is None else connection.each("nodes")
    return root.each(kind)
