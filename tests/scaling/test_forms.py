"""A browser tells where a form comes from only if the page that holds it allows that; without it, forms are refused."""

from __future__ import annotations

import re

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db

SILENT = {"no-referrer"}
"""Policies with which browsers send ``Origin: null`` (Fetch, "append a request Origin header")."""


def test_a_browser_can_sign_in():
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    origin = "null" if page["Referrer-Policy"] in SILENT else "http://testserver"
    form = {"csrfmiddlewaretoken": token, "login": "nobody@example.org", "password": "wrong"}
    assert browser.post("/sign-in", form, headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize("origin", ["null", "https://evil.example"])
def test_a_form_from_elsewhere_is_refused(origin):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/sign-in")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    form = {"csrfmiddlewaretoken": token, "login": "nobody@example.org", "password": "wrong"}
    assert browser.post("/sign-in", form, headers={"Origin": origin}).status_code == 403
