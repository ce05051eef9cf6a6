"""Contact methods by the commands of administrators."""

from __future__ import annotations

import io
import sys
from ipaddress import ip_network

import orjson
import pytest
from django.core.management import CommandError, call_command

from accounts.models import ContactMethod
from tests.factories.accounts import MembershipFactory, OrganizationFactory
from tests.receiver import receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def hook():
    with receiver() as made:
        yield made


def run(*arguments, monkeypatch=None, typed=""):
    out, err = io.StringIO(), io.StringIO()
    if monkeypatch is not None:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    call_command(*arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def add(member, address, monkeypatch, channel="webhook"):
    who = ("--organization", member.organization_id, "--user", member.user_id, "--channel", channel)
    return run("add_contact_method", *who, monkeypatch=monkeypatch, typed=address)


def code_sent(hook):
    return orjson.loads(hook.received[-1].body)["data"]["code"]


def test_a_method_is_added_and_verified(member, hook, monkeypatch):
    method_id, said = add(member, hook.url(), monkeypatch)
    method = ContactMethod.objects.get()
    assert str(method.pk) == method_id
    assert method.secret in said
    shown, _ = run("verify_contact_method", method_id, "--code", code_sent(hook))
    method.refresh_from_db()
    assert method.verified_at is not None
    assert shown == f"webhook: {method.shown}"


def test_a_code_that_did_not_arrive_can_be_sent_again(member, hook, monkeypatch):
    hook.answers["/hook"] = (503, {})
    method_id, said = add(member, hook.url(), monkeypatch)
    assert "answered 503" in said
    hook.answers["/hook"] = (200, {})
    run("verify_contact_method", method_id)
    run("verify_contact_method", method_id, "--code", code_sent(hook))
    assert ContactMethod.objects.get().verified_at is not None


def test_what_is_refused_is_told_by_its_argument(member, hook, monkeypatch):
    with pytest.raises(CommandError, match=r"^address: .*https://"):
        add(member, "file:///etc/passwd", monkeypatch)
    with pytest.raises(CommandError, match=r"^--user: "):
        add(MembershipFactory.build(organization=OrganizationFactory(), user=member.user), hook.url(), monkeypatch)
    method_id, _ = add(member, hook.url(), monkeypatch)
    with pytest.raises(CommandError, match=r"^--code: "):
        run("verify_contact_method", method_id, "--code", "wrong")
    with pytest.raises(CommandError, match=r"^METHOD: "):
        run("verify_contact_method", "nothing")
