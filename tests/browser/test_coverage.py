"""Coverage on the pages of a policy and in the lists, as a browser shows it: light and dark, wide and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from escalation.services.coverage_edits import mark_edited
from escalation.services.coverage_marks import check_marks, claim_marks
from scaling import clock
from tests.factories.escalation import IntendedGapFactory, LayerFactory, PolicyFactory, RotationFactory

WORKDAYS = [{"days": [1, 2, 3, 4, 5], "start": "08:00", "end": "18:00"}]
SUNDAYS = [{"days": [7], "start": "00:00", "end": "00:00"}]


@pytest.fixture
def policy(acme, alice, bob):
    """A policy with gaps, some of them on purpose, and one that is not checked yet beside it."""
    rotation = RotationFactory(schedule__organization=acme, people=[alice, bob], restrictions=WORKDAYS)
    policy = PolicyFactory(organization=acme, name="Billing on fire")
    layer = LayerFactory(policy=policy, schedule=rotation.schedule)
    LayerFactory(policy=policy, people=[bob])
    IntendedGapFactory(
        policy=policy, layer=layer, reason="Nobody on Sundays", timezone="Europe/Berlin", windows=SUNDAYS
    )
    mark_edited(clock.now())
    check_marks(claim_marks(clock.now(), 100), clock.now())
    PolicyFactory(organization=acme, name="Unchecked")
    return policy


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_read_where_nobody_is_reached(page, sign_in, alice, policy, picture, theme, width):
    sign_in(page, alice.user)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.goto(f"/admin/escalation/policy/{policy.pk}/change/")
    panel = page.locator("#coverage")
    expect(panel).to_contain_text("Layer 1 reaches nobody")
    expect(panel).to_contain_text("Nobody on Sundays")
    assert panel.evaluate("box => box.scrollWidth <= box.clientWidth")
    assert Axe().run(page, context="#coverage").response["violations"] == []
    picture(page, f"coverage-{theme}-{width}")

    panel.get_by_role("link", name="90 days").click()
    expect(page.locator("#coverage-heading")).to_contain_text("the next 90 days")

    page.goto("/admin/escalation/policy/")
    for mark in page.locator("#result_list .mark").all():
        expect(mark).to_be_in_viewport(ratio=1)
    expect(page.locator("#result_list .mark")).to_contain_text([" gaps", "not checked yet"])
    assert Axe().run(page, context="#result_list").response["violations"] == []
    picture(page, f"coverage-list-{theme}-{width}")
