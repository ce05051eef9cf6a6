"""The admin pages of incidents: the list, and what was paged and why, to be read and not to be changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from escalation.services import delete_policy
from incidents.admin import incident as pages
from incidents.admin import newest, report
from incidents.models import Firing, Incident, TimelineEvent
from incidents.services import acknowledge_incident, change_status
from tests.admin_pages import statements
from tests.factories.accounts import ContactMethodFactory, MembershipFactory
from tests.factories.incidents import (
    NIGHT,
    EscalationFactory,
    FiringFactory,
    PageFactory,
    TimelineEventFactory,
)
from tests.incidents.running import REFUSED, START, TEMPORARY, make_policy, minutes, run, trigger

INCIDENTS = "/admin/incidents/incident/"
RESOLVING = ("identified", "monitoring", "resolved")


def page(row):
    return f"{INCIDENTS}{row.pk}/change/"


def text(client, row):
    response = client.get(page(row))
    assert response.status_code == 200
    return response.content.decode()


def told(client, row):
    return client.get(page(row)).context["page"].report


def resolve(row):
    for status in RESOLVING:
        change_status(
            organization_id=row.organization_id, incident_id=row.pk, actor_id="key_test", status=status, now=minutes(2)
        )


class TestPage:
    def test_it_says_where_the_incident_stands_and_what_comes_next(self, as_bob, paged):
        shown = text(as_bob, paged)
        assert "Invoices stuck" in shown
        assert "Queue is at 12,000." in shown
        assert "Waiting for an answer" in shown
        assert "Unless somebody acknowledges by 03:05 UTC (in 4 min), layer 2 is paged: Alice Last" in shown

    def test_it_says_who_was_paged_why_and_what_became_of_it(self, as_alice, paged, bob, alice, at):
        at(minutes(6))
        run(minutes(5), failures={"alice@acme.example": REFUSED})
        fallback, second, first = told(as_alice, paged).calls
        assert (first.at, first.label, first.due_at) == (minutes(0), "Layer 1", minutes(5))
        (one,) = first.called
        assert (one.name, one.fate) == (bob.name, "sent")
        assert one.why == "You are named in layer 1 of “Policy 0”."
        (send,) = one.sends
        assert (send.destination, send.delivery.status, send.delivery.attempts) == (
            "bob@acme.example",
            "handed_over",
            1,
        )
        assert (second.label, second.called[0].fate, second.called[0].sends[0].error) == (
            "Layer 2",
            "could not be reached",
            "550 no such user",
        )
        assert (fallback.label, fallback.called[0].name) == ("Fallback", "ops@example.org")
        shown = text(as_alice, paged)
        assert "email to alice@acme.example: dead, 1 attempt (550 no such user)" in shown
        assert "<td>You are named in layer 1 of “Policy 0”.</td>" in shown

    def test_the_timeline_is_told_in_sentences_newest_first(self, as_bob, paged, bob):
        acknowledge_incident(
            organization_id=paged.organization_id, incident_id=paged.pk, actor_id=bob.user_id, now=minutes(2)
        )
        sentences = [event.sentence for event in told(as_bob, paged).timeline]
        assert sentences[0] == f"{bob.name} acknowledged the incident."
        assert sentences[-1] == "key_test triggered the incident."
        assert f"Layer 1 was paged: {bob.name}." in sentences
        assert f"{bob.name} acknowledged the incident." in text(as_bob, paged)

    def test_a_message_on_its_way_is_told(self, as_alice, acme, bob, at):
        row = trigger(acme, make_policy(acme, [bob]))
        run(START, failures={"bob@acme.example": TEMPORARY})
        assert "email to bob@acme.example: pending, 1 attempt (451 try again later)" in text(as_alice, row)

    def test_a_resolved_incident_is_told_too_once_its_policy_is_gone(self, as_bob, paged):
        resolve(paged)
        assert told(as_bob, paged).policy.name == "Policy 0"
        delete_policy(organization_id=paged.organization_id, policy_id=paged.policy_id)
        shown = told(as_bob, paged)
        assert (shown.stands, shown.policy) == ("Resolved", None)
        assert shown.next_step == "The incident is resolved. Nobody else is paged."

    def test_an_escalation_that_has_not_begun_is_shown(self, as_bob, acme):
        row = EscalationFactory(incident__organization=acme, position=0, firing=0, entered=0)
        assert "Nobody has been paged yet." in text(as_bob, row)

    def test_a_call_that_reached_nobody_is_shown(self, as_bob, acme):
        row = EscalationFactory(incident__organization=acme)
        FiringFactory(escalation=row)
        assert "Nobody could be paged." in text(as_bob, row)

    def test_of_a_long_night_the_latest_is_shown(self, as_bob, acme, bob, monkeypatch):
        monkeypatch.setattr(report, "MOST_CALLS", 2)
        monkeypatch.setattr(report, "MOST_EVENTS", 3)
        row = EscalationFactory(incident__organization=acme, firing=5)
        for number in range(1, 6):
            firing = FiringFactory(
                escalation=row, number=number, cause="fallback", fired_at=NIGHT + timedelta(hours=number)
            )
            PageFactory(firing=firing, membership=bob)
            TimelineEventFactory(incident=row.incident, at=firing.fired_at)
        shown = told(as_bob, row)
        assert [call.at.hour for call in shown.calls] == [8, 7]
        assert [event.at.hour for event in shown.timeline] == [8, 7, 6]
        assert (shown.earlier_calls, shown.has_earlier_events) == (3, True)
        assert "3 earlier calls not shown." in text(as_bob, row)

    def test_hostile_words_are_shown_as_they_are(self, as_alice, acme, bob, at):
        row = trigger(acme, make_policy(acme, [bob]), title="<script>alert(1)</script>", description="<b>bold</b>")
        run(START, failures={"bob@acme.example": TEMPORARY.__class__(TEMPORARY.failure, "<i>no</i>")})
        shown = text(as_alice, row)
        assert "&lt;i&gt;no&lt;/i&gt;" in shown
        for word in ("<script>alert", "<b>bold", "<i>no"):
            assert word not in shown


class TestWhoSeesWhat:
    @pytest.mark.parametrize("failed", [TEMPORARY, REFUSED])
    def test_a_member_does_not_see_where_else_somebody_is_paged(self, as_bob, as_alice, acme, alice, at, failed):
        ContactMethodFactory(membership=alice, address="alice@home.example")
        row = trigger(acme, make_policy(acme, [alice]))
        failed = failed.__class__(failed.failure, "<alice@home.example> not now")
        run(START, failures={"alice@home.example": failed})
        assert "alice@home.example" in text(as_alice, row)
        assert "alice@home.example" not in text(as_bob, row)

    def test_nobody_changes_or_deletes(self, as_alice, as_olivia, paged):
        for client in (as_alice, as_olivia):
            assert client.post(page(paged), {"title": "Forged"}).status_code == 403
            assert client.post(f"{INCIDENTS}{paged.pk}/delete/", {"post": "yes"}).status_code == 403
            client.post(INCIDENTS, {"action": "delete_selected", "_selected_action": [str(paged.pk)], "post": "yes"})
            assert b'name="_save"' not in client.get(page(paged)).content
        assert Incident.objects.get().title == "Invoices stuck"

    def test_an_incident_of_another_organization_is_unknown(self, as_charlie, paged):
        for name in ("change", "delete", "history"):
            assert as_charlie.get(f"{INCIDENTS}{paged.pk}/{name}/").status_code == 404
        assert b"Invoices stuck" not in as_charlie.get(INCIDENTS).content
        assert b"Invoices stuck" not in as_charlie.get(f"{INCIDENTS}?q={paged.pk}").content

    def test_an_autocomplete_of_incidents_offers_ones_own(self, as_bob, as_charlie, paged):
        asked = {"app_label": "incidents", "model_name": "timelineevent", "field_name": "incident", "term": "invoices"}
        found = [client.get(reverse("admin:autocomplete"), asked).json()["results"] for client in (as_bob, as_charlie)]
        assert [len(rows) for rows in found] == [1, 0]


class TestList:
    def listed(self, client, query=""):
        response = client.get(f"{INCIDENTS}?{query}")
        assert response.status_code == 200
        return [row.title for row in response.context["cl"].result_list]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["Invoices stuck", "Newer"]),
            ("q=invoices", ["Invoices stuck"]),
            ("q=bob", ["Invoices stuck"]),
            ("q={pk}", ["Invoices stuck"]),
            ("open=yes", ["Invoices stuck"]),
            ("open=no", ["Newer"]),
            ("severity__exact=low", ["Newer"]),
            ("status__exact=resolved", ["Newer"]),
            ("escalation__state__exact=paging", ["Invoices stuck"]),
            ("created_at__gte=2026-11-23 03:01:00%2B00:00", ["Newer"]),
            ("o=1", ["Invoices stuck", "Newer"]),
        ],
    )
    def test_incidents_are_found(self, as_bob, acme, alice, paged, query, found):
        resolve(trigger(acme, make_policy(acme, [alice]), title="Newer", severity="low", now=minutes(1)))
        assert self.listed(as_bob, query.format(pk=paged.pk)) == found

    def test_a_line_says_where_the_incident_stands(self, as_bob, paged):
        shown = as_bob.get(INCIDENTS).content.decode()
        for words in (
            "Waiting for an answer",
            "Layer 1 of 2",
            "Paging Bob Last",
            "High",
            "Investigating",
            "Bob Last",
            "23 Nov 03:05:00 UTC",
        ):
            assert words in shown

    @pytest.mark.parametrize(
        "query", ["organization__name__startswith=A", "owner__user__password__startswith=a", "escalation__plan__gt=a"]
    )
    def test_incidents_cannot_be_filtered_by_what_is_not_offered(self, as_bob, query):
        assert as_bob.get(f"{INCIDENTS}?{query}").status_code == 400

    def test_it_goes_back_so_far_and_says_so(self, as_bob, acme, monkeypatch):
        for module in (newest, pages):
            monkeypatch.setattr(module, "MOST_ROWS", 3)
        resolved = {"incident__organization": acme, "incident__status": "resolved", "resolved": True}
        EscalationFactory.create_batch(2, **resolved)
        assert b"Filter or search" not in as_bob.get(INCIDENTS).content
        EscalationFactory.create_batch(3, **resolved)
        response = as_bob.get(INCIDENTS)
        assert response.context["cl"].result_count == 3
        assert b"The newest 3. Filter or search to find older ones." in response.content

    @pytest.mark.parametrize("query", ["", "?p=2", "?o=0", "?_facets=True", "?q=stuck"])
    def test_history_is_neither_counted_nor_sorted_as_a_whole(self, as_bob, acme, monkeypatch, query):
        monkeypatch.setattr(pages.IncidentAdmin, "list_per_page", 1)
        EscalationFactory.create_batch(2, incident__organization=acme)
        EscalationFactory.create_batch(2, incident__organization=acme, incident__status="resolved", resolved=True)
        with CaptureQueriesContext(connection) as made:
            assert as_bob.get(INCIDENTS + query).status_code == 200
        of_incidents = [one["sql"] for one in made if 'FROM "incidents_incident"' in one["sql"]]
        assert len(of_incidents) == 3
        assert [sql for sql in of_incidents if "LIMIT" not in sql] == []
        assert [sql for sql in of_incidents if 'ORDER BY "incidents_incident"."title"' in sql] == []


class TestWhy:
    """Anybody of the organization can be asked about."""

    def asked(self, client, row, user_id):
        response = client.get(page(row), {"person": user_id})
        assert response.status_code == 200
        return response.content.decode().split('id="why"')[1]

    def test_nobody_is_explained_until_somebody_is_chosen(self, as_bob, paged, bob):
        shown = text(as_bob, paged).split('id="why"')[1]
        assert f'<option value="{bob.user_id}">{bob.name}</option>' in shown
        assert "<table>" not in shown

    def test_who_was_paged_and_who_was_not_read_why(self, as_bob, paged, alice, bob):
        assert f"{bob.name} was paged: named in layer 1." in self.asked(as_bob, paged, bob.user_id)
        assert "email: sent at 03:00 UTC" in self.asked(as_bob, paged, bob.user_id)
        told = self.asked(as_bob, paged, alice.user_id)
        assert f"{alice.name} was not paged: layer 2 was to follow at 03:05 UTC unless somebody answered." in told
        assert f"{alice.name} is among them." in told
        assert f'<option value="{alice.user_id}" selected>' in told

    def test_people_of_others_are_nobody(self, as_bob, paged, charlie):
        told = self.asked(as_bob, paged, charlie.user_id)
        assert "Nobody with that id is or was in this organization." in told
        assert "Charlie" not in told

    def test_a_name_cannot_bring_markup(self, as_bob, paged, bob):
        bob.first_name = "<b>Bob</b>"
        bob.save()
        assert "<b>Bob" not in self.asked(as_bob, paged, bob.user_id)


class TestCost:
    """Every page costs the same number of statements for few rows and for many."""

    def test_of_the_list(self, as_bob, acme, alice, bob, at):
        costs = []
        for more in (1, 15):
            for owner in MembershipFactory.create_batch(more, organization=acme):
                trigger(acme, make_policy(acme, [alice, bob]), owner=owner)
            costs.append(statements(as_bob, INCIDENTS))
        assert costs[0] == costs[1]
        assert costs[0] <= 11

    def test_of_a_page_however_much_has_happened(self, as_alice, acme, at):
        people = MembershipFactory.create_batch(15, organization=acme)
        for member in people:
            ContactMethodFactory(membership=member)
        costs = []
        for some, until in ((people[:1], 5), (people, 30)):
            row = trigger(acme, make_policy(acme, some, some, repeat_count=3))
            for number in range(0, until, 5):
                run(minutes(number))
            asked = f"{page(row)}?person={people[0].user_id}"
            costs.append([statements(as_alice, page(row)), statements(as_alice, asked)])
        assert Firing.objects.count() > 5
        assert TimelineEvent.objects.count() > 100
        assert costs[0] == costs[1]
        assert costs[0][0] <= 36
        assert costs[0][1] <= 36 + 17
