"""Log lines hold what is needed to understand a night, and nothing that lets a reader act for somebody else."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client
from django.urls import path

KEY = "scl_live_" + "a1B2" * 9


def crash(request):
    raise RuntimeError(f"cannot use {KEY}")


urlpatterns = [path("crash", crash), path("fine/<path:rest>", lambda request, rest: HttpResponse("fine"))]


@pytest.fixture
def site(settings):
    """A client of two pages: one crashes."""
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False)


def test_request_is_logged_once_under_its_id(site, lines):
    response = site.get("/fine/page?q=typed")
    (entry,) = lines()
    assert entry.pop("ms") >= 0
    assert entry.pop("timestamp").endswith("Z")
    assert entry == {
        "event": "request",
        "level": "info",
        "logger": "scaling.request_log",
        "request_id": response["X-Request-Id"],
        "method": "GET",
        "path": "/fine/page",
        "status": 200,
        "organization": None,
        "key": None,
    }


def test_request_names_the_key_and_its_organization(api, api_key, organization, lines):
    api.get("/v1/users")
    entry = lines()[-1]
    assert (entry["organization"], entry["key"], entry["status"]) == (organization.id, api_key.id, 200)
    assert api_key.text not in json.dumps(lines())


def test_crash_is_logged_with_its_traceback_and_the_id_the_client_saw(site, lines):
    response = site.get("/crash")
    crash_entry, request_entry = lines()
    assert "RuntimeError" in crash_entry["exception"]
    assert crash_entry["request_id"] == request_entry["request_id"] == response["X-Request-Id"]
    assert request_entry["level"] == "error"
    assert KEY not in json.dumps(lines())


@pytest.mark.django_db
def test_probes_are_not_logged(client, lines):
    client.get("/healthz")
    assert lines() == []


@pytest.mark.parametrize(
    "secret",
    [
        KEY,
        f"Authorization: Bearer {KEY[:20]}",
        "authorization: basic dXNlcjpwYXNz",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "https://oncall.example.org/a/eyJpIjoiMDE5In0:1abc:signature",
        "https://oncall.example.org/calendar/cL-3o1jdNW_xZ0123456789.ics",
        "https://oncall.example.org/password/new/user_06h194fi11qj129h78s8jjd89o/cxyz-0123456789abcdef",
        "https://oncall.example.org/join/orginv_06h194fi11qj129h78s8jjd89o.signature",
        "postgres://scaling:hunter2hunter2@db/scaling",
    ],
)
@pytest.mark.parametrize("log", [logging.getLogger("some.library").error, structlog.get_logger("ours").error])
def test_secrets_are_taken_out_wherever_they_stand(secret, log, lines):
    log(f"before {secret} after")
    (entry,) = lines()
    tail = secret[-12:] if "@" not in secret else "hunter2hunter2"
    assert tail not in json.dumps(entry)
    assert "[redacted]" in entry["event"]
    assert entry["event"].startswith("before ")
    assert entry["event"].endswith(" after")


def test_secrets_are_taken_out_of_fields_and_what_they_hold(lines):
    structlog.get_logger().error(
        "x", password="open sesame", nested={"urls": [f"/v1?key={KEY}"]}, reason=ValueError(KEY)
    )
    (entry,) = lines()
    assert entry["password"] == "[redacted]"
    assert KEY not in json.dumps(entry)


def test_control_characters_cannot_leave_their_line(site, lines):
    nasty = "a\nb\r\x1b[31m\x00\u2028\x9b fake"
    logging.getLogger("x").error(nasty)
    structlog.get_logger("x").error("y", name=nasty)
    site.get("/fine/%1b[31m%0afake")
    entries = lines()
    assert [entry.get("event") for entry in entries] == [nasty, "y", "request"]
    assert entries[2]["path"] == "/fine/\x1b[31m\nfake"


def test_log_stream_is_plain_ascii(monkeypatch):
    handler = logging.getLogger().handlers[0]
    record = logging.LogRecord("x", logging.ERROR, "", 0, "\u2028\x7f\x9b é", None, None)
    assert handler.formatter.format(record).isascii()


def test_conversations_of_the_demos_mail_server_do_not_bury_the_rest(lines):
    logging.getLogger("mail.log").info("('127.0.0.1', 34250) >> b'ehlo localhost'")
    logging.getLogger("mail.log").warning("out of room")
    assert [line["event"] for line in lines()] == ["out of room"]
