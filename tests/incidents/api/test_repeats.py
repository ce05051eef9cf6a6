"""POST /v1/incidents with a `dedupKey`, and the running number (contract section 6, "Additive")."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents.models import Delivery, Escalation, Firing, Incident, IncidentNumbering, TimelineEvent
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.incidents.running import make_policy, minutes, run, told, trigger

pytestmark = pytest.mark.django_db


@pytest.fixture
def policy(organization, ada):
    return make_policy(organization, [ada])


def create(client, policy, key="disk full", **body):
    fields = {"title": "Disk full", "severity": "high", "escalationPolicyId": str(policy.pk), **body}
    return client.post("/v1/incidents", fields if key is None else {**fields, "dedupKey": key})


def repeats_told():
    events = TimelineEvent.objects.filter(type="incident_repeated").order_by("at", "id")
    return [event.details["repeats"] for event in events]


class TestDedupKey:
    def test_the_open_incident_takes_the_second_call_and_pages_nobody(self, api, policy):
        first = create(api, policy)
        second = create(api, policy, title="Disk full again", severity="low")
        assert (first.status_code, second.status_code) == (201, 200)
        assert second.content == first.content
        assert (Incident.objects.count(), Firing.objects.count(), Delivery.objects.count()) == (1, 1, 1)
        assert Incident.objects.get().repeats == 1

    def test_is_shown_with_the_incident(self, api, policy):
        pk = create(api, policy, "disk/é 1").json()["data"]["id"]
        assert api.get(f"/v1/incidents/{pk}").json()["data"]["dedupKey"] == "disk/é 1"

    @pytest.mark.parametrize("key", ["Disk full", "disk full ", " disk full", "disk"])
    def test_is_compared_to_the_character(self, api, policy, key):
        create(api, policy)
        assert create(api, policy, key).status_code == 201

    def test_without_one_every_call_is_an_incident(self, api, policy):
        assert {create(api, policy, None).status_code for _ in range(2)} == {201}
        assert {create(api, policy, None, dedupKey=None).status_code for _ in range(2)} == {201}
        assert Incident.objects.count() == 4

    def test_is_free_again_once_the_incident_is_resolved(self, api, policy):
        first = create(api, policy).json()["data"]["id"]
        api.post(f"/v1/incidents/{first}/resolve")
        again = create(api, policy)
        assert again.status_code == 201
        assert again.json()["data"]["id"] != first

    @pytest.mark.parametrize("state", ["acknowledge", "snooze"])
    def test_a_repeat_does_not_wake_who_has_it_in_hand(self, api, policy, state, at):
        pk = create(api, policy).json()["data"]["id"]
        api.post(f"/v1/incidents/{pk}/{state}", {"until": "2026-11-23T09:00:00Z"} if state == "snooze" else {})
        at(minutes(3))
        before = Escalation.objects.values().get()
        assert create(api, policy).status_code == 200
        assert Escalation.objects.values().get() == before

    def test_belongs_to_its_organization(self, api, client_of, policy):
        other = OrganizationFactory()
        theirs = create(client_of(other), make_policy(other, [MembershipFactory(organization=other)]))
        assert create(api, policy).status_code == theirs.status_code == 201

    def test_a_repeat_counts_whatever_else_it_says(self, api, policy):
        """A monitor that repeats itself is not told off for a person who has left since."""
        create(api, policy)
        assert create(api, policy, ownerId="user_gone").status_code == 200

    def test_a_call_that_is_refused_leaves_the_key_free(self, api, policy):
        assert create(api, policy, ownerId="user_nobody").status_code == 404
        assert create(api, policy).status_code == 201

    @pytest.mark.parametrize("key", ["", "x" * 256, 5, ["k"], "a\0b"])
    def test_has_1_to_255_characters(self, api, policy, key):
        answer = create(api, policy, key)
        assert answer.status_code in {400, 422}
        assert not Incident.objects.exists()
        assert create(api, policy, "x" * 255).status_code == 201

    def test_every_repeat_is_counted_and_one_a_minute_is_told(self, api, policy, at):
        create(api, policy)
        for second in (0, 10, 59, 60, 61, 125):
            at(minutes(second / 60))
            create(api, policy)
        assert Incident.objects.get().repeats == 6
        assert repeats_told() == [1, 4, 6]

    def test_what_was_repeated_may_be_named_once_more(self, api, policy):
        """Both names: the answer to the call is remembered, and the call is counted once."""
        create(api, policy)
        answers = [
            api.post(
                "/v1/incidents",
                {
                    "title": "Disk full",
                    "severity": "low",
                    "escalationPolicyId": str(policy.pk),
                    "dedupKey": "disk full",
                },
                headers={"Idempotency-Key": "k"},
            )
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert Incident.objects.get().repeats == 1

    @pytest.mark.parametrize("times", [1, 20])
    def test_a_repeat_costs_the_same_however_often_it_came(self, api, policy, times):
        for _ in range(times):
            create(api, policy)
        with CaptureQueriesContext(connection) as captured:
            create(api, policy)
        statements = [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]
        assert len(statements) <= 1 + 3, statements


class TestNumber:
    def test_counts_the_incidents_of_an_organization(self, api, organization, policy):
        other = OrganizationFactory()
        theirs = make_policy(other, [MembershipFactory(organization=other)])
        for _ in range(2):
            trigger(organization, policy)
            trigger(other, theirs)
        mine = Incident.objects.for_organization(organization.pk).order_by("created_at", "id")
        assert [one.number for one in mine] == [1, 2]
        assert {one.last for one in IncidentNumbering.objects.all()} == {2}

    def test_a_call_that_is_refused_takes_none(self, api, policy):
        create(api, policy)
        create(api, policy, ownerId="user_nobody", key="other")
        pk = create(api, policy, "third").json()["data"]["id"]
        assert api.get(f"/v1/incidents/{pk}").json()["data"]["number"] == 2

    def test_is_not_in_what_the_contract_documents_without_it(self, api, policy):
        assert "number" not in create(api, policy).json()["data"]
        assert "number" not in api.get("/v1/incidents").json()["data"]["incidents"][0]


def test_a_repeat_is_told_in_the_paging_trail(api, policy):
    pk = create(api, policy).json()["data"]["id"]
    create(api, policy)
    run(minutes(0))
    events = api.get(f"/v1/incidents/{pk}").json()["data"]["pagingEvents"]
    assert "incident_repeated" in [event["type"] for event in events]
    assert told(Escalation.objects.get()) == [event["type"] for event in events]
