"""Signing in with mouse and keyboard, an authenticator app and passkeys."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.factories.accounts import PASSWORD
from tests.totp import code_of, give_app, give_recovery_codes, hold_period

PHONE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def _time_to_type(monkeypatch):
    hold_period(monkeypatch)


@pytest.fixture
def passkeys(page):
    """A device that keeps passkeys, and whose owner is always there and agrees."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    kept = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kept, "isUserVerified": True, "automaticPresenceSimulation": True}
    return devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def type_password(page, email, password=PASSWORD):
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page):
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)


def sign_out(page):
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def heading(page):
    return page.get_by_role("heading", level=1)


def test_an_operator_signs_in_to_the_admin_with_a_code(page, alice):
    secret = give_app(alice.user)
    page.goto("/admin/")
    type_password(page, "Alice@ACME.example")
    expect(heading(page)).to_have_text("Your second factor")
    page.get_by_role("textbox", name="Code").fill(code_of(secret))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/admin/$"))


def test_an_authenticator_app_is_set_up_by_its_key(page, sign_in, bob):
    sign_in(page, bob.user)
    page.goto("/account")
    page.get_by_role("link", name="Set one up").click()
    confirm(page)
    expect(page.get_by_role("img", name="The QR code")).to_be_visible()
    page.get_by_role("textbox", name="Code").fill(code_of(page.locator("#secret").inner_text()))
    page.get_by_role("button", name="Set it up").click()

    expect(heading(page)).to_have_text("Recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)


def test_a_passkey_is_added_and_signs_in_without_a_password(page, sign_in, passkeys, bob):
    sign_in(page, bob.user)
    page.goto("/account/passkeys/add")
    confirm(page)
    page.get_by_label("What you call it").fill("My phone")
    page.get_by_role("button", name="Add it").click()
    expect(heading(page)).to_have_text("Recovery codes")
    page.goto("/account")
    expect(page.get_by_text("My phone").first).to_be_visible()
    sign_out(page)

    page.goto("/me")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/me$"))


def test_a_passkey_is_the_second_factor_after_a_password(page, sign_in, passkeys, bob):
    sign_in(page, bob.user)
    page.goto("/account/passkeys/add")
    confirm(page)
    page.get_by_label(re.compile("Sign in with it alone")).uncheck()
    page.get_by_role("button", name="Add it").click()
    expect(heading(page)).to_have_text("Recovery codes")
    page.goto("/account")
    sign_out(page)

    type_password(page, bob.user.email)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/me$"))


def test_a_passkey_that_is_not_there_says_so(page, passkeys, db):
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_text("That did not work.")).to_be_visible()


def test_a_script_in_a_page_is_a_fault(page, faults, db):
    page.goto("/sign-in")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '0'}))")
    page.goto("/join/nothing")

    assert "Content Security Policy" in faults.found()[0]
    assert len(faults.found()) == 1
    faults.forgive()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone_and_lack_no_label(page, sign_in, picture, bob, settings, scheme):
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme=scheme)
    for path in ("sign-in", "password/forgotten", "password/forgotten/sent"):
        look_at(page, path, picture, scheme)
    sign_in(page, bob.user)
    for path in ("account", "account/password", "account/app/set-up"):
        look_at(page, path, picture, scheme)
    confirm(page)
    for path in ("account/app/set-up", "account/passkeys/add"):
        look_at(page, path, picture, scheme)
    give_app(bob.user)
    give_recovery_codes(bob.user)
    for path in ("account", "account/recovery-codes", "account/recovery-codes/renew", "account/app/remove"):
        look_at(page, path, picture, scheme)
    page.context.clear_cookies()
    page.goto("/sign-in")
    type_password(page, bob.user.email)
    expect(heading(page)).to_have_text("Your second factor")
    look_once(page, picture, f"sign-in-second-factor-{scheme}")
    page.context.clear_cookies()
    settings.AXES_FAILURE_LIMIT = 1
    page.goto("/sign-in")
    type_password(page, bob.user.email, "a guess")
    expect(heading(page)).to_have_text("That was tried too often")
    look_once(page, picture, f"locked-out-{scheme}")


def look_at(page, path, picture, scheme):
    page.goto(f"/{path}")
    look_once(page, picture, f"{path.replace('/', '-')}-{scheme}")


def look_once(page, picture, name):
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    picture(page, name)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
