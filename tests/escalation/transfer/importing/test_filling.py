"""What files leave unsaid stays as it is here."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.transfer.document import ContactMethod
from escalation.transfer.findings import Subject
from escalation.transfer.importing.filling import filled, overlaps
from tests.escalation.transfer.plans import ANA, WORKDAYS, at, document, instead, layer, policy, schedule, turns

NOW = at("2026-11-26 09:00")


def fill(wanted, before, *fields, prune=False):
    """Return the one part that ``wanted`` is, of which the files do not say ``fields``."""
    section = {"Schedule": "schedules", "Policy": "policies", "User": "users"}[type(wanted).__name__]
    documents = [
        replace(document(users=(), hours=()), **{section: (part,) if part else ()}) for part in (wanted, before)
    ]
    unsaid = {Subject(section, wanted.key): frozenset(fields)}
    (part,) = getattr(filled(documents[0], unsaid, documents[1], now=NOW, prune=prune), section)
    return part


class TestPeople:
    def test_keep_what_is_not_said_and_their_address(self):
        ours = replace(ANA, email="Ana@Example.org", active=False)
        said = replace(
            ANA, first_name="", last_name="Gil", contact_methods=(ContactMethod(channel="email", address="x@y.z"),)
        )
        assert fill(said, ours, "first_name", "active") == replace(ours, last_name="Gil")

    def test_who_are_new_are_as_the_files_have_them(self):
        said = replace(ANA, contact_methods=(ContactMethod(channel="email", address="x@y.z"),))
        assert fill(said, None, "first_name") == said


class TestPolicies:
    def test_keep_what_sheets_have_no_column_for(self):
        ours = replace(policy(layer("primary")), description="Ours", repeat_count=3, repage_after_ack_minutes=30)
        told = replace(policy(layer("primary")), description="Theirs")
        filled_in = fill(told, ours, "repeat_count", "repage_after_ack_minutes", "condition")
        assert filled_in == replace(ours, description="Theirs")

    def test_each_layer_keeps_the_condition_of_the_one_with_its_target(self):
        ours = policy(layer("a", "during"), layer("b"), layer("a", "outside"), layer(("ana",), "during"))
        told = policy(layer("a"), layer(("ana",)), layer("a"), layer("a"), layer("c"))
        conditions = [each.condition and each.condition.when for each in fill(told, ours, "condition").layers]
        assert conditions == ["during", "during", "outside", None, None]

    def test_said_is_said(self):
        ours = policy(layer("a", "during"))
        assert fill(policy(layer("a")), ours) == policy(layer("a"))


class TestSchedules:
    def test_rotations_keep_their_restrictions_by_name(self):
        ours = schedule(turns("ana", name="Days", restrictions=[WORKDAYS]), turns("bob", name="Nights"))
        told = schedule(turns("bob", name="NIGHTS"), turns("bob", name="days"), turns("ana", name="New"))
        assert [each.restrictions for each in fill(told, ours, "restrictions").rotations] == [(), (WORKDAYS,), ()]

    def test_overrides_keep_the_rotation_they_are_of(self):
        ours = schedule(turns("ana", name="Days"), overrides=[instead("bob", "2026-12-01", "2026-12-02", "Days")])
        told = replace(
            ours, overrides=(instead("bob", "2026-12-01", "2026-12-02"), instead("bob", "2026-12-05", "2026-12-06"))
        )
        rotations = [each.rotation for each in fill(told, ours, "override_rotation").overrides]
        assert rotations == ["Days", None]


class TestOverridesThatAreHere:
    PAST = instead("bob", "2026-10-01", "2026-10-02")
    COMING = instead("bob", "2026-12-01", "2026-12-03")

    def left(self, *wanted, here=(COMING,), prune=False, unsaid=(), rotations=("Days", "Nights")):
        """Return the overrides there are to be."""
        parts = [turns("ana", name=name) for name in rotations]
        ours = schedule(turns("ana", name="Days"), turns("ana", name="Nights"), overrides=here)
        return fill(schedule(*parts, overrides=wanted), ours, *unsaid, prune=prune).overrides

    def test_stay_though_no_file_names_them(self):
        assert self.left() == (self.COMING,)

    def test_that_come_are_pruned_and_those_of_the_past_are_not(self):
        assert self.left(here=(self.PAST, self.COMING), prune=True) == (self.PAST,)

    def test_are_not_pruned_by_files_that_say_nothing_of_overrides(self):
        assert self.left(prune=True, unsaid=("overrides",)) == (self.COMING,)

    @pytest.mark.parametrize(
        ("since", "until", "rotation", "gives_way"),
        [
            ("2026-12-02", "2026-12-04", None, True),
            ("2026-12-02", "2026-12-04", "days", True),
            ("2026-12-02", "2026-12-04", "Nights", False),
            ("2026-11-30", "2026-12-01", None, False),
            ("2026-12-03", "2026-12-04", None, False),
            ("2026-11-30", "2026-12-31", None, True),
            ("2026-12-01 12:00", "2026-12-01 13:00", None, True),
        ],
    )
    def test_give_way_to_another_of_that_rotation_and_time(self, since, until, rotation, gives_way):
        other = instead("ana", since, until, rotation)
        assert (self.COMING not in self.left(other)) is gives_way

    def test_go_with_their_rotation(self):
        of_nights = instead("bob", "2026-12-01", "2026-12-03", "Nights")
        assert self.left(here=(of_nights,), rotations=("Days",)) == ()
        assert self.left(here=(of_nights,), rotations=("Days", "NIGHTS")) == (of_nights,)


def test_touching_overrides_do_not_overlap():
    first, second = instead("bob", "2026-12-01", "2026-12-02"), instead("bob", "2026-12-02", "2026-12-03")
    assert not overlaps((second, first), "Days")
    assert overlaps((second, first, instead("ana", "2026-12-01", "2026-12-02", "DAYS")), "Days")
