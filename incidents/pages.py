"""A page's next step: which of its person's methods to use now ("The way of one incident" 2).

A page falls due when a rule's delay has passed, and at once when an attempt failed for the first time or for good.
Its escalation's lock is taken first (design D7), so an acknowledgement and a next step never cross.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Prefetch

from escalation.domain.model import ACCOUNT_EMAIL, MethodId, Person, UserId
from escalation.loaders import EMAIL, Method, Needs, Reachable, load_worlds
from incidents.claims import PAGES
from incidents.decisions import delivery_of, event
from incidents.domain.page import Outcome, PageStep, Try, next_sends
from incidents.domain.rules import rules_from_json
from incidents.models import Delivery, Escalation, Page, TimelineEvent
from incidents.parking import strike_pages
from incidents.timeline import append
from incidents.wake import hint_after_commit

_OUTCOMES: Final[Mapping[str, Outcome]] = {
    Delivery.Status.PENDING: Outcome.PENDING,
    Delivery.Status.HANDED_OVER: Outcome.HANDED_OVER,
    Delivery.Status.DEAD: Outcome.DEAD,
    Delivery.Status.CANCELLED: Outcome.CANCELLED,
}
_RULES_RUN_IN: Final = frozenset({Escalation.State.PAGING, Escalation.State.EXHAUSTED})
BATCH: Final = 50

_log = structlog.get_logger(__name__)


Directories = Mapping[str, Mapping[UserId, Reachable]]


@dataclass(frozen=True, slots=True)
class _Taken:
    page: Page
    step: PageStep


def step_pages(now: datetime) -> int:
    """Take the next step of at most one batch of due pages; return how many were due.

    A fixed number of statements for a batch of any size. If it fails, its incidents are taken one by one, and a page
    that fails twice is parked: its rules end, and what is in hand goes on.
    """
    due = _due_escalations(now)
    try:
        return _step(due, now) if due else 0
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _log.exception("page_batch_failed", incidents=len(due))
    for escalation_id in due:
        _step_alone(escalation_id, now)
    return len(due)


def _due_escalations(now: datetime) -> list[UUID]:
    """Return whose pages are due, fairly chosen. They are locked afresh afterwards, escalations first."""
    with transaction.atomic(durable=True):
        claimed = PAGES.claim(now, BATCH)
    escalation_ids = Page.objects.filter(pk__in=claimed).order_by("escalation_id")
    return list(escalation_ids.values_list("escalation_id", flat=True).distinct()) if claimed else []


def _step_alone(escalation_id: UUID, now: datetime) -> None:
    try:
        _step([escalation_id], now)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _log.exception("page_failed", incident_id=str(escalation_id))
        strike_pages(escalation_id, error, now)


@transaction.atomic(durable=True)
def _step(escalation_ids: Sequence[UUID], now: datetime) -> int:
    rows = {
        row.pk: row
        for row in Escalation.objects.filter(pk__in=escalation_ids)
        .select_related("incident")
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .order_by("pk")
    }
    pages = list(
        Page.objects.filter(escalation_id__in=rows, next_at__lte=now)
        .select_related("membership")
        .prefetch_related(Prefetch("deliveries", queryset=Delivery.objects.order_by("pk")))
        .order_by("pk")
    )
    if pages:
        _write([_Taken(page, _next_step(page, rows[page.escalation_id], now)) for page in pages], rows, now)
    return len(pages)


def _next_step(page: Page, row: Escalation, now: datetime) -> PageStep:
    if row.state not in _RULES_RUN_IN:
        return PageStep(sends=(), next_at=None, unreachable=False)
    person = Person(user=UserId(_recipient(page)), active=True, rules=rules_from_json(page.rules))
    return next_sends(person, row.incident.severity, page.started_at, _tries(page), now)


def _tries(page: Page) -> list[Try]:
    return [try_of(delivery) for delivery in page.deliveries.all()]


def try_of(delivery: Delivery) -> Try:
    """Return a delivery as the rules of its page see it."""
    return Try(
        method=_method_id(delivery),
        round=delivery.round,
        at=delivery.created_at,
        outcome=_outcome(delivery),
        attempts=delivery.attempts,
    )


def _outcome(delivery: Delivery) -> Outcome:
    outcome = _OUTCOMES[delivery.status]
    return Outcome.FAILING if outcome is Outcome.PENDING and delivery.last_error else outcome


def _method_id(delivery: Delivery) -> MethodId:
    return ACCOUNT_EMAIL if delivery.contact_method_id is None else MethodId(delivery.contact_method_id)


def _recipient(page: Page) -> str:
    return page.address if page.membership is None else page.membership.user_id


def _write(steps: Sequence[_Taken], rows: Mapping[UUID, Escalation], now: datetime) -> None:
    directories = _directories([taken.page for taken in steps])
    deliveries: list[Delivery] = []
    for taken in steps:
        taken.page.next_at = taken.step.next_at
        deliveries.extend(_deliveries(taken.page, taken.step, directories, now))
    lost = [taken.page for taken in steps if taken.step.unreachable]
    Page.objects.bulk_update([taken.page for taken in steps], ["next_at"])
    Delivery.objects.bulk_create(deliveries)
    append([_unreachable(page, rows[page.escalation_id], now) for page in lost])
    _wake([page.escalation_id for page in lost], now)
    hint_after_commit()


def _unreachable(page: Page, row: Escalation, now: datetime) -> TimelineEvent:
    user_id = None if page.membership is None else page.membership.user_id
    return event(row, now, "person_unreachable", userId=user_id, recipient=_recipient(page))


def _deliveries(page: Page, step: PageStep, directories: Directories, now: datetime) -> list[Delivery]:
    """Return the deliveries to begin; a method that is gone since the page was fired is passed over."""
    methods = _methods(page, directories)
    place = min((delivery.turn for delivery in page.deliveries.all()), default=0)
    return [
        delivery_of(page, send.method, send.round, methods[send.method], place, now)
        for send in step.sends
        if send.method in methods
    ]


def _methods(page: Page, directories: Directories) -> Mapping[MethodId, Method]:
    if page.membership is None:
        return {ACCOUNT_EMAIL: Method(channel=EMAIL, address=page.address)}
    return directories[page.organization_id][UserId(page.membership.user_id)].methods


def _directories(pages: Sequence[Page]) -> Directories:
    """Return, by organization, where the people of ``pages`` are reached. One statement."""
    users: dict[str, set[UserId]] = {}
    for page in pages:
        if page.membership is not None:
            users.setdefault(page.organization_id, set()).add(UserId(page.membership.user_id))
    needs = {organization_id: Needs(users=people) for organization_id, people in users.items()}
    return {organization_id: loaded.directory for organization_id, loaded in load_worlds(needs).items()}


def _wake(escalation_ids: Sequence[UUID], now: datetime) -> None:
    """Let the engine look at once whether a layer has died (design D2)."""
    if escalation_ids:
        Escalation.objects.filter(pk__in=escalation_ids, wake_at__gt=now).update(wake_at=now)
