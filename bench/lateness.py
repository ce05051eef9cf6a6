"""How late something is taken that falls due 30 times a second by a fixed timetable.

One worker runs as an installation runs it, mail composed and sent to nobody, and by turns a bare loop that claims and
writes one row. Late is the commit of the firing's row, by the clock of PostgreSQL, against the timetable.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from django.db import connection

from bench.harness import execute, percentile, running, scalar, tree_cpu_seconds, wait_until
from bench.seed import Pattern, open_incidents
from incidents.models import Delivery, Escalation, Firing
from scaling import clock

PER_SECOND = 30

_PRODUCT = [sys.executable, "manage.py", "worker"]
_FLOOR = [sys.executable, "-m", "bench.engine_floor"]
# Longer than a worker sleeps.
_LEAD = timedelta(seconds=1.5)

_COMMITTED = "SELECT escalation_id, pg_xact_commit_timestamp(xmin) FROM incidents_firing WHERE number = 2"
_HANDED_OVER = """
SELECT delivery.escalation_id, delivery.handed_over_at FROM incidents_delivery AS delivery
JOIN incidents_page AS page ON page.id = delivery.page_id
JOIN incidents_firing AS firing ON firing.id = page.firing_id
WHERE firing.number = 2
"""


def measure_lateness(patterns: Sequence[Pattern], seconds: int, rounds: int) -> None:
    """Print how late escalations are taken, product beside floor, and how late the product's pages are handed over."""
    if scalar("SHOW track_commit_timestamp") != "on":
        print("  lateness: not measured, the server runs without track_commit_timestamp", flush=True)
        return
    product, pages, floor, busy = [], [], [], []
    for _ in range(rounds):
        timetable, product_cpu = _run_through(patterns, _PRODUCT, seconds)
        product.append(_late(timetable, _COMMITTED))
        pages.append(_late(timetable, _HANDED_OVER))
        timetable, floor_cpu = _run_through(patterns, _FLOOR, seconds)
        floor.append(_late(timetable, _COMMITTED))
        busy.append((product_cpu, floor_cpu))
    _show("product", product)
    _show("floor", floor)
    _show("product, page handed over", pages)
    ratio = median(percentile(ours, 0.5) / percentile(theirs, 0.5) for ours, theirs in zip(product, floor, strict=True))
    print(f"  lateness, median             ratio    {ratio:>8.1f} times the floor's", flush=True)
    ours, theirs = (median(cpu) / (seconds * PER_SECOND) * 1e6 for cpu in zip(*busy, strict=True))
    print(f"  lateness, CPU time of one    product  {ours:>8.0f} us, floor {theirs:.0f} us", flush=True)


def _run_through(
    patterns: Sequence[Pattern], command: Sequence[str], seconds: int
) -> tuple[Mapping[UUID, datetime], float]:
    """Have ``command`` take what falls due meanwhile; return when each was due, and the CPU seconds it used for all."""
    start = clock.now() + timedelta(hours=1)
    timetable = [start + timedelta(seconds=number / PER_SECOND) for number in range(seconds * PER_SECOND)]
    # The first is due already: once it is taken, the program is at work, and the timetable may begin.
    open_incidents(patterns, [clock.now(), *timetable])
    with running(command) as process:
        wait_until(_fired(1))
        before = tree_cpu_seconds(process)
        due = _begin(clock.now() + _LEAD - start)
        time.sleep(_LEAD.total_seconds() + seconds)
        wait_until(_fired(1 + len(timetable)))
        wait_until(lambda: not Delivery.objects.filter(next_at__isnull=False).exists())
        return due, tree_cpu_seconds(process) - before


def _fired(times: int) -> Callable[[], bool]:
    return lambda: Firing.objects.filter(number=2).count() == times


def _begin(sooner: timedelta) -> Mapping[UUID, datetime]:
    execute(
        "UPDATE incidents_escalation SET due_at = due_at + %s, wake_at = wake_at + %s WHERE firing = 1", [sooner] * 2
    )
    return dict(Escalation.objects.filter(firing=1).values_list("pk", "wake_at"))


def _late(timetable: Mapping[UUID, datetime], sql: str) -> list[float]:
    """Return how many milliseconds after its time each row of ``sql`` came."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: Iterable[tuple[UUID, datetime]] = cursor.fetchall()
    return [(at - timetable[row_id]).total_seconds() * 1000 for row_id, at in rows if row_id in timetable]


def _show(name: str, rounds: Sequence[Sequence[float]]) -> None:
    half, most, last = (median(percentile(late, share) for late in rounds) for share in (0.5, 0.99, 1.0))
    print(
        f"  lateness at {PER_SECOND} a second       {name:<26} p50 {half:>6.1f} ms   p99 {most:>6.1f} ms   max {last:>6.1f} ms",
        flush=True,
    )
