from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from incidents import orders
from incidents.models import IncidentUpdate, Page, TimelineEvent
from incidents.services import acknowledge_incident, hand_off_incident
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import LayerFactory, RotationFactory, ScheduleFactory
from tests.incidents.answer.links import everything, text, url
from tests.incidents.running import START, make_policy, minutes, reload, run, trigger

pytestmark = pytest.mark.django_db

MORNING = "2026-11-23T08:00:00+00:00"
LATER = {
    "unacknowledge": {},
    "handoff": {"user": "bob"},
    "escalate": {},
    "snooze": {"minutes": "60"},
    "resolve": {"note": "A valve was stuck."},
}
"""What each command of the page needs beside the firing, but an acknowledgement."""


@pytest.fixture
def choose(browser, bob):
    """Send a form of the page of Ada's first page."""

    def send(command, page=None, firing="1", **fields):
        if fields.get("user") == "bob":
            fields["user"] = bob.user_id
        link = url(page or Page.objects.earliest("pk"))
        return browser.post(link, {"command": command, "firing": firing, **fields})

    return send


@pytest.fixture
def mailbox(organization, at):
    """The page of an organization's mailbox, about an incident nobody else could be paged for."""
    organization.fallback_email = "ops@example.org"
    organization.save()
    trigger(organization, make_policy(organization))
    return Page.objects.get()


def shown(answered, browser):
    """Return the page after something was done."""
    assert answered.status_code == 303
    return text(browser.get(answered["Location"]))


def problem(answered, status):
    """Return what the page says was wrong."""
    page = text(answered)
    assert answered.status_code == status
    assert answered["Cache-Control"] == "no-store"
    return page[page.index('role="alert"') : page.index("Your answer")]


# What is done


def test_handing_off_pages_whom_it_names_and_says_so(paged, ada, bob, choose, browser):
    page = shown(choose("handoff", user="bob"), browser)
    assert reload(paged).incident.owner == bob
    assert run(minutes(1)) == ["bob@example.org"]
    assert "03:01 UTC: Ada handed the incident off to Bob." in page
    assert TimelineEvent.objects.get(type="incident_handed_off").actor_id == ada.user_id


def test_escalating_pages_the_next_layer_now(paged, choose, browser):
    page = shown(choose("escalate"), browser)
    assert run(minutes(1)) == ["bob@example.org"]
    assert "Ada called the next layer by hand." in page


@pytest.mark.parametrize("wait", [30, 60, 240])
def test_snoozing_silences_the_incident_from_now_on(paged, choose, browser, wait):
    page = shown(choose("snooze", minutes=str(wait)), browser)
    row = reload(paged)
    assert (row.state, row.due_at) == ("snoozed", minutes(1 + wait))
    assert "This is snoozed until" in page


def test_the_instant_of_the_morning_is_the_one_the_page_showed(paged, choose, browser):
    page = text(browser.get(url()))
    assert f'name="until" value="{MORNING}">Until 08:00 UTC (in 4 h 59 min)</button>' in page
    choose("snooze", until=MORNING)
    assert reload(paged).due_at == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_an_acknowledgement_is_taken_back(paged, choose, browser):
    choose("acknowledge")
    page = text(browser.get(url()))
    assert "Take it back" in page
    page = shown(choose("unacknowledge"), browser)
    assert run(minutes(1)) == ["ada@example.org"]
    assert "Ada took back the acknowledgement." in page
    assert "Take it back" not in page


@pytest.mark.parametrize(("note", "kept"), [(" A valve was stuck. ", "A valve was stuck."), ("", None), ("  ", None)])
def test_resolving_ends_it_and_keeps_the_note(paged, choose, browser, note, kept):
    page = shown(choose("resolve", note=note), browser)
    assert (reload(paged).state, reload(paged).incident.status) == ("cancelled", "resolved")
    assert IncidentUpdate.objects.get().body == kept
    assert "The incident is resolved. Nobody else is paged." in page
    assert "Ada changed the status to resolved." in page
    assert "<button" not in page


def test_an_acknowledged_incident_can_be_handed_off_and_resolved(paged, choose, browser):
    choose("acknowledge")
    page = text(browser.get(url()))
    assert '<details class="more" open>' in page
    choose("handoff", user="bob")
    assert reload(paged).state == "paging"
    choose("resolve", firing="2")
    assert reload(paged).state == "cancelled"


# What has moved on


@pytest.mark.parametrize("command", LATER)
def test_what_was_overtaken_changes_nothing_and_says_what_happened(paged, bob, choose, browser, at, command):
    run(minutes(5))
    acknowledge_incident(
        organization_id=paged.organization_id, incident_id=paged.pk, actor_id=bob.user_id, now=minutes(6)
    )
    at(minutes(7))
    before = everything()
    said = problem(choose(command, **LATER[command]), 409)
    assert everything() == before
    assert "Nothing was changed" in said
    assert "<li>03:05 UTC: Layer 2 was paged: Bob.</li>" in said
    assert "<li>03:06 UTC: Bob acknowledged the incident.</li>" in said
    assert "Message" not in said


def test_the_page_of_what_was_overtaken_carries_the_new_number(paged, choose, at):
    run(minutes(5))
    at(minutes(7))
    assert text(choose("escalate")).count('name="firing" value="2"') == 4


def test_an_acknowledgement_counts_however_old_its_page_is(paged, ada, choose, at):
    run(minutes(5))
    assert choose("acknowledge", firing="1").status_code == 303
    assert reload(paged).holder == ada


@pytest.mark.parametrize("command", ["unacknowledge", "handoff", "escalate", "snooze"])
def test_a_resolved_incident_takes_nothing_more(paged, choose, command):
    choose("resolve")
    before = everything()
    assert "The incident is resolved." in problem(choose(command, **LATER[command]), 400)
    assert everything() == before


def test_resolving_again_changes_nothing(paged, choose):
    choose("resolve")
    before = everything()
    assert choose("resolve", firing="7").status_code == 303
    assert everything() == before


def test_there_may_be_nothing_to_take_back(paged, choose):
    assert "Nobody has acknowledged the incident." in problem(choose("unacknowledge"), 400)


# What cannot be meant


@pytest.mark.parametrize(
    ("command", "fields", "said"),
    [
        ("handoff", {}, "Choose whom to hand this to."),
        ("handoff", {"user": "user_nobody"}, "Nobody can be paged under that name."),
        ("handoff", {"user": "\x00"}, "a character that cannot be kept"),
        ("snooze", {}, "Choose how long"),
        ("snooze", {"minutes": "31"}, "Choose how long"),
        ("snooze", {"minutes": "99999999999999999999"}, "Choose how long"),
        ("snooze", {"until": "tomorrow"}, "Choose how long"),
        ("snooze", {"until": "2026-11-23T08:00:00"}, "Choose how long"),
        ("snooze", {"until": "2026-11-25T08:00:00Z"}, "Choose how long"),
        ("snooze", {"until": "2026-11-23T03:01:00Z"}, "That time has passed."),
        ("snooze", {"until": "2026-11-23T03:00:00Z"}, "That time has passed."),
        ("resolve", {"note": "x" * 10_001}, "longer than 10,000 characters"),
        ("resolve", {"note": "\x00"}, "a character that cannot be kept"),
        ("apply_plan", {}, "nothing this page can do"),
        ("<script>", {}, "nothing this page can do"),
        ("", {}, "nothing this page can do"),
    ],
)
def test_what_cannot_be_meant_is_said_on_the_page_and_changes_nothing(paged, choose, command, fields, said):
    before = everything()
    page = problem(choose(command, **fields), 404 - 4 if "nobody" in fields.get("user", "") else 422)
    assert said in page
    assert "<script" not in page
    assert everything() == before


@pytest.mark.parametrize("firing", ["", "-1", "1.0", "²", "99999999999999999999", "x"])
@pytest.mark.parametrize("command", ["escalate", "resolve"])
def test_a_form_without_the_number_it_showed_does_nothing(paged, choose, command, firing):
    before = everything()
    assert "The form was not complete." in problem(choose(command, firing=firing), 422)
    assert everything() == before


def test_a_number_that_never_was_is_overtaken(paged, choose):
    assert "Nothing was changed" in problem(choose("escalate", firing="999999999"), 409)


def test_nobody_of_another_organization_is_listed_or_paged(paged, ada, bob, choose, browser):
    stranger = MembershipFactory(organization=OrganizationFactory(), first_name="Mallory")
    gone = MembershipFactory(organization=paged.organization, first_name="Gone", ended_at=START)
    paused = MembershipFactory(organization=paged.organization, first_name="Paused", is_active=False)
    page = text(browser.get(url()))
    options = page[page.index("<select") : page.index("</select>")]
    assert bob.user_id in options
    assert ada.user_id not in options
    before = everything()
    for person in (stranger, gone, paused):
        assert person.first_name not in page
        problem(choose("handoff", user=person.user_id), 400)
    assert everything() == before


def test_of_two_people_of_one_name_the_addresses_tell(paged, browser):
    for address in ("kim@one.example", "kim@two.example"):
        MembershipFactory(organization=paged.organization, first_name="Kim", last_name="", user__email=address)
    page = text(browser.get(url()))
    assert ">Kim kim@one.example</option>" in page
    assert ">Kim kim@two.example</option>" in page


# A mailbox


@pytest.mark.parametrize("command", ["escalate", "resolve", "acknowledge"])
def test_a_mailbox_may_take_move_along_and_resolve(mailbox, choose, command):
    assert choose(command, page=mailbox).status_code == 303


def test_a_mailbox_may_take_back_what_it_took(mailbox, choose):
    choose("acknowledge", page=mailbox)
    assert choose("unacknowledge", page=mailbox).status_code == 303
    assert reload(mailbox.escalation).state != "acknowledged"


@pytest.mark.parametrize("command", ["handoff", "snooze"])
def test_a_mailbox_neither_silences_what_nobody_has_nor_hands_it_on(mailbox, choose, command):
    before = everything()
    assert "A mailbox can neither" in problem(choose(command, page=mailbox, **LATER[command]), 422)
    assert everything() == before


def test_a_mailbox_is_shown_nobody_and_told_what_it_may_not_do(mailbox, bob, browser):
    page = text(browser.get(url(mailbox)))
    assert "<select" not in page
    assert "Bob" not in page
    assert 'value="snooze"' not in page
    assert "A mailbox can neither snooze this nor hand it off." in page


# Links, clocks, cost


@pytest.mark.parametrize("command", LATER)
def test_a_link_whose_time_is_up_does_nothing(paged, choose, at, command):
    before = everything()
    at(START + timedelta(days=14))
    assert choose(command, **LATER[command]).status_code == 410
    assert everything() == before


@pytest.mark.parametrize("command", LATER)
def test_whoever_has_left_can_do_nothing(paged, ada, choose, command):
    ada.ended_at = START
    ada.save()
    before = everything()
    assert choose(command, **LATER[command]).status_code == 410
    assert everything() == before


@pytest.mark.parametrize("command", ["acknowledge", *LATER])
def test_a_command_in_an_address_is_only_looked_at(paged, browser, command):
    before = everything()
    query = "&".join(f"{name}={value}" for name, value in LATER.get(command, {}).items())
    assert browser.get(f"{url()}?command={command}&firing=1&{query}").status_code == 200
    assert everything() == before


def test_the_morning_is_that_of_the_schedule_that_is_paged(organization, ada, at, browser):
    schedule = ScheduleFactory(organization=organization, timezone="Asia/Kolkata")
    RotationFactory(schedule=schedule, people=[ada])
    policy = make_policy(organization)
    LayerFactory(policy=policy, schedule=schedule)
    trigger(organization, policy)
    page = text(browser.get(url()))
    assert "Until 08:00 in Asia/Kolkata (24 Nov 02:30 UTC, in 23 h 29 min)" in page


@pytest.mark.parametrize(("now", "until"), [(4 * 60 - 1, 23), (4 * 60, 24), (5 * 60, 24)])
def test_a_morning_that_has_all_but_come_is_the_next_one(paged, browser, at, now, until):
    at(minutes(now + 0.5 if now < 240 else now))
    page = text(browser.get(url()))
    assert f'value="2026-11-{until}T08:00:00+00:00"' in page


def test_what_is_done_while_the_database_is_away_may_have_been_done(paged, choose, monkeypatch):
    def away(**_command):
        raise OperationalError("the connection is lost")

    monkeypatch.setattr(orders, "resolve_incident", away)
    answered = choose("resolve")
    assert answered.status_code == 503
    assert "may not have been done" in text(answered)
    assert "<form" not in text(answered)


def test_the_list_of_people_costs_the_same_however_many_they_are(paged, browser):
    costs = []
    for many in (1, 40):
        MembershipFactory.create_batch(many, organization=paged.organization)
        with CaptureQueriesContext(connection) as queries:
            browser.get(url())
        costs.append(len(queries))
    assert costs == [11, 11]


def test_somebody_handed_the_incident_sees_who_did_it(paged, ada, bob, browser):
    hand_off_incident(
        organization_id=paged.organization_id,
        incident_id=paged.pk,
        actor_id=ada.user_id,
        target_user_id=bob.user_id,
        now=minutes(1),
    )
    assert "Ada handed this incident to you." in text(browser.get(url()))
