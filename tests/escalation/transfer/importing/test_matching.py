"""What of an arrival is here already, and what it is going to be called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.transfer.arrival import Arrival, ExternalRef
from escalation.transfer.document import ScheduleTarget
from escalation.transfer.findings import Code, Finding, Severity, Subject
from escalation.transfer.importing.matching import match
from tests.escalation.transfer.plans import ANA, BOB, document, layer, policy, schedule, turns, user


def named(name, key=None, *layers):
    """Return a policy of that name, whose key is that of an export unless another is given."""
    return policy(*layers, key=key or name.lower(), name=name)


def here(*names):
    """Return an organization with policies of these names."""
    return document(*map(named, names), users=(), hours=())


def ref(number, kind="escalation_policy"):
    return ExternalRef(source="elsewhere", account="acme", type=kind, id=str(number))


def arrival(*policies, **said):
    return Arrival(document=document(*policies, users=(), hours=()), **said)


def referred(names, known):
    """Return policies by what they are elsewhere, and what is known of these here."""
    parts = [named(name, f"P{number}") for number, name in enumerate(names)]
    refs = {Subject("policies", part.key): ref(part.key) for part in parts}
    there = {("elsewhere", "escalation_policy", key): Subject("policies", name) for key, name in known.items()}
    return arrival(*parts, refs=refs), there


def becomes(found):
    return {old.key: new for old, new in found.becomes.items()}


def taken(found):
    """Return the keys of what is blocked, as it would take the name of another."""
    return [each.subject.key for each in found.arrival.findings if each.code is Code.NAME_COLLISION]


class TestWays:
    def test_by_name_however_it_is_written(self):
        found = match(arrival(named(" \uff23HECKOUT ", "x")), here("Checkout"), {})
        assert becomes(found) == {"checkout": "checkout"}
        assert found.arrival.document.policies[0].key == "checkout"

    def test_by_the_key_of_an_export_what_is_renamed(self):
        found = match(arrival(named("Payments", "checkout")), here("Checkout"), {})
        assert becomes(found) == {"checkout": "payments"}
        assert found.renamed == {Subject("policies", "payments"): Subject("policies", "checkout")}

    def test_by_name_before_a_key(self):
        found = match(arrival(named("B", "a"), named("A", "b")), here("A", "B"), {})
        assert becomes(found) == {"a": "a", "b": "b"}

    def test_by_reference_before_a_name(self):
        parts, known = referred(["B"], {"P0": "a"})
        assert becomes(match(parts, here("A"), known)) == {"a": "b"}

    def test_a_reference_to_what_is_not_here_any_more_finds_by_name(self):
        parts, known = referred(["B"], {"P0": "gone"})
        assert becomes(match(parts, here("B"), known)) == {"b": "b"}

    def test_a_reference_never_leads_to_another_kind(self):
        parts, _ = referred(["B"], {})
        known = {("elsewhere", "escalation_policy", "P0"): Subject("schedules", "a")}
        found = match(parts, document(schedule(key="a", name="A"), users=(), hours=()), known)
        assert becomes(found) == {}

    def test_nothing_is_two_parts(self):
        parts, known = referred(["New", "Old"], {"P0": "old"})
        found = match(parts, here("Old"), known)
        assert becomes(found) == {"old": "new"}
        assert [each.key for each in found.arrival.document.policies] == ["new", "old"]
        assert taken(found) == []

    def test_people_by_their_address_and_never_by_name(self):
        arrived = Arrival(
            document=document(users=(replace(ANA, key="x", email="ANA@Example.org"), replace(BOB, key="ana")))
        )
        keys = [each.key for each in match(arrived, document(), {}).arrival.document.users]
        assert keys == ["ana@example.org", "bob@example.org"]


class TestNames:
    def test_that_are_swapped_stay_two(self):
        parts, known = referred(["B", "A"], {"P0": "a", "P1": "b"})
        found = match(parts, here("A", "B"), known)
        assert (becomes(found), taken(found)) == ({"a": "b", "b": "a"}, [])

    def test_of_another_one_that_keeps_it_are_not_taken(self):
        parts, known = referred(["B"], {"P0": "a"})
        found = match(parts, here("A", "B"), known)
        assert (becomes(found), taken(found)) == ({"a": "a"}, ["a"])

    def test_are_not_taken_either_from_what_could_not_take_another(self):
        """A would be called B, and B be called C; but C is somebody else's."""
        parts, known = referred(["B", "C"], {"P0": "a", "P1": "b"})
        found = match(parts, here("A", "B", "C"), known)
        assert (becomes(found), sorted(taken(found))) == ({"a": "a", "b": "b"}, ["a", "b"])

    def test_nor_by_something_new(self):
        parts, known = referred(["C", "A"], {"P0": "a"})
        found = match(parts, here("A", "C"), known)
        assert (becomes(found), sorted(taken(found))) == ({"a": "a"}, ["P1", "a"])

    def test_nor_from_what_is_held(self):
        parts, known = referred(["B", "A"], {"P0": "a", "P1": "b"})
        found = match(parts, here("A", "B"), known, frozenset({Subject("policies", "P1")}))
        assert (becomes(found), taken(found)) == ({"a": "a", "b": "b"}, ["a"])


class TestWhatIsBlocked:
    BLOCKED = Finding(
        severity=Severity.BLOCKED,
        code=Code.STEP_DROPPED,
        subject=Subject("policies", "P1"),
        name="B",
        path="",
        message="has no step.",
    )

    @pytest.mark.parametrize("known", [{}, {"P1": "b"}])
    def test_is_found_here_and_stays_what_it_is(self, known):
        parts, refs = referred(["A"], known)
        parts = replace(parts, findings=(self.BLOCKED,), refs={**parts.refs, Subject("policies", "P1"): ref("P1")})
        found = match(parts, here("A", "B"), refs)
        assert becomes(found) == {"a": "a", "b": "b"}
        assert found.arrival.findings[0].subject == Subject("policies", "b")

    def test_keeps_its_name_from_others(self):
        parts, known = referred(["Old"], {"P0": "a", "P1": "old"})
        blocked = replace(self.BLOCKED, name="New")
        parts = replace(parts, findings=(blocked,), refs={**parts.refs, Subject("policies", "P1"): ref("P1")})
        found = match(parts, here("A", "Old"), known)
        assert (becomes(found), taken(found)) == ({"a": "a", "old": "old"}, ["a"])


class TestReferences:
    def test_follow_what_they_lead_to(self):
        primary = schedule(turns("ana"), key="s", name="Primary")
        arrived = Arrival(document=document(primary, named("A", "x", layer("s"), layer(("ana",)))))
        found = match(arrived, document(), {}).arrival.document
        assert found.schedules[0].rotations[0].participants == ("ana@example.org",)
        assert found.policies[0].layers[0].target == ScheduleTarget(schedule="primary")
        assert found.policies[0].layers[1].target.users == ("ana@example.org",)

    def test_to_two_people_who_are_one_lead_to_the_first(self):
        twins = (user("Ana", "First"), user("Anna", "Second", email="ANA@example.org"))
        arrived = Arrival(
            document=document(named("A", "a", layer(("ana", "anna"))), users=twins),
            unsaid={Subject("users", "ana"): frozenset(), Subject("users", "anna"): frozenset({"active"})},
            paths={Subject("users", "ana"): "first", Subject("users", "anna"): "second"},
        )
        found = match(arrived, document(users=()), {}).arrival
        (one,) = found.document.users
        assert (one.last_name, found.document.policies[0].layers[0].target.users) == ("First", ("ana@example.org",))
        assert found.unsaid == {Subject("users", "ana@example.org"): frozenset()}
        assert found.paths == {Subject("users", "ana@example.org"): "first"}
