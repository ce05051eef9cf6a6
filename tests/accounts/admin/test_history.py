"""The history of a row and the log of an organization: who changed what, in words, and to nobody else."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, ContactMethod
from escalation.models import Policy
from scaling.audit.source import COMMAND, KEY, PERSON, Source, acting_for
from scaling.models import AuditEvent
from tests.admin_pages import statements
from tests.factories.accounts import ApiKeyFactory, ContactMethodFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory

LOG = "/admin/scaling/auditevent/"


def history(row):
    options = row._meta
    return f"/admin/{options.app_label}/{options.model_name}/{row.pk}/history/"


def by(kind, actor_id):
    return acting_for(lambda: Source(kind=kind, id=actor_id, origin="from here"))


def entries(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.context["entries"]


def logged(client, **query):
    response = client.get(LOG, query)
    assert response.status_code == 200
    return [event.entry for event in response.context["cl"].result_list]


def differences(entry):
    return [(one.label, one.before, one.after) for one in entry.differences]


class TestTheHistoryOfARow:
    @pytest.fixture
    def policy(self, acme, bob):
        return PolicyFactory(organization=acme, name="Billing")

    def test_tells_who_changed_what_field_by_field(self, as_bob, alice, policy):
        with by(PERSON, alice.user_id):
            Policy.objects.update(name="Payments", repeat_count=2)
        newest = entries(as_bob, history(policy))[0]
        assert (newest.who, newest.origin, newest.what, newest.action) == (
            alice.name,
            "from here",
            "policy Payments",
            "changed",
        )
        assert differences(newest) == [("name", "Billing", "Payments"), ("repeat count", "0", "2")]

    def test_names_rows_and_people_not_ids(self, as_bob, bob, acme, policy):
        primary, other = (ScheduleFactory(organization=acme, name=name) for name in ("Primary", "Secondary"))
        layer = LayerFactory(policy=policy, schedule=primary)
        key = ApiKeyFactory(organization=acme, name="Terraform")
        with by(KEY, key.pk):
            layer.schedule = other
            layer.save()
        newest = entries(as_bob, history(policy))[0]
        assert newest.who == "API key “Terraform”"
        assert differences(newest) == [("schedule", "Primary", "Secondary")]

    def test_names_what_is_gone_as_it_was_last_called(self, as_bob, acme, bob, policy):
        gone = ScheduleFactory(organization=acme, name="Gone")
        layer = LayerFactory(policy=policy, schedule=gone)
        layer.schedule = ScheduleFactory(organization=acme, name="New")
        layer.save()
        gone.delete()
        assert differences(entries(as_bob, history(policy))[0]) == [("schedule", "Gone", "New")]

    def test_includes_layers_and_their_people(self, as_bob, bob, policy):
        layer = LayerFactory(policy=policy, people=[bob])
        with by(COMMAND, "import_policies"):
            layer.delete()
        told = entries(as_bob, history(policy))
        assert [(entry.what, entry.action, entry.who) for entry in told[:2]] == [
            ("layer 1", "deleted", "manage.py import_policies"),
            ("layer user", "deleted", "manage.py import_policies"),
        ]
        assert ("person", bob.name, "") in differences(told[1])

    def test_does_not_name_an_operator_to_an_organization_they_are_not_in(self, as_bob, olivia, policy):
        with by(PERSON, olivia.pk):
            Policy.objects.update(name="Payments")
        assert entries(as_bob, history(policy))[0].who == "an operator of the installation"

    def test_keeps_contact_methods_from_members(self, as_alice, as_bob, bob):
        ContactMethodFactory(membership=bob)
        assert "contact method" in str([entry.what for entry in entries(as_alice, history(bob))])
        assert "contact method" not in str([entry.what for entry in entries(as_bob, history(bob))])

    def test_of_another_organization_is_not_found(self, as_charlie, policy):
        assert as_charlie.get(history(policy)).status_code == 404

    def test_of_what_members_may_not_view_is_refused(self, as_bob, acme):
        assert as_bob.get(history(ApiKeyFactory(organization=acme))).status_code == 403

    def test_of_a_login_is_for_operators(self, as_olivia, bob):
        bob.user.set_password("another long password")
        bob.user.save()
        newest = entries(as_olivia, history(bob.user))[0]
        assert differences(newest) == [("password", "(hidden)", "(hidden, new)")]

    def test_costs_the_same_whatever_has_happened(self, as_bob, bob, acme, policy):
        schedule = ScheduleFactory(organization=acme)
        costs = set()
        for size in (3, 120):
            LayerFactory.create_batch(size, policy=policy, schedule=schedule)
            LayerFactory(policy=policy, people=[bob])
            costs.add(statements(as_bob, history(policy)))
        assert len(costs) == 1

    def test_goes_back_page_by_page(self, as_bob, policy):
        for number in range(60):
            Policy.objects.update(repeat_count=number + 1)
        assert len(entries(as_bob, f"{history(policy)}?p=1")) == 50
        assert entries(as_bob, f"{history(policy)}?p=2")[-1].action == "created"


class TestTheLog:
    def test_tells_all_of_the_organization_the_newest_first(self, as_alice, acme):
        policy = PolicyFactory(organization=acme, name="Billing")
        policy.delete()
        first, second = logged(as_alice)[:2]
        assert [(one.what, one.action) for one in (first, second)] == [
            ("policy Billing", "deleted"),
            ("policy Billing", "created"),
        ]

    def test_is_for_admins_of_the_organization(self, as_alice, as_bob, as_charlie, acme):
        PolicyFactory(organization=acme, name="Secret plan")
        assert as_bob.get(LOG).status_code == 403
        assert "Secret plan" not in as_charlie.get(LOG).content.decode()
        assert "Secret plan" in as_alice.get(LOG).content.decode()

    def test_an_event_of_another_organization_is_not_found(self, as_alice, as_charlie, acme):
        PolicyFactory(organization=acme)
        event = AuditEvent.objects.filter(organization_id=acme.pk).first()
        assert as_charlie.get(f"{LOG}{event.pk}/change/").status_code == 404
        assert as_alice.get(f"{LOG}{event.pk}/change/").status_code == 200

    def test_nobody_writes_there(self, as_alice, as_olivia, acme):
        event = AuditEvent.objects.filter(organization_id=acme.pk).first()
        for client in (as_alice, as_olivia):
            assert client.get(f"{LOG}add/").status_code == 403
            assert client.post(f"{LOG}{event.pk}/change/", {"name": "x"}).status_code in {403, 404}
            assert client.post(f"{LOG}{event.pk}/delete/", {"post": "yes"}).status_code in {403, 404}

    def test_is_filtered_by_kind_by_actor_and_by_row(self, as_alice, alice, acme):
        one, other = (PolicyFactory(organization=acme, name=name) for name in ("One", "Other"))
        with by(PERSON, alice.user_id):
            Policy.objects.filter(pk=one.pk).update(name="Uno")
        assert {entry.what for entry in logged(as_alice, kind="escalation.policy")} == {
            "policy One",
            "policy Other",
            "policy Uno",
        }
        assert [entry.what for entry in logged(as_alice, who=f"person:{alice.user_id}")] == ["policy Uno"]
        assert [entry.what for entry in logged(as_alice, of=f"escalation.policy:{other.pk}")] == ["policy Other"]
        assert [entry.what for entry in logged(as_alice, q=alice.first_name)] == ["policy Uno"]
        assert logged(as_alice, q="nobody of that name") == []

    def test_is_filtered_by_month(self, as_alice, acme):
        at = AuditEvent.objects.filter(organization_id=acme.pk).first().at
        assert logged(as_alice, month=f"{at:%Y-%m}")
        assert logged(as_alice, month=f"{at.year - 1}-{at:%m}") == []

    def test_costs_the_same_whatever_has_happened(self, as_alice, bob, acme):
        costs = set()
        for size in (60, 180):
            PolicyFactory.create_batch(size, organization=acme)
            LayerFactory(policy=PolicyFactory(organization=acme), people=[bob])
            costs.add(statements(as_alice, LOG))
        assert len(costs) == 1

    def test_never_counts_beyond_what_it_shows(self, as_alice, acme):
        with CaptureQueriesContext(connection) as made:
            as_alice.get(LOG)
        counts = [one["sql"] for one in made if "COUNT(*)" in one["sql"] and "auditevent" in one["sql"]]
        assert counts
        assert all("LIMIT 1000" in one for one in counts)


def test_secrets_of_what_an_organization_keeps_are_on_no_page(as_alice, alice):
    ContactMethodFactory(membership=alice, webhook=True)
    ApiKey.objects.filter(organization=alice.organization).delete()
    secrets = ContactMethod.objects.values_list("address", "secret").get()
    shown = as_alice.get(LOG).content.decode() + as_alice.get(history(alice)).content.decode()
    assert not any(secret in shown for secret in secrets)
