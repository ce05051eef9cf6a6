"""The board, and how it keeps itself as the rows are: what is asked for again costs next to nothing until it changes."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.admin import incident as pages
from incidents.admin import page
from incidents.models import Incident
from incidents.services import (
    acknowledge_incident,
    hand_off_incident,
    post_update,
    resolve_incident,
    snooze_incident,
    trigger_or_repeat,
)
from tests.factories.accounts import MembershipFactory
from tests.factories.incidents import NIGHT, EscalationFactory
from tests.incidents.running import REFUSED, make_policy, minutes, run, trigger

INCIDENTS = "/admin/incidents/incident/"
BOARD = f"{INCIDENTS}board/"


@pytest.fixture
def live(paged, monkeypatch):
    """Return the address of what of the incident's page keeps itself; no minute passes."""
    monkeypatch.setattr(page, "_VERSION", page._VERSION.replace("'minute'", "'century'"))
    return f"{INCIDENTS}{paged.pk}/live/"


def ask(client, path, tag=None):
    """Ask as the page's script does; return the answer and how many statements it took."""
    headers = {} if tag is None else {"If-None-Match": tag}
    with CaptureQueriesContext(connection) as made:
        answer = client.get(path, headers=headers)
    return answer, len(made)


def lines(client, query=""):
    board = client.get(f"{INCIDENTS}?{query}").context["board"]
    return [line.incident.title for line in (*board.open, *board.resolved)]


def line(client):
    (found,) = client.get(INCIDENTS).context["board"].open
    return found


class TestOrder:
    @pytest.fixture
    def several(self, acme, monkeypatch):
        monkeypatch.setattr(pages.IncidentAdmin, "list_per_page", 4)
        for hour, (title, severity) in enumerate(
            [("Old", "low"), ("Bad", "critical"), ("Worse", "critical"), ("So", "medium")]
        ):
            at = NIGHT + timedelta(hours=hour)
            EscalationFactory(
                incident__organization=acme, incident__title=title, incident__severity=severity, incident__created_at=at
            )
        for day in range(1, 4):
            EscalationFactory(
                incident__organization=acme,
                incident__title=f"Over {day}",
                incident__status="resolved",
                incident__created_at=NIGHT - timedelta(days=day),
                resolved=True,
            )

    def test_the_worst_and_then_the_oldest_first_and_what_is_over_last(self, as_bob, several):
        assert lines(as_bob) == ["Bad", "Worse", "So", "Old"]
        assert lines(as_bob, "p=2") == ["Over 1", "Over 2", "Over 3"]

    def test_a_page_may_hold_both(self, as_bob, several, monkeypatch):
        monkeypatch.setattr(pages.IncidentAdmin, "list_per_page", 3)
        assert [lines(as_bob, f"p={number}") for number in (1, 2, 3)] == [
            ["Bad", "Worse", "So"],
            ["Old", "Over 1", "Over 2"],
            ["Over 3"],
        ]

    def test_filters_and_search_keep_the_order(self, as_bob, several):
        assert lines(as_bob, "severity__exact=critical") == ["Bad", "Worse"]
        assert lines(as_bob, "q=o&open=no") == ["Over 1", "Over 2", "Over 3"]
        assert "Nothing is open." in as_bob.get(f"{INCIDENTS}?open=no").content.decode()

    def test_what_is_asked_for_again_is_the_same_page(self, as_bob, several):
        shown = as_bob.get(f"{BOARD}?p=2").content.decode()
        assert "Over 1" in shown
        assert "Worse" not in shown

    def test_there_is_no_page_behind_the_last(self, as_bob, several):
        assert as_bob.get(f"{BOARD}?p=3").status_code == 400
        assert as_bob.get(f"{INCIDENTS}?p=3").status_code == 302


class TestLine:
    def test_it_says_who_is_paged_and_what_comes_when(self, as_bob, paged, bob):
        shown = line(as_bob)
        assert (shown.place, shown.who) == ("Layer 1 of 2", f"Paging {bob.name}")
        assert (shown.next_is, shown.next_at) == ("Next call", minutes(5))
        assert shown.can_acknowledge

    def test_it_says_who_has_it(self, as_bob, paged, bob):
        about = {"organization_id": paged.organization_id, "incident_id": paged.pk}
        acknowledge_incident(**about, actor_id="key_test", user_id=bob.user_id, now=minutes(1))
        shown = line(as_bob)
        assert (shown.who, shown.next_at, shown.can_acknowledge) == (f"{bob.name} has it", None, False)

    def test_what_is_snoozed_pages_nobody_until_then(self, as_bob, paged):
        about = {"organization_id": paged.organization_id, "incident_id": paged.pk}
        snooze_incident(**about, actor_id="key_test", until=minutes(60), now=minutes(1))
        shown = line(as_bob)
        assert (shown.who, shown.next_is, shown.next_at) == ("Nobody is paged", "Snoozed until", minutes(60))

    def test_who_was_paged_in_vain_is_named_with_the_fallback(self, as_bob, paged):
        run(minutes(5))
        run(minutes(10))
        shown = line(as_bob)
        assert (shown.stands, shown.next_is) == ("Nobody has answered", "Fallback again")
        assert "ops@example.org" in shown.who

    def test_it_counts_the_repeats(self, as_bob, acme, bob):
        opening = {"title": "Disk", "description": None, "severity": "low", "owner_user_id": bob.user_id}
        for _ in range(3):
            trigger_or_repeat(
                organization_id=acme.pk,
                actor_id="key_test",
                dedup_key="disk",
                policy_id=None,
                now=minutes(0),
                **opening,
            )
        assert "again 2 times" in as_bob.get(INCIDENTS).content.decode()

    def test_hostile_words_are_shown_as_they_are(self, as_bob, acme, bob):
        trigger(acme, make_policy(acme, [bob]), title="<img src=x onerror=alert(1)>")
        assert "<img" not in as_bob.get(BOARD).content.decode()


def change_title_of_owner(row, bob):
    hand_off_incident(
        organization_id=row.organization_id,
        incident_id=row.pk,
        actor_id="key_test",
        target_user_id=bob.user_id,
        now=minutes(1),
    )


def command(service, **fields):
    def carry_out(row, bob):
        service(organization_id=row.organization_id, incident_id=row.pk, actor_id="key_test", now=minutes(1), **fields)

    return carry_out


def open_and_resolve_another(row, bob):
    other = trigger(row.organization, make_policy(row.organization, [bob]))
    command(resolve_incident)(other, bob)


def resolve_and_open_another(row, bob):
    command(resolve_incident)(row, bob)
    trigger(row.organization, make_policy(row.organization, [bob]))


CHANGES = {
    "acknowledged": command(acknowledge_incident),
    "handed off": change_title_of_owner,
    "snoozed": command(snooze_incident, until=minutes(60)),
    "escalated by the engine": lambda row, bob: run(minutes(5)),
    "resolved": command(resolve_incident),
    "another opened": lambda row, bob: trigger(row.organization, make_policy(row.organization, [bob])),
    "another opened and resolved": open_and_resolve_another,
    "resolved and another opened": resolve_and_open_another,
    "the next status": command(post_update, visibility="internal", body=None, status_change="identified"),
    "triggered again": lambda row, bob: Incident.objects.filter(pk=row.pk).update(repeats=1),
}


class TestLooksAgain:
    """304 while nothing has changed, before anything is drawn."""

    def test_what_has_not_changed_is_not_drawn_again(self, as_bob, paged, live):
        for path, whole in ((BOARD, INCIDENTS), (live, f"{INCIDENTS}{paged.pk}/change/")):
            first, _ = ask(as_bob, path)
            again, cost = ask(as_bob, path, first["ETag"])
            assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
            assert cost <= 5
            assert again["Scaling-Time"]
            assert f'data-tag="{escape(first["ETag"])}"' in as_bob.get(whole).content.decode()

    @pytest.mark.parametrize("change", CHANGES)
    def test_every_change_is_seen(self, as_bob, paged, live, bob, change):
        tags = {path: ask(as_bob, path)[0]["ETag"] for path in (BOARD, live)}
        CHANGES[change](paged, bob)
        assert ask(as_bob, BOARD, tags[BOARD])[0].status_code == 200
        if "another opened" not in change:
            assert ask(as_bob, live, tags[live])[0].status_code == 200

    def test_what_becomes_of_messages_is_seen_on_the_page(self, as_bob, acme, bob, at):
        row = trigger(acme, make_policy(acme, [bob]))
        path = f"{INCIDENTS}{row.pk}/live/"
        tag = ask(as_bob, path)[0]["ETag"]
        run(minutes(0), failures={"bob@acme.example": REFUSED})
        assert ask(as_bob, path, tag)[0].status_code == 200

    def test_a_tag_counts_for_one_person_in_one_organization(self, as_bob, as_alice, as_charlie, paged):
        tags = {ask(client, BOARD)[0]["ETag"] for client in (as_bob, as_alice, as_charlie)}
        assert len(tags) == 3

    def test_what_happens_elsewhere_changes_nothing(self, as_bob, rival, charlie, paged):
        tag = ask(as_bob, BOARD)[0]["ETag"]
        trigger(rival, make_policy(rival, [charlie]))
        assert ask(as_bob, BOARD, tag)[0].status_code == 304

    def test_the_same_board_is_the_same_text(self, as_bob, paged):
        assert ask(as_bob, BOARD)[0].content == ask(as_bob, BOARD)[0].content

    def test_a_session_that_ended_gets_no_board(self, paged):
        answer = Client().get(BOARD)
        assert answer.status_code == 302
        assert "Scaling-Time" not in answer

    def test_an_incident_elsewhere_is_unknown(self, as_charlie, live):
        assert as_charlie.get(live).status_code == 404

    def test_only_looking_is_possible(self, as_bob, live):
        assert [as_bob.post(path).status_code for path in (BOARD, live)] == [405, 405]


class TestCost:
    def test_of_the_board_however_much_there_is(self, as_bob, acme, alice, bob, at):
        costs = []
        for more in (1, 15):
            for owner in MembershipFactory.create_batch(more, organization=acme):
                row = trigger(acme, make_policy(acme, [alice, bob]), owner=owner)
                CHANGES["acknowledged"](row, bob)
                trigger(acme, make_policy(acme, [owner]), owner=owner)
                CHANGES["resolved"](trigger(acme, make_policy(acme, [owner])), bob)
            first, cost = ask(as_bob, BOARD)
            _, cost_again = ask(as_bob, BOARD, first["ETag"])
            costs.append((cost, cost_again))
        assert costs[0] == costs[1]
        assert costs[0] <= (12, 4)
