"""User overrides of GoAlert: one person takes the place of another, is added, or is taken off.

Only the first kind can be said here: the person serves in each rotation while the one they replace would. Within a
temporary schedule none of them counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from escalation.transfer.document import Override, Rotation
from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import needed, text_in
from escalation.transfer.foreign.goalert.pages import listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Part, usable
from escalation.transfer.foreign.people import People
from escalation.transfer.foreign.standing_in import StandIn, turns_stood_in
from escalation.transfer.reading import values


def by_schedule(bundle: Bundle) -> Mapping[str, list[Item]]:
    """Return the user overrides by the ids of the schedules they are of."""
    found: dict[str, list[Item]] = defaultdict(list)
    for item, of in usable(listed(bundle, "userOverrides"), lambda each: (each, _schedule_of(each))):
        found[of].append(item)
    return found


def overrides_of_user(
    part: Part, item: Item, rotations: Sequence[Rotation], zone: ZoneInfo, people: People, now: datetime
) -> Iterator[Override]:
    """Yield the overrides that say what a user override does; of one that is over, one that is over.

    Raises:
        Refused: it is not as GoAlert answers.
    """
    starts_at, ends_at = item.read("start", values.instant), item.read("end", values.instant)
    added, removed = text_in(item, "addUserID"), text_in(item, "removeUserID")
    if ends_at <= now:
        yield Override(user=people.key(added or removed), starts_at=starts_at, ends_at=ends_at, rotation=None)
    elif not added or not removed:
        said = "is added to those who are on call" if added else "is taken off call"
        message = f"has an override by which somebody {said}; here one can only stand in for another. It is left out."
        part.lossy(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
    else:
        away, by = people.serving(part, item, removed), people.serving(part, item, added)
        found = turns_stood_in(StandIn(away, by, starts_at, ends_at), rotations, zone)
        if not found:
            message = "has an override of somebody who does not serve in its time; it is left out."
            part.note(Code.OVERRIDE_UNSUPPORTED, message, path=item.path, was=item.shown())
        yield from (each for each in found if each.ends_at > now)


def _schedule_of(item: Item) -> str:
    return text_in(item, "scheduleID") or text_in(needed(item, "target"), "id")
