"""Sending notices by hand: what the pool's threads do, one after the other, at an instant of the test's."""

from __future__ import annotations

from incidents.models import Notice
from incidents.notices.pool import SENDERS, compose, send_notice
from incidents.notices.queue import claim_notices
from tests.incidents.running import START


class StandingClock:
    """Stands at ``at`` until a test moves it."""

    def __init__(self, at=START):
        self.at = at

    def now(self):
        return self.at


def claim(now=START, slots=SENDERS, running=()):
    return claim_notices(now, slots=slots, running=list(running))


def deliver(now=START):
    """Send everything that is due; return how many attempts that took."""
    tried = 0
    while claimed := claim(now):
        parcels = compose([one.notice_id for one in claimed], now)
        for one in claimed:
            send_notice(one, parcels[one.notice_id], StandingClock(now))
        tried += len(claimed)
    return tried


def notices(**where):
    """Return kind and destination of each notice, sorted."""
    return sorted(Notice.objects.filter(**where).values_list("kind", "destination"))


def types(**where):
    """Return the types of the events laid out, oldest first."""
    rows = Notice.objects.filter(kind="event", **where).order_by("created_at", "event_id")
    return list(rows.values_list("event_type", flat=True))
