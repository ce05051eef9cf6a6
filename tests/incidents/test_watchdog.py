"""A stuck tick ends the process, and the row in hand is written down first."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from incidents import watchdog
from incidents.models import Strike
from incidents.watchdog import EXIT_STATUS, Progress, start_watchdog
from tests.incidents.running import START


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(watchdog, "TICK_LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(watchdog, "_LOOK_EVERY_SECONDS", 0.01)


class End:
    """Stands for ``os._exit``: remembers the status instead of ending the process."""

    def __init__(self):
        self.status = None
        self.called = threading.Event()

    def __call__(self, status):
        self.status = status
        self.called.set()


@pytest.mark.django_db(transaction=True)
def test_a_stuck_tick_ends_the_process_with_its_row_written_down():
    progress, end, row = Progress(), End(), uuid4()
    progress.now = START
    with progress.tick():
        progress.in_hand(row)
        start_watchdog(progress, end)
        assert end.called.wait(10)

    assert end.status == EXIT_STATUS
    assert Strike.objects.get(row_id=row).count == 1


@pytest.mark.django_db(transaction=True)
def test_a_tick_stuck_without_a_row_in_hand_strikes_nobody():
    progress, end = Progress(), End()
    start_watchdog(progress, end)
    with progress.tick():
        assert end.called.wait(10)

    assert not Strike.objects.exists()


def test_time_between_ticks_does_not_count():
    progress = Progress()
    with progress.tick():
        pass

    assert not progress.is_stuck()
