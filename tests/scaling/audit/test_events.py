"""Whichever way something is changed, the log says who changed what, before and after."""

from __future__ import annotations

import getpass
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import services
from accounts.joining.tokens import make_token
from accounts.models import Membership
from escalation.models import Layer, Policy
from incidents.models import Component
from scaling import clock
from scaling.audit.source import KEY, Source, acting_as_command, acting_for
from scaling.audit.telling import may_be_audited
from scaling.models import AuditEvent
from tests.admin_pages import sign_in
from tests.escalation.admin.forms import change_of, kept, policy_form
from tests.factories.accounts import PASSWORD, InvitationFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, RotationFactory, ScheduleFactory
from tests.factories.incidents import ComponentFactory

POLICIES = "/v1/escalation/policies"


def newest(kind, **fields):
    """Return the last event of a kind."""
    return AuditEvent.objects.filter(kind=kind, **fields).first()


def acting(name):
    return acting_for(lambda: Source(kind=KEY, id=name))


def told_in(statements):
    return [one["sql"] for one in statements if "set_config('scaling.audit'" in one["sql"]]


class TestWho:
    def test_a_key_by_the_api(self, api, api_key):
        policy_id = api.post(POLICIES, {"name": "Billing"}).json()["data"]["id"]
        answer = api.patch(f"{POLICIES}/{policy_id}", {"name": "Payments"})
        event = newest("escalation.policy")
        assert (event.actor_kind, event.actor_id) == ("key", api_key.pk)
        assert (event.request_id, event.origin) == (
            answer["X-Request-Id"],
            "PATCH /v1/escalation/policies/<resource_id:policy_id>",
        )
        assert (event.object_id, event.name, event.action) == (policy_id, "Payments", "changed")
        assert (event.before, event.after) == ({"name": "Billing"}, {"name": "Payments"})

    def test_a_person_in_the_admin(self, as_bob, bob, acme):
        policy = PolicyFactory(organization=acme, name="Billing")
        layer = LayerFactory(policy=policy, schedule=ScheduleFactory(organization=acme))
        assert as_bob.post(change_of(policy), policy_form(kept(layer, minutes="7"))).status_code == 302
        event = newest("escalation.layer")
        assert (event.actor_kind, event.actor_id) == ("person", bob.user_id)
        assert (event.before, event.after) == ({"timeout_seconds": 300}, {"timeout_seconds": 420})

    def test_a_person_on_their_own_pages(self, bob):
        assert sign_in(bob.user).post("/me", {"command": "set_shift_notice", "wanted": "yes"}).status_code == 303
        event = newest("accounts.membership", action="changed")
        assert (event.actor_kind, event.actor_id) == ("person", bob.user_id)
        assert set(event.after) == {"shift_notices_since"}

    def test_the_holder_of_an_invitation_never_its_token(self, client, acme):
        invitation = InvitationFactory(organization=acme, expires_at=clock.now() + timedelta(days=1))
        token = make_token(invitation.pk)
        typed = {"first_name": "Ada", "last_name": "L", "password": PASSWORD}
        assert client.post(f"/join/{token}", typed).status_code == 303
        event = newest("accounts.membership")
        assert (event.actor_kind, event.actor_id) == ("link", invitation.pk)
        assert (event.origin, token in event.origin) == ("POST /join/<str:invitation_token>", False)

    def test_a_command_and_who_runs_it(self, db):
        with acting_as_command("create_organization"):
            call_command("create_organization", "Acme")
        event = newest("accounts.organization")
        assert (event.actor_kind, event.actor_id) == ("command", "create_organization")
        assert event.origin.startswith(f"{getpass.getuser()}@")

    def test_a_role_of_the_database_where_nobody_said(self, acme):
        assert (newest("accounts.organization").actor_kind, newest("accounts.organization").actor_id) == (
            "database",
            connection.settings_dict["USER"],
        )


class TestWhichWayEver:
    def test_a_service(self, alice):
        with acting("service"):
            services.update_member(
                organization_id=alice.organization_id,
                membership_id=alice.pk,
                first_name="Alicia",
                last_name=alice.last_name,
                role=alice.role,
                is_active=True,
            )
        event = newest("accounts.membership")
        assert (event.actor_id, event.before, event.after) == (
            "service",
            {"first_name": "Alice"},
            {"first_name": "Alicia"},
        )

    def test_a_bulk_update_and_a_bulk_insert(self, acme):
        made = [PolicyFactory.build(organization=acme, name=f"P{number}") for number in range(3)]
        with acting("bulk"):
            Policy.objects.bulk_create(made)
            Policy.objects.update(repeat_count=2)
        events = AuditEvent.objects.filter(kind="escalation.policy", actor_id="bulk")
        assert [event.action for event in events] == ["changed"] * 3 + ["created"] * 3
        assert [(event.before, event.after) for event in events[:3]] == [({"repeat_count": 0}, {"repeat_count": 2})] * 3

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE escalation_policy SET repeat_count = 2",
            "  update only escalation_policy set repeat_count = 2",
            "WITH all_of_them AS (SELECT id FROM escalation_policy) UPDATE escalation_policy SET repeat_count = 2",
        ],
    )
    def test_sql_by_hand(self, acme, statement):
        PolicyFactory(organization=acme)
        with acting("raw"), connection.cursor() as cursor:
            cursor.execute(statement)
        assert (newest("escalation.policy").actor_id, newest("escalation.policy").after) == ("raw", {"repeat_count": 2})

    def test_a_deletion_outlives_what_was_deleted(self, api, organization):
        policy = PolicyFactory(organization=organization, name="Billing")
        assert api.delete(f"{POLICIES}/{policy.pk}").status_code == 200
        event = newest("escalation.policy")
        assert (event.action, event.name, event.before["name"], event.after) == ("deleted", "Billing", "Billing", None)


class TestNothing:
    def test_where_nothing_changed(self, acme):
        PolicyFactory(organization=acme, repeat_count=2)
        before = AuditEvent.objects.count()
        Policy.objects.update(repeat_count=2)
        assert AuditEvent.objects.count() == before

    def test_where_a_transaction_was_rolled_back(self, acme):
        before = AuditEvent.objects.count()
        with suppress(ZeroDivisionError), transaction.atomic():
            PolicyFactory(organization=acme)
            raise ZeroDivisionError
        assert AuditEvent.objects.count() == before


class TestSubjects:
    def test_layers_and_their_people_are_shown_with_the_policy(self, bob):
        layer = LayerFactory(policy=PolicyFactory(organization=bob.organization), people=[bob])
        Layer.objects.all().delete()
        events = AuditEvent.objects.filter(subject_kind="escalation.policy", subject_id=str(layer.policy_id))
        assert {(event.kind, event.action) for event in events} == {
            ("escalation.policy", "created"),
            ("escalation.layer", "created"),
            ("escalation.layer", "deleted"),
            ("escalation.layeruser", "created"),
            ("escalation.layeruser", "deleted"),
        }
        assert {event.organization_id for event in events} == {bob.organization_id}

    def test_rotations_and_their_participants_with_the_schedule(self, bob):
        rotation = RotationFactory(schedule=ScheduleFactory(organization=bob.organization), people=[bob])
        events = AuditEvent.objects.filter(subject_kind="escalation.schedule", subject_id=str(rotation.schedule_id))
        assert {event.kind for event in events} == {
            "escalation.schedule",
            "escalation.rotation",
            "escalation.rotationparticipant",
        }

    def test_of_an_organization_and_of_a_login(self, alice):
        assert newest("accounts.organization").organization_id == alice.organization_id
        assert newest("accounts.user").organization_id is None


@pytest.mark.django_db
class TestAppendOnly:
    @pytest.mark.parametrize("statement", ["UPDATE scaling_auditevent SET name = ''", "DELETE FROM scaling_auditevent"])
    def test_the_database_refuses_to_rewrite(self, acme, statement):
        refusal = pytest.raises(DatabaseError, match="Cannot update or delete rows")
        with refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert AuditEvent.objects.exclude(name="").exists()

    def test_no_setting_silences_a_trigger(self, acme):
        with connection.cursor() as cursor:
            cursor.execute("SELECT array_agg(tgname) FROM pg_trigger WHERE tgname LIKE 'pgtrigger%'")
            cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{','.join(cursor.fetchone()[0])}}}"])
        PolicyFactory(organization=acme, name="Billing")
        assert newest("escalation.policy").name == "Billing"
        with pytest.raises(DatabaseError, match="Cannot update or delete rows"), transaction.atomic():
            AuditEvent.objects.all()._raw_delete("default")


class TestWhatItCosts:
    def test_a_write_of_something_audited_one_statement_per_transaction(self, api, organization):
        with CaptureQueriesContext(connection) as made:
            api.post(POLICIES, {"name": "Billing"})
        assert len(told_in(made)) == 1

    def test_a_read_and_a_trigger_nothing(self, api, organization, member):
        policy = PolicyFactory(organization=organization)
        LayerFactory(policy=policy, people=[member])
        with CaptureQueriesContext(connection) as made:
            api.get(POLICIES)
            body = {"title": "Down", "severity": "high", "escalationPolicyId": str(policy.pk)}
            assert api.post("/v1/incidents", body).status_code == 201
        assert told_in(made) == []

    @pytest.mark.parametrize(
        ("statement", "concerned"),
        [
            ('SELECT * FROM "escalation_policy" FOR UPDATE', False),
            ('INSERT INTO "escalation_policy" ("id") VALUES (1)', True),
            ('DELETE FROM "escalation_policy" WHERE "id" = 1', True),
            ('UPDATE "escalation_policy" SET "version" = 2 WHERE "name" = 1', False),
            ('UPDATE "escalation_policy" SET "name" = 2, "version" = 2 WHERE "id" = 1', True),
            ('UPDATE "incidents_webhook" SET "failures" = 2 WHERE "id" = 1', False),
            ("UPDATE incidents_escalation SET wake_at = now()", False),
            ("WITH new AS (INSERT INTO incidents_page (id) VALUES (1)) SELECT 1", False),
            ("WITH new AS (INSERT INTO escalation_layer (id) VALUES (1)) SELECT 1", True),
        ],
    )
    def test_statements_are_told_apart(self, statement, concerned):
        assert may_be_audited(statement) is concerned


class TestWhatIsTold:
    def test_survives_the_rollback_of_a_savepoint(self, acme):
        with acting("outer"):
            with suppress(ZeroDivisionError), transaction.atomic():
                PolicyFactory(organization=acme)
                raise ZeroDivisionError
            ComponentFactory(organization=acme)
        assert newest("incidents.component").actor_id == "outer"

    def test_is_told_anew_when_somebody_else_acts(self, acme):
        with acting("first"):
            component = ComponentFactory(organization=acme)
        with acting("second"):
            Component.objects.filter(pk=component.pk).update(name="Other")
        Component.objects.filter(pk=component.pk).update(name="Third")
        assert [event.actor_id for event in AuditEvent.objects.filter(kind="incidents.component")] == [
            connection.settings_dict["USER"],
            "second",
            "first",
        ]

    @pytest.mark.django_db(transaction=True)
    def test_counts_outside_transactions_and_ends_with_each(self, acme):
        with acting("alone"):
            Membership.objects.update(first_name="Ada")
            PolicyFactory(organization=acme)
        assert newest("escalation.policy").actor_id == "alone"
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO escalation_workinghours SELECT * FROM escalation_workinghours")
            cursor.execute("SELECT current_setting('scaling.audit', true)")
            assert cursor.fetchone()[0] in {None, ""}
