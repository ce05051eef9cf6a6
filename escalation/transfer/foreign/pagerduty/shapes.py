"""What fields of PagerDuty hold."""

from __future__ import annotations

from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item


def kind_of(item: Item) -> str:
    """Return the type of an object, or of what a reference is to."""
    return text_in(item, "type").removesuffix("_reference")


def id_in(item: Item, field: str) -> str:
    """Return the id of the object in a field; nothing where there is none."""
    inner = item.inner(field)
    return "" if inner is None else text_in(inner, "id")
