"""What an import would do: whom it takes for members, what it leaves out, and what goes with ``prune``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from escalation.transfer.arrival import Arrival, ExternalRef
from escalation.transfer.findings import Code, Finding, Severity, Subject, subjects_of
from escalation.transfer.importing.planning import Options, State, plan_import
from tests.escalation.transfer.importing.imports import actions
from tests.escalation.transfer.plans import ANA, BOB, CYD, OFFICE, at, document, instead, layer, policy, schedule, turns

NOW = at("2026-11-26 09:00")
EVERYTHING = frozenset({"users", "workingHours", "schedules", "policies"})


def by_email(user):
    """Return a person as an organization has them, by the key of their address."""
    return replace(user, key=user.email)


HERE = tuple(map(by_email, (ANA, BOB, CYD)))


def state(*parts, users=HERE, hours=(), left=(), refs=None):
    """Return what an organization has; ``left`` are people who have."""
    return State(
        organization_id="org_acme",
        document=document(*parts, users=users, hours=hours),
        left=frozenset(user.email for user in left),
        refs=refs or {},
        fingerprint="1",
    )


def planned(arrived, there, **options):
    """Return the plan of a document, or of an arrival."""
    if not isinstance(arrived, Arrival):
        arrived = Arrival(document=arrived, sections=EVERYTHING)
    return plan_import(arrived, there, Options(**options), NOW)


def found(plan, code):
    """Return the severities and keys of the findings of that code."""
    return [(str(each.severity), each.subject.key) for each in plan.arrival.findings if each.code is code]


def mentioned(user):
    """Return the arrival of a policy that names somebody by their address alone."""
    bare = replace(user, key=user.email, first_name="", last_name="", active=True)
    unsaid = {Subject("users", bare.key): frozenset({"first_name", "last_name", "active"})}
    parts = document(policy(layer((bare.key,))), users=(bare,), hours=())
    return Arrival(document=parts, unsaid=unsaid, sections=EVERYTHING)


def naming(user):
    """Return a document in which a policy names somebody, of whom it says all."""
    return document(policy(layer((user.key,))), users=(user,), hours=())


class TestWhoIsNoMember:
    def test_is_created_only_if_asked_for(self):
        there = state(users=())
        plan = planned(naming(ANA), there)
        assert found(plan, Code.USER_UNMATCHED) == [("blocked", ANA.email)]
        assert found(plan, Code.TARGET_UNRESOLVED) == [("blocked", "platform")]
        assert (plan.changes, plan.newcomers) == ((), ())
        plan = planned(naming(ANA), there, create_users=True)
        assert (actions(plan), plan.newcomers) == ({ANA.email: "create", "platform": "create"}, (by_email(ANA),))

    def test_is_only_noted_where_nothing_names_them(self):
        plan = planned(document(users=(ANA,), hours=()), state(users=()))
        assert found(plan, Code.USER_UNMATCHED) == [("note", ANA.email)]
        assert not plan.loses

    def test_is_a_member_by_the_map(self):
        plan = planned(naming(ANA), state(), user_map={ANA.email: BOB.email})
        assert actions(plan) == {BOB.email: "update", "platform": "create"}


class TestWhoHasLeft:
    """``gone`` is Ana, who has left; she is in the document of the organization only while something names her."""

    GONE = replace(by_email(ANA), active=False)
    NAMED = naming(GONE).policies[0]

    def there(self, *, is_named):
        return state(self.NAMED, users=(self.GONE,), left=(ANA,)) if is_named else state(users=(), left=(ANA,))

    @pytest.mark.parametrize("is_named", [True, False])
    def test_comes_back_only_if_asked_for(self, is_named):
        there = self.there(is_named=is_named)
        assert found(planned(naming(ANA), there), Code.USER_UNMATCHED) == [("blocked", ANA.email)]
        assert planned(naming(ANA), there, create_users=True).newcomers == (by_email(ANA),)

    @pytest.mark.parametrize("create", [True, False])
    @pytest.mark.parametrize("is_named", [True, False])
    def test_stays_away_where_the_files_have_them_as_inactive(self, is_named, create):
        """Else a copy of the plan that is put back would let in who was sent away."""
        renamed = replace(self.GONE, last_name="Else")
        plan = planned(naming(renamed), self.there(is_named=is_named), create_users=create)
        assert (plan.newcomers, found(plan, Code.USER_UNMATCHED)) == ((), [])
        assert actions(plan)["platform"] == ("unchanged" if is_named else "create")

    @pytest.mark.parametrize("create", [True, False])
    def test_is_left_out_then_if_nothing_names_them(self, create):
        plan = planned(document(users=(self.GONE,), hours=()), self.there(is_named=False), create_users=create)
        assert (plan.changes, found(plan, Code.USER_UNMATCHED)) == ((), [("note", ANA.email)])

    @pytest.mark.parametrize("create", [True, False])
    def test_stays_away_where_files_only_name_them_as_before(self, create):
        plan = planned(mentioned(ANA), self.there(is_named=True), create_users=create)
        assert (plan.is_empty, plan.newcomers) == (True, ())

    def test_is_no_member_where_files_name_them_anew(self):
        there = self.there(is_named=False)
        assert found(planned(mentioned(ANA), there), Code.USER_UNMATCHED) == [("blocked", ANA.email)]
        assert len(planned(mentioned(ANA), there, create_users=True).newcomers) == 1


class TestPrune:
    PRIMARY = schedule(turns(ANA.email), key="primary", name="Primary")
    SPARE = schedule(turns(BOB.email), key="spare", name="Spare")
    OLD = policy(layer("spare"), key="old", name="Old")

    def removed(self, arrived, *parts, hours=(OFFICE,), refs=None):
        plan = planned(arrived, state(*parts, hours=hours, refs=refs), prune=True)
        return {(each.section, each.key) for each in plan.removed}

    def test_takes_what_is_in_no_file_but_people(self):
        arrived = document(self.PRIMARY, users=(by_email(ANA),), hours=())
        assert self.removed(arrived, self.PRIMARY, self.SPARE, self.OLD) == {
            ("workingHours", "office"),
            ("schedules", "spare"),
            ("policies", "old"),
        }

    def test_takes_nothing_of_what_the_files_are_not_about(self):
        arrived = Arrival(document=document(users=(), hours=()), sections=frozenset({"policies"}))
        assert self.removed(arrived, self.SPARE, self.OLD) == {("policies", "old")}

    def test_leaves_what_is_needed_by_what_is_wanted(self):
        arrived = document(policy(layer("spare", "during")), users=(), hours=())
        assert self.removed(arrived, self.PRIMARY, self.SPARE, self.OLD) == {
            ("schedules", "primary"),
            ("policies", "old"),
        }

    def test_takes_at_once_what_a_policy_no_longer_needs(self):
        """What is left then is what the files say, and a second import finds nothing to do."""
        before = policy(layer("spare"), layer("primary"))
        arrived = document(policy(layer("primary")), self.PRIMARY, users=(), hours=(OFFICE,))
        assert self.removed(arrived, self.PRIMARY, self.SPARE, before) == {("schedules", "spare")}

    def test_leaves_what_is_blocked_and_all_it_needs(self):
        stranger = replace(ANA, key="x", email="x@example.org")
        arrived = document(policy(layer(("x",)), key="old", name="Old"), users=(stranger,), hours=())
        before = policy(layer("spare", "during"), key="old", name="Old")
        assert self.removed(arrived, self.PRIMARY, self.SPARE, before) == {("schedules", "primary")}

    def test_leaves_what_a_reader_has_blocked_by_whatever_it_is_called_there(self):
        subject = Subject("schedules", "PSCH1")
        blocked = Finding(
            severity=Severity.BLOCKED,
            code=Code.ROTATION_SUBDAY,
            subject=subject,
            name="New name",
            path="",
            message="no.",
        )
        ref = ExternalRef(source="pagerduty", account="", type="schedule", id="PSCH1")
        arrived = Arrival(
            document=document(users=(), hours=()), findings=(blocked,), refs={subject: ref}, sections=EVERYTHING
        )
        refs = {("pagerduty", "schedule", "PSCH1"): Subject("schedules", "spare")}
        assert self.removed(arrived, self.PRIMARY, self.SPARE, refs=refs, hours=()) == {("schedules", "primary")}

    def test_is_never_done_unless_asked_for(self):
        plan = planned(document(users=(), hours=()), state(self.PRIMARY, self.OLD))
        assert (plan.removed, plan.is_empty) == (frozenset(), True)
        assert set(actions(plan).values()) == {"stay"}


class TestNames:
    A, B = schedule(turns(ANA.email), key="a", name="A"), schedule(turns(BOB.email), key="b", name="B")
    REFS = {("elsewhere", "schedule", each): Subject("schedules", each) for each in "ab"}

    def arriving(self, *schedules, users=HERE):
        refs = {
            Subject("schedules", each.key): ExternalRef(
                source="elsewhere", account="", type="schedule", id=each.key[1:]
            )
            for each in schedules
        }
        return Arrival(document=document(*schedules, users=users, hours=()), refs=refs, sections=EVERYTHING)

    def test_two_may_swap_them(self):
        arrived = self.arriving(replace(self.A, key="Pa", name="B"), replace(self.B, key="Pb", name="A"))
        plan = planned(arrived, state(self.A, self.B, refs=self.REFS))
        assert plan.becomes == {Subject("schedules", "a"): "b", Subject("schedules", "b"): "a"}
        assert actions(plan, "schedules") == {"a": "update", "b": "update"}

    def test_one_that_is_blocked_keeps_its_own_and_the_other_is_told(self):
        """B would have become A; but a stranger takes turns in it, so A cannot become B either."""
        stranger = schedule(turns("x@example.org"), key="Pb", name="A")
        x = replace(ANA, key="x@example.org", email="x@example.org")
        arrived = self.arriving(replace(self.A, key="Pa", name="B"), stranger, users=(*HERE, x))
        plan = planned(arrived, state(self.A, self.B, refs=self.REFS))
        assert plan.becomes == {Subject("schedules", "a"): "a", Subject("schedules", "b"): "b"}
        assert actions(plan, "schedules") == {"a": "stay", "b": "stay"}
        assert found(plan, Code.NAME_COLLISION) == [("blocked", "a")]
        assert found(plan, Code.TARGET_UNRESOLVED) == [("blocked", "b")]


class TestOverrides:
    def test_two_of_one_rotation_at_one_time_are_blocked(self):
        both = [instead(BOB.email, "2026-12-01", "2026-12-03"), instead(CYD.email, "2026-12-02", "2026-12-04", "turns")]
        plan = planned(document(schedule(turns(ANA.email), overrides=both), users=HERE, hours=()), state())
        assert found(plan, Code.OVERRIDE_UNSUPPORTED) == [("blocked", "primary")]

    def test_what_is_pruned_depends_on_when_it_is_planned(self):
        ended = instead(BOB.email, "2026-11-01", "2026-11-02")
        wanted = schedule(turns(ANA.email), overrides=[])
        plan = planned(document(wanted, users=HERE, hours=()), state(replace(wanted, overrides=(ended,))), prune=True)
        assert plan.parts[Subject("schedules", "primary")].overrides == (ended,)


def test_what_is_merged_is_what_there_is_going_to_be():
    there = state(schedule(turns(ANA.email)), policy(layer("primary")))
    plan = planned(document(policy(layer((BOB.email,))), users=(by_email(BOB),), hours=()), there)
    assert set(subjects_of(plan.after)) == set(subjects_of(there.document))
    assert plan.after.policies[0].layers == (layer((BOB.email,)),)
