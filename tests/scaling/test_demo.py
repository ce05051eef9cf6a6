"""The demo's mailbox shows what arrived, as text and as a mail program shows it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.urls import include, path

from accounts.models import Membership
from escalation.domain.schedule import on_call
from escalation.loaders import load_plan, load_schedules
from escalation.models import Policy
from scaling.demo.team import demo_in
from scaling.ids import new_uuid

pytestmark = pytest.mark.urls(__name__)
urlpatterns = [path("mail", include("scaling.demo.views"))]


@pytest.fixture
def keep(settings, tmp_path):
    """Return a function that puts a message into the mailbox and returns its id."""
    settings.DEMO_MAIL_DIR = str(tmp_path)

    def keep(*, html=""):
        mail_id, message = new_uuid(), EmailMessage()
        message["To"], message["Subject"] = "ada@northwind.example", "HIGH: Parcels are not being tracked"
        message.set_content("Acknowledge:\nhttp://localhost:8000/a/token\n")
        if html:
            message.add_alternative(html, subtype="html")
        file = tmp_path / f"{mail_id}.eml"
        file.write_bytes(message.as_bytes())
        at = datetime(2026, 5, 1, 9, 30, 15, tzinfo=UTC).timestamp()
        os.utime(file, (at, at))
        return mail_id

    return keep


def test_inbox_tells_of_each_mail_whose_it_is_and_when_it_came(client, keep):
    mail_id = keep()

    shown = client.get("/mail").content.decode()

    assert f"/mail/{mail_id}" in shown
    assert "to ada@northwind.example, at 09:30:15 UTC" in shown


def test_letter_makes_its_links_ready_to_be_followed(client, keep):
    shown = client.get(f"/mail/{keep()}").content.decode()

    assert 'href="http://localhost:8000/a/token"' in shown
    assert "as a mail program shows it" not in shown


def test_letter_leads_to_its_html_which_may_style_itself_and_do_nothing_else(client, keep):
    mail_id = keep(html="<p style='color:red'>Parcels</p>")

    assert f'href="/mail/{mail_id}/html"' in client.get(f"/mail/{mail_id}").content.decode()
    sheet = client.get(f"/mail/{mail_id}/html")
    assert "<p style='color:red'>Parcels</p>" in sheet.content.decode()
    assert sheet["Content-Security-Policy"] == "default-src 'none'; style-src 'unsafe-inline'"


@pytest.mark.parametrize("rest", ["", "/html"])
def test_a_mail_that_never_came_is_not_found(client, keep, rest):
    keep()
    assert client.get(f"/mail/{new_uuid()}{rest}").status_code == 404


@pytest.mark.django_db
def test_the_first_layer_pages_who_is_on_call(tmp_path):
    now = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)

    demo = demo_in(tmp_path, now)

    policy = Policy.objects.get(id=demo.policy_id)
    loaded = load_plan(organization_id=policy.organization_id, policy_id=policy.id)
    assert [layer.schedule is None for layer in loaded.plan.layers] == [False, True, True]
    schedule = load_schedules(policy.organization_id)[loaded.plan.layers[0].schedule]
    assert [_first_names(on_call(schedule, now + timedelta(days=days))) for days in (0, 2, 4)] == [
        ["Ada"],
        ["Chidi"],
        ["Ada"],
    ]


def _first_names(duties):
    return [Membership.objects.get(user_id=duty.user).first_name for duty in duties]
