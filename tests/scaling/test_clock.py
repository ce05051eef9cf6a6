"""The clock of the database, and the one tests move."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

import tests.clock
from scaling import clock
from scaling.clock import DatabaseClock
from tests.clock import OffsetClock


@pytest.mark.django_db
def test_database_clock_is_aware_utc_and_moves_within_a_transaction():
    first, second = DatabaseClock().now(), DatabaseClock().now()
    assert first.tzinfo is UTC
    assert first < second


@pytest.mark.django_db
def test_tests_move_the_clock_by_a_file(tmp_path, monkeypatch):
    file = tmp_path / "offset"
    monkeypatch.setattr(tests.clock, "CLOCK_OFFSET_FILE", str(file))
    before = OffsetClock().now()
    file.write_text("1800")
    assert OffsetClock().now() - before >= timedelta(minutes=30)


@pytest.mark.django_db
def test_processes_under_test_run_by_the_clock_of_tests():
    assert isinstance(clock.clock(), OffsetClock)
