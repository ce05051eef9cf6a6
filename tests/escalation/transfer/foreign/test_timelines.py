"""A timeline reaches as far as anybody knows, and not back before the fetch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from escalation.transfer.arrival import Shift
from escalation.transfer.foreign.timelines import timeline_of
from tests.escalation.transfer.foreign.bundles import bundle


def at(day, hour=8):
    """Return an instant of that November, in which the bundle is fetched on the 25th at 8."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def reach(*shifts, windows=(), **manifest):
    """Return from when until when a timeline reaches."""
    found = timeline_of(bundle("goalert", **manifest), shifts, windows)
    return None if found is None else (found.start, found.end)


ANA = Shift("ana", at(24), at(28))
NOBODY = Shift("", at(28), at(30))


@pytest.mark.parametrize(
    ("shifts", "fields", "span"),
    [
        ([ANA], {}, (at(25), at(28))),
        ([NOBODY], {}, (at(28), at(30))),
        ([], {}, None),
        ([Shift("ana", at(23), at(24))], {}, None),
        ([ANA], {"weeks": 1}, (at(25), datetime(2026, 12, 2, 8, tzinfo=UTC))),
        ([], {"weeks": 1}, (at(25), datetime(2026, 12, 2, 8, tzinfo=UTC))),
        ([ANA], {"weeks": 1, "windows": [(at(26), at(27)), (at(27), at(29))]}, (at(26), at(29))),
    ],
)
def test_a_timeline_reaches_as_far_as_is_known(shifts, fields, span):
    assert reach(*shifts, **fields) == span


def test_shifts_of_nobody_are_none():
    assert timeline_of(bundle("goalert"), [ANA, NOBODY]).shifts == (ANA,)
