"""Engine time never goes back, whatever the database's clock does."""

from __future__ import annotations

from datetime import timedelta

from incidents.steady import SteadyClock
from tests.incidents.running import START


class FakeClock:
    def __init__(self, *instants):
        self.instants = list(instants)

    def now(self):
        return self.instants.pop(0)


def test_it_tells_what_the_database_tells():
    steps = []
    clock = SteadyClock(FakeClock(START, START + timedelta(seconds=3)), steps.append)

    assert [clock.now(), clock.now()] == [START, START + timedelta(seconds=3)]
    assert steps == []


def test_after_a_step_back_it_goes_on_from_where_it_was_and_raises_an_alarm():
    steps = []
    clock = SteadyClock(FakeClock(START, START - timedelta(hours=1), START - timedelta(hours=1)), steps.append)
    first, second, third = clock.now(), clock.now(), clock.now()

    assert first <= second <= third < START + timedelta(minutes=1)
    assert [step >= timedelta(hours=1) for step in steps] == [True, True]


def test_a_step_forward_is_believed():
    clock = SteadyClock(FakeClock(START, START + timedelta(hours=1)), [].append)
    clock.now()

    assert clock.now() == START + timedelta(hours=1)


def test_a_hair_back_is_absorbed_without_an_alarm():
    steps = []
    clock = SteadyClock(FakeClock(START, START - timedelta(milliseconds=1)), steps.append)

    assert clock.now() <= clock.now()
    assert steps == []
