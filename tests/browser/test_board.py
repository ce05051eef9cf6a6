"""Answering incidents in a browser: on the board, and on the page of each."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from incidents.models import Incident
from incidents.services import acknowledge_incident, escalate_incident
from scaling.clock import now
from tests.browser.hands import search_and_take
from tests.factories.incidents import EscalationFactory
from tests.incidents.running import make_policy, reload, run, trigger

BOARD = "/admin/incidents/incident/"


@pytest.fixture
def paging(acme, alice, bob):
    """An incident that began three minutes ago, has paged Bob and will page Alice."""
    acme.fallback_email = "ops@example.org"
    acme.save()
    started = now() - timedelta(minutes=3)
    row = trigger(acme, make_policy(acme, [bob], [alice]), now=started, description="Queue is at 12,000.")
    run(started)
    return row


def row_of(page, title):
    return page.locator("#board-open tr").filter(has_text=title)


def about(row, person):
    return {"organization_id": row.organization_id, "incident_id": row.pk, "actor_id": person.user_id, "now": now()}


def wait_for_look(page, path):
    """Wait until the page has asked once more; return the status it was answered."""
    with page.expect_response(re.compile(path)) as asked:
        pass
    return asked.value.status


def worst(page):
    """Return what axe-core finds seriously or critically wrong with the page."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"] for node in one["nodes"]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


def test_an_incident_is_acknowledged_on_the_board_with_the_mouse(page, sign_in, bob, paging):
    sign_in(page, bob.user)
    page.goto(BOARD)
    expect(row_of(page, "Invoices stuck").locator("time[data-countdown]")).to_have_text(re.compile(r"^[01]:\d\d$"))

    button = page.get_by_role("button", name="Acknowledge")
    spot = button.bounding_box()
    page.mouse.move(spot["x"] + spot["width"] / 2, spot["y"] + spot["height"] / 2)
    page.mouse.down()
    page.mouse.up()

    expect(row_of(page, "Invoices stuck")).to_contain_text(f"{bob.name} has it")
    expect(page.get_by_text("You have it, and the paging stops.")).to_be_visible()
    assert reload(paging).holder == bob


def test_a_new_incident_comes_onto_the_board_by_itself(page, sign_in, acme, alice, bob, paging):
    sign_in(page, bob.user)
    page.goto(BOARD)
    expect(page.locator("#board-count")).to_have_text("1 open, 1 of them waits for an answer")
    trigger(acme, make_policy(acme, [bob]), title="Checkout is down", severity="critical", now=now())

    expect(row_of(page, "Checkout is down")).to_be_visible()
    expect(page.locator("#board-open tr").first).to_contain_text("Checkout is down")
    expect(page.locator("#board-count")).to_have_text("2 open, 2 of them wait for an answer")
    expect(page.locator("[data-live-said]")).to_have_text("2 open, 2 of them wait for an answer")


def test_what_one_acknowledges_another_sees(page, new_context, sign_in, alice, bob, paging):
    other = new_context().new_page()
    sign_in(page, alice.user)
    sign_in(other, bob.user)
    page.goto(BOARD)
    other.goto(f"{BOARD}{paging.pk}/change/")
    other.get_by_role("button", name="Acknowledge: I have it").click()

    expect(row_of(page, "Invoices stuck")).to_contain_text(f"{bob.name} has it")
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_a_board_on_which_nothing_changes_is_left_alone(page, sign_in, bob, paging):
    sign_in(page, bob.user)
    page.goto(BOARD)
    page.get_by_role("link", name="Invoices stuck").focus()
    page.locator(f"#incident-{paging.pk}").evaluate("row => { row.kept = true; }")

    assert wait_for_look(page, "/board/") == 304
    expect(page.get_by_role("link", name="Invoices stuck")).to_be_focused()
    assert page.locator(f"#incident-{paging.pk}").evaluate("row => row.kept")


def test_with_the_keyboard_alone(page, sign_in, acme, bob, paging):
    sign_in(page, bob.user)
    page.goto(BOARD)
    page.get_by_role("link", name="Invoices stuck").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Acknowledge")).to_be_focused()
    # The row before it appears meanwhile; the focus stays where it is.
    trigger(acme, make_policy(acme, [bob]), title="Checkout is down", severity="critical", now=now())
    expect(row_of(page, "Checkout is down")).to_be_visible()
    expect(page.locator(f"#acknowledge-{paging.pk}")).to_be_focused()
    page.keyboard.press("Enter")

    expect(row_of(page, "Invoices stuck")).to_contain_text("has it")
    page.get_by_role("link", name="Invoices stuck").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Snooze", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="For 30 min")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#standing")).to_contain_text("This is snoozed until")


def test_what_somebody_types_stays_and_what_they_saw_is_what_counts(page, sign_in, alice, bob, paging):
    sign_in(page, bob.user)
    page.goto(f"{BOARD}{paging.pk}/change/")
    page.get_by_text("Escalate now", exact=True).click()
    expect(page.locator("#escalate")).to_contain_text(f"Layer 2: {alice.name}")
    page.get_by_label("What is known").fill("It is the")
    escalate_incident(**about(paging, alice))

    expect(page.locator("#standing")).to_contain_text("the fallback is paged")
    expect(page.get_by_text("It moved on since you opened this.")).to_be_visible()
    expect(page.locator("#escalate")).to_contain_text(f"Layer 2: {alice.name}")
    expect(page.get_by_label("What is known")).to_have_value("It is the")
    page.get_by_role("button", name="Escalate and page now").click()

    expect(page.get_by_text("It moved on meanwhile, so nothing was changed.")).to_be_visible()
    assert reload(paging).firing == 2


def test_what_was_opened_is_caught_up_with_once_it_is_closed(page, sign_in, alice, bob, paging):
    sign_in(page, bob.user)
    page.goto(f"{BOARD}{paging.pk}/change/")
    page.get_by_text("Escalate now", exact=True).click()
    acknowledge_incident(**about(paging, alice), user_id=alice.user_id)
    expect(page.get_by_text("It moved on since you opened this.")).to_be_visible()
    page.get_by_text("Escalate now", exact=True).click()

    expect(page.get_by_text("Take the acknowledgement back", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge: I have it")).to_have_count(0)


def test_a_session_that_ends_is_told_and_leaves_the_board_as_it_was(page, sign_in, bob, paging, faults):
    sign_in(page, bob.user)
    page.goto(BOARD)
    page.context.clear_cookies()

    expect(page.get_by_text("you are signed out")).to_be_visible()
    expect(row_of(page, "Invoices stuck")).to_be_visible()
    faults.forgive()


def test_a_lost_connection_is_told_until_it_is_back(page, sign_in, bob, paging, faults):
    sign_in(page, bob.user)
    page.goto(BOARD)
    page.context.set_offline(True)
    expect(page.get_by_text("The connection is lost")).to_be_visible()
    page.context.set_offline(False)

    expect(page.get_by_text("The connection is lost")).to_have_count(0)
    faults.forgive()


def test_pages_can_be_read_by_everybody(page, sign_in, acme, alice, bob, paging, picture):
    for title, severity, state in (
        ("Checkout returns 500 for every third order", "critical", "exhausted"),
        ("Disk of db-3 at 91 %", "medium", "acknowledged"),
        ("Nightly report late", "low", "snoozed"),
    ):
        EscalationFactory(
            incident__organization=acme,
            incident__title=title,
            incident__severity=severity,
            incident__created_at=now() - timedelta(minutes=90),
            state=state,
            due_at=now() + timedelta(minutes=27),
            acknowledged_by=alice.user_id if state == "acknowledged" else None,
            layers=[[bob], [alice]],
            paged=[bob.user_id],
        )
    for number in range(1, 4):
        EscalationFactory(
            incident__organization=acme,
            incident__title=f"Certificate of shop {number} runs out",
            incident__status="resolved",
            resolved=True,
        )
    sign_in(page, bob.user)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            for name, path in (("board", BOARD), ("incident", f"{BOARD}{paging.pk}/change/")):
                page.goto(path)
                for order in page.locator("details.order summary").all()[:2]:
                    order.click()
                assert worst(page) == []
                picture(page, f"{name}-{scheme}-{width}")


def choose(page, label, text):
    """Search a list and take the first that is found, by keyboard."""
    page.get_by_label(label).locator("xpath=following-sibling::*[1]").locator("[role=combobox]").focus()
    page.keyboard.press("Enter")
    search_and_take(page, text)


def test_an_incident_is_triggered_by_hand_once_however_often_it_is_clicked(page, sign_in, bob, alice, paging, picture):
    sign_in(page, bob.user)
    page.goto(BOARD)
    page.get_by_role("link", name="Trigger an incident").click()
    page.get_by_label("Title").fill("Checkout is down")
    page.get_by_label("Severity").select_option("critical")
    choose(page, "Owner", "Alice")
    expect(page.locator("#preview")).to_contain_text(f"this pages layer 1: {alice.name}")
    assert worst(page) == []
    picture(page, "trigger-light-1280")
    page.get_by_role("button", name="Trigger and page now").dblclick()

    expect(page.locator("#standing")).to_contain_text("Checkout is down")
    assert Incident.objects.filter(title="Checkout is down").count() == 1
