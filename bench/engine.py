"""How many due escalations a second, and how late: ``python -m bench.engine``.

Throughput: everything is due at once; the product's batches run against ``engine_floor``'s, which write the same rows.
Lateness: see ``bench.lateness``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from bench.engine_floor import step_floor
from bench.harness import Run, own_database, run_together, show
from bench.lateness import measure_lateness
from bench.seed import Pattern, make_patterns, make_policies, open_incidents
from incidents.engine import step_escalations
from incidents.models import Delivery, Escalation, Firing, Page, TimelineEvent
from scaling import clock

_WRITTEN = (Firing, Page, Delivery, TimelineEvent)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine")
    parser.add_argument("--escalations", type=int, default=4000, help="how many are due in a round")
    parser.add_argument("--rounds", type=int, default=3, help="of product and floor each, by turns")
    parser.add_argument("--seconds", type=int, default=20, help="how long each round of lateness takes")
    options = parser.parse_args()
    with own_database():
        now = clock.now()
        patterns = make_patterns(make_policies(now), now)
        for processes in (1, 2):
            measure_throughput(patterns, processes, options.escalations, options.rounds)
        measure_lateness(patterns, options.seconds, options.rounds)


# Throughput


def measure_throughput(patterns: list[Pattern], processes: int, escalations: int, rounds: int) -> None:
    """Print escalations a second and process count, product against floor."""
    product, floor = [], []
    for _ in range(rounds):
        product.append(_run_through(patterns, step_product, processes, escalations))
        floor.append(_run_through(patterns, step_floor, processes, escalations))
    show(f"escalations, {processes} process(es)", product, floor)


def step_product(now: datetime) -> int:
    """Handle one batch as a worker does."""
    return step_escalations(now, lambda row: None)


def _run_through(patterns: list[Pattern], step: Callable[[datetime], int], processes: int, escalations: int) -> Run:
    start = clock.now()
    due = [start + timedelta(microseconds=100 * number) for number in range(escalations)]
    open_incidents(patterns, due)
    before = _row_counts()
    run = run_together(partial(_until_done, step, due[-1]), processes)
    _check(patterns, before, escalations, run)
    return run


def _until_done(step: Callable[[datetime], int], now: datetime) -> int:
    done = 0
    while handled := step(now):
        done += handled
    return done


def _row_counts() -> list[int]:
    return [kind._default_manager.count() for kind in _WRITTEN]


def _check(patterns: list[Pattern], before: list[int], escalations: int, run: Run) -> None:
    """Fail unless every escalation fired its second layer once, and wrote what that takes."""
    people = (
        sum(len(pattern.escalation.plan["layers"][1]["users"]) for pattern in patterns) * escalations // len(patterns)
    )
    written = [now - then for now, then in zip(_row_counts(), before, strict=True)]
    expected = [escalations, people, people, 2 * escalations]
    moved = Escalation.objects.filter(position=2, firing=2).count()
    if written != expected or moved != escalations or run.done != escalations:
        raise RuntimeError(f"Wrote {written} instead of {expected}; {moved} escalations moved, {run.done} told.")


if __name__ == "__main__":
    main()
