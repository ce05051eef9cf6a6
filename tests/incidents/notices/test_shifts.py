"""Mails about shifts that are offered, taken, and begin."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.services import set_shift_notices
from escalation.models import ShiftOffer
from incidents.me import commands, views
from incidents.models import Notice
from incidents.notices import shifts
from incidents.notices.pool import NoticePool
from incidents.notices.shifts import MOST_TOLD, tell_begun
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory
from tests.incidents.notices.working import StandingClock, deliver, notices
from tests.incidents.running import START, minutes

pytestmark = pytest.mark.django_db

HANDOFF = START.replace(hour=9, minute=0)


def after(**span):
    return HANDOFF + timedelta(**span)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr(views.clock, "now", lambda: START)


@pytest.fixture
def duty(acme, ada, bob):
    """Ada from ``HANDOFF`` for a day, then Bob, and so on."""
    return serve(acme, [ada, bob], name="Night duty", timezone="Asia/Kolkata", handoff="14:30")


def serve(organization, people, name="Duty", timezone="UTC", handoff="09:00"):
    return RotationFactory(
        schedule=ScheduleFactory(organization=organization, name=name, timezone=timezone),
        people=people,
        rotation_type="daily",
        length_days=1,
        handoff_time=handoff,
        effective_from=after(days=-2),
    )


def send(member, command, **fields):
    browser = Client()
    browser.force_login(member.user)
    return browser.post("/me", {"command": command, **fields})


def offer(rotation, member, **fields):
    """Offer Ada's shift from two days after ``HANDOFF`` on."""
    bounds = {"starts": after(days=2).isoformat(), "ends": after(days=3).isoformat()}
    where = {"schedule": str(rotation.schedule_id), "rotation": str(rotation.pk)}
    send(member, "offer_shift", **where, **bounds, **fields)
    return ShiftOffer.objects.last()


def want(*members, since=START):
    for member in members:
        set_shift_notices(organization_id=member.organization_id, membership_id=member.pk, is_wanted=True, now=since)


# Offers


def test_whom_a_shift_is_offered_to_hears_it_and_nobody_else(acme, ada, bob, cleo, duty):
    MembershipFactory()
    assert offer(duty, ada, to=bob.user_id) is not None
    assert notices() == [("shift_offered", "bob@example.org")]

    deliver()
    (sent,) = mail.outbox
    assert sent.to == ["bob@example.org"]
    assert sent.subject == "Ada offers a shift: Night duty"
    assert "Wed 25 Nov 14:30 until Thu 26 Nov 14:30 (Asia/Kolkata)" in sent.body
    assert "https://oncall.example.org/me" in sent.body


def test_what_is_offered_to_everybody_is_heard_by_whoever_can_take_it(acme, ada, bob, cleo, duty):
    MembershipFactory()
    MembershipFactory(organization=acme, is_active=False)
    MembershipFactory(organization=acme, ended_at=START)
    offer(duty, ada)
    assert notices() == [("shift_offered", "bob@example.org"), ("shift_offered", "cleo@example.org")]


@pytest.mark.parametrize("size", [2, 110])
def test_an_offer_to_everybody_costs_two_statements_and_a_hundred_mails_at_most(acme, ada, bob, duty, size):
    MembershipFactory.create_batch(size, organization=acme)
    made = offer(duty, ada)
    Notice.objects.all().delete()
    made = ShiftOffer.objects.select_related("schedule", "membership__user").get(pk=made.pk)
    with CaptureQueriesContext(connection) as captured:
        shifts.tell_offered(made, START)
    assert len(captured) == 2
    assert len(notices()) == min(size + 1, MOST_TOLD)


def test_who_offered_a_shift_hears_who_took_it_and_nobody_else(acme, ada, bob, cleo, duty):
    made = offer(duty, ada)
    Notice.objects.all().delete()
    for taker in (bob, cleo):
        send(taker, "take_shift", offer=str(made.pk))
    assert notices() == [("shift_taken", "ada@example.org")]

    deliver()
    assert mail.outbox[0].subject == "Bob took your shift: Night duty"


def test_who_has_left_hears_nothing_of_what_they_offered(acme, ada, bob, duty):
    made = offer(duty, ada, to=bob.user_id)
    Notice.objects.all().delete()
    Membership.objects.filter(pk=ada.pk).update(is_active=False)
    send(bob, "take_shift", offer=str(made.pk))
    assert ShiftOffer.objects.get().state == "taken"
    assert notices() == []


def test_another_organization_can_neither_take_it_nor_cause_a_mail(ada, bob, duty):
    made = offer(duty, ada, to=bob.user_id)
    Notice.objects.all().delete()
    send(MembershipFactory(), "take_shift", offer=str(made.pk))
    assert notices() == []


def test_what_is_refused_is_told_to_nobody(ada, bob, duty):
    offer(duty, ada, to=ada.user_id)
    assert notices() == []


def _fail(*_fields):
    raise RuntimeError


@pytest.mark.parametrize(("command", "told"), [("offer_shift", "tell_offered"), ("take_shift", "tell_taken")])
def test_offer_and_mail_are_written_together_or_not_at_all(ada, bob, duty, monkeypatch, command, told):
    made = offer(duty, ada) if command == "take_shift" else None
    Notice.objects.all().delete()
    really = getattr(commands, told)
    monkeypatch.setattr(commands, told, lambda *fields: (really(*fields), _fail()))
    with pytest.raises(RuntimeError):
        send(bob, command, offer=str(made.pk)) if made else offer(duty, ada)
    assert notices() == []
    assert [one.state for one in ShiftOffer.objects.all()] == (["open"] if made else [])


def test_offers_are_rationed(ada, bob, duty):
    for _ in range(31):
        made = offer(duty, ada, to=bob.user_id)
        send(ada, "withdraw_shift", offer=str(made.pk))
    assert len(notices()) == 30


# Shifts that begin


def test_who_wants_to_hear_of_it_is_told_once_that_their_shift_begins(acme, ada, bob, duty):
    want(ada, bob)
    tell_begun(after(seconds=-1))
    Notice.objects.filter(destination="bob@example.org").delete()
    for late in (0, 1, 60):
        tell_begun(after(minutes=late))
    assert notices() == [("shift_begun", "ada@example.org")]

    deliver(after(hours=1))
    (sent,) = mail.outbox
    assert sent.subject == "Your shift has begun: Night duty"
    assert "You are on call for Night duty until Tue 24 Nov 14:30 (Asia/Kolkata)." in sent.body
    assert "Before you: Bob." in sent.body


def test_every_shift_is_told_of(ada, duty):
    want(ada)
    for day in range(3):
        tell_begun(after(days=day))
    assert notices() == [("shift_begun", "ada@example.org")] * 2


def test_nobody_is_told_who_has_not_asked_or_asks_no_more(ada, bob, duty):
    want(bob)
    tell_begun(HANDOFF)
    want(ada)
    set_shift_notices(organization_id=ada.organization_id, membership_id=ada.pk, is_wanted=False, now=START)
    tell_begun(HANDOFF)
    assert notices() == []


def test_a_shift_that_began_before_somebody_asked_is_not_told_of(ada, duty):
    want(ada, since=after(seconds=1))
    want(ada, since=after(days=-1))
    tell_begun(after(minutes=1))
    assert notices() == []


@pytest.mark.parametrize(("late", "told"), [(timedelta(hours=2), 1), (timedelta(hours=2, seconds=1), 0)])
def test_two_hours_late_is_the_latest(ada, duty, late, told):
    want(ada)
    tell_begun(HANDOFF + late)
    assert len(notices()) == told


def test_a_shift_that_is_over_is_not_told_of(ada, bob, cleo, duty):
    want(cleo)
    OverrideFactory(schedule=duty.schedule, membership=cleo, starts_at=after(hours=1), ends_at=after(hours=2))
    tell_begun(after(hours=2))
    assert notices() == []


def test_who_stands_in_is_told_and_whom_they_give_it_back_to(ada, cleo, duty):
    want(ada, cleo)
    OverrideFactory(schedule=duty.schedule, membership=cleo, starts_at=after(hours=3), ends_at=after(hours=5))
    for hour in (2.5, 3, 4.5, 5, 6.5, 9):
        tell_begun(after(hours=hour))
    told = Notice.objects.order_by("created_at").values_list("destination", "created_at")
    assert list(told) == [("cleo@example.org", after(hours=3)), ("ada@example.org", after(hours=5))]
    assert "Before you: Cleo." in Notice.objects.get(destination="ada@example.org").body


def test_a_person_of_two_organizations_is_told_by_the_one_where_they_asked(ada, duty):
    elsewhere = OrganizationFactory()
    other = MembershipFactory(organization=elsewhere, user=ada.user)
    serve(elsewhere, [other])
    want(other)
    tell_begun(HANDOFF)
    assert list(Notice.objects.values_list("organization_id", "membership_id")) == [(elsewhere.pk, other.pk)]


def test_who_cannot_be_paged_is_not_told(ada, duty):
    want(ada)
    Membership.objects.filter(pk=ada.pk).update(is_active=False)
    tell_begun(HANDOFF)
    assert notices() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_lay_out_one_mail(ada, duty, monkeypatch):
    want(ada)
    both = threading.Barrier(2, timeout=30)
    really = shifts._load_people
    monkeypatch.setattr(shifts, "_load_people", lambda begun: (both.wait(), really(begun))[1])
    threads = [threading.Thread(target=_tell_and_close) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert notices() == [("shift_begun", "ada@example.org")]


def _tell_and_close():
    try:
        tell_begun(HANDOFF)
    finally:
        connection.close()


def test_a_schedule_that_cannot_be_read_keeps_nobody_elses_mail(acme, ada, duty, monkeypatch):
    want(ada)
    broken = serve(acme, [ada], name="Broken").schedule
    really = shifts.current_shifts
    monkeypatch.setattr(
        shifts, "current_shifts", lambda schedule, at: _fail() if schedule.id == broken.pk else really(schedule, at)
    )
    tell_begun(HANDOFF)
    assert notices() == [("shift_begun", "ada@example.org")]


def test_it_costs_one_statement_when_nobody_has_asked(ada, duty, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell_begun(HANDOFF)


@pytest.mark.parametrize("size", [1, 8])
def test_it_costs_five_statements_however_many_have_asked(size):
    for _ in range(size):
        organization = OrganizationFactory()
        people = MembershipFactory.create_batch(2, organization=organization)
        serve(organization, people)
        serve(organization, people, name="Other duty")
        want(*people)
    with CaptureQueriesContext(connection) as captured:
        tell_begun(HANDOFF)
    assert len([one for one in captured if "SAVEPOINT" not in one["sql"]]) == 5
    assert Notice.objects.count() == 2 * size


def test_the_pool_looks_once_a_minute(ada, duty):
    want(ada)
    pool = NoticePool(StandingClock(HANDOFF))
    pool._tell_begun(HANDOFF)
    Notice.objects.all().delete()
    pool._tell_begun(HANDOFF)
    assert notices() == []


# The setting


def test_a_person_turns_it_on_and_off_on_their_own_page_for_themselves_alone(ada, bob):
    answered = send(ada, "set_shift_notice", wanted="on")
    assert (answered.status_code, answered["Location"]) == (303, "/me")
    assert list(Membership.objects.filter(shift_notices_since=START)) == [ada]
    browser = answered.client
    page = browser.get("/me").content.decode()
    assert "You get a mail when a shift of yours begins." in page
    assert 'name="wanted" value="on" checked' in page

    send(ada, "set_shift_notice")
    assert not Membership.objects.filter(shift_notices_since__isnull=False).exists()


def test_asking_again_forgets_nothing(ada, duty):
    want(ada, since=START)
    want(ada, since=minutes(5))
    ada.refresh_from_db()
    assert ada.shift_notices_since == START
