"""The ladder on the page of a policy, as a browser shows it: light and dark, wide and on a phone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from scaling import clock
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, NotificationRuleFactory
from tests.factories.escalation import (
    LayerFactory,
    OverrideFactory,
    PolicyFactory,
    QuietHoursFactory,
    RotationFactory,
    WorkingHoursFactory,
)
from tests.incidents.running import START, minutes, trigger

EVIL = "<script>alert(1)</script>"
AT = "2026-11-23T03:00"


@pytest.fixture
def policy(acme, alice, bob, monkeypatch):
    """A policy with all there is: a schedule, an override, hours, people out of reach, names of all kinds."""
    monkeypatch.setattr(clock, "now", lambda: START)
    cyd = MembershipFactory(organization=acme, first_name="Cyd", last_name="Okafor")
    sara = MembershipFactory(organization=acme, first_name="שרה", last_name="כהן-אברהמי")
    evil = MembershipFactory(organization=acme, first_name=EVIL, last_name="")
    long = MembershipFactory(organization=acme, first_name="Maximiliane-Alexandrina", last_name="von Hohenzollern " * 4)
    gone = MembershipFactory(organization=acme, first_name="Eve", last_name="Gone", is_active=False)
    for person in (bob, cyd):
        sms = ContactMethodFactory(membership=person, sms=True)
        NotificationRuleFactory(membership=person, contact_method=sms, delay_seconds=120, repeat_seconds=600)
    QuietHoursFactory(membership=cyd)
    rotation = RotationFactory(
        schedule__organization=acme, schedule__name="Billing primary", name="Weekdays", people=[bob, cyd]
    )
    OverrideFactory(
        schedule=rotation.schedule, membership=cyd, starts_at=START - timedelta(hours=1), ends_at=minutes(3)
    )
    policy = PolicyFactory(organization=acme, name="Billing on fire", repeat_count=2)
    LayerFactory(policy=policy, people=[alice], working_hours=WorkingHoursFactory(organization=acme))
    LayerFactory(policy=policy, schedule=rotation.schedule)
    LayerFactory(policy=policy, people=[gone])
    LayerFactory(policy=policy, people=[sara, evil, long, gone], timeout_seconds=900)
    return policy


def open_ladder(page, policy, query=""):
    page.goto(f"/admin/escalation/policy/{policy.pk}/change/{query}")
    expect(page.locator("#ladder")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_picture_fits_its_page_and_everybody_can_read_it(page, sign_in, alice, policy, picture, theme, width):
    sign_in(page, alice.user)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    open_ladder(page, policy, f"?at={AT}&severity=low")
    expect(page.locator("html")).to_have_class(re.compile(r"\bdark\b" if theme == "dark" else r"^(?!.*\bdark\b)"))

    (shown,) = [each for each in page.locator("#ladder svg[role=img]").all() if each.is_visible()]
    box, panel = shown.bounding_box(), page.locator("#ladder").bounding_box()
    assert panel["x"] <= box["x"]
    assert box["x"] + box["width"] <= panel["x"] + panel["width"] <= width
    assert shown.evaluate(
        "svg => [...svg.querySelectorAll('text')].every(text => {"
        "const box = text.getBBox(), sheet = svg.viewBox.baseVal;"
        "return box.x >= -1 && box.x + box.width <= sheet.width + 1})"
    )
    assert Axe().run(page, "#ladder").response["violations"] == []
    picture(page, f"policy-ladder-{theme}-{width}")


def test_another_instant_and_severity_are_chosen_by_form(page, sign_in, alice, policy):
    sign_in(page, alice.user)
    open_ladder(page, policy)
    page.get_by_label("Starting at (UTC)").fill("2026-11-24T09:00")
    page.locator("#ladder").get_by_label("Severity", exact=True).select_option("low")
    page.get_by_role("button", name="Show", exact=True).click()

    expect(page.locator("#ladder h2")).to_contain_text("If an incident started at 24 Nov 09:00 UTC")
    page.get_by_text("The same as text").click()
    expect(page.locator("#ladder details li").first).to_contain_text("At once, 09:00 UTC: Layer 1 is paged: Alice")


def test_names_are_text_and_nothing_else(page, sign_in, alice, policy, faults):
    sign_in(page, alice.user)
    open_ladder(page, policy)
    expect(page.locator("#ladder svg:visible text").get_by_text(EVIL)).to_be_visible()
    assert page.locator("#ladder script").count() == 0
    assert faults.found() == []


def test_open_incidents_lead_to_their_pages(page, sign_in, alice, policy, acme):
    escalation = trigger(acme, policy)
    sign_in(page, alice.user)
    open_ladder(page, policy)
    page.locator("#open").get_by_role("link").click()
    expect(page).to_have_url(f"{page.url.split('/admin')[0]}/admin/incidents/incident/{escalation.pk}/change/")
