"""Which time zones a schedule may be in (contract section 4).

The names of the IANA database, as the pinned ``tzdata`` package knows them, and of those only places: an
abbreviation such as ``EST`` or an offset such as ``Etc/GMT+5`` does not know when the clocks change. UTC is a place.
"""

from __future__ import annotations

import zoneinfo
from functools import cache

_UTC = frozenset({"UTC", "Etc/UTC"})


@cache
def time_zones() -> frozenset[str]:
    """Return the names a schedule may bear."""
    places = (name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return _UTC.union(places)


def offered_time_zones() -> list[tuple[str, str]]:
    """Return them as the choices of a form, none first."""
    return [("", "---------"), *((name, name) for name in sorted(time_zones()))]
