"""What it costs to ask who is on call: ``python -m bench.oncall``.

One schedule with one rotation of eight people, weekly, in Berlin, asked about at random instants. The floor is what no
answer can do without: to tell the local time of each of those instants once. The cost does not grow with the distance
in time, so the same questions about this year and about 2040 are set against each other too. CPU time, no database.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID
from zoneinfo import ZoneInfo

from escalation.domain.model import Rotation, Schedule, UserId
from escalation.domain.schedule import next_change, on_call

_ZONE = ZoneInfo("Europe/Berlin")
_ROTATION = Rotation(
    id=UUID(int=1),
    position=0,
    handoff=datetime(2026, 1, 1, 9, tzinfo=UTC).time(),
    length_days=7,
    starts_at=datetime(2026, 1, 1, 8, tzinfo=UTC),
    ends_at=None,
    participants=tuple(UserId(f"user_{number}") for number in range(8)),
)
_SCHEDULE = Schedule(id=UUID(int=2), timezone=_ZONE.key, rotations=(_ROTATION,))

Question = Callable[[datetime], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.oncall")
    parser.add_argument("--instants", type=int, default=2000, help="how many are asked about in a round")
    parser.add_argument("--rounds", type=int, default=25, help="of product and floor each, by turns")
    parser.add_argument("--seed", type=int, default=1, help="of the instants")
    options = parser.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - no secret
    anywhere, today, far = (
        _instants(chance, options.instants, *years) for years in ((2026, 2041), (2026, 2027), (2040, 2041))
    )
    _compare("on_call / astimezone", _who, anywhere, _local_time, anywhere, options.rounds)
    _compare("next_change / astimezone", _until_when, anywhere, _local_time, anywhere, options.rounds)
    _compare("on_call in 2040 / in 2026", _who, far, _who, today, options.rounds)


def _instants(chance: random.Random, number: int, first_year: int, end_year: int) -> list[datetime]:
    start, end = datetime(first_year, 1, 2, tzinfo=UTC), datetime(end_year, 1, 1, tzinfo=UTC)
    return [start + timedelta(seconds=chance.randrange(int((end - start).total_seconds()))) for _ in range(number)]


def _who(at: datetime) -> object:
    return on_call(_SCHEDULE, at)


def _until_when(at: datetime) -> object:
    return next_change(_SCHEDULE, at)


def _local_time(at: datetime) -> object:
    return at.astimezone(_ZONE)


def _compare(
    title: str, product: Question, asked: Sequence[datetime], floor: Question, told: Sequence[datetime], rounds: int
) -> None:
    """Print the median of the rounds of both, and the median of each round's ratio."""
    pairs = [(_microseconds(product, asked), _microseconds(floor, told)) for _ in range(rounds)]
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    ratio = median(mine / floor_took for mine, floor_took in pairs)
    print(f"  {title:<28} {ours:>6.2f} us / {theirs:>6.2f} us   ratio {ratio:>5.1f}", flush=True)


def _microseconds(question: Question, instants: Sequence[datetime]) -> float:
    """Return the CPU time of one question."""
    begun = time.process_time()
    for at in instants:
        question(at)
    return (time.process_time() - begun) / len(instants) * 1e6


if __name__ == "__main__":
    main()
