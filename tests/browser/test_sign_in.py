"""Signing in, in a browser."""

from __future__ import annotations

from playwright.sync_api import expect


def test_somebody_signed_in_has_their_own_page(page, sign_in, bob):
    sign_in(page, bob.user)
    page.goto("/me")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Bob")


def test_a_script_in_a_page_is_a_fault(page, faults, db):
    page.goto("/sign-in")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '0'}))")
    page.goto("/join/nothing")

    assert "Content Security Policy" in faults.found()[0]
    assert len(faults.found()) == 1
    faults.forgive()
