"""Counting figures for the dashboard, in the background: a span at a time, whoever comes first.

What a span holds is read from the timelines, which never change, so a span that is over is counted once more after its
end and then never again. The one that runs is counted anew every ten minutes. Reading a week's timelines takes a
moment, so this is done beside news and webhooks, never in the loop that pages.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import connection, transaction

from incidents.models.figures import Count, Figures, Span
from scaling.ids import new_uuid

DAYS: Final = 30
WEEKS: Final = 12
COUNTED_ANEW_AFTER: Final = timedelta(minutes=10)

_LENGTH: Final = {Span.DAY: timedelta(days=1), Span.WEEK: timedelta(days=7)}
_SETTLED_AFTER: Final = timedelta(minutes=1)
"""How long after a span's end its last events are surely committed."""

_CLAIM: Final = """
INSERT INTO incidents_count (span, starts_on, counted_at) VALUES (%(span)s, %(starts_on)s, %(now)s)
ON CONFLICT (span, starts_on) DO UPDATE SET counted_at = %(now)s
WHERE incidents_count.counted_at < %(stale)s RETURNING 1
"""

_COUNT: Final = """
WITH told AS (
  SELECT organization_id, incident_id, at, type, details FROM incidents_timelineevent
  WHERE at >= %(start)s AND at < %(end)s
),
pages AS (
  SELECT organization_id, sum(jsonb_array_length(details -> 'recipients')) AS pages FROM told
  WHERE jsonb_typeof(details -> 'recipients') = 'array' AND type <> 'row_parked'
  GROUP BY organization_id
),
answered AS (
  SELECT organization_id, incident_id, min(at) AS at FROM told
  WHERE type = 'incident_acknowledged' GROUP BY organization_id, incident_id
),
first AS (
  -- By a look-up for each incident: as a join it would read all of history.
  SELECT * FROM answered WHERE at = (
    SELECT event.at FROM incidents_timelineevent AS event
    WHERE event.incident_id = answered.incident_id AND event.type = 'incident_acknowledged'
    ORDER BY event.at, event.id LIMIT 1
  )
),
acknowledged AS (
  SELECT first.organization_id, count(*) AS number,
    avg(wait) AS mean,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wait) AS median
  FROM first JOIN incidents_incident AS incident ON incident.id = first.incident_id,
    greatest(0, extract(epoch FROM first.at - incident.created_at)) AS wait
  GROUP BY first.organization_id
),
resolved AS (
  SELECT told.organization_id, count(*) AS number,
    avg(wait) AS mean,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wait) AS median
  FROM told JOIN incidents_incident AS incident ON incident.id = told.incident_id,
    greatest(0, extract(epoch FROM told.at - incident.created_at)) AS wait
  WHERE told.type = 'status_changed' AND told.details ->> 'status' = 'resolved'
  GROUP BY told.organization_id
)
SELECT organization_id, coalesce(pages, 0)::int,
  coalesce(acknowledged.number, 0)::int, round(acknowledged.mean)::int, round(acknowledged.median)::int,
  coalesce(resolved.number, 0)::int, round(resolved.mean)::int, round(resolved.median)::int
FROM pages FULL JOIN acknowledged USING (organization_id) FULL JOIN resolved USING (organization_id)
"""

_FIELDS: Final = (
    "organization_id",
    "pages",
    "acknowledged",
    "acknowledge_mean_seconds",
    "acknowledge_median_seconds",
    "resolved",
    "resolve_mean_seconds",
    "resolve_median_seconds",
)


def count_next(now: datetime) -> bool:
    """Count the newest span that is missing or out of date; tell whether there was one. One statement if not.

    A span another worker has in hand is theirs, and this waits for it.
    """
    counted = {(one.span, one.starts_on): one.counted_at for one in Count.objects.all()}
    for span, starts_on in spans(now):
        at = counted.get((span, starts_on))
        if at is None or at < _stale(span, starts_on, now):
            _count(span, starts_on, now)
            return True
    return False


def forget_old_figures(now: datetime) -> None:
    """Delete the figures of spans that nobody is shown any more. Four statements."""
    for span, starts_on in dict(spans(now)).items():  # the oldest of each kind comes last
        Figures.objects.filter(span=span, starts_on__lt=starts_on).delete()
        Count.objects.filter(span=span, starts_on__lt=starts_on).delete()


def spans(now: datetime) -> Iterator[tuple[Span, date]]:
    """Yield the spans the dashboard shows, days and weeks, newest first."""
    today = now.astimezone(UTC).date()
    monday = today - timedelta(days=today.weekday())
    yield from ((Span.DAY, today - timedelta(days=back)) for back in range(DAYS))
    yield from ((Span.WEEK, monday - timedelta(weeks=back)) for back in range(WEEKS))


def _stale(span: Span, starts_on: date, now: datetime) -> datetime:
    """Return from before when a count of the span does not hold any more."""
    _, end = _bounds(span, starts_on)
    return min(now - COUNTED_ANEW_AFTER, end + _SETTLED_AFTER)


def _bounds(span: Span, starts_on: date) -> tuple[datetime, datetime]:
    start = datetime.combine(starts_on, time(), UTC)
    return start, start + _LENGTH[span]


@transaction.atomic(durable=True)
def _count(span: Span, starts_on: date, now: datetime) -> None:
    stale = _stale(span, starts_on, now)
    start, end = _bounds(span, starts_on)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"span": span, "starts_on": starts_on, "now": now, "stale": stale})
        if cursor.fetchone() is None:
            return
        cursor.execute(_COUNT, {"start": start, "end": end})
        found = [dict(zip(_FIELDS, row, strict=True)) for row in cursor.fetchall()]
    Figures.objects.filter(span=span, starts_on=starts_on).delete()
    Figures.objects.bulk_create(Figures(id=new_uuid(), span=span, starts_on=starts_on, **row) for row in found)
