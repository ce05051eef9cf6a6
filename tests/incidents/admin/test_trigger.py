"""An incident triggered by hand."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages

from incidents.models import AffectedComponent, Escalation, Incident
from incidents.services import resolve_incident
from tests.admin_pages import complaints, statements
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import ScheduleFactory
from tests.factories.incidents import ComponentFactory
from tests.incidents.running import make_policy, minutes, reload, run

INCIDENTS = "/admin/incidents/incident/"
ADD = f"{INCIDENTS}add/"
PREVIEW = f"{INCIDENTS}preview/"


@pytest.fixture
def policy(acme, alice, bob, at):
    return make_policy(acme, [bob], [alice])


def form(client, **fields):
    """Return the form as it is opened, filled in."""
    token = client.get(ADD).context["adminform"].form["token"].value()
    return {"title": "Checkout is down", "severity": "critical", "token": token, **fields}


def test_it_pages_at_once_and_leads_to_its_page(as_bob, policy, bob, acme):
    component = ComponentFactory(organization=acme)
    sent = form(as_bob, policy=policy.pk, description="Since 03:00.", components=[component.pk])
    answer = as_bob.post(ADD, sent)
    incident = Incident.objects.get()
    assert answer["Location"] == f"{INCIDENTS}{incident.pk}/change/"
    assert [str(said) for said in get_messages(answer.wsgi_request)] == ["It is triggered."]
    assert (incident.title, incident.severity, incident.description) == ("Checkout is down", "critical", "Since 03:00.")
    assert (incident.created_by, incident.owner, incident.created_at) == (bob.user_id, bob, minutes(1))
    assert AffectedComponent.objects.get().incident == incident
    assert run(minutes(1)) == ["bob@acme.example"]


def test_an_owner_alone_is_paged(as_bob, acme, alice, at):
    as_bob.post(ADD, form(as_bob, owner=alice.pk))
    assert Incident.objects.get().owner == alice
    assert run(minutes(1)) == ["alice@acme.example"]


def test_a_form_sent_twice_triggers_once(as_bob, policy):
    sent = form(as_bob, policy=policy.pk)
    answers = [as_bob.post(ADD, sent) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    said = [str(message) for message in get_messages(answers[1].wsgi_request)]
    assert said[-1] == "It was triggered already, when the form was first sent."
    assert Escalation.objects.get().firing == 1


def test_a_form_sent_again_once_it_is_over_triggers_nothing(as_bob, policy, acme):
    sent = form(as_bob, policy=policy.pk)
    as_bob.post(ADD, sent)
    row = Escalation.objects.get()
    resolve_incident(organization_id=acme.pk, incident_id=row.pk, actor_id="key_test", now=minutes(2))
    as_bob.post(ADD, sent)
    assert reload(row).state == "cancelled"
    assert Incident.objects.count() == 1


def test_a_refused_form_can_be_sent_again(as_bob, policy):
    sent = form(as_bob)
    assert complaints(as_bob.post(ADD, sent))["__all__"] == [
        "Choose a policy, an on-call schedule or an owner: somebody must be paged."
    ]
    assert as_bob.post(ADD, {**sent, "policy": policy.pk}).status_code == 302


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 101}, "title"),
        ({"severity": "worst"}, "severity"),
        ({"description": "x" * 10_001}, "description"),
        ({"token": ""}, "token"),
        ({"policy": "?"}, "policy"),
        ({"owner": "?"}, "owner"),
    ],
)
def test_a_form_filled_in_wrongly_triggers_nothing(as_bob, policy, fields, field):
    assert field in complaints(as_bob.post(ADD, form(as_bob, **{"policy": policy.pk, **fields})))
    assert not Incident.objects.exists()


def test_nothing_of_another_organization_can_be_chosen(as_bob, at, rival, charlie):
    foreign = {
        "policy": make_policy(rival, [charlie]).pk,
        "schedule": ScheduleFactory(organization=rival).pk,
        "owner": charlie.pk,
        "components": ComponentFactory(organization=rival).pk,
    }
    for field, pk in foreign.items():
        assert field in complaints(as_bob.post(ADD, form(as_bob, **{field: pk})))
        if field != "components":
            told = as_bob.get(PREVIEW, {field: pk}).content.decode()
            assert told == f"<p>No {field} with that id in this organization.</p>\n"
    assert not Incident.objects.exists()


class TestPreview:
    def told(self, client, **chosen):
        return client.get(PREVIEW, chosen).content.decode()

    def test_it_tells_whom_it_would_page_and_whose_it_would_be(self, as_bob, policy, bob):
        told = self.told(as_bob, policy=policy.pk)
        assert told == f"<p>Triggered now, this pages layer 1: {bob.name}. It would belong to {bob.name}.</p>\n"
        as_bob.post(ADD, form(as_bob, policy=policy.pk))
        assert run(minutes(1)) == ["bob@acme.example"]

    def test_a_layer_without_anybody_is_passed(self, as_bob, acme, alice, at):
        policy = make_policy(acme, [], [alice])
        assert f"this pages layer 2: {alice.name}." in self.told(as_bob, policy=policy.pk)

    def test_a_schedule_brings_its_policy(self, as_bob, acme, at):
        schedule = ScheduleFactory(organization=acme)
        assert "this pages the fallback:" in self.told(as_bob, schedule=schedule.pk)

    @pytest.mark.parametrize("chosen", [{}, {"policy": ""}, {"policy": "?"}])
    def test_without_a_choice_it_asks_for_one(self, as_bob, acme, at, chosen):
        assert "somebody must be paged" in self.told(as_bob, **chosen)

    def test_looking_triggers_nothing(self, as_bob, policy):
        self.told(as_bob, policy=policy.pk)
        assert as_bob.post(PREVIEW, {"policy": policy.pk}).status_code == 405
        assert not Incident.objects.exists()


def test_the_form_costs_the_same_however_many_there_are_to_choose_from(as_bob, acme, at):
    costs = []
    for more in (1, 15):
        for member in MembershipFactory.create_batch(more, organization=acme):
            make_policy(acme, [member])
            ComponentFactory(organization=acme)
        costs.append(statements(as_bob, ADD))
    assert costs[0] == costs[1]
