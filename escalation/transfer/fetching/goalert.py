"""GoAlert: GraphQL. Lists are read by cursor; who is on call is asked of each schedule, for seven weeks at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import ClassVar, Final

from escalation.transfer.fetching.goalert_queries import QUERIES
from escalation.transfer.fetching.requests import Product, Request, Window, instant_text
from escalation.transfer.fetching.shape import Page

LONGEST_SPAN: Final = timedelta(weeks=7)
"""GoAlert tells the shifts of fifty days at most."""

_PATH: Final = "/api/graphql"
_OPERATIONS: Final[Mapping[str, str]] = {
    "users": "Users",
    "rotations": "Rotations",
    "schedules": "Schedules",
    "escalationPolicies": "EscalationPolicies",
    "userOverrides": "UserOverrides",
}


class GoAlert(Product):
    """A key is bound to the text of its queries, and versions differ; so each request is made in several ways.

    With the newest text, with none at all, which newer versions take for that of the key, and with the older ones.
    """

    name = "goalert"
    title = "GoAlert"
    contacts: ClassVar[Mapping[str, frozenset[str]]] = {"users": frozenset({"args", "value"})}
    advice = "A key serves one query: make one with the text that `fetch_from goalert --show-queries` prints."

    def headers(self, token: str) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {token}"}

    def begin(self, window: Window) -> Iterable[Request]:
        for kind in _OPERATIONS:
            yield _list_of(kind, window)

    def items(self, request: Request, page: Page) -> Sequence[object] | None:
        answer = page.inner("data")
        if request.kind == "shifts":
            return answer.inner("schedule").list("shifts") if answer.value.get("schedule") else []
        return answer.inner(request.kind).list("nodes")

    def next_page(self, request: Request, page: Page) -> Request | None:
        if request.kind == "shifts":
            return None
        paging = page.inner("data").inner(request.kind).inner("pageInfo")
        if not paging.says("hasNextPage"):
            return None
        return _posted(request.next(()), after=paging.text("endCursor"))

    def details(self, request: Request, page: Page, window: Window) -> Iterable[Request]:
        if request.kind == "schedules":
            for schedule in page.inner("data").inner("schedules").objects("nodes"):
                yield from _shifts_of(schedule.text("id"), window)

    def ways(self, request: Request) -> Sequence[Request]:
        asked = json.loads(request.body)
        texts = [QUERIES["newest"], "", QUERIES["older"], QUERIES["oldest"]]
        return [replace(request, body=json.dumps({**asked, "query": text}).encode()) for text in texts]

    def complaint(self, page: Page) -> str | None:
        if not page.value.get("errors"):
            return None
        return " ".join(error.link("message") or "an error" for error in page.objects("errors"))


def _list_of(kind: str, window: Window) -> Request:
    request = Request(kind=kind, path=_PATH, body=json.dumps({"operationName": _OPERATIONS[kind]}).encode())
    start = {"start": instant_text(window.since)} if kind == "userOverrides" else {}
    return _posted(request, after="", **start)


def _shifts_of(schedule_id: str, window: Window) -> Iterable[Request]:
    request = Request(kind="shifts", of=schedule_id, path=_PATH, body=b'{"operationName": "Shifts"}')
    for number, (start, end) in enumerate(_spans(window), 1):
        span = {"id": schedule_id, "start": instant_text(start), "end": instant_text(end)}
        yield _posted(replace(request, number=number), **span)


def _spans(window: Window) -> Iterable[tuple[datetime, datetime]]:
    start = window.since
    while start < window.until:
        end = min(start + LONGEST_SPAN, window.until)
        yield start, end
        start = end


def _posted(request: Request, **variables: str) -> Request:
    """Return the request with these variables, in place of those of the same name."""
    asked = json.loads(request.body)
    return replace(
        request, body=json.dumps({**asked, "variables": {**asked.get("variables", {}), **variables}}).encode()
    )
