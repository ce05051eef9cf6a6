"""The canonical files: compared with files made by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from escalation.transfer.plain import instant_text
from escalation.transfer.sheets import as_sheets, guarded, left_out, unguarded
from escalation.transfer.writing import as_json, as_yaml
from tests.escalation.transfer.documents import NOTHING, WHOLE

GOLDEN = Path(__file__).parent / "golden"
UPSIDE_DOWN = replace(
    WHOLE,
    users=WHOLE.users[::-1],
    schedules=tuple(replace(each, overrides=each.overrides[::-1]) for each in WHOLE.schedules[::-1]),
    policies=WHOLE.policies[::-1],
)


def test_yaml_is_what_was_written_by_hand():
    assert as_yaml(WHOLE) == (GOLDEN / "whole.yaml").read_text()


def test_json_says_the_same():
    told = json.loads(as_json(WHOLE))

    assert list(told) == ["formatVersion", "organization", "users", "workingHours", "schedules", "policies"]
    assert told["policies"][1]["layers"] == [
        {"ackTimeoutMinutes": 5, "target": {"type": "schedule", "schedule": "checkout-primary"}},
        {
            "ackTimeoutSeconds": 90,
            "target": {"type": "users", "users": ["bob", "ana"]},
            "condition": {"workingHours": "office", "when": "outside"},
        },
    ]
    assert [each["user"] for each in told["schedules"][0]["overrides"]] == ["ana", "bob"]


@pytest.mark.parametrize("name", ["policies.csv", "rotations.csv", "overrides.csv", "users.csv"])
def test_sheets_are_what_was_written_by_hand(name):
    lines = (GOLDEN / name).read_text().replace("\n", "\r\n").replace('""now"".\r\n', '""now"".\n')

    assert as_sheets(WHOLE)[name] == lines


def test_nothing_is_a_file_too():
    assert as_yaml(NOTHING) == (
        "formatVersion: 1\norganization: acme\nusers: []\nworkingHours: []\nschedules: []\npolicies: []\n"
    )
    assert as_sheets(NOTHING)["users.csv"] == "\ufeffemail,first_name,last_name,phone\r\n"
    assert left_out(NOTHING) == []


@pytest.mark.parametrize("write", [as_yaml, as_json, as_sheets])
def test_the_order_of_what_has_none_makes_no_difference(write):
    assert write(UPSIDE_DOWN) == write(WHOLE)


def test_what_sheets_cannot_say_is_told():
    assert left_out(WHOLE) == [
        "1 inactive people, who are written like the others",
        "1 descriptions of schedules",
        "1 rotations' restrictions, so that these serve at all times",
        "1 overrides' rotations, so that these displace the first",
        "1 working hours",
        "1 layers' conditions, so that these count at all times",
        "1 waits that are no whole minutes, and are rounded up",
        "1 policies' numbers of repeats",
        "1 policies' times to page again",
    ]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\tx", "\rx", "'=1", "''", "'"])
def test_no_spreadsheet_computes_a_cell(text):
    assert guarded(text) == f"'{text}"
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("text", ["", "Checkout", "'s-Hertogenbosch", "+34600000001", "a=b"])
def test_other_cells_are_left_alone(text):
    assert unguarded(text) == text
    assert unguarded(guarded(text)) == text


def test_instants_stand_by_the_clocks_of_their_schedule():
    summer = datetime(2026, 7, 1, 7, tzinfo=UTC)

    assert instant_text(summer, ZoneInfo("Europe/Madrid")) == "2026-07-01T09:00:00+02:00"


def test_an_offset_that_has_seconds_is_not_written():
    at = datetime(1970, 6, 1, tzinfo=UTC)

    assert instant_text(at, ZoneInfo("Africa/Monrovia")) == "1970-06-01T00:00:00+00:00"
