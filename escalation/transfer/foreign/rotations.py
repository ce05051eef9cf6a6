"""The rotations of a schedule, together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from escalation.models.rotation import MAX_ROTATIONS
from escalation.services.validation import NAME_LENGTH
from escalation.transfer.document import Rotation
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.naming import unique_names


def named_apart(part: Part, rotations: Iterable[Rotation]) -> tuple[Rotation, ...]:
    """Return the rotations of a schedule with names that fit, and of which no two are equal.

    Raises:
        Blocked: they are too many.
    """
    found = tuple(rotations)
    if len(found) > MAX_ROTATIONS:
        message = (
            f"would have {len(found)} rotations, and a schedule has at most {MAX_ROTATIONS}. Make two of it there."
        )
        part.block(Code.ROTATION_UNSUPPORTED, message, was=len(found), now=MAX_ROTATIONS)
    names = unique_names(rotation.name for rotation in found)
    cut = [rotation.name for rotation in found if len(rotation.name) > NAME_LENGTH]
    if cut:
        part.lossy(Code.NAME_TRUNCATED, "has a rotation whose name is too long here; its end is cut off.", was=cut)
    return tuple(replace(rotation, name=name) for rotation, name in zip(found, names, strict=True))
