"""Zones are found by every name in use, and what nobody knows is blocked."""

from __future__ import annotations

import zoneinfo

import pytest

from escalation.timezones import time_zones
from escalation.transfer.foreign.ledger import Blocked, Part
from escalation.transfer.foreign.zone_names import OLD_NAMES, RAILS_NAMES
from escalation.transfer.foreign.zones import zone_of


@pytest.fixture
def part():
    """Return what is being read."""
    return Part(subject=None, name="Ops", path="here")


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Madrid", "Europe/Madrid"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("Nuku'alofa", "Pacific/Tongatapu"),
        ("UTC", "UTC"),
        ("Etc/UTC", "Etc/UTC"),
        ("GMT", "UTC"),
        ("CET", "Europe/Brussels"),
        ("US/Pacific", "US/Pacific"),
    ],
)
def test_a_zone_is_found(part, name, zone):
    assert zone_of(part, name, "there").key == zone


@pytest.mark.parametrize("name", ["Middle Earth", "", "Etc/GMT+5", "../UTC"])
def test_what_is_no_place_is_blocked(part, name):
    with pytest.raises(Blocked):
        zone_of(part, name, "there")
    (finding,) = part.findings
    assert (finding.severity, finding.code, finding.was) == ("blocked", "TIMEZONE_UNKNOWN", name)


def test_every_name_stands_for_a_place():
    assert {*RAILS_NAMES.values(), *OLD_NAMES.values()} <= time_zones()


def test_no_name_without_a_place_is_missing():
    known = time_zones() | set(OLD_NAMES) | set(RAILS_NAMES)
    others = {name for name in zoneinfo.available_timezones() if not name.startswith("Etc/GMT")}
    assert others - known <= {"Factory", "GMT0", "GMT+0", "GMT-0"}
