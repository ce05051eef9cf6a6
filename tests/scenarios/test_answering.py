"""Stories: somebody who was paged does the rest by the link in the page, with nothing but a browser."""

from __future__ import annotations

import re

ADA, BOB = "ada@example.org", "bob@example.org"


def _choose(installation, mail, command, **fields):
    """Open the link of a page, send one of its forms, and return the page that follows."""
    link = re.search(r"http://\S+/a/\S+", mail.text)[0]
    shown = installation.http.get(link).text
    form = next(form for form in re.findall(r"<form.*?</form>", shown, re.DOTALL) if f'value="{command}"' in form)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form))
    answered = installation.http.post(link, data=hidden | fields)
    assert answered.status_code == 303
    return installation.http.get(link).text


def test_handing_off_by_the_answer_page_pages_the_other(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada]))
    page = _choose(installation, installation.next_mail(1, ADA), "handoff", user=bob.user_id)

    assert "handed the incident off" in page
    paged = installation.next_mail(2, BOB)
    assert "handed this incident to you." in paged.text
    assert installation.get(f"/incidents/{incident}")["ownerId"] == bob.user_id
    assert "The incident is resolved." in _choose(installation, paged, "resolve", note="A valve was stuck.")
    assert installation.get(f"/incidents/{incident}")["status"] == "resolved"


def test_a_snooze_from_the_answer_page_ends_with_another_page(installation, ada, bob):
    installation.start_worker()
    incident = installation.trigger(installation.policy([ada], [bob]))
    page = _choose(installation, installation.next_mail(1, ADA), "snooze", minutes="30")

    assert "This is snoozed until" in page
    assert installation.state(incident)["state"] == "snoozed"
    installation.advance(minutes=31)
    assert "It was snoozed, and that time is up." in installation.next_mail(2, ADA).text
