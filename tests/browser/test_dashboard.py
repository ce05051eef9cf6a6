"""The dashboard, in a browser: everything is there for eyes, for a screen reader and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from incidents.counting import count_next
from incidents.heartbeat import beat
from incidents.services import acknowledge_incident, resolve_incident
from scaling import clock
from scaling.ids import new_uuid
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import RotationFactory, ScheduleFactory
from tests.incidents.running import TEMPORARY, make_policy, run, trigger


@pytest.fixture
def busy(acme, alice, bob):
    """A month in which incidents came, were taken and resolved; two are open, one of whose messages fails."""
    now = clock.now()
    policy = make_policy(acme, [bob], [alice])
    for days in range(25):
        for number in range(1 + days % 3):
            at = now - timedelta(days=days, hours=number + 1)
            row = trigger(acme, policy, title=f"Queue {days}", now=at)
            run(at)
            ids = {"organization_id": acme.pk, "incident_id": row.pk, "actor_id": bob.user_id}
            acknowledge_incident(**ids, now=at + timedelta(minutes=2 + days))
            resolve_incident(**ids, now=at + timedelta(minutes=20 + days))
    trigger(acme, policy, title="Payments time out", severity="critical", now=now - timedelta(minutes=3))
    trigger(acme, policy, title="Search is slow", severity="medium", now=now - timedelta(minutes=2))
    run(now - timedelta(minutes=1), failures={"bob@acme.example": TEMPORARY})
    for name, people in (("Billing primary", [bob]), ("Platform", [alice]), ("Weekend", [])):
        schedule = ScheduleFactory(organization=acme, name=name)
        RotationFactory(schedule=schedule, organization=acme, people=people)
    MembershipFactory.create_batch(3, organization=acme)
    while count_next(now):
        pass
    beat(new_uuid(), now, now)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_dashboard_can_be_read_by_everybody(page, sign_in, busy, alice, picture, theme, width):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, alice.user)
    page.goto("/admin/")
    expect(page.get_by_role("heading", name="Open incidents")).to_be_visible()
    expect(page.get_by_role("link", name="Payments time out")).to_be_visible()
    picture(page, f"dashboard-{theme}-{width}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_charts_are_drawn_and_their_tables_say_the_same(page, sign_in, busy, alice):
    sign_in(page, alice.user)
    page.goto("/admin/")
    page.wait_for_function("[...document.querySelectorAll('canvas.chart')].filter(Chart.getChart).length === 3")
    table = page.get_by_role("region", name="Pages per day, as a table")
    expect(table.get_by_role("row")).to_have_count(31)


def violations(page):
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:200] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]
