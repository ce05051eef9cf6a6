"""Time zones by the names that other products have for them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from escalation.timezones import time_zones
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part
from escalation.transfer.foreign.zone_names import OLD_NAMES, RAILS_NAMES


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
