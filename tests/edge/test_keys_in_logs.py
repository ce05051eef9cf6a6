"""The text of a key reaches no log, wherever in a request it stands (invariant I28)."""

from __future__ import annotations

import io
import logging
from dataclasses import replace

import pytest

from accounts.keys import make_key
from tests.edge.calls import ROUTES, Call
from tests.fixtures.logs import KeyFinder, keys_in, log_handler

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(monkeypatch):
    """Return what has been written to the log from here on, as a function of nothing."""
    stream = io.StringIO()
    monkeypatch.setattr(log_handler(), "stream", stream)
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    return stream.getvalue


@pytest.mark.parametrize("call", ROUTES, ids=str)
@pytest.mark.parametrize("which", ["valid", "unknown"])
def test_no_call_leaves_its_key_in_the_log(call, which, api, world, written):
    key = world["key"] if which == "valid" else make_key()
    for sent in (
        replace(call, headers={"Authorization": f"Bearer {key}"}),
        replace(call, path=f"{call.path}?api_key={key}"),
        replace(call, path=f"{call.path}/{key}"),
        replace(call, headers={"User-Agent": key, "Referer": f"https://example.org/{key}", "Host": key}),
        replace(call, headers={"Idempotency-Key": key, "If-Match": key}),
        replace(call, body=f'{{"{key}": "{key}"}}'.encode()),
    ):
        sent.send(api, world)

    assert written().count('"event": "request"') == 6
    assert keys_in(written()) == []


def test_a_crash_over_a_key_does_not_write_it_down(api, world, written, monkeypatch):
    def crash(**fields):
        raise RuntimeError(f"cannot use {fields['name']}")

    monkeypatch.setattr("escalation.services.create_policy", crash)
    call = Call(method="post", path="/v1/escalation/policies", body={"name": world["key"]})

    assert call.send(api, world).status_code == 500
    assert "RuntimeError: cannot use scl_live_[redacted]" in written()
    assert keys_in(written()) == []


def test_a_key_in_a_log_would_be_found():
    finder = KeyFinder(logging.Formatter("%(message)s"))
    finder.emit(logging.LogRecord("x", logging.ERROR, "", 0, f"using {make_key()}", None, None))

    assert len(finder.found) == 1
    assert keys_in("Send an API key: scl_live_… or scl_live_[redacted]") == []
