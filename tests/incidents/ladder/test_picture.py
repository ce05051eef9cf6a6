"""The ladder as a list to be read, and drawn."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidents.ladder import load_incident_ladder, load_ladder
from incidents.ladder.canvas import Canvas
from incidents.ladder.entries import entries_of
from incidents.ladder.paper import lines_of, width_of
from incidents.ladder.picture import pictures
from incidents.models import Escalation
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, RotationFactory
from tests.incidents.running import START, make_policy, minutes, run, trigger

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def acme(db):
    return OrganizationFactory(fallback_email="noc@acme.example")


def person(acme, name, **fields):
    return MembershipFactory(organization=acme, first_name=name, last_name="", **fields)


def told(policy):
    return load_ladder(policy.organization_id, policy.pk, "high", START)


def drawn(ladder):
    """Return each picture, read as XML."""
    return [_read(picture.svg) for picture in pictures(ladder, "If an incident started now")]


def _read(svg):
    return ElementTree.fromstring(svg)  # noqa: S314 - our own


def words(svg):
    return [" ".join(text.itertext()) for text in svg.iter(f"{_SVG}text")]


class TestEntries:
    def test_layers_passed_stand_before_the_call_they_led_to(self, acme):
        policy = make_policy(acme, [person(acme, "Ada")], [], [person(acme, "Bob")])
        entries = entries_of(told(policy))
        assert [entry.kind for entry in entries] == ["call", "passed", "call", "call"]
        assert [entry.pause for entry in entries] == ["5 min", "", "5 min", "30 min"]

    def test_passes_that_are_alike_are_told_once(self, acme):
        policy = make_policy(acme, [person(acme, "Ada")], [person(acme, "Bob")], repeat_count=3)
        entries = entries_of(told(policy))
        assert [entry.kind for entry in entries] == ["call", "call", "again", "call"]
        assert entries[2].summary == "The same again, 3 times more: after 10 min, after 20 min and after 30 min."

    def test_a_pass_with_other_people_is_told(self, acme):
        rotation = RotationFactory(
            schedule__organization=acme,
            schedule__timezone="UTC",
            people=[person(acme, "Ada"), person(acme, "Bob")],
            effective_from=minutes(-1),
            rotation_type="daily",
            length_days=1,
            handoff_time=f"{minutes(24 * 60 + 7):%H:%M}",
        )
        policy = LayerFactory(
            policy__organization=acme, policy__repeat_count=1, schedule=rotation.schedule, timeout_seconds=86_400
        ).policy
        kinds = [entry.kind for entry in entries_of(told(policy))]
        assert "again" not in kinds

    def test_a_running_incident_has_a_mark_where_it_stands(self, acme):
        escalation = trigger(acme, make_policy(acme, [person(acme, "Ada")], [person(acme, "Bob")]))
        run(START)
        row = Escalation.objects.select_related("incident__owner", "holder").get(pk=escalation.pk)
        entries = entries_of(load_incident_ladder(row, minutes(1)))
        assert [entry.kind for entry in entries] == ["call", "here", "call", "call"]
        assert entries[1].summary == "Waiting for an answer"


class TestPicture:
    def test_it_is_drawn_for_wide_pages_and_for_phones(self, acme):
        wide, narrow = drawn(told(make_policy(acme, [person(acme, "Ada")])))
        assert int(narrow.get("width")) < 390 < int(wide.get("width"))
        for svg in (wide, narrow):
            assert {"Layer 1", "Ada", "named in the layer", "email at once", "Fallback"} <= set(words(svg))

    def test_it_has_a_name_and_says_what_it_shows(self, acme):
        ladder = told(make_policy(acme, [person(acme, "Ada")]))
        for svg in drawn(ladder):
            title, description = svg.get("aria-labelledby").split()
            assert svg.get("role") == "img"
            assert svg.find(f"{_SVG}title").get("id") == title
            assert svg.find(f"{_SVG}title").text == "If an incident started now"
            assert svg.find(f"{_SVG}desc").get("id") == description
            assert "Layer 1 is paged: Ada." in svg.find(f"{_SVG}desc").text

    def test_where_nobody_is_reached_is_hatched_and_said(self, acme):
        for svg in drawn(told(make_policy(acme, [person(acme, "Eve", is_active=False)]))):
            (hatched,) = [one for one in svg.iter(f"{_SVG}rect") if one.get("class") == "hatched"]
            pattern = re.fullmatch(r"url\(#(.+)\)", hatched.get("fill"))[1]
            assert svg.find(f".//{_SVG}pattern").get("id") == pattern
            assert "Layer 1 reaches nobody." in " ".join(words(svg))

    def test_two_pictures_of_a_page_share_no_id(self, acme):
        pages = "".join(picture.svg for picture in pictures(told(make_policy(acme)), "Now"))
        ids = re.findall(r' id="([^"]+)"', pages)
        assert len(ids) == len(set(ids)) == 6

    @pytest.mark.parametrize("layers", [0, 1, 3, 12, 50])
    def test_everything_lies_on_the_sheet(self, acme, layers):
        names = [
            "Ada",
            "<script>alert(1)</script>",
            "שרה כהן",
            "W" * 150,
            "Wilhelmine von " * 8,
            "株式会社の田中さくら子",
        ]
        people = [person(acme, name) for name in names] + [person(acme, f"P{n}") for n in range(12)]
        policy = PolicyFactory(organization=acme, repeat_count=1)
        for place in range(layers):
            LayerFactory(policy=policy, people=people[place % 7 : place % 7 + 9])
        for svg in drawn(told(policy)):
            _, _, width, height = map(float, svg.get("viewBox").split())
            for rect in svg.iter(f"{_SVG}rect"):
                assert float(rect.get("x")) >= 0
                assert float(rect.get("x")) + float(rect.get("width")) <= width
                assert float(rect.get("y")) + float(rect.get("height")) <= height
            assert all(0 < float(text.get("y")) < height for text in svg.iter(f"{_SVG}text"))
            assert not list(svg.iter(f"{_SVG}script"))

    def test_of_many_people_some_are_drawn_and_the_rest_counted(self, acme):
        people = [person(acme, f"Person {number}") for number in range(20)]
        for svg in drawn(told(make_policy(acme, people))):
            assert "and 14 more people" in words(svg)

    def test_text_is_escaped_wherever_it_stands(self):
        canvas = Canvas(name="test", width=100)
        canvas.text(0, 10, "<b>&", "strong")
        svg = canvas.svg(20, "<i>", '"&"')
        assert "&lt;b&gt;&amp;" in svg
        assert "<b>" not in svg
        assert _read(svg).find(f"{_SVG}title").text == "<i>"


class TestPaper:
    @given(st.text(), st.integers(40, 400), st.integers(1, 4))
    def test_no_line_is_wider_than_it_may_be(self, text, width, most):
        lines = lines_of(text, width, 12, most)
        assert len(lines) <= most
        assert all(width_of(line, 12) <= width for line in lines)

    def test_what_fits_is_whole(self):
        assert lines_of("on call until 09:00 UTC", 400, 12, 2) == ("on call until 09:00 UTC",)
        assert " ".join(lines_of("on call until 09:00 UTC", 80, 12, 9)) == "on call until 09:00 UTC"

    def test_what_does_not_ends_with_an_ellipsis(self):
        first, last = lines_of("on call in “Weekdays” until 09:00 UTC", 80, 12, 2)
        assert first == "on call in"
        assert last.endswith("…")

    def test_wide_scripts_take_more_room(self):
        assert width_of("田中", 12) > width_of("ab", 12)
