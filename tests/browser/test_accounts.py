"""People and keys, in a browser."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from accounts import keys
from accounts.auth import find_actor
from accounts.services import invite_member
from incidents.heartbeat import beat
from scaling.ids import new_uuid
from tests.factories.accounts import ApiKeyFactory, ContactMethodFactory, NotificationRuleFactory
from tests.factories.escalation import QuietHoursFactory


@pytest.fixture(autouse=True)
def working(transactional_db, settings):
    """A worker is at work, and mail can be read."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    beat(new_uuid(), timezone.now(), timezone.now())


def test_a_new_key_is_shown_once_and_can_be_copied(page, context, sign_in, alice):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, alice.user)
    page.goto("/admin/accounts/apikey/add/")
    page.get_by_label("Name").fill("Monitoring")
    page.get_by_role("radio", name=re.compile("^Trigger")).check()
    page.get_by_role("button", name="Save", exact=True).click()

    shown = page.locator("#key").text_content()
    assert re.fullmatch(keys.SCAN_PATTERN, shown)
    assert find_actor(shown).scope == "trigger"
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == shown

    page.get_by_role("link", name="All API keys").click()
    expect(page.get_by_role("link", name="Monitoring")).to_be_visible()
    assert shown[15:] not in page.content()


def test_a_key_is_revoked_after_a_question(page, sign_in, alice, acme):
    key = ApiKeyFactory(organization=acme, name="Old robot")
    sign_in(page, alice.user)
    page.goto(f"/admin/accounts/apikey/{key.pk}/change/")
    page.get_by_role("link", name="Revoke this key").click()
    assert find_actor(key.text) is not None
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_text("Revoked: Old robot")).to_be_visible()
    assert find_actor(key.text) is None


def test_a_test_page_is_sent_by_a_button(page, sign_in, alice, bob):
    sign_in(page, alice.user)
    page.goto(f"/admin/accounts/membership/{bob.pk}/change/")
    page.get_by_role("button", name="Send a test page to bob@acme.example").click()
    expect(page.get_by_text("A test page is on its way to bob@acme.example.")).to_be_visible()
    assert [sent.to for sent in mail.outbox] == [["bob@acme.example"]]


def test_somebody_is_invited_by_keyboard(page, sign_in, alice):
    sign_in(page, alice.user)
    page.goto("/admin/accounts/membership/invite/")
    page.get_by_label("Email").press_sequentially("eve@acme.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Withdraw the invitation of eve@acme.example")).to_be_visible()


PAGES = {
    "people": "/admin/accounts/membership/",
    "person": "/admin/accounts/membership/{bob}/change/",
    "add-person": "/admin/accounts/membership/add/",
    "invite": "/admin/accounts/membership/invite/",
    "end": "/admin/accounts/membership/{bob}/end/",
    "keys": "/admin/accounts/apikey/",
    "key": "/admin/accounts/apikey/{key}/change/",
    "add-key": "/admin/accounts/apikey/add/",
    "settings": "/admin/accounts/organization/{acme}/change/",
    "switch": "/admin/organization/",
}


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_read_by_everybody(page, sign_in, alice, bob, acme, picture, name, width, theme):
    method = ContactMethodFactory(membership=bob, verified_at=timezone.now())
    ContactMethodFactory(membership=bob, webhook=True, verified_at=None)
    NotificationRuleFactory(membership=bob, contact_method=method, delay_seconds=300)
    QuietHoursFactory(membership=bob)
    key = ApiKeyFactory(organization=acme, created_by=alice.user_id)
    invite_member(organization_id=acme.pk, email="eve@acme.example", role="member", actor_id="u", now=timezone.now())
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, alice.user)
    page.goto(PAGES[name].format(bob=bob.pk, key=key.pk, acme=acme.pk))
    picture(page, f"{name}-{theme}-{width}")
    found = Axe().run(page).response["violations"]
    told = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found if one["impact"] in SERIOUS]
    assert told == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


SERIOUS = {"serious", "critical"}
