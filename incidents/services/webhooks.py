"""The webhooks of an organization: made, changed, their secrets replaced, and what was sent sent again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NotRequired, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from accounts.models import Organization
from incidents.domain.published import FILTERS
from incidents.models import Notice, Webhook
from incidents.models.webhook import MAX_WEBHOOKS
from incidents.notices.outbox import lay_out_again
from incidents.notices.queue import call_off
from scaling.api.preconditions import require_match
from scaling.errors import InvalidInput, InvalidRequest, NotFound
from scaling.outbound import Refused, check_url
from scaling.outbound.signing import new_secret

BOTH_SECRETS_SIGN: Final = timedelta(hours=24)
"""How long a replaced secret goes on signing beside the new one."""

LONGEST_REPLAY: Final = timedelta(days=7)
MOST_REPLAYED: Final = 10_000


class WebhookChanges(TypedDict):
    """What may be changed; ``events`` None asks for all of them."""

    url: NotRequired[str]
    description: NotRequired[str | None]
    events: NotRequired[Sequence[str] | None]
    enabled: NotRequired[bool]


def create_webhook(
    *,
    organization_id: str,
    actor_id: str,
    url: str,
    description: str | None = None,
    events: Sequence[str] | None = None,
    enabled: bool = True,
    now: datetime,
) -> Webhook:
    """Create a webhook with a fresh secret. Asks a name server for the URL's host, before anything is locked.

    Raises:
        InvalidInput: the URL cannot be called, an event does not exist, or the organization has its ten already.
    """
    webhook = Webhook(
        organization_id=organization_id,
        url=_checked_url(url),
        description=description or None,
        events=_checked_events(events),
        secret=new_secret(),
        disabled_at=None if enabled else now,
        disabled_reason="" if enabled else Webhook.Disabled.BY_HAND,
        created_by=actor_id,
        created_at=now,
        updated_at=now,
    )
    with transaction.atomic():
        # Counted under the organization's lock, so that two at once are not one too many.
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        there = Webhook.objects.for_organization(organization_id).filter(removed_at__isnull=True).count()
        if there >= MAX_WEBHOOKS:
            raise InvalidInput([("url", f"An organization has at most {MAX_WEBHOOKS} webhooks.")])
        webhook.save(force_insert=True)
    return webhook


def update_webhook(
    *,
    organization_id: str,
    webhook_id: UUID,
    if_match: str | None = None,
    now: datetime,
    **changes: Unpack[WebhookChanges],
) -> Webhook:
    """Change what is given. A URL as it was shown is no change; what waits for a disabled webhook is called off.

    Enabled again, it counts as new: nothing is held against it. What it has missed is sent by a replay alone.

    Raises:
        NotFound: the organization has no such webhook.
        PreconditionFailed: it has changed since the client read it.
        InvalidInput: as for ``create_webhook``.
    """
    url = changes.get("url")
    if url is not None and url != find_webhook(organization_id, webhook_id).shown_url:
        _checked_url(url)
    with transaction.atomic():
        webhook = _locked(organization_id, webhook_id, if_match)
        if _assign(webhook, changes, now):
            webhook.version += 1
            webhook.updated_at = now
            webhook.save()
    return webhook


@transaction.atomic
def remove_webhook(*, organization_id: str, webhook_id: UUID, if_match: str | None = None, now: datetime) -> None:
    """Send nothing to a webhook any more and erase its URL and secrets; what was sent to it goes on naming it.

    Raises:
        NotFound: the organization has no such webhook.
        PreconditionFailed: it has changed since the client read it.
    """
    webhook = _locked(organization_id, webhook_id, if_match)
    webhook.removed_at = now
    webhook.url = webhook.secret = webhook.previous_secret = ""
    webhook.previous_secret_until = None
    webhook.save()
    call_off(webhook)


@transaction.atomic
def rotate_secret(*, organization_id: str, webhook_id: UUID, now: datetime) -> Webhook:
    """Replace the secret; the one so far signs beside the new one for a day, so that no message is refused meanwhile.

    Raises:
        NotFound: the organization has no such webhook.
    """
    webhook = _locked(organization_id, webhook_id)
    webhook.previous_secret, webhook.secret = webhook.secret, new_secret()
    webhook.previous_secret_until = now + BOTH_SECRETS_SIGN
    webhook.version += 1
    webhook.updated_at = now
    webhook.save()
    return webhook


@transaction.atomic
def resend(*, organization_id: str, webhook_id: UUID, delivery_id: UUID, now: datetime) -> Notice:
    """Send one event again, now, under its id; the retry table begins anew.

    Raises:
        NotFound: the organization has no such webhook, or nothing with that id was sent to it.
        InvalidRequest: the webhook is disabled.
    """
    webhook = _listening(organization_id, webhook_id)
    rows = Notice.objects.for_organization(organization_id).filter(kind=Notice.Kind.EVENT, webhook=webhook)
    notice: Notice | None = rows.select_for_update(no_key=True).filter(pk=delivery_id).first()
    if notice is None:
        raise NotFound.of("delivery")
    notice.status = Notice.Status.PENDING
    notice.attempts = 0
    notice.next_at, notice.token = now, None
    notice.save(update_fields=["status", "attempts", "next_at", "token"])
    return notice


@transaction.atomic
def replay(*, organization_id: str, webhook_id: UUID, start: datetime, end: datetime, now: datetime) -> int:
    """Send again, under their ids, all events from ``start`` up to ``end`` that the webhook asks for; return how many.

    Also what it never got. Sending goes on in the background, beside what happens meanwhile.

    Raises:
        NotFound: the organization has no such webhook.
        InvalidInput: the span ends before it begins, is longer than seven days, or holds more than 10,000 events.
        InvalidRequest: the webhook is disabled.
    """
    if not start < end:
        raise InvalidInput([("to", "must be later than from.")])
    if end - start > LONGEST_REPLAY:
        raise InvalidInput([("to", f"must be within {LONGEST_REPLAY.days} days of from.")])
    count = lay_out_again(_listening(organization_id, webhook_id), start, end, now)
    if count > MOST_REPLAYED:
        raise InvalidInput(
            [("to", f"would send {count} events again; {MOST_REPLAYED} are the most: send less at a time.")]
        )
    return count


def find_webhook(organization_id: str, webhook_id: UUID) -> Webhook:
    """Return a webhook that was not removed. One statement.

    Raises:
        NotFound: the organization has no such webhook.
    """
    rows = Webhook.objects.for_organization(organization_id).filter(removed_at__isnull=True)
    webhook: Webhook | None = rows.filter(pk=webhook_id).first()
    if webhook is None:
        raise NotFound.of("webhook")
    return webhook


def _locked(organization_id: str, webhook_id: UUID, if_match: str | None = None) -> Webhook:
    rows = Webhook.objects.for_organization(organization_id).select_for_update(no_key=True)
    webhook: Webhook | None = rows.filter(removed_at__isnull=True, pk=webhook_id).first()
    if webhook is None:
        raise NotFound.of("webhook")
    require_match(if_match, webhook)
    return webhook


def _listening(organization_id: str, webhook_id: UUID) -> Webhook:
    webhook = _locked(organization_id, webhook_id)
    if webhook.disabled_at is not None:
        raise InvalidRequest("The webhook is disabled: enable it first.")
    return webhook


def _assign(webhook: Webhook, changes: WebhookChanges, now: datetime) -> bool:
    """Give ``webhook`` what is different; tell whether anything was."""
    before = (webhook.url, webhook.description, webhook.events, webhook.disabled_at)
    if changes.get("url", webhook.shown_url) != webhook.shown_url:
        webhook.url = changes["url"]
    if "description" in changes:
        webhook.description = changes["description"] or None
    if "events" in changes:
        webhook.events = _checked_events(changes["events"])
    _switch(webhook, changes.get("enabled"), now)
    return before != (webhook.url, webhook.description, webhook.events, webhook.disabled_at)


def _switch(webhook: Webhook, enabled: bool | None, now: datetime) -> None:
    if enabled is None or enabled == (webhook.disabled_at is None):
        return
    webhook.disabled_at = None if enabled else now
    webhook.disabled_reason = "" if enabled else Webhook.Disabled.BY_HAND
    webhook.failures, webhook.rest_until, webhook.failing_told_at = 0, None, None
    if not enabled:
        call_off(webhook)


def _checked_url(url: str) -> str:
    try:
        check_url(url)
    except Refused as error:
        raise InvalidInput([("url", error.reason)]) from error
    return url


def _checked_events(events: Sequence[str] | None) -> list[str] | None:
    """Return the filter, each entry once, in the order of the table; None listens to everything."""
    if events is None:
        return None
    if not events:
        raise InvalidInput([("events", "Name at least one event, or send null for all.")])
    unknown = next((event for event in events if event not in FILTERS), None)
    if unknown is not None:
        raise InvalidInput([("events", f"There is no event {unknown!r}.")])
    return [event for event in FILTERS if event in events]
