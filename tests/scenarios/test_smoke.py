"""One story on the wall clock, with nothing moved: ``make smoke``."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.smoke


def test_after_one_real_minute_the_second_layer_is_paged(installation, ada, bob, monkeypatch):
    monkeypatch.setattr("tests.scenarios.sink.PATIENCE_SECONDS", 90)
    installation.start_worker()
    begun = time.monotonic()
    incident = installation.trigger(installation.policy([ada], [bob], minutes=1))
    installation.sink.wait_for(1)
    first = time.monotonic() - begun
    (_, second) = installation.sink.wait_for(2)
    waited = time.monotonic() - begun
    installation.http.post(second.answer_path)

    assert (first < 10, 60 <= waited < 75, second.to) == (True, True, "bob@example.org")
    assert installation.state(incident)["acknowledgedBy"] == bob.user_id
