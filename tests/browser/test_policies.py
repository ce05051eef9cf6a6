"""Policies and the order of their layers, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from escalation.models import Policy
from tests.browser import hands
from tests.escalation.admin.forms import POLICIES, change_of
from tests.escalation.plans import layers_of
from tests.factories.accounts import ApiKeyFactory
from tests.factories.escalation import LayerFactory, PolicyFactory, ScheduleFactory, WorkingHoursFactory
from tests.fixtures.accounts import ApiClient
from tests.incidents.running import trigger

ADD = f"{POLICIES}add/"


@pytest.fixture
def policy(acme, alice, bob):
    """Return a policy of three layers: a schedule, two people, a schedule outside of office hours."""
    policy = PolicyFactory(organization=acme, name="Billing")
    LayerFactory(policy=policy, schedule=ScheduleFactory(organization=acme, name="Platform duty"))
    LayerFactory(policy=policy, people=[alice, bob], timeout_seconds=600)
    LayerFactory(
        policy=policy,
        schedule=ScheduleFactory(organization=acme, name="Managers"),
        working_hours=WorkingHoursFactory(organization=acme, name="Office hours"),
        condition="outside",
    )
    return policy


@pytest.fixture
def as_bob(page, sign_in, bob):
    """Return a browser in which Bob is signed in."""
    sign_in(page, bob.user)
    return page


def layer(page, number):
    """Return the layer that stands at a place, from 1."""
    return page.locator(".layers > .layer:not([hidden])").nth(number - 1)


def handle(page, number):
    """Return the handle of the layer at a place."""
    return layer(page, number).locator(".layer-handle")


def open_page(page, path):
    """Open a page with layers, and wait until its script has taken them over."""
    page.goto(path)
    page.locator("[data-layers].is-live").wait_for()


def add_layer(page, field, text):
    """Add a layer for what is found by typing ``text`` into its ``schedule`` or ``people``."""
    page.get_by_role("button", name="Add a layer").click()
    box = page.locator(".layers > .layer:not([hidden])").last.locator(f".layer-{field} .select2-selection")
    hands.choose(page, box, text)
    expect(box).to_contain_text(text)


def drag(page, number, onto):
    """Pull the layer at a place by its handle above the one at another, as a hand does."""
    hands.drag(page, handle(page, number), layer(page, onto))


def save(page):
    """Save, and wait for the list."""
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile(r"/policy/$"))


def test_a_policy_is_written_its_third_layer_dragged_to_the_top_and_read_by_the_api(as_bob, acme, alice):
    for name in ("Platform duty", "Managers"):
        ScheduleFactory(organization=acme, name=name)
    open_page(as_bob, ADD)
    as_bob.get_by_label("Name").fill("Payments")
    add_layer(as_bob, "schedule", "Platform duty")
    add_layer(as_bob, "people", "Alice")
    add_layer(as_bob, "schedule", "Managers")
    layer(as_bob, 3).get_by_label("Minutes to wait").fill("15")

    drag(as_bob, 3, onto=1)
    expect(as_bob.get_by_role("status")).to_have_text("Layer Managers moved to position 1 of 3")
    assert as_bob.locator("[data-number]:visible").all_inner_texts() == ["1", "2", "3"]
    save(as_bob)

    policy = Policy.objects.get()
    told = ApiClient(ApiKeyFactory(organization=acme).text).get(f"/v1/escalation/policies/{policy.pk}").json()["data"]
    assert told["name"] == "Payments"
    assert [(one["position"], one["ackTimeoutMinutes"]) for one in told["layers"]] == [(1, 15), (2, 5), (3, 5)]
    assert [one.schedule and one.schedule.name for one in layers_of(policy)] == ["Managers", "Platform duty", None]


def test_layers_are_moved_by_keyboard_and_the_move_is_told(as_bob, policy):
    open_page(as_bob, change_of(policy))
    handle(as_bob, 3).focus()
    for key, place in (("ArrowUp", 2), ("ArrowDown", 3), ("Home", 1), ("End", 3), ("ArrowUp", 2), ("ArrowUp", 1)):
        as_bob.keyboard.press(key)
        expect(as_bob.get_by_role("status")).to_have_text(f"Layer Managers moved to position {place} of 3")
        expect(handle(as_bob, place)).to_be_focused()
        expect(handle(as_bob, place)).to_have_accessible_name(f"Move layer {place}, Managers")
    as_bob.keyboard.press("ArrowUp")
    expect(as_bob.get_by_role("status")).to_have_text("Layer Managers stays at position 1 of 3")
    save(as_bob)

    first, second, third = layers_of(policy)
    assert (first.schedule.name, second.schedule.name) == ("Managers", "Platform duty")
    assert (first.condition, first.position, third.position) == ("outside", 1, 3)


def test_a_stored_layer_is_dragged_and_another_removed(as_bob, policy):
    open_page(as_bob, change_of(policy))
    drag(as_bob, 3, onto=1)
    layer(as_bob, 2).get_by_title("Remove this layer").click()
    expect(as_bob.get_by_role("status")).to_have_text("Layer Platform duty is removed when you save")
    assert as_bob.locator("[data-number]").all_inner_texts() == ["1", "-", "2"]
    save(as_bob)

    assert [(one.position, one.schedule and one.schedule.name) for one in layers_of(policy)] == [
        (1, "Managers"),
        (2, None),
    ]


def test_a_new_layer_taken_back_leaves_no_trace(as_bob, policy):
    open_page(as_bob, change_of(policy))
    for _ in range(2):
        as_bob.get_by_role("button", name="Add a layer").click()
    layer(as_bob, 4).get_by_title("Remove this layer").click()
    expect(as_bob.get_by_role("button", name="Add a layer")).to_be_focused()
    layer(as_bob, 4).get_by_title("Remove this layer").click()
    add_layer(as_bob, "schedule", "Managers")
    save(as_bob)
    assert [one.position for one in layers_of(policy)] == [1, 2, 3, 4]


def test_a_form_that_was_refused_stands_as_it_was_left(as_bob, policy):
    open_page(as_bob, change_of(policy))
    drag(as_bob, 3, onto=1)
    as_bob.get_by_role("button", name="Add a layer").click()
    handle(as_bob, 4).focus()
    as_bob.keyboard.press("Home")
    as_bob.get_by_role("button", name="Save", exact=True).click()

    expect(layer(as_bob, 1)).to_contain_text("Choose a schedule, or people.")
    expect(handle(as_bob, 2)).to_have_accessible_name("Move layer 2, Managers")
    expect(handle(as_bob, 3)).to_have_accessible_name("Move layer 3, Platform duty")


def test_of_two_operators_the_second_is_told_what_the_first_has_changed(
    as_bob, alice, new_context, sign_in, policy, picture
):
    as_alice = new_context().new_page()
    sign_in(as_alice, alice.user)
    for page in (as_alice, as_bob):
        open_page(page, change_of(policy))
    layer(as_alice, 2).get_by_label("Minutes to wait").fill("20")
    layer(as_alice, 3).get_by_title("Remove this layer").click()
    save(as_alice)

    as_bob.get_by_label("Name").fill("Payments")
    as_bob.get_by_role("button", name="Save", exact=True).click()
    told = as_bob.locator("#conflict")
    expect(told.get_by_role("row")).to_have_text(
        [
            re.compile("What they changed"),
            re.compile(r"Layer 2: waits\s*10 minutes\s*20 minutes"),
            re.compile("Layer 3"),
        ]
    )
    expect(as_bob.get_by_label("Name")).to_have_value("Payments")
    policy.refresh_from_db()
    assert policy.name == "Billing"
    picture(as_bob, "policy-conflict")
    as_bob.set_viewport_size({"width": 390, "height": 844})
    assert as_bob.evaluate("document.documentElement.scrollWidth") <= 390
    picture(as_bob, "policy-conflict-390")

    as_bob.get_by_label("Save what stands below over it").check()
    save(as_bob)
    policy.refresh_from_db()
    assert (policy.name, policy.version) == ("Payments", 3)
    assert [one.timeout_seconds for one in layers_of(policy)] == [300, 600, 300]


def test_a_policy_in_use_is_not_deleted_and_what_uses_it_is_listed(as_bob, acme, policy, picture):
    incident = trigger(acme, policy, title="Invoices stuck")
    as_bob.goto(change_of(policy))
    as_bob.get_by_role("link", name="Delete policy").click()
    expect(as_bob.get_by_role("heading", name="Billing is in use, and is not deleted")).to_be_visible()
    picture(as_bob, "policy-in-use")
    as_bob.get_by_role("link", name="Invoices stuck").click()
    expect(as_bob).to_have_url(re.compile(str(incident.pk)))
    assert Policy.objects.exists()


def test_a_policy_of_another_organization_is_unknown(as_bob, rival):
    assert as_bob.goto(change_of(PolicyFactory(organization=rival))).status == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_reading_or_using_the_pages(as_bob, policy, picture, scheme):
    as_bob.emulate_media(color_scheme=scheme)
    pages = {
        "policies": POLICIES,
        "policy-new": ADD,
        "policy": change_of(policy),
        "policy-duplicate": f"{POLICIES}{policy.pk}/duplicate/",
    }
    for name, path in pages.items():
        as_bob.set_viewport_size({"width": 1280, "height": 900})
        as_bob.goto(path)
        if path == ADD:
            as_bob.get_by_role("button", name="Add a layer").click()
        violations = Axe().run(as_bob).response["violations"]
        assert [
            (one["id"], [node["html"] for node in one["nodes"]])
            for one in violations
            if one["impact"] in ("serious", "critical")
        ] == []
        picture(as_bob, f"{name}-{scheme}")
        as_bob.set_viewport_size({"width": 390, "height": 844})
        assert as_bob.evaluate("document.documentElement.scrollWidth") <= 390
        picture(as_bob, f"{name}-{scheme}-390")
