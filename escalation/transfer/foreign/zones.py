"""Time zones by the names that other products have for them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from escalation.timezones import time_zones
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.zone_names import OLD_NAMES, RAILS_NAMES

_COMPARED: Final = [timedelta(days=day) for day in range(2 * 366)]


def zone_of(part: Part, name: str, path: str) -> ZoneInfo:
    """Return the zone: by its IANA name, also one that is out of use, or by the name that Ruby on Rails has for it.

    Raises:
        Blocked: nobody calls a zone so.
    """
    found = RAILS_NAMES.get(name) or OLD_NAMES.get(name) or name
    if found not in time_zones():
        message = (
            f"is in the time zone {name!r}, which is not known here. Choose a city's there, such as Europe/Berlin."
        )
        part.block(Code.TIMEZONE_UNKNOWN, message, path=path, was=name)
    return ZoneInfo(found)


def check_clocks(part: Part, zone: ZoneInfo, other: ZoneInfo, now: datetime, path: str) -> None:
    """Do nothing if the clocks of a part of a schedule, in zone ``other``, show what those of the schedule do.

    Raises:
        Blocked: within two years they differ.
    """
    days = (now + day for day in _COMPARED)
    if zone.key != other.key and any(
        at.astimezone(zone).utcoffset() != at.astimezone(other).utcoffset() for at in days
    ):
        message = (
            f"has a rotation in the time zone {other.key}, and is in {zone.key}; here a schedule is in one zone. "
            "Give the rotation a schedule of its own there."
        )
        part.block(Code.LAYER_TIMEZONE, message, path=path, was=other.key, now=zone.key)
