"""Laying out notices, in the transaction of what they tell: neither exists without the other.

Who has no webhook pays for none: the rows are laid out by the statement that writes the timeline, from an index that
holds nothing for such an organization.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from accounts.models import Membership
from incidents.domain.published import EVENT_TYPES
from incidents.models import Notice, Webhook
from scaling.rows import insert_rows, json_text

_TYPES: Final = orjson.dumps(EVENT_TYPES).decode()

_EVENTS: Final = """
INSERT INTO incidents_notice (id, organization_id, kind, incident_id, event_id, event_type, webhook_id, channel,
  destination, lane, status, attempts, created_at, next_at, last_error)
SELECT gen_random_uuid(), published.organization_id, 'event', published.incident_id, published.id, published.event_type,
  webhook.id, 'webhook', '', webhook.id || ':webhook', 'pending', 0, {now}, {now}, ''
FROM (
  SELECT told.*,
    coalesce('{types}'::jsonb ->> (told.type || '/' || (told.details ->> 'status')), '{types}'::jsonb ->> told.type)
      AS event_type
  FROM {source} AS told
) AS published
JOIN incidents_webhook AS webhook ON webhook.organization_id = published.organization_id
  AND webhook.disabled_at IS NULL AND webhook.removed_at IS NULL
WHERE published.event_type IS NOT NULL
  AND (webhook.events IS NULL OR webhook.events::text[] && ARRAY[split_part(published.event_type, '.', 1), published.event_type])
"""


def events_sql(source: str, now: str) -> str:
    """Return the SQL that lays out timeline events for every webhook that listens to them.

    ``source`` is a relation with the columns of the timeline, ``now`` an expression: since when they are due.
    """
    return _EVENTS.format(source=source, now=now, types=_TYPES)


_SPAN: Final = """
(SELECT * FROM incidents_timelineevent
 WHERE organization_id = %(organization)s AND at >= %(start)s AND at < %(end)s ORDER BY at, id)
"""
_TO_ONE: Final = """
  AND webhook.id = %(webhook)s
ON CONFLICT (webhook_id, event_id) WHERE kind = 'event'
DO UPDATE SET status = 'pending', attempts = 0, next_at = %(now)s, token = NULL
"""
_AGAIN: Final = f"{events_sql(_SPAN, '%(now)s::timestamptz')}{_TO_ONE}"


def lay_out_again(webhook: Webhook, start: datetime, end: datetime, now: datetime) -> int:
    """Have what ``webhook`` listens to, and happened from ``start`` up to ``end``, sent again; return how much it is.

    What it never got, because it was disabled or not there yet, goes out with the rest. One statement.
    """
    where: dict[str, Any] = {"organization": webhook.organization_id, "webhook": webhook.pk}
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN, {**where, "start": start, "end": end, "now": now})
        return int(cursor.rowcount)


# A page counts as heard of when it was handed over or may have been; one that was called off before is none.
# An actor may be a person, or the page of a plain address; a key is neither.
_NEWS: Final = """
WITH news AS (
  SELECT * FROM jsonb_to_recordset(%s::jsonb)
    AS news (id uuid, organization_id text, incident_id uuid, at timestamptz, kind text, event_type text,
             actor_id text, user_id text)
),
paged AS (
  SELECT DISTINCT news.*, page.membership_id, page.address,
    coalesce(bool_or('page_' || replace(page.id::text, '-', '') = news.actor_id)
      OVER (PARTITION BY news.id, page.membership_id, page.address), false) AS is_actor
  FROM news JOIN incidents_page AS page ON page.escalation_id = news.incident_id
  WHERE EXISTS (
    SELECT FROM incidents_delivery AS delivery WHERE delivery.page_id = page.id
      AND (delivery.handed_over_at IS NOT NULL OR (delivery.attempts > 0 AND delivery.status <> 'dead'))
  )
),
person AS (
  SELECT paged.*, account.email FROM paged
  JOIN accounts_membership AS member ON member.id = paged.membership_id
    AND member.is_active AND member.ended_at IS NULL
    AND member.user_id IS DISTINCT FROM paged.actor_id AND member.user_id IS DISTINCT FROM paged.user_id
  JOIN accounts_user AS account ON account.id = member.user_id AND account.is_active
),
way AS (
  SELECT person.id, membership_id, NULL::uuid AS method_id, 'email' AS channel, email AS destination FROM person
  UNION ALL
  SELECT person.id, person.membership_id, method.id, method.channel, method.shown
  FROM person JOIN accounts_contactmethod AS method ON method.membership_id = person.membership_id
  WHERE method.channel = 'chat' AND method.verified_at IS NOT NULL
  UNION ALL
  SELECT paged.id, NULL, NULL, 'email', address FROM paged WHERE membership_id IS NULL AND NOT is_actor
)
INSERT INTO incidents_notice (id, organization_id, kind, incident_id, event_id, event_type, membership_id,
  contact_method_id, channel, destination, lane, status, attempts, created_at, next_at, last_error)
SELECT DISTINCT ON (news.id, way.channel, lower(way.destination))
  gen_random_uuid(), news.organization_id, news.kind, news.incident_id, news.id, news.event_type, way.membership_id,
  way.method_id, way.channel, way.destination, news.organization_id || ':' || way.channel, 'pending', 0, news.at,
  news.at, ''
FROM way JOIN news ON news.id = way.id
ORDER BY news.id, way.channel, lower(way.destination), way.membership_id NULLS LAST
"""


def tell_people(news: Sequence[dict[str, Any]]) -> None:
    """Lay out each piece of ``news`` for everybody who was paged for its incident, but not for who brought it about.

    Over what makes no noise alone: the account's email and chats; a plain address by mail. Whoever has left, or is
    inactive, hears nothing. One statement; none without news.
    """
    if news:
        with connection.cursor() as cursor:
            cursor.execute(_NEWS, [json_text(news)])


def tell_admins(webhook: Webhook, kind: Notice.Kind, now: datetime) -> None:
    """Lay out a mail about ``webhook`` for each admin of its organization, else for its fallback or the operator.

    Three statements. Needs ``organization`` loaded.
    """
    admins = Membership.objects.for_organization(webhook.organization_id).admins().reachable().select_related("user")
    letters = [_letter(webhook, kind, now, admin.user.email, admin.pk) for admin in admins]
    insert_rows(
        letters or [_letter(webhook, kind, now, webhook.organization.fallback_email or settings.OPERATOR_EMAIL)]
    )


def _letter(webhook: Webhook, kind: Notice.Kind, now: datetime, address: str, member: UUID | None = None) -> Notice:
    return Notice(
        organization_id=webhook.organization_id,
        kind=kind,
        webhook=webhook,
        membership_id=member,
        channel="email",
        destination=address,
        lane=f"{webhook.organization_id}:email",
        created_at=now,
        next_at=now,
    )
