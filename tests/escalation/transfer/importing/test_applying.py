"""What an import writes, and what it leaves alone."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import Invitation
from escalation.models import Layer, LayerUser, Policy, Rotation, Schedule
from scaling.models import AuditEvent
from tests.escalation.transfer.importing.imports import arriving, run
from tests.escalation.transfer.importing.upheaval import overthrow, prepare
from tests.factories.accounts import EPOCH, ContactMethodFactory, MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory
from tests.factories.incidents import EscalationFactory

pytestmark = pytest.mark.django_db

NOTHING = "formatVersion: 1\nworkingHours: []\nschedules: []\npolicies: []\n"


@pytest.fixture
def organization():
    return OrganizationFactory()


def names(kind, organization):
    return sorted(kind.objects.for_organization(organization.id).values_list("name", flat=True))


class TestWhatStaysTheRowItIs:
    """Running incidents and declared gaps know layers and rotations by their ids; clients know a plan by its version."""

    PLAN = """\
formatVersion: 1
schedules:
  - key: primary
    name: Primary
    timezone: UTC
    rotations:
      - {{name: Days, rotationType: daily, rotationLengthDays: 1, handoffTime: "{handoff}", effectiveFrom: "2026-01-05T09:00:00Z", participants: [ana@example.org]}}
      - {{name: Nights, rotationType: daily, rotationLengthDays: 1, handoffTime: "20:00", effectiveFrom: "2026-01-05T09:00:00Z", participants: [ana@example.org]}}
policies:
  - {{key: a, name: A, layers: [{layers}]}}
  - {{key: b, name: B, layers: [{{ackTimeoutMinutes: 5, target: {{type: schedule, schedule: primary}}}}]}}
"""
    SCHEDULE = "{ackTimeoutMinutes: 5, target: {type: schedule, schedule: primary}}"
    ANA = "{ackTimeoutMinutes: 9, target: {type: users, users: [ana@example.org]}}"
    BOTH = "{ackTimeoutMinutes: 7, target: {type: users, users: [ana@example.org, bob@example.org]}}"

    def bring(self, organization, *layers, handoff="09:00"):
        text = self.PLAN.format(layers=", ".join(layers), handoff=handoff)
        return run(organization, arriving(text), create_users=True)

    def layers(self):
        rows = Layer.objects.filter(policy__name="A").order_by("position")
        return {row.position: row.id for row in rows}

    def versions(self):
        return [dict(kind.objects.values_list("name", "version")) for kind in (Policy, Schedule)]

    def test_layers_that_move_do_and_new_ones_take_no_place_of_theirs(self, organization):
        self.bring(organization, self.SCHEDULE, self.ANA, self.SCHEDULE)
        before = self.layers()
        self.bring(organization, self.ANA, self.BOTH, self.SCHEDULE)
        after = self.layers()
        assert (after[1], after[3]) == (before[2], before[3])
        assert after[2] not in before.values()

    def test_rotations_that_change_do_and_their_schedule_has_a_new_version(self, organization):
        self.bring(organization, self.SCHEDULE)
        before = dict(Rotation.objects.values_list("name", "id"))
        self.bring(organization, self.SCHEDULE, handoff="10:00")
        assert dict(Rotation.objects.values_list("name", "id")) == before
        assert self.versions() == [{"A": 1, "B": 1}, {"Primary": 2}]

    def test_what_does_not_change_has_no_new_version(self, organization):
        self.bring(organization, self.SCHEDULE)
        self.bring(organization, self.SCHEDULE, self.ANA)
        assert self.versions() == [{"A": 2, "B": 1}, {"Primary": 1}]

    def test_a_name_that_is_only_written_otherwise_is_written_so(self, organization):
        self.bring(organization, self.SCHEDULE)
        PolicyFactory(organization=organization, name="Café")
        run(organization, arriving("formatVersion: 1\npolicies: [{key: x, name: CAFÉ}]\n"))
        assert "CAFÉ" in names(Policy, organization)


class TestWhoHasLeft:
    def test_is_not_let_in_by_a_copy_that_has_them_as_inactive(self, organization):
        left = MembershipFactory(organization=organization, user__email="ana@example.org", ended_at=EPOCH)
        text = (
            "formatVersion: 1\n"
            "users: [{key: ana, email: ana@example.org, firstName: Other, active: false}]\n"
            "policies: [{key: a, name: A, layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [ana]}}]}]\n"
        )
        run(organization, arriving(text), create_users=True)
        left.refresh_from_db()
        assert (left.first_name, left.is_active, left.ended_at) == ("Other", False, EPOCH)
        assert LayerUser.objects.get().membership_id == left.pk
        assert not Invitation.objects.exists()
        assert run(organization, arriving(text), create_users=True).plan.is_empty

    def test_comes_back_as_a_member_with_the_ways_to_be_reached_they_had(self, organization):
        left = MembershipFactory(organization=organization, user__email="ana@example.org", ended_at=EPOCH, admin=True)
        ContactMethodFactory(membership=left, address="ana@home.example")
        text = (
            "formatVersion: 1\n"
            "users: [{key: ana, email: ana@example.org, firstName: Ana, contactMethods: ["
            "{channel: email, address: ana@home.example}, {channel: email, address: ana@new.example}]}]\n"
            "policies: [{key: a, name: A, layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [ana]}}]}]\n"
        )
        run(organization, arriving(text), create_users=True)
        left.refresh_from_db()
        assert (left.role, left.is_active, left.ended_at) == ("member", True, None)
        methods = left.contact_methods.order_by("address").values_list("address", "verified_at")
        assert [*methods] == [("ana@home.example", EPOCH), ("ana@new.example", None)]


class TestWhatIsRemoved:
    def test_of_many_those_in_use_stay_with_what_they_need(self, organization):
        hours = WorkingHoursFactory.create_batch(2, organization=organization)
        schedules = ScheduleFactory.create_batch(7, organization=organization)
        policies = [PolicyFactory(organization=organization, name=f"P{number}") for number in range(7)]
        for policy, schedule in zip(policies, schedules, strict=True):
            LayerFactory(policy=policy, schedule=schedule, working_hours=hours[0], condition="during")
        for used in policies[2], policies[5]:
            EscalationFactory(incident__organization=organization, policy_id=used.id, active_policy_id=used.id)

        answer = run(organization, arriving(NOTHING), prune=True)

        assert names(Policy, organization) == ["P2", "P5"]
        assert names(type(schedules[0]), organization) == sorted([schedules[2].name, schedules[5].name])
        assert names(type(hours[0]), organization) == [hours[0].name]
        assert {(subject.section, subject.key): reason for subject, reason in answer.kept.items()} == {
            ("policies", "p2"): "An incident that is not resolved uses this policy.",
            ("policies", "p5"): "An incident that is not resolved uses this policy.",
            (
                "schedules",
                f"schedule-{schedules[2].name.split()[1]}",
            ): "A layer of an escalation policy targets this schedule.",
            (
                "schedules",
                f"schedule-{schedules[5].name.split()[1]}",
            ): "A layer of an escalation policy targets this schedule.",
            (
                "workingHours",
                f"working-hours-{hours[0].name.split()[2]}",
            ): "A layer of an escalation policy names these working hours.",
        }

    @pytest.mark.parametrize("size", [1, 40])
    def test_the_cost_in_statements_does_not_grow(self, organization, size, django_assert_max_num_queries):
        for policy in PolicyFactory.create_batch(size, organization=organization):
            LayerFactory(policy=policy, schedule=ScheduleFactory(organization=organization))
        with django_assert_max_num_queries(55):
            run(organization, arriving(NOTHING), prune=True)
        assert not Layer.objects.exists()


def test_the_audit_tells_a_change_from_what_is_new(organization):
    prepare(organization)
    before = AuditEvent.objects.latest("id").id
    overthrow(organization)
    events = AuditEvent.objects.filter(organization_id=organization.id, id__gt=before)
    told = set(events.values_list("kind", "action", "name"))
    assert {
        ("escalation.policy", "changed", "Checkout"),
        ("escalation.policy", "created", "New"),
        ("escalation.policy", "deleted", "Gone"),
        ("escalation.rotation", "changed", "weekly"),
        ("accounts.membership", "changed", "Ana Ruiz Gil"),
        ("accounts.membership", "changed", "Cleo Left"),
        ("accounts.membership", "created", "Eve New"),
    } <= told


def test_references_are_not_checked_as_was_right_when_there_was_little(organization):
    """A server's connection has plans from before: to read all of a table, where it was one page."""
    run(organization, arriving(naming(2)), create_users=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE escalation_policy, escalation_layer, accounts_membership")
    run(organization, arriving(naming(20)), create_users=True)
    before = rows_read_through()
    run(organization, arriving(naming(1000)), create_users=True)
    assert rows_read_through() - before < 10_000


def naming(size):
    """Return policies of three layers which name somebody."""
    layer = "{ackTimeoutMinutes: 5, target: {type: users, users: [ana@example.org]}}"
    policies = (f"  - {{key: p{each}, name: P{each}, layers: [{layer}, {layer}, {layer}]}}\n" for each in range(size))
    return "formatVersion: 1\npolicies:\n" + "".join(policies)


def rows_read_through():
    """Return how many rows were read by reading tables through, in this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read)::int FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('escalation_policy', 'escalation_layer', 'accounts_membership')"
        )
        return cursor.fetchone()[0]
