"""Pages over chat, SMS, voice and push services, held to our rules (libraries section 5, reliability B122)."""

from __future__ import annotations

import logging
from ipaddress import ip_network
from uuid import uuid4

import orjson
import pytest
import requests
from apprise import Apprise

from incidents.channels import sender_for
from incidents.channels.apprise import AppriseSender, _words, defanged
from incidents.channels.base import Failure, Message, SendFailed
from scaling.messengers import KIND_OF_SCHEME
from tests.receiver import receiver
from tests.rogue import free_port, rogue_server, stay_silent, trickle

LINK = "https://oncall.example.org/a/abc.def"


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)


def message(url, **changes):
    fields = {
        "subject": "HIGH: Invoices stuck",
        "text": "the whole text",
        "html": "",
        "brief": f"You are on call.\nAcknowledge: {LINK}",
        "short": f"HIGH: Invoices stuck. {LINK}",
    }
    return Message(key=uuid4(), destination=url, **{**fields, **changes})


def failure(url, sender=None, **changes):
    with pytest.raises(SendFailed) as caught:
        (sender or AppriseSender()).send(message(url, **changes))
    return caught.value


def ntfy(hook, parameters=""):
    return f"ntfy://127.0.0.1:{hook.port}/s3cr3t{parameters}"


def mattermost(hook):
    return f"mmost://127.0.0.1:{hook.port}/3ccdd113474722377935511fc85d3dd4"


@pytest.fixture
def hook():
    with receiver() as made:
        made.answers = dict.fromkeys(("/", "/hooks/3ccdd113474722377935511fc85d3dd4"), (200, {}))
        yield made


def test_a_push_message_arrives(hook):
    sender_for("push").send(message(ntfy(hook)))
    (got,) = hook.received
    sent = orjson.loads(got.body)
    assert (sent["title"], sent["topic"]) == ("HIGH: Invoices stuck", "s3cr3t")
    assert sent["message"] == f"You are on call.\nAcknowledge: {LINK}"


def test_a_chat_message_arrives_and_mentions_nobody(hook):
    sender_for("chat").send(
        message(mattermost(hook), subject="HIGH: @channel <!here> [Acknowledge](https://evil.example)")
    )
    sent = hook.received[0].body.decode()
    for bait in ("@channel", "<!here>", "](https"):
        assert bait not in sent
    assert LINK in sent


@pytest.mark.parametrize(
    "bait", ["@channel", "@everyone", "<!here>", "<@U123>", "<https://evil|ok>", "[ok](https://evil)"]
)
def test_what_a_chat_would_take_for_a_mention_or_a_label_is_none(bait):
    assert bait not in defanged(bait)
    assert defanged(LINK) == LINK


@pytest.mark.parametrize(
    ("status", "expected"),
    [(404, Failure.RECIPIENT), (410, Failure.RECIPIENT), (401, Failure.TEMPORARY), (403, Failure.TEMPORARY), (429, Failure.TEMPORARY), (503, Failure.TEMPORARY)],
)  # fmt: skip
def test_an_answer_is_told_by_what_it_means_for_the_page(hook, status, expected):
    hook.answers["/"] = (status, {})
    failed = failure(ntfy(hook))
    assert failed.failure is expected
    assert f"answered {status}" in failed.reason
    assert "s3cr3t" not in failed.reason


@pytest.mark.parametrize("parameters", ["", "?redirect=yes", "?redirect=yes&optional=yes&retry=5&wait=0"])
def test_no_redirect_is_followed_and_no_failure_is_a_success_whatever_the_url_says(hook, parameters):
    hook.answers["/"] = (302, {"Location": hook.url("/elsewhere")})
    assert failure(ntfy(hook, parameters)).failure is Failure.TEMPORARY
    assert [got.path for got in hook.received] == ["/"]


def test_a_private_server_is_not_called(hook, settings):
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    failed = failure(ntfy(hook))
    assert failed.failure is Failure.TEMPORARY
    assert "no public address" in failed.reason
    assert hook.received == []


@pytest.mark.parametrize("behave", [stay_silent, trickle(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 90)])
def test_a_server_that_takes_its_time_is_hung_up_on(behave):
    with rogue_server(behave) as server:
        failed = failure(f"ntfy://127.0.0.1:{server.port}/topic?rto=600&cto=600", AppriseSender(limit_seconds=0.5))
        assert server.hung_up.wait(timeout=10)
    assert failed.failure is Failure.TEMPORARY
    assert "in time" in failed.reason


def test_nothing_of_the_environment_is_used(hook, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    AppriseSender().send(message(ntfy(hook)))
    assert "authorization" not in hook.received[0].headers


def test_a_certificate_is_verified_whatever_the_url_says(monkeypatch):
    with rogue_server(stay_silent) as server:
        failed = failure(f"ntfys://127.0.0.1:{server.port}/topic?verify=no", AppriseSender(limit_seconds=0.5))
    assert failed.failure is Failure.TEMPORARY


def test_a_service_that_is_not_used_any_more_is_the_operators_matter(hook, settings):
    settings.APPRISE_SCHEMES = frozenset({"slack"})
    assert failure(ntfy(hook)).failure is Failure.OURS
    assert hook.received == []


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1/", "mailto://a:b@example.org", "file:///etc/passwd", "slack://short", ""]
)
def test_what_must_not_be_or_cannot_be_sent_to_keeps_its_page(url):
    assert failure(url).failure is Failure.OURS


def test_no_file_is_read_for_a_tenant(hook):
    failed = failure("discord://123456789012345678/" + "a" * 68 + "?template=/etc/hostname")
    assert (failed.failure, failed.reason) == (Failure.OURS, "The URL may not name files or templates.")


def test_an_sms_is_one_line_and_a_call_reads_no_link():
    assert _words(message("x"), "sms") == ("", f"HIGH: Invoices stuck. {LINK}")
    assert _words(message("x"), "voice") == ("", "HIGH: Invoices stuck")


def test_an_attempt_is_limited_to_eight_seconds():
    assert AppriseSender()._limit_seconds == 8


def test_apprise_says_nothing_of_the_urls_it_is_given(hook, caplog):
    hook.answers["/"] = (500, {})
    with caplog.at_level(logging.DEBUG):
        failure(ntfy(hook))
    assert "s3cr3t" not in caplog.text


def test_other_callers_of_requests_are_held_to_the_rules_too(hook, settings):
    assert requests.post(hook.url("/"), data="x", timeout=5).status_code == 200
    settings.OUTBOUND_ALLOWED_NETWORKS = ()
    with pytest.raises(requests.ConnectionError, match="no public address"):
        requests.post(hook.url("/"), data="x", timeout=5)


def test_nobody_follows_a_redirect_even_if_asked_to(hook):
    hook.answers["/"] = (302, {"Location": hook.url("/elsewhere")})
    assert requests.post(hook.url("/"), data="x", timeout=5, allow_redirects=True).status_code == 302
    assert len(hook.received) == 1


def test_apprise_knows_every_service_of_the_table():
    known = {
        scheme
        for service in Apprise().details()["schemas"]
        for names in (service["protocols"], service["secure_protocols"])
        for scheme in names or ()
    }
    assert KIND_OF_SCHEME.keys() <= known
