"""Opsgenie: the configuration part of its REST API.

Lists give a link to their next page. What is asked of people, schedules and teams by id are several requests each, because
lists leave out contacts, rules and members.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Final
from urllib.parse import quote

from escalation.transfer.fetching.requests import GONE, Product, Query, Request, Window, instant_text
from escalation.transfer.fetching.shape import Page

_PAGED: Final[Query] = (("limit", "100"), ("offset", "0"))
_LISTS: Final[Mapping[str, Query]] = {
    "users": _PAGED,
    "schedules": (("expand", "rotation"),),
    "escalations": (),
    "teams": (),
}
_SINGLE: Final = frozenset({"user", "timeline", "team"})


class Opsgenie(Product):
    """Accounts of the EU are at https://api.eu.opsgenie.com."""

    name = "opsgenie"
    title = "Opsgenie"
    base_url = "https://api.opsgenie.com"
    resets = ("x-ratelimit-period-in-sec",)
    contacts: ClassVar[Mapping[str, frozenset[str]]] = {
        "user": frozenset({"to"}),
        "steps": frozenset({"to"}),
    }

    def headers(self, token: str) -> Mapping[str, str]:
        return {"Authorization": f"GenieKey {token}"}

    def begin(self, window: Window) -> Iterable[Request]:
        for kind, query in _LISTS.items():
            yield Request(kind=kind, path=f"/v2/{kind}", query=query)

    def items(self, request: Request, page: Page) -> Sequence[object] | None:
        if request.kind in _SINGLE:
            page.inner("data")
            return None
        return page.list("data")

    def next_page(self, request: Request, page: Page) -> Request | None:
        link = page.inner("paging").link("next") if page.value.get("paging") else None
        return None if link is None else request.next_by(link)

    def total(self, page: Page) -> int | None:
        return page.number("totalCount")

    def details(self, request: Request, page: Page, window: Window) -> Iterable[Request]:
        about = _ABOUT.get(request.kind)
        if about is not None:
            for item in page.objects("data"):
                yield from about(item.text("id"), request, window)


def _about_user(user_id: str, _request: Request, _window: Window) -> Iterable[Request]:
    path = f"/v2/users/{quote(user_id, safe='')}"
    yield Request(kind="user", of=user_id, path=path, query=(("expand", "contact"),), absent=GONE)
    for kind in ("notification-rules", "forwarding-rules"):
        yield Request(kind=kind, of=user_id, path=f"{path}/{kind}", absent=GONE)


def _about_rule(rule_id: str, request: Request, _window: Window) -> Iterable[Request]:
    path = f"{request.path}/{quote(rule_id, safe='')}/steps"
    yield Request(kind="steps", of=f"{request.of}/{rule_id}", path=path, absent=GONE)


def _about_schedule(schedule_id: str, _request: Request, window: Window) -> Iterable[Request]:
    path = f"/v2/schedules/{quote(schedule_id, safe='')}"
    over = (("interval", str(window.weeks)), ("intervalUnit", "weeks"), ("date", instant_text(window.since)))
    yield Request(kind="overrides", of=schedule_id, path=f"{path}/overrides", absent=GONE)
    yield Request(kind="timeline", of=schedule_id, path=f"{path}/timeline", query=over, absent=GONE)


def _about_team(team_id: str, _request: Request, _window: Window) -> Iterable[Request]:
    path = f"/v2/teams/{quote(team_id, safe='')}"
    yield Request(kind="team", of=team_id, path=path, absent=GONE)
    yield Request(kind="routing-rules", of=team_id, path=f"{path}/routing-rules", absent=GONE)


_ABOUT: Final[Mapping[str, Callable[[str, Request, Window], Iterable[Request]]]] = {
    "users": _about_user,
    "notification-rules": _about_rule,
    "schedules": _about_schedule,
    "teams": _about_team,
}
