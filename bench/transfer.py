"""What it costs to import a whole organization: ``python -m bench.transfer``.

2,000 policies with their layers, schedules and people go into an empty organization, and then once more. The floor is
what no import can do without: reading the file, and a bare ``COPY`` of the rows that came of it into tables of the same
columns without keys, indexes and triggers. The same is done with ten times as many policies: nothing may cost more by
the row. CPU time, ours and PostgreSQL's, the best of a few rounds. Exit status 1: a limit is missed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from accounts.models import Organization
from bench.harness import own_database, postgres_cpu_seconds
from bench.transfer_floor import Copied, copied_rows, copy_bare
from bench.transfer_sample import sample
from escalation.transfer.document import Document
from escalation.transfer.findings import subjects_of
from escalation.transfer.importing.own_files import arrival_of
from escalation.transfer.importing.planning import Options
from escalation.transfer.importing.service import Answer, Job, preview_import, run_import
from escalation.transfer.reading.files import Reading, read_files
from escalation.transfer.reading.sources import Source
from escalation.transfer.writing import as_json, as_yaml
from scaling.clock import now

MOST_FLOORS: Final = 8.0
MOST_FLOORS_UNCHANGED: Final = 3.0
MOST_GROWTH: Final = 1.3

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of CPU time for ``rows`` rows; ``apply`` is what applying takes beside planning."""

    rows: int
    yaml: float
    json: float
    copy: float
    plan: float
    plan_and_apply: float
    unchanged: float

    @property
    def apply(self) -> float:
        return self.plan_and_apply - self.plan


class _Limit(NamedTuple):
    title: str
    value: float
    most: float
    unit: str = ""


def main() -> None:
    """Measure and print; exit with status 1 if a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.transfer")
    parser.add_argument("--policies", type=int, default=2_000, help="how many are imported")
    parser.add_argument("--times", type=int, default=10, help="how many times as many are imported then")
    parser.add_argument("--rounds", type=int, default=3, help="of which the best counts; of the larger plan one less")
    parser.add_argument("--memory", type=int, default=200, help="MB that an import may hold at most")
    options = parser.parse_args()
    with own_database(), tempfile.TemporaryDirectory() as directory:
        few = sample(options.policies)
        costs = measure(few, options.rounds)
        _show(options.policies, costs)
        peak = _peak_megabytes(few, Path(directory))
        many = measure(sample(options.policies * options.times), max(options.rounds - 1, 1))
        _show(options.policies * options.times, many)
    limits = [*_floors(costs), _Limit("memory, at its peak", peak, options.memory, "MB"), *_growths(costs, many)]
    held = [_holds(limit) for limit in limits]
    sys.exit(0 if all(held) else 1)


# Measuring


def measure(document: Document, rounds: int) -> Costs:
    """Return the least that each step took in so many rounds, each in an organization of its own."""
    yaml, json = Source("plan.yaml", as_yaml(document).encode()), Source("plan.json", as_json(document).encode())
    measured = [_round(yaml, json, number) for number in range(rounds)]
    return Costs(
        rows=measured[0].rows,
        **{step: min(getattr(each, step) for each in measured) for step in Costs.__slots__ if step != "rows"},
    )


def _round(yaml: Source, json: Source, number: int) -> Costs:
    of_json, _ = _cpu(lambda: read_files([json]))
    of_yaml, reading = _cpu(lambda: read_files([yaml]))
    organization = _organization(f"{number} {len(yaml.content)}")
    job = _job(organization, reading)
    of_plan, _ = _cpu(lambda: preview_import(job, now()))
    of_all, first = _cpu(lambda: run_import(job, actor_id="bench", now=now()))
    of_nothing, second = _cpu(lambda: run_import(job, actor_id="bench", now=now()))
    _check(first, second)
    rows = copied_rows(organization.pk)
    of_copy, _ = _cpu(lambda: copy_bare(rows))
    return Costs(
        rows=_count(rows),
        yaml=of_yaml,
        json=of_json,
        copy=of_copy,
        plan=of_plan,
        plan_and_apply=of_all,
        unchanged=of_nothing,
    )


def _cpu(work: Callable[[], _T]) -> tuple[float, _T]:
    """Return the CPU time of ``work``, ours and PostgreSQL's, and what it returned."""
    postgres, begun = postgres_cpu_seconds() or 0.0, time.process_time()
    result = work()
    return time.process_time() - begun + (postgres_cpu_seconds() or 0.0) - postgres, result


def _organization(name: str) -> Organization:
    return Organization.objects.create(name=name, fallback_email="fallback@example.org", created_at=now())


def _job(organization: Organization, reading: Reading) -> Job:
    return Job(
        organization_id=organization.pk,
        source="yaml",
        arrive=lambda state: arrival_of(reading, frozenset(subjects_of(state.document))),
        options=Options(create_users=True),
        accept_gaps=True,
    )


def _check(first: Answer, second: Answer) -> None:
    """Fail unless the first import was done and the second found nothing to do."""
    if first.kept is None or first.plan.is_empty or second.kept is None or not second.plan.is_empty:
        raise RuntimeError(f"Not imported, or not whole: {first.obstacles}, {second.obstacles}.")


def _count(rows: Sequence[Copied]) -> int:
    return sum(each.lines.count(b"\n") for each in rows)


def _peak_megabytes(document: Document, directory: Path) -> float:
    """Return what a process of the command holds at most while it imports a file."""
    path = directory / "plan.yaml"
    path.write_text(as_yaml(document))
    command = ["import_policies", str(path), "--organization", _organization("memory").pk, "--create-users"]
    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "bench.transfer_memory", *command, "--accept-gaps"],
        check=True,
        stdout=subprocess.PIPE,
    )
    return int(ran.stdout) / 1e6


# Telling


def _show(policies: int, costs: Costs) -> None:
    print(f"  {policies} policies, {costs.rows} rows; CPU time of")
    for step in ("yaml", "json", "copy", "plan", "apply", "unchanged"):
        seconds = getattr(costs, step)
        print(f"    {step:<28} {seconds:>8.2f} s  {seconds / costs.rows * 1e6:>6.0f} us a row", flush=True)


def _floors(costs: Costs) -> Sequence[_Limit]:
    """Return how many floors it takes to plan and apply, and to find nothing to do."""
    floors = [(form, getattr(costs, form) + costs.copy) for form in ("yaml", "json")]
    return [
        *(_Limit(f"plan and apply, {form}", costs.plan_and_apply / floor, MOST_FLOORS) for form, floor in floors),
        *(_Limit(f"unchanged, {form}", costs.unchanged / floor, MOST_FLOORS_UNCHANGED) for form, floor in floors),
    ]


def _growths(few: Costs, many: Costs) -> Sequence[_Limit]:
    """Return how much more a row costs among many."""

    def growth(*steps: str) -> float:
        of_many, of_few = (float(sum(getattr(each, step) for step in steps)) for each in (many, few))
        return of_many / many.rows / (of_few / few.rows)

    return [
        *(
            _Limit(f"growth by the row, {step}", growth(step), MOST_GROWTH)
            for step in ("yaml", "json", "plan", "apply")
        ),
        _Limit("growth by the row, all", growth("yaml", "plan", "apply"), MOST_GROWTH),
    ]


def _holds(limit: _Limit) -> bool:
    """Print a figure beside its limit, and tell whether it holds."""
    holds = limit.value <= limit.most
    told = "" if holds else "   MISSED"
    print(f"  {limit.title:<30} {limit.value:>8.2f} {limit.unit:<2} limit {limit.most:g}{told}", flush=True)
    return holds


if __name__ == "__main__":
    main()
