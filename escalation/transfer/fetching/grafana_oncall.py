"""Grafana OnCall: its public API, of installations of one's own and of Grafana Cloud.

All is in lists that link to their next page, and say how much there is in all. Who is on call is asked of each schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final
from urllib.parse import quote

from escalation.transfer.fetching.requests import GONE, Product, Request, Window, instant_text
from escalation.transfer.fetching.shape import Page

_LISTS: Final = (
    "users",
    "teams",
    "personal_notification_rules",
    "schedules",
    "on_call_shifts",
    "escalation_chains",
    "escalation_policies",
    "routes",
    "integrations",
)
_LATER: Final = "shift_swaps"
"""What older versions do not have. Unless it is asked otherwise, it leaves out those that have begun."""
_LONGEST_SWAP: Final = timedelta(weeks=52)


class GrafanaOnCall(Product):
    """``stack_url`` is the Grafana that a token of a service account belongs to; OnCall's own tokens need none."""

    name = "grafana-oncall"
    title = "Grafana OnCall"
    resets = ("ratelimit-reset",)
    remaining = "ratelimit-remaining"
    contacts: ClassVar[Mapping[str, frozenset[str]]] = {"users": frozenset({"slack"})}

    def __init__(self, stack_url: str | None = None) -> None:
        self._stack_url = stack_url

    def account(self, base_url: str) -> str:
        return self._stack_url or base_url

    def headers(self, token: str) -> Mapping[str, str]:
        stack = {} if self._stack_url is None else {"X-Grafana-URL": self._stack_url}
        return {"Authorization": token, **stack}

    def begin(self, window: Window) -> Iterable[Request]:
        for kind in _LISTS:
            yield Request(kind=kind, path=f"/api/v1/{kind}/")
        began = (("starting_after", instant_text(window.since - _LONGEST_SWAP)),)
        yield Request(kind=_LATER, path=f"/api/v1/{_LATER}/", query=began, absent=GONE)

    def items(self, request: Request, page: Page) -> Sequence[object] | None:
        return page.list("results")

    def next_page(self, request: Request, page: Page) -> Request | None:
        link = page.link("next")
        return None if link is None else request.next_by(link)

    def total(self, page: Page) -> int | None:
        return page.number("count")

    def details(self, request: Request, page: Page, window: Window) -> Iterable[Request]:
        if request.kind == "schedules":
            for schedule in page.objects("results"):
                yield _shifts_of(schedule.text("id"), window)


def _shifts_of(schedule_id: str, window: Window) -> Request:
    return Request(
        kind="final_shifts",
        of=schedule_id,
        path=f"/api/v1/schedules/{quote(schedule_id, safe='')}/final_shifts",
        query=(("start_date", f"{window.since:%Y-%m-%d}"), ("end_date", f"{window.until:%Y-%m-%d}")),
        absent=GONE,
    )
