"""A story: somebody is invited by mail, joins with a browser, signs in, and can be paged."""

from __future__ import annotations

import re

import httpx

NEW, PASSWORD = "cy@example.org", "correct horse battery"


def test_somebody_is_invited_joins_and_is_paged(installation, ada):
    installation.start_worker()
    installation.post("/team/members/invite", emailAddress=NEW, role="org:member")
    (letter,) = installation.sink.wait_for_letters(1)
    assert letter.to == NEW
    link = re.search(r"http://\S+/join/\S+", letter.text)[0]

    with httpx.Client() as browser:
        assert "You are invited as" in browser.get(link).text
        typed = {"first_name": "Cy", "last_name": "Young", "password": PASSWORD}
        joined = browser.post(link, data=typed, follow_redirects=True)
    assert "You have joined" in joined.text

    (cy,) = [one for one in installation.get("/team/members")["members"] if one["email"] == NEW]
    assert installation.get("/team/members")["invitations"] == []
    incident = installation.post("/incidents", title="Invoices stuck", severity="high", ownerId=cy["id"])
    assert installation.next_mail(1, NEW)
    installation.wait_for_event(incident["id"], "notification_sent")
