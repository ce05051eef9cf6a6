"""PagerDuty: REST v2, and v3 for schedules made of shifts.

Lists are paged by offset. Those of schedules give no layers, so each is asked for by itself, with who is on call over the
window, and its overrides. v3 lists the schedules that v2 does not; where an account has none of it, v3 answers an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple
from urllib.parse import quote

from escalation.transfer.fetching.requests import GONE, Product, Query, Request, Window, instant_text
from escalation.transfer.fetching.shape import Page

PAGE: Final = 100
WALL: Final = 10_000
"""Offset and limit together may not pass it."""
OVERRIDE_WEEKS: Final = 52
"""How far ahead overrides are asked for, if the window is not larger."""

_NO_V3: Final = frozenset({400, 403, 404})


class _List(NamedTuple):
    path: str
    field: str
    query: Query = ()
    absent: frozenset[int] = frozenset()


_LISTS: Final[Mapping[str, _List]] = {
    "users": _List(
        "/users",
        "users",
        (("include[]", "contact_methods"), ("include[]", "notification_rules"), ("include[]", "teams")),
    ),
    "schedules": _List("/schedules", "schedules"),
    "escalation_policies": _List("/escalation_policies", "escalation_policies"),
    "services": _List("/services", "services"),
    "schedules_v3": _List("/v3/schedules", "schedules", absent=_NO_V3),
}
_OF_SCHEDULES: Final = {
    "overrides": "overrides",
    "overrides_v3": "overrides",
    "custom_shifts_v3": "custom_shifts",
}


class PagerDuty(Product):
    """Accounts of the EU are at https://api.eu.pagerduty.com."""

    name = "pagerduty"
    title = "PagerDuty"
    base_url = "https://api.pagerduty.com"
    resets = ("ratelimit-reset",)
    remaining = "ratelimit-remaining"
    contacts: ClassVar[Mapping[str, frozenset[str]]] = {"users": frozenset({"address"})}

    def headers(self, token: str) -> Mapping[str, str]:
        return {
            "Authorization": f"Token token={token}",
            "Accept": "application/vnd.pagerduty+json;version=2",
            "X-EARLY-ACCESS": "flexible-schedules-early-access",  # v3 wants it where it is not yet for everybody
        }

    def begin(self, window: Window) -> Iterable[Request]:
        for kind, asked in _LISTS.items():
            yield Request(kind=kind, path=asked.path, query=(*asked.query, *_offset(0)), absent=asked.absent)

    def items(self, request: Request, page: Page) -> Sequence[object] | None:
        if request.kind in _LISTS:
            return page.list(_LISTS[request.kind].field)
        if request.kind in _OF_SCHEDULES:
            return page.list(_OF_SCHEDULES[request.kind])
        page.inner("schedule")
        return None

    def next_page(self, request: Request, page: Page) -> Request | None:
        offset = request.number * PAGE
        if not page.says("more") or offset + PAGE > WALL:
            return None
        return request.next(_offset(offset))

    def shortage(self, request: Request, page: Page) -> str | None:
        if page.says("more") and self.next_page(request, page) is None:
            return f"PagerDuty gives {WALL} {request.kind} at most, and has more: the others are missing."
        return None

    def details(self, request: Request, page: Page, window: Window) -> Iterable[Request]:
        ask = {"schedules": _about_schedule, "schedules_v3": _about_schedule_v3}.get(request.kind)
        if ask is not None:
            for schedule in page.objects("schedules"):
                yield from ask(schedule.text("id"), window)


def _about_schedule(schedule_id: str, window: Window) -> Iterable[Request]:
    path = f"/schedules/{quote(schedule_id, safe='')}"
    query = (*_span(window), ("time_zone", "UTC"))
    yield Request(kind="schedule", of=schedule_id, path=path, query=query, absent=GONE)
    yield Request(kind="overrides", of=schedule_id, path=f"{path}/overrides", query=_year(window), absent=GONE)


def _about_schedule_v3(schedule_id: str, window: Window) -> Iterable[Request]:
    path = f"/v3/schedules/{quote(schedule_id, safe='')}"
    query = (("include[]", "final_schedule"), *_span(window), ("time_zone", "UTC"))
    yield Request(kind="schedule_v3", of=schedule_id, path=path, query=query, absent=GONE)
    for kind in ("overrides", "custom_shifts"):
        query = (*_year(window), *_offset(0))
        yield Request(kind=f"{kind}_v3", of=schedule_id, path=f"{path}/{kind}", query=query, absent=GONE)


def _year(window: Window) -> Query:
    return _span(window._replace(weeks=max(window.weeks, OVERRIDE_WEEKS)))


def _span(window: Window) -> Query:
    return ("since", instant_text(window.since)), ("until", instant_text(window.until))


def _offset(offset: int) -> Query:
    return ("limit", str(PAGE)), ("offset", str(offset))
