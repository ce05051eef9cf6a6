"""The pages of schedules, in a browser."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import Membership
from escalation.models import Override
from tests.browser import hands
from tests.escalation.admin.forms import SCHEDULES, change_of
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.escalation import OverrideFactory, RotationFactory, ScheduleFactory, WorkingHoursFactory
from tests.fixtures.accounts import ApiClient

HOURS = "/admin/escalation/workinghours/"


@pytest.fixture
def people(acme, bob, alice):
    names = ("Ada Lovelace", "Grace Hopper", "عمر الخيام", "Maximiliane Wolkenstein-Rodenegg von Trostburg")
    return [MembershipFactory(organization=acme, first_name=name, last_name="") for name in names]


@pytest.fixture
def primary(acme, people):
    schedule = ScheduleFactory(organization=acme, name="Primary")
    RotationFactory(schedule=schedule, name="Weekdays", people=people)
    RotationFactory(
        schedule=schedule,
        name="Nights with a rather long name",
        rotation_type="daily",
        length_days=1,
        people=people[1:3],
        restrictions=[{"days": [1, 2, 3, 4, 5], "start": "18:00", "end": "08:00"}],
    )
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    OverrideFactory(
        schedule=schedule,
        membership=people[1],
        starts_at=now + timedelta(days=1),
        ends_at=now + timedelta(days=2, hours=6),
    )
    return schedule


def test_pictures(page, sign_in, alice, primary, picture):
    sign_in(page, alice.user)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(change_of(primary, SCHEDULES))
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            picture(page, f"schedule-{scheme}-{width}")
            page.goto(SCHEDULES)
            picture(page, f"schedules-{scheme}-{width}")
            page.goto(f"/admin/escalation/override/add/?schedule={primary.pk}")
            picture(page, f"override-{scheme}-{width}")
            page.goto(change_of(WorkingHoursFactory(organization=primary.organization), HOURS))
            picture(page, f"hours-{scheme}-{width}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_the_pages(page, sign_in, bob, primary, scheme):
    sign_in(page, bob.user)
    page.emulate_media(color_scheme=scheme)
    override = primary.overrides.get()
    paths = (
        SCHEDULES,
        f"{SCHEDULES}add/",
        change_of(primary, SCHEDULES),
        f"/admin/escalation/override/add/?schedule={primary.pk}",
        f"/admin/escalation/override/{override.pk}/change/",
        HOURS,
        f"{HOURS}add/",
        change_of(WorkingHoursFactory(organization=primary.organization), HOURS),
    )
    for path in paths:
        page.goto(path)
        found = Axe().run(page).response["violations"]
        grave = [
            (path, one["id"], [(node["html"], node["failureSummary"]) for node in one["nodes"]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert grave == []


def drag_over(page, lane, start, end):
    """Drag the mouse over a line of the picture, from one share of its width to another."""
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, middle, steps=20)
    expect(lane.locator(".choice output")).to_be_visible()
    page.mouse.up()


def test_somebody_is_put_into_the_place_of_another_by_dragging(page, sign_in, bob, primary, people):
    weekdays = primary.rotations.get(name="Weekdays")
    sign_in(page, bob.user)
    page.goto(change_of(primary, SCHEDULES) + "?from=2026-03-23")
    # From the middle of the first Tuesday to the middle of the first Thursday.
    drag_over(page, page.locator(f"[data-rotation='{weekdays.pk}']"), 1.5 / 13.96, 3.5 / 13.96)

    expect(page.get_by_label("From")).to_have_value("2026-03-24T12:00")
    expect(page.get_by_label("Until")).to_have_value("2026-03-26T12:00")
    expect(page.get_by_label("In place of")).to_have_value(str(weekdays.pk))
    hands.choose(page, page.locator(".field-membership .select2-selection"), "Ada Lovelace")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_role("heading", name="Overrides")).to_be_visible()
    made = Override.objects.get(starts_at=datetime(2026, 3, 24, 11, tzinfo=UTC))
    assert (made.membership, made.rotation, made.ends_at) == (
        people[0],
        weekdays,
        datetime(2026, 3, 26, 11, tzinfo=UTC),
    )
    page.goto(change_of(primary, SCHEDULES) + "?from=2026-03-23")
    expect(page.locator(f"[data-rotation='{weekdays.pk}'] .override")).to_contain_text("Ada Lovelace")
    key = ApiKeyFactory(organization=primary.organization)
    answer = (
        ApiClient(key.text).get(f"/v1/oncall/schedules/{primary.pk}/resolve?at=2026-03-25T12:00:00Z").json()["data"]
    )
    assert answer["scheduleOwner"]["userId"] == people[0].user_id


def test_escape_gives_up_what_is_being_dragged(page, sign_in, bob, primary):
    sign_in(page, bob.user)
    page.goto(change_of(primary, SCHEDULES))
    lane = page.locator(".line.final .lane")
    lane.scroll_into_view_if_needed()
    box = lane.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 10, steps=5)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(lane.locator(".choice")).to_have_count(0)
    assert page.url.endswith("/change/")


def test_days_are_told_in_the_zone_of_the_browser(new_context, sign_in, bob, primary):
    page = new_context(timezone_id="Asia/Tokyo").new_page()
    sign_in(page, bob.user)
    page.goto(change_of(primary, SCHEDULES) + "?from=2026-03-23")
    expect(page.locator("[data-viewer]")).to_contain_text("Asia/Tokyo")
    expect(page.locator("[data-viewer] time").first).to_have_text("Mon 08:00")


def test_a_schedule_of_another_organization_is_not_there(page, sign_in, faults, bob, rival):
    theirs = ScheduleFactory(organization=rival)
    sign_in(page, bob.user)
    for path in (change_of(theirs, SCHEDULES), f"/admin/escalation/override/add/?schedule={theirs.pk}"):
        assert page.goto(path).status == 404
    faults.forgive()  # the browser looks for a picture of a page that has none


def test_working_hours_are_ticked_and_typed(page, sign_in, bob, acme):
    sign_in(page, bob.user)
    page.goto(f"{HOURS}add/")
    page.get_by_label("Name").fill("Nights")
    hands.choose(page, page.locator(".field-timezone .select2-selection"), "Europe/Berlin")
    for number in range(2):
        page.get_by_role("button", name="Add a window").click()
        row = page.locator(".window").nth(number)
        row.get_by_label(("Mon", "Sat")[number]).focus()
        page.keyboard.press("Space")
        row.get_by_label("from").fill("22:00")
        row.get_by_label("to").fill("06:00")
    page.get_by_role("button", name="Add a window").click()
    page.get_by_role("button", name="Remove this window").last.click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Mon 22:00-06:00; Sat 22:00-06:00")).to_be_visible()


def rotation(page, number):
    """Return the rotation that stands at a place, from 1."""
    return page.locator(".layers > .layer:not([hidden])").nth(number - 1)


def choose(page, card, name):
    """Give somebody the next turn of a rotation."""
    hands.choose(page, card.locator(".turns .select2-selection"), name)
    expect(card.locator(".turn-row").last).to_contain_text(name)


def restrict_to_weekends(card):
    """Add a window to a rotation."""
    card.get_by_role("button", name="Add a window").click()
    for day in ("Sat", "Sun"):
        card.get_by_label(day, exact=True).check(force=True)
    for edge in ("from", "to"):
        card.get_by_label(edge, exact=True).fill("00:00")


def test_a_rotation_is_added_moved_by_mouse_and_by_keyboard_and_read_by_the_api(page, sign_in, bob, primary):
    sign_in(page, bob.user)
    page.set_viewport_size({"width": 1280, "height": 3000})
    page.goto(change_of(primary, SCHEDULES))
    page.locator("[data-layers].is-live").wait_for()
    page.get_by_role("button", name="Add a rotation").click()
    new = rotation(page, 3)
    new.locator("[data-names]").fill("Weekends")
    choose(page, new, "Ada")
    choose(page, new, "Grace")
    new.get_by_role("button", name="Grace Hopper earlier").click()
    expect(page.locator("[data-told]")).to_have_text("Grace Hopper has turn 1 of 2")
    restrict_to_weekends(new)

    hands.drag(page, new.locator(".layer-handle"), rotation(page, 1))
    expect(page.locator("[data-told]")).to_have_text("Rotation Weekends moved to position 1 of 3")
    expect(rotation(page, 1)).to_contain_text("Bears the owner")
    rotation(page, 3).locator(".layer-handle").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[data-told]")).to_have_text(re.compile("^Rotation Nights .* moved to position 2 of 3$"))
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    api = ApiClient(ApiKeyFactory(organization=primary.organization).text)
    layers = api.get(f"/v1/oncall/schedules/{primary.pk}").json()["data"]["layers"]
    assert [one["name"] for one in layers] == ["Weekends", "Nights with a rather long name", "Weekdays"]
    assert layers[0]["restrictions"] == [{"days": [6, 7], "start": "00:00", "end": "00:00"}]
    grace, ada = (Membership.objects.get(first_name=name) for name in ("Grace Hopper", "Ada Lovelace"))
    assert layers[0]["participantIds"] == [grace.user_id, ada.user_id]
