"""Steps of other products, made into layers.

A step pages people and schedules at once, and waits. A layer pages people or one schedule, and waits whole minutes: at
least one, and at most a week. Example: a step that pages a schedule and Ana, and waits five minutes, is two layers: the
schedule, which waits one minute, and Ana, who waits four. So the step after it comes no later than it did.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from escalation.models.policy import MAX_LAYERS, MAX_REPEATS, MAX_TIMEOUT_SECONDS, MAX_USERS
from escalation.transfer.document import Layer, ScheduleTarget, UsersTarget
from escalation.transfer.findings import Code
from escalation.transfer.foreign.ledger import Part

Target = ScheduleTarget | UsersTarget

DEFAULT_MINUTES: Final = 30
_MINUTE: Final = 60
_MOST_MINUTES: Final = MAX_TIMEOUT_SECONDS // _MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Whom another product pages at once, in its order, and how long it waits then; None where it does not say."""

    targets: tuple[Target, ...]
    wait: timedelta | None
    path: str


def layers_of(part: Part, steps: Sequence[Step]) -> tuple[Layer, ...]:
    """Return the layers of a policy out of its steps, which begin with the one that pages at once.

    A step that pages nobody prolongs the wait before it; one that does not wait is one with the next.

    Raises:
        Blocked: no step is left, or the layers are too many.
    """
    if steps and not any(step.targets for step in steps):
        part.block(Code.STEP_DROPPED, "has no step that pages anybody who can be paged here.")
    layers = tuple(chain.from_iterable(_layers_of(part, step) for step in _merged(_with_somebody(part, steps))))
    if len(layers) > MAX_LAYERS:
        part.block(
            Code.STEP_DROPPED,
            f"would have {len(layers)} layers, and a policy has at most {MAX_LAYERS}. Make two of it there.",
            was=len(steps),
            now=len(layers),
        )
    return layers


def repeat_count(part: Part, count: int | None, path: str) -> int:
    """Return how often all layers are paged again; None or less than none is for ever."""
    if count is not None and 0 <= count <= MAX_REPEATS:
        return count
    is_endless = count is None or count < 0
    said = "is repeated for ever" if is_endless else f"is repeated {count} times"
    part.lossy(
        Code.INFINITE_REPEAT,
        f"{said}; here at most {MAX_REPEATS} times, and then the organization's fallback is paged.",
        path=path,
        was=count,
        now=MAX_REPEATS,
    )
    return MAX_REPEATS


def _with_somebody(part: Part, steps: Iterable[Step]) -> list[Step]:
    there: list[Step] = []
    for step in steps:
        if step.targets:
            there.append(step)
        elif step.wait and there:
            there[-1] = replace(there[-1], wait=(there[-1].wait or timedelta(0)) + step.wait)
        elif step.wait:
            part.lossy(
                Code.INITIAL_DELAY_DROPPED,
                "waits before it pages anybody; here the first layer is paged at once.",
                path=step.path,
                was=_minutes(step.wait),
                now=0,
            )
    return there


def _merged(steps: Sequence[Step]) -> Iterator[Step]:
    """Yield steps of which all but the last wait: what is paged without a wait is paged at once."""
    before: tuple[Target, ...] = ()
    for number, step in enumerate(steps, 1):
        together = replace(step, targets=before + step.targets)
        if step.wait == timedelta(0) and number < len(steps):
            before = together.targets
        else:
            before = ()
            yield together


def _layers_of(part: Part, step: Step) -> Iterator[Layer]:
    targets = _one_by_one(step.targets)
    *first, last = [1] * (len(targets) - 1) + [_wait_of(part, step)]
    waits = [*first, max(last - len(first), 1)]
    if first:
        part.lossy(
            Code.MIXED_TARGET_SPLIT,
            _SPLIT if last > len(first) else f"{_SPLIT} {_LATER}",
            path=step.path,
            was=[_shown(target) for target in step.targets],
            now=[{"target": _shown(target), "minutes": wait} for target, wait in zip(targets, waits, strict=True)],
        )
    for target, minutes in zip(targets, waits, strict=True):
        yield Layer(ack_timeout_seconds=minutes * _MINUTE, target=target)


_SPLIT: Final = (
    "has a step that pages several schedules, or schedules and people, or too many people at once; "
    "a layer here pages one schedule or some people, so they are paged one minute after the other."
)
_LATER: Final = "The step after it is paged later, for it does not wait as long as that takes."


def _one_by_one(targets: Sequence[Target]) -> list[Target]:
    """Return each schedule once, and all people once and together, both where they are named first."""
    named = (target.users for target in targets if isinstance(target, UsersTarget))
    users = tuple(dict.fromkeys(chain.from_iterable(named)))
    people = [UsersTarget(users=users[start : start + MAX_USERS]) for start in range(0, len(users), MAX_USERS)]
    found: dict[Target, None] = {}
    for target in targets:
        found.update(dict.fromkeys(people if isinstance(target, UsersTarget) else [target]))
    return list(found)


def _wait_of(part: Part, step: Step) -> int:
    """Return how many minutes a step waits here."""
    if step.wait is None:
        message = "has a step that does not say how long it waits; the last one's wait counts only for repeats."
        part.note(Code.LAST_TIMEOUT_DEFAULTED, message, path=step.path, now=DEFAULT_MINUTES)
        return DEFAULT_MINUTES
    minutes, most = max(_minutes(step.wait), 1), _MOST_MINUTES
    if minutes * _MINUTE != step.wait.total_seconds():
        message = "has a step that waits no whole number of minutes, or none; here it is rounded up."
        part.note(Code.TIMEOUT_ROUNDED, message, path=step.path, was=step.wait.total_seconds() / _MINUTE, now=minutes)
    if minutes > most:
        message = f"has a step that waits longer than a layer may here, which is {most} minutes, a week."
        part.lossy(Code.TIMEOUT_CLAMPED, message, path=step.path, was=minutes, now=most)
    return min(minutes, most)


def _minutes(wait: timedelta) -> int:
    """Return whole minutes, rounded up."""
    return -(-wait // timedelta(minutes=1))


def _shown(target: Target) -> Any:
    if isinstance(target, ScheduleTarget):
        return {"schedule": target.schedule}
    return {"users": list(target.users)}
