"""The buttons of an incident's page: each is there exactly where it makes a difference, and calls one service."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db.models import F
from django.test import Client

from escalation.models import Policy
from incidents.domain.model import CommandKind
from incidents.models import Incident, IncidentUpdate, TimelineEvent
from incidents.services import acknowledge_incident, resolve_incident, snooze_incident
from tests.factories.accounts import MembershipFactory
from tests.incidents.running import make_policy, minutes, reload, run, told, trigger

INCIDENTS = "/admin/incidents/incident/"
STATES = ("paging", "acknowledged", "snoozed", "exhausted", "cancelled")

# What each command makes of each state (design, "What happens when"); a state that is not named keeps everything.
MAKES = {
    CommandKind.ACKNOWLEDGE: {"paging": "acknowledged", "snoozed": "acknowledged", "exhausted": "acknowledged"},
    CommandKind.UNACKNOWLEDGE: {"acknowledged": "paging"},
    CommandKind.HANDOFF: dict.fromkeys(STATES[:4], "paging"),
    CommandKind.ESCALATE: dict.fromkeys(STATES[:4], "paging"),
    CommandKind.SNOOZE: dict.fromkeys(STATES[:4], "snoozed"),
    CommandKind.APPLY_PLAN: {
        "paging": "paging",
        "acknowledged": "acknowledged",
        "snoozed": "snoozed",
        "exhausted": "paging",
    },
    CommandKind.RESOLVE: dict.fromkeys(STATES[:4], "cancelled"),
}
CELLS = [(kind, state) for kind in MAKES for state in STATES]


def bring_to(row, state, actor):
    """Let the incident come to ``state``; return it as it is then."""
    about = {"organization_id": row.organization_id, "incident_id": row.pk, "actor_id": actor.user_id}
    if state == "acknowledged":
        acknowledge_incident(**about, user_id=actor.user_id, now=minutes(1))
    elif state == "snoozed":
        snooze_incident(**about, until=minutes(30), now=minutes(1))
    elif state == "cancelled":
        resolve_incident(**about, now=minutes(1))
    elif state == "exhausted":
        run(minutes(5))
        run(minutes(10))
    found = reload(row)
    assert found.state == state
    return found


def change_policy(row):
    """Make the policy another one than the incident was triggered with."""
    Policy.objects.filter(pk=row.policy_id).update(version=F("version") + 1)


def order(client, row, command, **fields):
    """Press a button of the incident's page; return what the next page says."""
    values = {"command": str(command), "firing": row.firing, **fields}
    response = client.post(f"{INCIDENTS}{row.pk}/order/", values)
    assert response.status_code == 303
    return [str(message) for message in get_messages(response.wsgi_request)]


def fields_of(command, person):
    return {CommandKind.HANDOFF: {"user": person.user_id}, CommandKind.SNOOZE: {"minutes": "60"}}.get(command, {})


@pytest.mark.parametrize(("command", "state"), CELLS)
class TestEveryCell:
    def test_a_button_is_there_exactly_where_it_makes_a_difference(self, as_bob, paged, bob, at, command, state):
        row = bring_to(paged, state, bob)
        change_policy(row)
        at(minutes(11))
        shown = as_bob.get(f"{INCIDENTS}{row.pk}/change/").content.decode()
        assert (f'name="command" value="{command}"' in shown) == (state in MAKES[command])

    def test_a_button_does_what_it_says_and_in_whose_name(self, as_alice, paged, alice, bob, at, command, state):
        row = bring_to(paged, state, bob)
        before = TimelineEvent.objects.filter(incident=row.pk).count()
        at(minutes(11))
        said = order(as_alice, row, command, **fields_of(command, alice))
        now = reload(row)
        assert said
        assert now.state == MAKES[command].get(state, state)
        if state in MAKES[command]:
            assert now.version > row.version
            newest = TimelineEvent.objects.filter(incident=row.pk, actor_id=alice.user_id)
            assert newest.exists()
        else:
            assert now.version == row.version
            assert TimelineEvent.objects.filter(incident=row.pk).count() == before


@pytest.mark.parametrize("command", [kind for kind in MAKES if kind is not CommandKind.ACKNOWLEDGE])
def test_what_has_moved_on_since_the_page_was_shown_is_left_alone(as_alice, paged, alice, bob, at, command):
    row = bring_to(paged, "acknowledged" if command is CommandKind.UNACKNOWLEDGE else "paging", bob)
    at(minutes(2))
    said = order(as_alice, row, command, **fields_of(command, alice), firing=row.firing - 1)
    assert "It moved on meanwhile, so nothing was changed. Since then:" in said[0]
    assert "If you still want to, choose again." in said[0]
    assert reload(row).version == row.version


def test_the_message_tells_what_happened_meanwhile(as_alice, paged, at):
    run(minutes(5))
    at(minutes(6))
    (said,) = order(as_alice, paged, CommandKind.ESCALATE)
    assert "03:05 UTC: Layer 2 was paged: Alice Last" in said


def test_an_acknowledgement_counts_whatever_has_fired_since(as_bob, paged, at):
    run(minutes(5))
    at(minutes(6))
    assert order(as_bob, paged, CommandKind.ACKNOWLEDGE) == ["You have it, and the paging stops. Everybody sees that."]


def test_who_comes_second_hears_who_has_it(as_bob, as_alice, paged):
    order(as_bob, paged, CommandKind.ACKNOWLEDGE)
    (said,) = order(as_alice, paged, CommandKind.ACKNOWLEDGE)
    assert said.startswith("Bob Last")
    assert "has it already, so nothing changed." in said


def test_who_acknowledges_holds_it_if_they_can_be_paged(as_bob, as_olivia, acme, paged, bob, olivia):
    order(as_bob, paged, CommandKind.ACKNOWLEDGE)
    assert reload(paged).holder == bob
    other = trigger(acme, make_policy(acme, [bob]))
    assert order(as_olivia, other, CommandKind.ACKNOWLEDGE)[0].startswith("You have it")
    now = reload(other)
    assert (now.holder, now.acknowledged_by) == (None, olivia.pk)


def test_handing_off_to_somebody_elsewhere_is_refused(as_bob, paged, charlie):
    (said,) = order(as_bob, paged, CommandKind.HANDOFF, user=charlie.user_id)
    assert said == "Nobody can be paged under that name. Choose somebody from the list."
    assert reload(paged).version == paged.version


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"command": "handoff", "user": ""}, "Choose whom to hand this to."),
        ({"command": "snooze", "minutes": "31"}, "Choose how long to snooze from the list."),
        ({"command": "snooze", "until": "2026-11-23T03:00:00+00:00"}, "That time has passed."),
        ({"command": "escalate", "firing": ""}, "The form was not complete."),
        ({"command": "delete"}, "That is nothing this page can do."),
        ({"command": "resolve", "note": "x" * 10_001}, "The note is longer than 10,000 characters."),
        ({"command": "update", "body": " \u200b "}, "Write something, or go on to the next status."),
        ({"command": "update", "body": "x" * 10_001}, "The update is longer than 10,000 characters."),
        ({"command": "update", "status": "monitoring"}, "From investigating an incident goes to identified"),
    ],
)
def test_a_form_filled_in_wrongly_changes_nothing_and_says_so(as_bob, paged, form, said):
    assert said in order(as_bob, paged, **form)[0]
    assert reload(paged).version == paged.version


def test_an_update_is_posted_with_the_next_status(as_bob, paged, bob):
    assert order(as_bob, paged, "update", body="It is the queue.", status="identified") == ["The update is posted."]
    update = IncidentUpdate.objects.get()
    assert (update.body, update.status_change, update.posted_by) == ("It is the queue.", "identified", bob.user_id)
    shown = as_bob.get(f"{INCIDENTS}{paged.pk}/change/").content.decode()
    assert "It is the queue." in shown
    assert "The incident is monitoring now" in shown


def test_the_note_of_a_resolution_is_kept(as_bob, paged):
    order(as_bob, paged, CommandKind.RESOLVE, note=" It was the disk. ")
    assert IncidentUpdate.objects.get(status_change="resolved").body == "It was the disk."
    assert Incident.objects.get().status == "resolved"


class TestWhoMay:
    def test_nobody_does_anything_elsewhere(self, as_charlie, paged):
        for command in MAKES:
            answer = as_charlie.post(f"{INCIDENTS}{paged.pk}/order/", {"command": str(command), "firing": 1})
            assert answer.status_code == 404
        assert reload(paged).version == paged.version

    def test_who_is_not_signed_in_is_asked_to(self, paged):
        answer = Client().post(f"{INCIDENTS}{paged.pk}/order/", {"command": "acknowledge"})
        assert answer.status_code == 302
        assert reload(paged).state == "paging"

    def test_a_form_of_another_site_is_refused(self, paged, bob):
        client = Client(enforce_csrf_checks=True)
        client.force_login(bob.user)
        assert client.post(f"{INCIDENTS}{paged.pk}/order/", {"command": "acknowledge"}).status_code == 403
        assert reload(paged).state == "paging"

    def test_looking_changes_nothing(self, as_bob, paged):
        for path in ("order/?command=acknowledge", "change/", "live/", "history/"):
            as_bob.get(f"{INCIDENTS}{paged.pk}/{path}")
            as_bob.head(f"{INCIDENTS}{paged.pk}/{path}")
        as_bob.get(f"{INCIDENTS}board/")
        assert as_bob.get(f"{INCIDENTS}{paged.pk}/order/").status_code == 405
        assert reload(paged).version == paged.version

    def test_the_engines_rows_are_out_of_reach(self, as_alice, as_olivia, paged):
        before = told(paged)
        for client in (as_alice, as_olivia):
            for path in ("change/", "delete/"):
                assert (
                    client.post(f"{INCIDENTS}{paged.pk}/{path}", {"title": "Forged", "post": "yes"}).status_code == 403
                )
            for model in ("escalation", "firing", "page", "delivery", "timelineevent", "incidentupdate"):
                assert client.get(f"/admin/incidents/{model}/").status_code == 404
        assert told(paged) == before


class TestWhatWouldCome:
    def answers(self, client, row):
        return client.get(f"{INCIDENTS}{row.pk}/change/").context["page"].answers

    def test_escalating_says_whom_it_would_page(self, as_bob, paged, at):
        assert self.answers(as_bob, paged).escalating.startswith("Layer 2: Alice Last")
        run(minutes(5))
        at(minutes(6))
        assert self.answers(as_bob, paged).escalating == "The fallback: ops@example.org."

    def test_escalating_pages_whom_it_said(self, as_bob, paged, at):
        assert self.answers(as_bob, paged).escalating.startswith("Layer 2: Alice Last")
        order(as_bob, paged, CommandKind.ESCALATE)
        assert run(minutes(1)) == ["alice@acme.example"]

    def test_applying_says_where_it_goes_on(self, as_bob, paged):
        assert self.answers(as_bob, paged).new_plan == ""
        change_policy(paged)
        told = self.answers(as_bob, paged).new_plan
        assert told.startswith("The policy has changed since this was triggered: it is at version 2 now, and was at 1")
        assert told.endswith("Applying it goes on at layer 1 of 2, and nobody is paged for it.")
        order(as_bob, paged, CommandKind.APPLY_PLAN)
        assert self.answers(as_bob, paged).new_plan == ""

    def test_applying_to_what_nobody_answered_says_whom_it_pages(self, as_bob, paged, bob, at):
        row = bring_to(paged, "exhausted", bob)
        change_policy(row)
        at(minutes(11))
        assert self.answers(as_bob, row).new_plan.endswith(f"Applying it pages layer 1: {bob.name}.")

    def test_everybody_who_can_be_paged_is_offered(self, as_bob, acme, alice, bob, paged):
        MembershipFactory(organization=acme, first_name="Gone", is_active=False)
        offered = [person.user_id for person in self.answers(as_bob, paged).choices.people]
        assert offered == [alice.user_id, bob.user_id]

    def test_a_snapshot_that_cannot_be_read_can_be_replaced(self, as_bob, paged):
        paged.plan = {"format": 99}
        paged.save()
        shown = self.answers(as_bob, paged)
        assert shown.new_plan.startswith("The policy has changed since this was triggered: it is at version 1 now.")
        assert as_bob.get(INCIDENTS).status_code == 200


def test_a_button_on_the_board_leads_back_to_where_it_stood(as_bob, paged):
    path = f"{INCIDENTS}{paged.pk}/order/?board=severity__exact%3Dhigh%26p%3D1"
    answer = as_bob.post(path, {"command": "acknowledge"})
    assert answer["Location"] == f"{INCIDENTS}?severity__exact=high&p=1#incident-{paged.pk}"
    assert timedelta(0) < minutes(2) - reload(paged).acknowledged_at


def test_a_way_back_cannot_lead_elsewhere(as_bob, paged):
    answer = as_bob.post(f"{INCIDENTS}{paged.pk}/order/?board=//evil.example/", {"command": "acknowledge"})
    assert answer["Location"].startswith(f"{INCIDENTS}?")


def test_the_ladder_shows_where_the_incident_stands(as_bob, paged, bob, alice):
    order(as_bob, paged, CommandKind.ACKNOWLEDGE)
    shown = as_bob.get(f"{INCIDENTS}{paged.pk}/change/")
    entries = shown.context["page"].ladder.entries
    assert [entry.kind for entry in entries] == ["call", "here"]
    assert "Acknowledged" in entries[-1].summary
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown.content.decode()
