"""What else is burning, told in as much room as there is."""

from __future__ import annotations

import pytest

from incidents.digests import Other, digest, headline, spoken
from tests.factories.incidents import IncidentFactory

URL = "https://oncall.example.org/a/" + "x" * 66


def others(number):
    return [Other(name=f"HIGH: Incident {place}", url=f"{URL}{place}") for place in range(number)]


def test_with_room_each_has_its_link():
    assert digest(others(2), 1000) == f"+ 2 more:\nHIGH: Incident 0 {URL}0\nHIGH: Incident 1 {URL}1"


def test_without_room_for_a_link_there_is_the_title_and_then_the_count():
    told = digest(others(9), 220).splitlines()

    assert told[0] == "+ 9 more:"
    assert told[1] == f"HIGH: Incident 0 {URL}0"
    assert told[2:-1] == [f"HIGH: Incident {place}" for place in range(1, len(told) - 2)]
    assert told[-1] == f"and {9 - (len(told) - 2)} more"


@pytest.mark.parametrize("room", range(30, 1000, 7))
def test_it_keeps_to_its_room_and_counts_them_all(room):
    told = digest(others(40), room).splitlines()
    untold = int(told[-1].split()[1]) if told[-1].startswith("and ") else 0

    assert len("\n".join(told)) <= room
    assert told[0] == "+ 40 more:"
    assert len([line for line in told if line.startswith("HIGH")]) + untold == 40


@pytest.mark.parametrize("room", [0, -500])
def test_without_any_room_it_still_counts_them(room):
    assert digest(others(3), room) == "+ 3 more:\nand 3 more"


def test_what_is_read_out_has_no_links_and_an_end():
    assert spoken(others(2)) == "2 more: HIGH: Incident 0; HIGH: Incident 1."
    assert spoken(others(7)).endswith("HIGH: Incident 4; and 2 more.")
    assert "http" not in spoken(others(7))


def test_a_headline_is_one_line_cut_where_it_must():
    incident = IncidentFactory.build(organization=None, title="Disk\nfull " + "x" * 80, severity="critical")

    assert headline(incident).startswith("CRITICAL: Disk full xxx")
    assert len(headline(incident, 60)) == len("CRITICAL: ") + 60
    assert headline(incident, 60).endswith("x…")
