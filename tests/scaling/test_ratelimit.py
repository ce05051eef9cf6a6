"""How often something may happen in a while (reliability B96)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scaling import ratelimit
from scaling.errors import RateLimited
from scaling.models import RateWindow

NOW = datetime(2026, 1, 5, 8, 0, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def count(bucket="a", *, now=NOW, limit=3):
    ratelimit.count(bucket, limit=limit, window=MINUTE, now=now)


def test_the_limit_passes_and_one_more_is_told_when_to_come_back(db):
    for _ in range(3):
        count()
    with pytest.raises(RateLimited) as limited:
        count()
    assert limited.value.headers == {"Retry-After": "20"}


def test_the_next_window_begins_anew(db):
    for _ in range(3):
        count()
    count(now=NOW + timedelta(seconds=20))


def test_buckets_do_not_know_of_each_other(db):
    for _ in range(3):
        count("a")
    count("b")


def test_counting_costs_one_statement(db):
    with CaptureQueriesContext(connection) as statements:
        count()
    assert len(statements) == 1


def test_the_counts_are_unlogged(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'scaling_ratewindow'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.django_db(transaction=True)
def test_counts_of_many_at_once_add_up():
    def count_and_leave(_):
        try:
            count(limit=100)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count_and_leave, range(40)))
    assert RateWindow.objects.get().hits == 40


def test_old_windows_are_deleted_and_nothing_else(db):
    count("old", now=NOW - timedelta(days=1, minutes=1))
    count("new")
    assert ratelimit.delete_old_windows(now=NOW) == 1
    assert RateWindow.objects.get().bucket == "new"
