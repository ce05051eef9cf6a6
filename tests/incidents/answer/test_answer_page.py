from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import OperationalError, ProgrammingError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents import orders
from incidents.answer import views
from incidents.answer.tokens import LIFETIME, make_token
from incidents.models import Escalation, Page
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from scaling.ids import new_uuid
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.incidents import EscalationFactory, FiringFactory, PageFactory
from tests.incidents.answer.links import everything, text, url
from tests.incidents.running import REFUSED, START, TEMPORARY, make_policy, minutes, reload, run, send, told, trigger

pytestmark = pytest.mark.django_db


# Looking


def test_the_page_says_what_is_going_on(paged, browser):
    page = text(browser.get(url()))
    for expected in (
        "Invoices stuck",
        "High",
        "Investigating. Began at 03:00 UTC (1 min ago).",
        "Waiting for an answer",
        "Unless somebody acknowledges by 03:05 UTC (in 4 min), layer 2 is paged: Bob.",
        "You are named in layer 1",
        "Queue is at 12,000.",
        "You answer as Ada.",
        '<button type="submit" aria-describedby="effect">Acknowledge</button>',
    ):
        assert expected in page


def test_the_page_tells_who_was_paged_when_and_what_became_of_it(paged, browser, at):
    run(minutes(5), {"bob@example.org": REFUSED})
    page = text(browser.get(url(Page.objects.earliest("pk"))))
    calls = page[page.index("Who has been paged") :]
    latest, second, first = calls.split("<li>\n<p><time")[1:4]
    assert ("03:00 UTC" in first, "Layer 1" in first, 'Ada: <span class="soft">sent' in first) == (True,) * 3
    assert ("03:05 UTC" in second, "Layer 2" in second, 'Bob: <span class="soft">could not' in second) == (True,) * 3
    assert ("Fallback" in latest, "ops@example.org" in latest) == (True, True)


@pytest.mark.parametrize(
    ("failures", "fate"),
    [(None, "sent"), ({"ada@example.org": TEMPORARY}, "still trying"), ({"ada@example.org": REFUSED}, "could not be")],
)
def test_the_fate_of_a_page_is_told(organization, ada, bob, at, browser, failures, fate):
    trigger(organization, make_policy(organization, [ada], [bob]))
    page = Page.objects.get()
    assert "on its way" in text(browser.get(url(page)))
    send(START, failures)
    assert fate in text(browser.get(url(page)))


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(paged, browser, method):
    before = everything()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = getattr(browser, method)(url(), headers={"Sec-Purpose": "prefetch"})
    assert response.status_code == 200
    assert everything() == before
    assert not [one["sql"] for one in queries if re.search(r"\b(INSERT|UPDATE|DELETE|NOTIFY)\b", one["sql"])]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_nothing_but_get_head_and_post_is_allowed(paged, browser, method):
    before = everything()
    assert getattr(browser, method)(url()).status_code == 405
    assert everything() == before


def test_looking_costs_the_same_however_much_has_happened(organization, ada, bob, at, browser):
    organization.fallback_email = "ops@example.org"
    organization.save()
    key = ApiKeyFactory(organization=organization)
    everybody = [ada, *(MembershipFactory(organization=organization) for _ in range(5))]
    row = trigger(organization, make_policy(organization, [ada], everybody, repeat_count=3))
    run(START)
    costs = []
    for number in (1, 6, 11, 16, 21):
        run(minutes(number))
        hand_off_incident(
            organization_id=organization.pk,
            incident_id=row.pk,
            actor_id=key.pk,
            target_user_id=ada.user_id,
            now=minutes(number),
        )
        at(minutes(number + 1))
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(url()).status_code == 200
        costs.append(len(queries))
    assert costs == [12] * 5


def test_of_a_long_night_the_latest_calls_are_shown(organization, ada, at, browser):
    row = EscalationFactory(incident__organization=organization, layers=[[ada]], firing=25, state="exhausted")
    for number in range(1, 26):
        page = PageFactory(firing=FiringFactory(escalation=row, number=number, cause="fallback"), membership=ada)
    shown = text(browser.get(url(page)))
    assert shown.count("<time") == 20
    assert "5 earlier calls not shown." in shown


def test_a_cause_of_a_newer_release_is_shown_too(organization, ada, at, browser):
    row = EscalationFactory(incident__organization=organization, layers=[[ada]])
    page = PageFactory(firing=FiringFactory(escalation=row, cause="moon_phase"), membership=ada)
    assert browser.get(url(page)).status_code == 200


def test_hostile_words_are_shown_as_they_are(organization, at, browser):
    hostile = "\"><img src=x onerror=alert(1)><script>alert('{{7*7}}')</script>"
    organization.name = hostile
    organization.save()
    ada = MembershipFactory(organization=organization, first_name=hostile)
    trigger(organization, make_policy(organization, [ada], [ada]), title=hostile, description=hostile)
    page = text(browser.get(url()))
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(&#x27;{{7*7}}&#x27;)&lt;/script&gt;") >= 5


# Answering


def test_the_button_acknowledges_in_the_name_of_the_person(paged, ada, browser):
    answered = browser.post(url())
    assert (answered.status_code, answered["Location"]) == (303, url())
    row = reload(paged)
    assert (row.state, row.acknowledged_by, row.acknowledged_at) == ("acknowledged", ada.user_id, minutes(1))
    assert row.holder == ada
    page = text(browser.get(answered["Location"]))
    assert "You acknowledged this at 03:01 UTC (now). Nobody else is paged." in page
    assert ">Acknowledge</button>" not in page


def test_somebody_else_sees_who_has_it(paged, ada, bob, browser, at):
    run(minutes(5))
    at(minutes(6))
    first, second = Page.objects.order_by("pk")
    browser.post(url(second))
    assert "Bob acknowledged this at 03:06 UTC (now). Nobody else is paged." in text(browser.get(url(first)))


def test_answering_twice_changes_nothing(paged, browser, at):
    browser.post(url())
    before = everything()
    at(minutes(2))
    assert browser.post(url()).status_code == 303
    assert everything() == before


def test_answering_after_somebody_else_changes_nothing(paged, ada, bob, browser, at):
    run(minutes(5))
    first, second = Page.objects.order_by("pk")
    browser.post(url(second))
    before = everything()
    browser.post(url(first))
    assert everything() == before
    assert reload(paged).acknowledged_by == bob.user_id


def test_a_resolved_incident_stays_resolved(paged, browser):
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=paged.organization_id,
            incident_id=paged.pk,
            actor_id="key_test",
            status=status,
            now=minutes(1),
        )
    before = everything()
    assert browser.post(url()).status_code == 303
    assert everything() == before
    page = text(browser.get(url()))
    assert "The incident is resolved. Nobody else is paged." in page
    assert "<button" not in page


@pytest.mark.parametrize("state", ["exhausted", "snoozed"])
def test_what_waits_can_still_be_answered(paged, browser, state):
    Escalation.objects.filter(pk=paged.pk).update(state=state)
    assert "<button" in text(browser.get(url()))
    browser.post(url())
    assert reload(paged).state == "acknowledged"


def test_an_address_answers_as_the_page_it_got(organization, at, browser):
    organization.fallback_email = "ops@example.org"
    organization.save()
    row = trigger(organization, make_policy(organization))
    page = Page.objects.get()
    assert "You answer as ops@example.org." in text(browser.get(url()))
    browser.post(url())
    assert reload(row).acknowledged_by == f"page_{page.pk.hex}"
    assert reload(row).holder is None
    assert "You acknowledged this" in text(browser.get(url()))
    assert told(row)[-1] in {"incident_acknowledged", "notification_cancelled"}


def test_somebody_not_paged_any_more_answers_without_taking_it_on(paged, ada, browser):
    ada.is_active = False
    ada.save()
    assert browser.post(url()).status_code == 303
    row = reload(paged)
    assert (row.state, row.acknowledged_by, row.holder) == ("acknowledged", ada.user_id, None)


def test_a_form_sent_from_elsewhere_needs_nothing_but_the_token(paged, browser):
    answered = browser.post(url(), headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answered.status_code == 303


# Links that do not work


def refused(browser, link, status):
    before = everything()
    for method in ("get", "head", "post"):
        response = getattr(browser, method)(link)
        assert response.status_code == status
        if method != "head":
            assert "This link does not work" in text(response)
            assert "Invoices" not in text(response)
            assert "<form" not in text(response)
        assert response["Cache-Control"] == "no-store"
    assert everything() == before


def test_an_altered_link_shows_nothing(paged, browser):
    refused(browser, url()[:-5] + "AAAAA", 404)


def test_the_page_of_one_incident_does_not_open_another(paged, browser, organization, ada):
    mine = url()
    trigger(organization, make_policy(organization, [ada]), title="Invoices lost")
    _, signature = mine.removeprefix("/a/").split(".")
    other = url().removeprefix("/a/").split(".")[0]
    refused(browser, f"/a/{other}.{signature}", 404)


def test_the_link_of_a_page_that_never_was_shows_nothing(browser, at, db):
    refused(browser, f"/a/{make_token(new_uuid())}", 404)


def test_a_link_is_good_for_fourteen_days(paged, browser, at):
    at(START + LIFETIME - timedelta(seconds=1))
    assert browser.get(url()).status_code == 200
    at(START + LIFETIME)
    refused(browser, url(), 410)


def test_whoever_has_left_is_shown_nothing(paged, ada, browser):
    ada.ended_at = START
    ada.save()
    refused(browser, url(), 410)


def test_whose_login_is_closed_is_shown_nothing(paged, ada, browser):
    ada.user.is_active = False
    ada.user.save()
    refused(browser, url(), 410)


def test_whoever_leaves_while_answering_changes_nothing(paged, ada, browser, monkeypatch):
    def leave_first(**command):
        ada.ended_at = START
        ada.save()
        return acknowledge_incident(**command)

    monkeypatch.setattr(orders, "acknowledge_incident", leave_first)
    answered = browser.post(url())
    assert answered.status_code == 303
    assert reload(paged).state == "paging"
    assert browser.get(answered["Location"]).status_code == 410


# When the database is away


def away(*_args, **_fields):
    raise OperationalError("the connection is lost")


def test_an_answer_of_unknown_outcome_can_be_given_again(paged, browser, monkeypatch):
    monkeypatch.setattr(orders, "acknowledge_incident", away)
    answered = browser.post(url())
    assert (answered.status_code, answered["Retry-After"]) == (503, "5")
    assert "may not have been recorded" in text(answered)
    assert '<form method="post">' in text(answered)
    assert answered["Cache-Control"] == "no-store"


def test_looking_while_the_database_is_away_says_so(paged, browser, monkeypatch):
    monkeypatch.setattr(views, "load_page", away)
    shown = browser.get(url())
    assert shown.status_code == 503
    assert "The paging goes on." in text(shown)
    assert "recorded" not in text(shown)


def test_a_mistake_of_ours_is_not_told_as_the_database_being_away(paged, browser, monkeypatch):
    def fail(*_args):
        raise ProgrammingError("no such column")

    monkeypatch.setattr(views, "load_page", fail)
    assert browser.get(url()).status_code == 500


# What travels with the page


@pytest.mark.parametrize("way", ["open", "answered", "closed"])
def test_every_answer_keeps_the_link_to_itself(paged, browser, way):
    response = {
        "open": lambda: browser.get(url()),
        "answered": lambda: browser.post(url()),
        "closed": lambda: browser.get("/a/nothing"),
    }[way]()
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_the_page_needs_no_script_and_nothing_from_elsewhere(paged, browser):
    page = text(browser.get(url()))
    assert "<script" not in page
    assert "style=" not in page
    assert "http" not in page
    assert page.count("<link") == 1
    styles = browser.get("/static/scaling/page.css")
    assert styles.status_code == 200
    assert b"url(" not in b"".join(styles.streaming_content)


def test_who_has_to_set_up_a_second_factor_first_answers_all_the_same(paged, ada, browser, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    browser.force_login(ada.user)
    assert browser.get("/me").status_code == 302
    assert browser.post(url()).status_code == 303
    assert Escalation.objects.get().acknowledged_by == ada.user_id


def test_who_is_locked_out_answers_all_the_same(paged, ada, settings):
    settings.AXES_FAILURE_LIMIT = 1
    assert Client().post("/sign-in", {"login": ada.user.email, "password": "a guess"}).status_code == 429
    assert Client().post(url()).status_code == 303
    assert Escalation.objects.get().acknowledged_by == ada.user_id
