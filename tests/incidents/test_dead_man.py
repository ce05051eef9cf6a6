"""The dead man's switch: called while the engine does its work, silent while it does not, and never in its way."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network

import pytest

from incidents.dead_man import DeadManSwitch
from scaling import clock
from tests.factories.incidents import EscalationFactory
from tests.receiver import receiver

PATH = "/ping/s3cr3t"


@pytest.fixture
def watch(settings):
    """A service that waits for a sign of life."""
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with receiver() as elsewhere:
        settings.DEAD_MAN_URL = elsewhere.url(PATH)
        yield elsewhere


def told_in(lines):
    return [line for line in lines() if line["event"] == "dead_man_not_called"]


def report(now=None):
    switch = DeadManSwitch()
    switch.report(now or clock.now())
    switch.wait()


def test_the_service_is_called_while_nothing_is_left_lying(watch, db):
    report()
    assert [(call.method, call.path) for call in watch.received] == [("GET", PATH)]


def test_it_is_not_called_while_a_row_waits_for_a_worker(watch, db, lines):
    row = EscalationFactory()
    report(row.wake_at + timedelta(seconds=31))
    assert watch.received == []
    assert "31 s" in told_in(lines)[0]["reason"]
    report(row.wake_at + timedelta(seconds=29))
    assert len(watch.received) == 1


def test_without_a_url_nothing_happens(settings, db, django_assert_num_queries):
    settings.DEAD_MAN_URL = ""
    now = clock.now()
    with django_assert_num_queries(0):
        report(now)


@pytest.mark.parametrize("status", [404, 500])
def test_a_service_that_refuses_is_logged_and_its_url_is_not(watch, db, lines, status):
    watch.answers[PATH] = (status, {})
    report()
    (told,) = told_in(lines)
    assert str(status) in told["reason"]
    assert "s3cr3t" not in str(told)


def test_an_address_that_may_not_be_called_is_logged(watch, db, lines, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    report()
    assert watch.received == []
    assert "no public address" in told_in(lines)[0]["reason"]


def test_a_service_that_hangs_keeps_nobody_waiting_and_is_called_once(watch, db):
    watch.hanging.add(PATH)
    switch = DeadManSwitch()
    switch.report(clock.now())
    switch.report(clock.now())
    watch.released.set()
    switch.wait()
    assert len(watch.received) == 1
