"""Imports, from beginning to end: planned against what is there, judged, applied or not.

The command and the admin both come here, so that both have the same obstacles in the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from escalation.transfer.arrival import Arrival
from escalation.transfer.declared import load_declared
from escalation.transfer.importing.applying import Kept, apply
from escalation.transfer.importing.planning import Options, Plan, State, plan_import
from escalation.transfer.importing.rows import Author
from escalation.transfer.importing.state import fingerprint_of, load_state, lock_for_import
from escalation.transfer.meaning.said import Meaning
from escalation.transfer.meaning.telling import meaning_of
from scaling.collector import without_collector
from scaling.errors import PreconditionFailed

LOSS: Final = "Findings stand in the way: mend what they tell of, or accept the loss"
GAPS: Final = "Times would be covered no longer: change what is imported, or accept the gaps"

_MOST_TRIES: Final = 3

Arrive = Callable[[State], Arrival]
"""What makes an arrival of what was read; it is told what is there, as files may refer to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An import as somebody asks for it.

    ``source`` is what the files are of. ``fingerprint`` and ``planned_at`` are those of a plan that was made before: it
    is carried out only where the organization is as it was then.
    """

    organization_id: str
    source: str
    arrive: Arrive
    options: Options
    accept_loss: bool = False
    accept_gaps: bool = False
    fingerprint: str | None = None
    planned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A plan, made ``at`` an instant, what it means, and what became of it.

    ``obstacles`` say why it may not be applied. ``kept`` is what was to be removed and is in use, with the reason; None:
    nothing was applied.
    """

    plan: Plan
    meaning: Meaning
    obstacles: tuple[str, ...]
    kept: Kept | None
    at: datetime


Record = Callable[[Answer], None]
"""What writes down that something was applied."""


@without_collector()
def preview_import(job: Job, now: datetime) -> Answer:
    """Return what an import would do, and what stands in its way; nothing is written. Six statements.

    Raises:
        InvalidInput: there is no such organization, or the files refer to what is not there.
        PreconditionFailed: the organization is not the one that a saved plan was made for.
    """
    return _answer(job, load_state(job.organization_id), now)


@without_collector()
def run_import(job: Job, *, actor_id: str, now: datetime, record: Record | None = None) -> Answer:
    """Import unless something stands in the way, all of it or nothing.

    It is planned without any lock, as that may take long, and applied under one, if nothing has changed meanwhile; else
    it is planned anew. ``record`` writes down the answer in the transaction that applies it.

    Raises:
        InvalidInput: there is no such organization, or the files refer to what is not there.
        PreconditionFailed: the organization is not the one that a saved plan was made for, or others change the same
            things all the while.
    """
    for _ in range(_MOST_TRIES):
        answer = preview_import(job, now)
        if answer.obstacles:
            return answer
        applied = _applied(answer, Author(job.organization_id, actor_id, now), record)
        if applied is not None:
            return applied
    raise PreconditionFailed("Others keep changing the organization: nothing was imported, try again.")


def _applied(answer: Answer, author: Author, record: Record | None) -> Answer | None:
    """Apply a plan, and return what became of it; None, if the organization is another than it was made for."""
    try:
        with transaction.atomic():
            lock_for_import(author.organization_id)
            if fingerprint_of(author.organization_id) != answer.plan.state.fingerprint:
                return None
            applied = replace(answer, kept=apply(answer.plan, author))
            if record is not None:
                record(applied)
            return applied
    except IntegrityError as error:
        raise PreconditionFailed(
            "Somebody else has just changed the same things: nothing was imported, try again."
        ) from error


def _answer(job: Job, state: State, now: datetime) -> Answer:
    if job.fingerprint not in {None, state.fingerprint}:
        raise PreconditionFailed("The organization has changed since the plan was made: make a new one.")
    plan = plan_import(job.arrive(state), state, job.options, job.planned_at or now)
    declared = load_declared(job.organization_id, plan.becomes)
    meaning = meaning_of(plan.before, plan.after, now, declared=declared)
    return Answer(plan=plan, meaning=meaning, obstacles=tuple(_obstacles(job, plan, meaning)), kept=None, at=now)


def _obstacles(job: Job, plan: Plan, meaning: Meaning) -> Iterator[str]:
    if plan.loses and not job.accept_loss:
        yield LOSS
    if meaning.worse and not job.accept_gaps:
        yield GAPS
