from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import ContactMethod
from escalation.models import Override, ShiftOffer
from incidents import trial
from incidents.channels.base import Failure, SendFailed
from incidents.me import commands, views
from incidents.models import Page
from incidents.services import acknowledge_incident
from tests.edge.contents import contents
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory
from tests.incidents.answer.links import text, url
from tests.incidents.running import START, make_policy, minutes, run, trigger

pytestmark = pytest.mark.django_db

HANDOFF = START.replace(hour=9)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(views.clock, "now", lambda: minutes(1))


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="", user__email="bob@example.org")


@pytest.fixture
def rotation(organization, ada, bob):
    """Ada until 24 November 09:00, then Bob for a day, and so on."""
    schedule = ScheduleFactory(organization=organization, name="Night duty", timezone="UTC")
    return RotationFactory(
        schedule=schedule,
        people=[ada, bob],
        rotation_type="daily",
        length_days=1,
        effective_from=HANDOFF - timedelta(days=2),
    )


def browser_of(member):
    browser = Client()
    browser.force_login(member.user)
    return browser


def do(member, command, **fields):
    """Send a form as ``member``; return the page that follows."""
    browser = browser_of(member)
    answered = browser.post("/me", {"command": command, **fields})
    assert (answered.status_code, answered["Location"]) == (303, "/me")
    return text(browser.get("/me"))


def shift(served, **fields):
    """Return the form that offers Ada's shift from 25 November 09:00 on."""
    starts = HANDOFF + timedelta(days=2)
    bounds = {"starts": starts.isoformat(), "ends": (starts + timedelta(days=1)).isoformat()}
    return {"schedule": str(served.schedule_id), "rotation": str(served.pk), **bounds, **fields}


# Who may see it


@pytest.mark.parametrize("method", ["get", "post"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(client, method, db):
    answered = getattr(client, method)("/me")
    assert (answered.status_code, answered["Location"]) == (302, "/sign-in?next=/me")


def test_a_form_without_its_token_is_refused(ada):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada.user)
    assert browser.post("/me", {"command": "send_test_page"}).status_code == 403
    assert mail.outbox == []


def test_looking_changes_nothing(ada, rotation):
    browser = browser_of(ada)
    before = contents()
    for method in ("get", "head"):
        assert getattr(browser, method)("/me?command=send_test_page").status_code == 200
    assert contents() == before
    assert mail.outbox == []


def test_somebody_who_belongs_nowhere_sees_nothing():
    browser = Client()
    browser.force_login(UserFactory())
    page = text(browser.get("/me"))
    assert "You belong to no organization." in page
    assert "<h2" not in page


def test_an_operator_is_no_member_and_changes_nothing(organization, ada):
    browser = Client()
    browser.force_login(UserFactory(is_superuser=True))
    assert "You are no member of this organization" in text(browser.get("/me"))
    browser.post("/me", {"command": "send_test_page"})
    assert "You are no member of this organization." in text(browser.get("/me"))
    assert mail.outbox == []


def test_a_person_in_two_organizations_sees_one_at_a_time(organization, ada, rotation):
    other = MembershipFactory(
        organization=OrganizationFactory(name="Elsewhere"), user=ada.user, first_name="A.", last_name=""
    )
    browser = browser_of(ada)
    assert "Night duty" in text(browser.get("/me"))
    browser.post("/me", {"command": "act_in", "organization": other.organization_id})
    page = text(browser.get("/me"))
    assert "<h1>A.</h1>" in page
    assert "Night duty" not in page


@pytest.mark.parametrize("wanted", ["", "org_unknown", "\x00", "foreign"])
def test_nobody_switches_to_where_they_do_not_belong(ada, wanted):
    foreign = OrganizationFactory(name="Elsewhere")
    page = do(ada, "act_in", organization=foreign.pk if wanted == "foreign" else wanted)
    assert "you do not belong to it" in page
    assert "Elsewhere" not in page


def test_whoever_has_left_sees_nothing_of_it(ada, rotation):
    ada.ended_at = START
    ada.save()
    assert "Night duty" not in text(browser_of(ada).get("/me"))


def test_the_page_travels_as_a_private_one(ada):
    response = browser_of(ada).get("/me")
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; form-action 'self'")
    assert response["X-Frame-Options"] == "DENY"
    # With "no-referrer" browsers send "Origin: null", and Django refuses the form.
    assert response["Referrer-Policy"] == "same-origin"
    assert "<script" not in text(response)
    assert "style=" not in text(response)


# What it shows


def test_it_shows_my_shifts_and_who_serves_around_them(ada, rotation):
    page = text(browser_of(ada).get("/me"))
    shifts = page[page.index("My shifts") :]
    assert "Sun 22 Nov 09:00 until Mon 23 Nov 09:00 (UTC)" not in shifts
    assert "Mon 23 Nov 09:00 until Tue 24 Nov 09:00 (UTC)" in shifts
    assert "Before you: Bob. After you: Bob." in shifts
    assert shifts.count("Offer this shift") == 15


def test_it_shows_who_is_on_call_now(ada, bob, rotation):
    assert "<strong>Night duty</strong>: Bob" in text(browser_of(ada).get("/me"))


def test_it_shows_what_i_hold_and_what_pages_me(organization, ada, bob):
    for title in ("Mine to answer", "Held by Ada", "Held by Bob"):
        trigger(organization, make_policy(organization, [ada], [bob]), title=title)
    trigger(organization, make_policy(organization, [bob]), title="Paging Bob")
    run(START)
    held, others = (Page.objects.get(escalation__incident__title=f"Held by {name}") for name in ("Ada", "Bob"))
    for page, person in ((held, ada), (others, bob)):
        acknowledge_incident(
            organization_id=organization.pk,
            incident_id=page.escalation_id,
            actor_id="key_test",
            user_id=person.user_id,
            now=minutes(1),
        )
    page = text(browser_of(ada).get("/me"))
    assert f'href="{url(held)}">Held by Ada</a>' in page
    assert "Mine to answer" in page
    assert "Held by Bob" not in page
    assert "Paging Bob" not in page


def test_nothing_of_another_organization_is_shown(organization, ada, rotation):
    other = OrganizationFactory(name="Elsewhere")
    stranger = MembershipFactory(organization=other, first_name="Mallory")
    there = RotationFactory(
        schedule=ScheduleFactory(organization=other, name="Day duty"), people=[stranger], effective_from=START
    )
    trigger(other, make_policy(other, [stranger]), title="Not yours")
    ShiftOffer.objects.create(
        organization=other,
        schedule=there.schedule,
        rotation=there,
        membership=stranger,
        starts_at=minutes(60),
        ends_at=minutes(120),
        created_at=START,
    )
    page = text(browser_of(ada).get("/me"))
    for foreign in ("Elsewhere", "Mallory", "Day duty", "Not yours", "Take this shift"):
        assert foreign not in page


def test_it_costs_the_same_however_much_there_is(organization, ada, bob, rotation):
    costs = []
    for many in (1, 8):
        for _ in range(many):
            colleague = MembershipFactory(organization=organization)
            RotationFactory(
                schedule=ScheduleFactory(organization=organization), people=[ada, colleague], effective_from=START
            )
            trigger(organization, make_policy(organization, [ada]))
            ContactMethodFactory(membership=ada)
        run(START)
        do(bob, "offer_shift", **shift(rotation))
        browser = browser_of(ada)
        browser.get("/me")
        with CaptureQueriesContext(connection) as queries:
            browser.get("/me")
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 17


# How I am reached


def test_a_test_page_goes_to_my_account_address(ada):
    assert "A test page is on its way to ada@example.org." in do(ada, "send_test_page")
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_a_test_page_that_is_not_taken_is_told(ada, monkeypatch):
    class Refusing:
        def send(self, message):
            raise SendFailed(Failure.TEMPORARY, "451 try again later")

    monkeypatch.setattr(trial, "sender_for", lambda channel: Refusing())
    assert "could not be sent. 451 try again later" in do(ada, "send_test_page")


def test_test_pages_are_rationed(ada):
    for _ in range(11):
        page = do(ada, "send_test_page")
    assert "Too many requests of this kind" in page
    assert len(mail.outbox) == 10


@pytest.mark.django_db(transaction=True)
def test_a_method_is_added_verified_by_its_code_and_removed(ada):
    page = do(ada, "add_method", channel="email", address="ada@home.example")
    assert "A code is on its way to ada@home.example." in page
    assert "not verified" in page
    method = ContactMethod.objects.get()
    assert "is not the one that was sent." in do(ada, "confirm_method", method=str(method.pk), code="nothing")
    code = re.search(r"is (\d{6})", mail.outbox[-1].subject)[1]
    assert "Pages go to ada@home.example from now on." in do(ada, "confirm_method", method=str(method.pk), code=code)
    method.refresh_from_db()
    assert method.verified_at == minutes(1)
    assert "Pages do not go to ada@home.example any more." in do(ada, "remove_method", method=str(method.pk))
    method.refresh_from_db()
    assert (method.removed_at, method.address) == (minutes(1), "")


@pytest.mark.parametrize("command", ["confirm_method", "remove_method", "send_code"])
@pytest.mark.parametrize("whose", ["bob", "stranger", "nobody", "nonsense"])
@pytest.mark.django_db(transaction=True)
def test_nobody_touches_the_methods_of_others(ada, bob, command, whose):
    people = {"bob": bob, "stranger": MembershipFactory(organization=OrganizationFactory())}
    named = str(ContactMethodFactory(membership=people[whose], verified_at=None).pk) if whose in people else whose
    before = list(ContactMethod.objects.values())
    assert "No contact method with that id" in do(ada, command, method=named, code="123456")
    assert list(ContactMethod.objects.values()) == before
    assert mail.outbox == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "fields", [{}, {"channel": "pigeon", "address": "x"}, {"channel": "email", "address": "no address"}]
)
def test_a_method_that_is_none_is_refused(ada, fields):
    assert 'class="problem"' in do(ada, "add_method", **fields)
    assert not ContactMethod.objects.exists()


def test_the_address_of_a_webhook_is_masked(ada):
    ContactMethodFactory(
        membership=ada,
        channel="webhook",
        address="https://hook.example/secret",
        shown="https://hook.example/…",
        secret="whsec_a",
        verified_at=START,
    )
    page = text(browser_of(ada).get("/me"))
    assert "https://hook.example/…" in page
    assert "hook.example/secret" not in page
    assert "whsec_a" not in page


# Shifts change hands


def test_a_shift_that_is_offered_and_taken_becomes_an_override(ada, bob, rotation):
    page = do(ada, "offer_shift", **shift(rotation, to=bob.user_id))
    assert "The shift is offered to Bob." in page
    assert "What you offer" in page
    assert "Take this shift" in text(browser_of(bob).get("/me"))
    taken = do(bob, "take_shift", offer=str(ShiftOffer.objects.get().pk))
    assert "You took the shift of Ada." in taken
    override = Override.objects.get()
    assert (override.membership, override.starts_at) == (bob, HANDOFF + timedelta(days=2))


def test_a_part_of_a_shift_is_offered_in_the_time_of_its_schedule(ada, rotation):
    rotation.schedule.timezone = "Asia/Kolkata"
    rotation.schedule.save()
    part = {"starts": "", "ends": "", "from": "2026-11-25T12:00", "until": "2026-11-25T14:30"}
    do(ada, "offer_shift", **shift(rotation, **part))
    made = ShiftOffer.objects.get()
    assert f"{made.starts_at:%d %H:%M} {made.ends_at:%d %H:%M}" == "25 06:30 25 09:00"


@pytest.mark.parametrize(
    "fields",
    [
        {"from": "nonsense"},
        {"from": "2026-11-25T12:00+00:00"},
        {"from": "0001-01-01T00:00"},
        {"until": "9999-12-31T23:59"},
        {"ends": ""},
        {"starts": "x"},
        {"from": "2020-01-01T00:00"},
        {"to": "user_unknown"},
        {"to": "\x00"},
        {"schedule": "x"},
        {"rotation": "x"},
    ],
)
def test_an_offer_that_cannot_be_is_refused(ada, rotation, fields):
    assert 'class="problem"' in do(ada, "offer_shift", **shift(rotation, **fields))
    assert not ShiftOffer.objects.exists()


def test_an_offer_is_withdrawn(ada, bob, rotation):
    do(ada, "offer_shift", **shift(rotation))
    assert "It stays yours." in do(ada, "withdraw_shift", offer=str(ShiftOffer.objects.get().pk))
    assert "Take this shift" not in text(browser_of(bob).get("/me"))


def test_a_conflict_is_told_kindly(ada, bob, rotation, monkeypatch):
    def conflict(**_fields):
        raise commands.OverrideConflict("Another override of the same layer lies in that time.")

    monkeypatch.setattr(commands, "take_offer", conflict)
    do(ada, "offer_shift", **shift(rotation))
    page = do(bob, "take_shift", offer=str(ShiftOffer.objects.get().pk))
    assert "Somebody else already stands in during some of that time." in page


@pytest.mark.parametrize("command", ["take_shift", "withdraw_shift"])
@pytest.mark.parametrize("offer", ["", "x", "0199aaaa-0000-7000-8000-000000000000"])
def test_an_offer_that_is_none_is_not_found(ada, command, offer):
    assert "No offer with that id" in do(ada, command, offer=offer)


@pytest.mark.parametrize("command", ["", "nonsense", "<script>", "\x00"])
def test_what_the_page_cannot_do_is_said(ada, command):
    assert 'class="problem"' in do(ada, command)
