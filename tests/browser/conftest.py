"""The web server in a thread, Chromium in front of it, and an eye on what the browser complains of.

Pages are opened by path, as in ``page.goto("/me")``. Nothing is downloaded: the browser is the one the machine has.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import expect

from scaling.env import PROJECT_ROOT
from tests import admin_pages

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PICTURES = PROJECT_ROOT / "build" / "pictures"

# Playwright keeps an event loop in the thread of the tests, in which Django would refuse to ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A busy machine takes its time, and what comes sooner is not waited for. Live pages ask every three seconds.
expect.set_options(timeout=20_000)


class Faults:
    """What went wrong in the browser: errors of scripts and of the console, refusals of the CSP, answers of 500.

    A page that is answered with 4xx is no fault, as a form that was filled in wrongly is one; what a page loads and
    does not get is.
    """

    def __init__(self):
        self._seen = []
        self._opened = set()

    def watch(self, context):
        """Write down what goes wrong in all pages of a browser's context."""
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self._seen.append((str(error.error), "")))
        context.on("response", self._note_answer)

    def found(self):
        """Return them, in the order in which they were met."""
        return [text for text, url in self._seen if not (url in self._opened and "Failed to load resource" in text)]

    def forgive(self):
        """Forget what was met so far."""
        self._seen.clear()

    def _note_message(self, message):
        if message.type == "error":
            self._seen.append((f"{message.text} ({message.location['url']})", message.location["url"]))

    def _note_answer(self, answer):
        if not answer.request.is_navigation_request():
            return
        self._opened.add(answer.url)
        if answer.status >= 500:
            self._seen.append((f"{answer.status} ({answer.url})", ""))


@pytest.fixture
def faults():
    """Return what goes wrong in the browser; whatever the test does not ``forgive`` fails it."""
    met = Faults()
    yield met
    assert met.found() == []


@pytest.fixture
def new_context(new_context, faults):
    """Return the maker of further browsers, each with cookies of its own, watched as the first is."""

    def make(**options):
        context = new_context(**options)
        faults.watch(context)
        return context

    return make


@pytest.fixture
def sign_in(live_server):
    """Return a function of a page and a user, after which the page's browser is signed in, without a form."""

    def enter(page, user):
        session = admin_pages.sign_in(user).cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])

    return enter


@pytest.fixture
def picture():
    """Return a function of a page and a name that keeps what the page looks like in ``build/pictures``."""

    def take(page, name):
        file = Path(PICTURES, f"{name}.png")
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, full_page=True)

    return take


@pytest.fixture(scope="session")
def base_url(live_server):
    """Return where the pages are."""
    return live_server.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Return how the machine's own browser is started; without one, browser tests are skipped outside of CI."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and "CI" not in os.environ:
        pytest.skip("there is no Chromium here")
    return {**browser_type_launch_args, "executable_path": found, "args": ["--no-sandbox"]}
