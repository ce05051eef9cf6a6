"""Pages of a single object, and lists that are fetched object by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed
from escalation.transfer.foreign.items import Item
from escalation.transfer.reading.problems import Refused


def singles(bundle: Bundle, kind: str) -> Iterator[Item]:
    """Yield the schedules of pages that hold one each; a page that is not so is told, and left out."""
    for page in bundle.pages(kind):
        try:
            found = needed(Item(page.content, bundle.problems), "schedule")
        except Refused:
            continue
        yield found


def by_owner(bundle: Bundle, kind: str, field: str) -> Mapping[str, list[Item]]:
    """Return the objects of lists by the ids of those whose lists they are."""
    found: dict[str, list[Item]] = defaultdict(list)
    for of, item in bundle.each(kind, field):
        found[of or ""].append(item)
    return found
