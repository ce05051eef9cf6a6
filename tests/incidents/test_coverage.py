"""The thread that keeps the marks of coverage beside a worker's engine."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError

from escalation.models import CoverageMark
from incidents import coverage
from incidents.coverage import CoverageKeeper
from tests.factories.escalation import PolicyFactory
from tests.incidents.running import START

pytestmark = pytest.mark.django_db


class Standing:
    """A clock that stands."""

    def now(self):
        return START


@pytest.fixture
def keeper():
    return CoverageKeeper(Standing())


class Pauses:
    """Stands for the event by which the thread is stopped: notes each rest, and ends after as many steps."""

    def __init__(self, steps):
        self.rests, self._left = [], steps

    def is_set(self):
        self._left -= 1
        return self._left < 0

    def wait(self, seconds):
        self.rests.append(seconds)


def _run(keeper, monkeypatch, steps):
    """Let the thread's loop go round so often, on this test's connection; return how long it rests each time."""
    pauses = Pauses(steps)
    monkeypatch.setattr(keeper, "_stopping", pauses)
    for name in ("connection", "close_old_connections"):
        monkeypatch.setattr(coverage, name, _Untouched())
    keeper._keep()
    return pauses.rests


class _Untouched:
    def __call__(self):
        return None

    def close(self):
        return None


def test_a_step_looks_and_checks(keeper):
    PolicyFactory.create_batch(coverage.AT_ONCE + 2)

    assert [keeper.step() for _ in range(3)] == [coverage.AT_ONCE, 2, 0]
    assert set(CoverageMark.objects.values_list("checked_at", "gap_count")) == {(START, 1)}


def test_it_looks_from_time_to_time_alone(keeper):
    keeper.step()
    PolicyFactory()

    assert keeper.step() == 0


def test_it_rests_four_times_as_long_as_it_works(keeper, monkeypatch):
    ticks = iter(range(0, 1000, 3))
    monkeypatch.setattr(coverage.time, "monotonic", lambda: next(ticks))
    monkeypatch.setattr(keeper, "step", lambda: 1)

    assert _run(keeper, monkeypatch, steps=2) == [12, 12]


def test_where_nothing_is_due_it_waits(keeper, monkeypatch):
    assert min(_run(keeper, monkeypatch, steps=2)) >= 2


@pytest.mark.parametrize("trouble", [OperationalError("away"), ValueError("a defect")])
def test_trouble_ends_neither_the_thread_nor_anything_else(keeper, monkeypatch, trouble):
    PolicyFactory()
    steps = iter([trouble])
    true_look = coverage.mark_edited

    def look(now):
        for each in steps:
            raise each
        return true_look(now)

    monkeypatch.setattr(coverage, "mark_edited", look)

    assert min(_run(keeper, monkeypatch, steps=2)) >= 0
    assert CoverageMark.objects.get().checked_at == START


def test_started_it_works_until_it_is_drained(monkeypatch):
    """The thread has no database here: it must neither end nor hang for that."""
    began = threading.Event()
    keeper = CoverageKeeper(Standing())

    def step():
        began.set()
        raise OperationalError("away")

    monkeypatch.setattr(keeper, "step", step)
    keeper.start()
    assert began.wait(timedelta(minutes=1).total_seconds())
    keeper.drain()
    assert not keeper._thread.is_alive()
