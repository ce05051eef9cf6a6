"""What the world outside is told, and under which name."""

from __future__ import annotations

import re

import pytest

from incidents.domain.published import EVENT_TYPES, FILTERS, KEPT_INSIDE, NEWS, is_any_published, published_type
from scaling.env import PROJECT_ROOT


def test_every_event_of_a_timeline_is_told_or_kept_inside_on_purpose():
    source = (PROJECT_ROOT / "incidents" / "summaries.py").read_text()
    told = set(re.findall(r'^    "(\w+)": _', source, re.MULTILINE))
    assert told <= EVENT_TYPES.keys() | KEPT_INSIDE
    assert not EVENT_TYPES.keys() & KEPT_INSIDE


def test_types_are_dotted_short_enough_to_store_and_have_a_family_to_ask_for():
    for name in EVENT_TYPES.values():
        assert re.fullmatch(r"(incident|escalation)\.[a-z_]{1,45}", name)
        assert {name, name.partition(".")[0]} <= set(FILTERS)
    assert set(NEWS) <= set(EVENT_TYPES.values())


@pytest.mark.parametrize(
    ("kind", "details", "expected"),
    [
        ("status_changed", {"status": "identified"}, "incident.status_changed"),
        ("status_changed", {"status": "resolved"}, "incident.resolved"),
        ("incident_triggered", {"status": "investigating"}, "incident.triggered"),
        ("layer_paged", {}, "escalation.layer_paged"),
        ("notification_sent", {}, None),
    ],
)
def test_a_timeline_event_has_one_published_type(kind, details, expected):
    assert published_type(kind, details) == expected
    assert is_any_published([kind]) == (expected is not None)
