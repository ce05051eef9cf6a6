"""The front page of the admin: what is on fire, who is on call, whether the engine keeps up, and how it has been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from accounts.acting import Acting, acting
from accounts.models import ApiKey
from escalation.marks import Summary, load_summary
from escalation.models import Policy
from escalation.models import Schedule as ScheduleRow
from escalation.oncall import OnCall, People, is_reachable, load_watch, name_of
from incidents.heartbeat import living_workers
from incidents.lag import MOST_LATE, is_at_work, oldest_due
from incidents.models import WorkerHeartbeat
from incidents.overview import Failing, Open, load_failing, load_open
from incidents.statistics import Statistics, load_statistics
from incidents.wording import listing, moment_in, span
from scaling.admin.charts import Chart, pages_per_day, times_by_week
from scaling.clock import now

MOST_INCIDENTS: Final = 8
MOST_SCHEDULES: Final = 20
MOST_GAPS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A schedule, and who is on call there, "" for nobody; ``is_attended`` tells whether a page would reach anybody."""

    schedule: ScheduleRow
    people: str
    until: str
    is_attended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """How the engine keeps up: how late it is, and when each worker last said that it works.

    ``workers`` is empty for whoever does not run the installation; ``at_work`` counts them for everybody.
    """

    late: str
    is_late: bool
    last_tick: str
    at_work: int
    workers: tuple[tuple[WorkerHeartbeat, str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What a new organization has not done yet."""

    needs_policy: bool
    needs_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """What the front page shows in one organization; ``watched`` ends after ``MOST_SCHEDULES``."""

    open: Open
    watched: tuple[Watch, ...]
    has_more_schedules: bool
    gaps: Summary
    failing: tuple[Failing, ...]
    statistics: Statistics
    charts: tuple[Chart, ...]
    steps: Steps


def load_dashboard(request: HttpRequest) -> dict[str, object]:
    """Return what the front page shows whoever is signed in, as its template's context.

    At most 19 statements whatever there is; three where there is no organization.
    """
    at, session = now(), acting(request)
    organization_id = session.organization_id
    return {
        "at": at,
        "needs_dead_man": (session.is_admin or session.is_operator) and not settings.DEAD_MAN_URL,
        "engine": _engine(session, at),
        "dashboard": None if organization_id is None else _dashboard(organization_id, session, at),
    }


def _dashboard(organization_id: str, session: Acting, at: datetime) -> Dashboard:
    statistics = load_statistics(organization_id, at)
    watched, people = load_watch(organization_id, at, most=MOST_SCHEDULES + 1)
    return Dashboard(
        open=load_open(organization_id, most=MOST_INCIDENTS),
        watched=tuple(_watch(row, there, people) for row, there in watched[:MOST_SCHEDULES]),
        has_more_schedules=len(watched) > MOST_SCHEDULES,
        gaps=load_summary(organization_id, at, most=MOST_GAPS),
        failing=load_failing(organization_id, at),
        statistics=statistics,
        charts=(pages_per_day(statistics), *times_by_week(statistics)),
        steps=_steps(organization_id, session),
    )


def _watch(row: ScheduleRow, there: OnCall, people: People) -> Watch:
    names = [
        name_of(one.user, people) + ("" if is_reachable(one.user, people) else " (cannot be paged)")
        for one in there.shifts
    ]
    return Watch(
        schedule=row,
        people=listing(names),
        until="" if there.until is None else f"{moment_in(row.timezone, there.until)} ({row.timezone})",
        is_attended=any(is_reachable(one.user, people) for one in there.shifts),
    )


def _engine(session: Acting, at: datetime) -> Engine:
    late, workers = oldest_due(at), living_workers(at)
    silent = [max(at - worker.ticked_at, timedelta()) for worker in workers]
    return Engine(
        late=_briefly(late),
        is_late=late > MOST_LATE,
        last_tick=_briefly(min(silent)) if silent else "",
        at_work=sum(map(is_at_work, silent)),
        workers=_told(workers, silent) if session.is_operator else (),
    )


def _told(
    workers: Sequence[WorkerHeartbeat], silent: Sequence[timedelta]
) -> tuple[tuple[WorkerHeartbeat, str, bool], ...]:
    return tuple((worker, _briefly(one), is_at_work(one)) for worker, one in zip(workers, silent, strict=True))


def _steps(organization_id: str, session: Acting) -> Steps:
    has_policy = Policy.objects.for_organization(organization_id).exists()
    has_key = not session.is_admin or ApiKey.objects.filter(organization_id=organization_id).exists()
    return Steps(needs_policy=not has_policy, needs_key=not has_key)


def _briefly(wait: timedelta) -> str:
    """Return ``wait`` as "12 s", above two minutes as "5 min"."""
    seconds = int(wait.total_seconds())
    return f"{seconds} s" if seconds <= 120 else span(wait)
