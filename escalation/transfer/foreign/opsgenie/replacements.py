"""Overrides of Opsgenie: somebody else for a limited time, in the rotations it names, or in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from escalation.transfer.document import Override
from escalation.transfer.findings import Code
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part, usable
from escalation.transfer.foreign.opsgenie.people import Everybody
from escalation.transfer.foreign.opsgenie.shapes import id_of, inner_of, lower
from escalation.transfer.foreign.replacing import overrides_of
from escalation.transfer.reading import values
from escalation.transfer.reading.parsers import many, scalar

Names = Mapping[str, Sequence[str]]
"""Of our rotations, by the ids of theirs: several where theirs is several, none where it is left out."""


def replacements_of(
    part: Part, items: Sequence[Item], people: Everybody, names: Names, now: datetime
) -> tuple[Override, ...]:
    """Return the overrides of a schedule that are not over, one for each rotation in which somebody is replaced."""
    found = usable(items, lambda item: tuple(_replacements(part, item, people, names, now)))
    return overrides_of(part, tuple(chain.from_iterable(found)), now, items[0].path if items else part.path)


def _replacements(part: Part, item: Item, people: Everybody, names: Names, now: datetime) -> Iterator[Override]:
    starts_at, ends_at = item.read("startDate", values.instant), item.read("endDate", values.instant)
    user = inner_of(item, "user", "responder")
    kind = "none" if user is None else user.read("type", lower, "user")
    if user is not None and kind == "user":
        # Who was somebody's replacement once, and has left, is nobody's concern.
        key = people.serving(part, user) if ends_at > now else people.reference(user)
        for name in _replaced(part, item, names):
            yield Override(user=key, starts_at=starts_at, ends_at=ends_at, rotation=name)
    elif ends_at > now:
        said = "nobody" if kind == "none" else f"what is no person ({kind})"
        message = (
            f"has an override by {said}, and here only a person replaces somebody. Whose turn it is stays on call."
        )
        part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())


def _replaced(part: Part, item: Item, names: Names) -> tuple[str | None, ...]:
    """Return the rotations in which an override counts: those it names, else all; None where there is none."""
    identifiers = [id_of(rotation) for rotation in item.each("rotations")] or list(
        item.parsed("rotationIds", many(scalar(values.text)), ())
    )
    if not identifiers:
        return tuple(chain.from_iterable(names.values())) or (None,)
    found = tuple(chain.from_iterable(names.get(identifier, ()) for identifier in identifiers))
    if not found:
        message = "has an override in a rotation that is over, or not there; it is left out, too."
        part.note(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
    return found
