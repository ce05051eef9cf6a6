"""What the page of a policy tells beside its form: the ladder, and the open incidents it pages for."""

from __future__ import annotations

import pytest

from escalation.models import Policy
from incidents.admin.policy import PolicyWithLadderAdmin
from incidents.models import Incident
from incidents.services import resolve_incident
from scaling import clock
from tests.admin_pages import statements
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PolicyFactory
from tests.incidents.running import START, minutes, run, trigger

pytestmark = pytest.mark.django_db

POLICIES = "/admin/escalation/policy/"


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr("incidents.admin.policy.now", lambda: START)


@pytest.fixture
def policy(acme, bob):
    return LayerFactory(policy__organization=acme, policy__name="Billing", people=[bob]).policy


def page(policy, query=""):
    return f"{POLICIES}{policy.pk}/change/{query}"


def panel(client, policy, query=""):
    response = client.get(page(policy, query))
    assert response.status_code == 200
    return response.context["panel"]


class TestLadder:
    def test_members_see_what_would_happen_now(self, as_bob, policy, bob):
        shown = panel(as_bob, policy)
        assert shown.title == "If an incident started now"
        assert shown.ladder.told.start == START
        assert shown.ladder.told.severity == "critical"
        assert shown.ladder.told.rungs[0].people[0].called.duty.user == bob.user_id

    def test_another_instant_and_severity_are_asked_for_in_the_address(self, as_bob, policy):
        shown = panel(as_bob, policy, "?at=2026-12-24T18:00&severity=low")
        assert shown.title == "If an incident started at 24 Dec 18:00 UTC"
        assert f"{shown.ladder.told.start:%F %T %z}" == "2026-12-24 18:00:00 +0000"
        assert shown.ladder.told.severity == "low"

    @pytest.mark.parametrize("query", ["?at=never", "?at=0001-01-01T00:00", "?at=9999-12-31T23:59", "?severity=urgent"])
    def test_what_cannot_be_meant_is_said_and_now_is_shown(self, as_bob, policy, query):
        shown = panel(as_bob, policy, query)
        assert shown.form.errors
        assert shown.ladder.told.start == START

    def test_the_picture_stands_beside_its_text(self, as_bob, policy):
        html = as_bob.get(page(policy)).content.decode()
        assert html.count('<svg xmlns="http://www.w3.org/2000/svg"') == 2
        assert "The same as text" in html
        assert "incidents/ladder.css" in html

    def test_names_are_escaped(self, as_bob, policy, bob):
        bob.first_name = "<script>alert(1)</script>"
        bob.save()
        html = as_bob.get(page(policy)).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_a_policy_that_is_not_there_yet_has_none(self, as_bob):
        response = as_bob.get(f"{POLICIES}add/")
        assert response.status_code == 200
        assert "panel" not in response.context

    def test_another_organizations_is_nobodys(self, as_charlie, policy):
        assert as_charlie.get(page(policy, "?severity=low")).status_code == 404

    def test_looking_pages_nobody(self, as_bob, policy):
        panel(as_bob, policy)
        run(minutes(60))
        assert not Incident.objects.exists()


class TestOpenIncidents:
    def test_the_newest_are_listed_and_the_rest_counted(self, as_bob, policy, acme):
        opened = [trigger(acme, policy, now=minutes(minute)) for minute in range(12)]
        shown = panel(as_bob, policy)
        assert shown.open_count == 12
        assert [row.pk for row in shown.open] == [row.pk for row in reversed(opened)][:10]
        assert shown.not_listed == 2

    def test_those_of_other_policies_are_not(self, as_bob, policy, acme, bob):
        trigger(acme, LayerFactory(policy__organization=acme, people=[bob]).policy)
        assert panel(as_bob, policy).open_count == 0

    def test_the_list_counts_them(self, as_bob, policy, acme):
        idle = PolicyFactory(organization=acme, name="Idle")
        for _ in range(3):
            trigger(acme, policy)
        rows = as_bob.get(POLICIES).context["cl"].result_list
        assert {row.pk: row.open_count for row in rows} == {policy.pk: 3, idle.pk: 0}
        assert [row.pk for row in as_bob.get(f"{POLICIES}?o=-2").context["cl"].result_list] == [policy.pk, idle.pk]

    @pytest.mark.parametrize(
        ("query", "found"), [("yes", ["Billing"]), ("no", ["Idle"]), ("maybe", ["Billing", "Idle"])]
    )
    def test_policies_are_found_by_them(self, as_bob, policy, acme, query, found):
        PolicyFactory(organization=acme, name="Idle")
        for _ in range(2):
            trigger(acme, policy)
        rows = as_bob.get(f"{POLICIES}?open_incidents={query}").context["cl"].result_list
        assert [row.name for row in rows] == found


class TestDeleting:
    def ask(self, client, policy):
        return client.get(f"{POLICIES}{policy.pk}/delete/")

    def delete(self, client, policy):
        return client.post(f"{POLICIES}{policy.pk}/delete/", {"post": "yes"}, follow=True)

    def test_the_incidents_are_listed_before_anybody_is_asked(self, as_bob, policy, acme):
        opened = [trigger(acme, policy, now=minutes(minute)) for minute in range(12)]
        answer = self.ask(as_bob, policy)
        html = answer.content.decode()
        assert "Billing is in use, and is not deleted" in html
        addresses = [f'href="/admin/incidents/incident/{one.pk}/change/"' for one in opened]
        assert [address in html for address in addresses] == [False] * 2 + [True] * 10
        assert "<li>2 more</li>" in html
        assert 'name="post"' not in html

    def test_once_they_are_resolved_it_is_deleted(self, as_bob, policy, acme):
        incident = trigger(acme, policy)
        self.delete(as_bob, policy)
        assert Policy.objects.exists()
        resolve_incident(organization_id=acme.pk, incident_id=incident.pk, actor_id="key_test", now=minutes(1))
        assert 'name="post"' in self.ask(as_bob, policy).content.decode()
        self.delete(as_bob, policy)
        assert not Policy.objects.exists()

    def test_an_incident_that_comes_in_between_keeps_it(self, as_bob, policy, acme, monkeypatch):
        """The page has looked and found nothing; the constraint has the last word."""
        monkeypatch.setattr(PolicyWithLadderAdmin, "uses", lambda page, rows: [])
        trigger(acme, policy)
        answer = self.delete(as_bob, policy)
        assert b"An incident that is not resolved uses this policy." in answer.content
        assert Policy.objects.exists()

    def test_titles_are_escaped(self, as_bob, policy, acme):
        trigger(acme, policy, title="<script>alert(1)</script>")
        html = self.ask(as_bob, policy).content.decode()
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_it_costs_the_same_for_few_incidents_and_for_many(self, as_bob, policy, acme):
        costs = []
        for size in (11, 20):
            for _ in range(size):
                trigger(acme, policy)
            costs.append(statements(as_bob, f"{POLICIES}{policy.pk}/delete/"))
        assert costs[0] == costs[1]


def test_page_and_list_cost_the_same_for_few_and_many(as_bob, acme, bob):
    monday, costs = clock.now(), []
    policy = PolicyFactory(organization=acme)
    for size in (2, 12):
        for _ in range(size):
            people = MembershipFactory.create_batch(3, organization=acme)
            other = LayerFactory(policy__organization=acme, people=people).policy
            trigger(acme, other, now=monday)
        LayerFactory(policy=policy, people=people)
        for _ in range(size):
            trigger(acme, policy, now=monday)
        costs.append((statements(as_bob, POLICIES), statements(as_bob, page(policy))))
    assert costs[0] == costs[1]
