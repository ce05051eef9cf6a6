"""Words the tests of signing in share."""

from __future__ import annotations

import html

from django.test import Client

from tests.factories.accounts import PASSWORD


def sign_in(email, password=PASSWORD, browser=None, **typed):
    """Return the browser in which the form was sent, and the answer."""
    browser = browser or Client()
    return browser, browser.post("/sign-in", {"login": email, "password": password, **typed})


def confirm(browser, password=PASSWORD):
    """Say once more who one is, as is asked for before second factors change."""
    return browser.post("/account/confirm", {"password": password, "next": "/account"})


def is_signed_in(browser):
    """Tell whether the browser's session is somebody's."""
    return browser.get("/account").status_code == 200


def text(response):
    """Return the page as it is read."""
    return html.unescape(response.content.decode())
