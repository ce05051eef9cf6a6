"""A story: two people settle between themselves who serves, and the page goes to whoever took the shift."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta

import httpx

from tests.scenarios.test_schedules import policy, schedule

PASSWORD = "correct horse battery staple"
ADA, BOB = "ada@example.org", "bob@example.org"


@contextmanager
def _signed_in(installation, person):
    """Yield a browser in which ``person`` has signed in."""
    person.user.set_password(PASSWORD)
    person.user.save()
    with httpx.Client(base_url=installation.http.base_url, timeout=30) as browser:
        _send(browser, "/sign-in", "password", login=person.user.email, password=PASSWORD)
        yield browser


def _send(browser, path, word, **fields):
    """Send the first form of a page that holds ``word``; return the page that follows."""
    forms = re.findall(r"<form.*?</form>", browser.get(path).text, re.DOTALL)
    form = next(form for form in forms if f'"{word}"' in form)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    origin = str(browser.base_url).rstrip("/")
    answered = browser.post(path, data=hidden | fields, headers={"Origin": origin})
    assert answered.status_code in {302, 303}
    return browser.get(answered.headers["Location"]).text


def test_a_shift_that_is_offered_and_taken_pages_whoever_took_it(installation, ada, bob):
    installation.start_worker()
    incidents = policy(installation, schedule(installation, bob, ada))  # Ada comes on call in an hour
    with _signed_in(installation, ada) as hers, _signed_in(installation, bob) as his:
        assert "The shift is offered to Bob" in _send(hers, "/me", "offer_shift", to=bob.user_id)
        installation.sink.wait_for_letters(1)
        assert "You took the shift of Ada" in _send(his, "/me", "take_shift")
    assert [letter.to for letter in installation.sink.wait_for_letters(2)] == [BOB, ADA]
    installation.advance(minutes=timedelta(hours=2) // timedelta(minutes=1))
    installation.trigger(incidents)

    assert "You are standing in until" in installation.next_mail(1, BOB).text
