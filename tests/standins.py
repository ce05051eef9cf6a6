"""Stand-ins for other products: real HTTP servers that page, throttle, fail, break off and lead astray as they are told."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "t0k3n-that-nobody-may-see"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names are lower case, of a parameter there is the last value."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


Trouble = Callable[[BaseHTTPRequestHandler, bytes], None]
"""What is done instead of answering; it is handed what the answer would have been."""


@dataclass
class StandIn:
    """Answers what ``answer`` makes of a request. ``troubles`` befall, in turn, the requests they are for."""

    answer: Callable[[Asked], Any]
    token: Callable[[Mapping[str, str]], str]
    asked: list[Asked] = field(default_factory=list)
    sent: dict[str, bytes] = field(default_factory=dict)
    troubles: dict[str, deque[Trouble]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    port: int = 0
    answered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1_000_000))
    """A test that takes all of it holds the server back, and lets it answer one by one."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def trouble(self, path: str, *troubles: Trouble) -> None:
        """Let these befall the next requests for ``path``."""
        self.troubles.setdefault(path, deque()).extend(troubles)

    def targets(self) -> list[str]:
        """Return what was asked for, in order."""
        return [asked.target for asked in self.asked]

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        asked = _asked(handler)
        self.asked.append(asked)
        content = self._content(asked)
        self.answered.acquire()
        waiting = self.troubles.get(asked.path)
        if waiting:
            waiting.popleft()(handler, content if isinstance(content, bytes) else b"{}")
        elif isinstance(content, int):
            send(handler, content, b'{"error": "no"}', self.headers)
        else:
            self.sent[asked.target + asked.body.decode()] = content
            send(handler, 200, content, self.headers)

    def _content(self, asked: Asked) -> bytes | int:
        if self.token(asked.headers) != TOKEN:
            return 401
        found = self.answer(asked)
        # Unlike anything that a program here would write.
        return (
            found if isinstance(found, int | bytes) else json.dumps(found, indent=3, sort_keys=True).encode() + b" \n"
        )


def _asked(handler: BaseHTTPRequestHandler) -> Asked:
    parts = urlsplit(handler.path)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    headers = {name.lower(): value for name, value in handler.headers.items()}
    body = handler.rfile.read(int(headers.get("content-length", 0)))
    return Asked(handler.command, handler.path, parts.path, query, headers, body)


def send(handler: BaseHTTPRequestHandler, status: int, content: bytes, headers: Mapping[str, str] = {}) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def status(number: int, content: bytes = b'{"error": "no"}', **headers: str) -> Trouble:
    """Answer with a status; underscores in names of headers stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: send(handler, number, content, named)


def break_off(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Hang up in the middle of the answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.wfile.flush()
    hang_up(handler, content)


def hang_up(handler: BaseHTTPRequestHandler, _content: bytes) -> None:
    """Say nothing, and go."""
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@contextmanager
def serving(standin: StandIn) -> Iterator[StandIn]:
    """Run a stand-in on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            standin.serve(self)

        do_POST = do_GET

        def log_message(self, *_) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address) -> None:
            """Hanging up is what the tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    standin.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# PagerDuty


def pagerduty(*, users: int = 3, schedules: int = 2, v3: bool = True) -> StandIn:
    """An account with so many users and schedules; with ``v3`` one schedule more, made of shifts."""
    lists = {
        "users": [_pagerduty_user(number) for number in range(users)],
        "schedules": [{"id": f"PS{number}", "name": f"Schedule {number}"} for number in range(schedules)],
        "escalation_policies": [{"id": "PE1", "name": "Checkout", "escalation_rules": []}],
        "services": [{"id": "PSV1", "name": "Sh\u00f6p"}],
    }

    def answer(asked: Asked) -> Any:
        first, *rest = asked.path.strip("/").split("/")
        if first == "v3":
            return _pagerduty_v3(asked, rest) if v3 else 404
        if not rest:
            return _offset_page(asked, first, lists[first])
        if rest[1:]:
            return {"overrides": [{"id": f"O-{rest[0]}"}]}
        return {"schedule": {"id": rest[0], "schedule_layers": [], "final_schedule": {"rendered_schedule_entries": []}}}

    def token(headers: Mapping[str, str]) -> str:
        return headers.get("authorization", "").removeprefix("Token token=")

    return StandIn(answer, token)


def _pagerduty_user(number: int) -> Any:
    phone = {"id": f"C{number}", "type": "phone_contact_method", "address": f"555010{number}", "country_code": 34}
    return {
        "id": f"PU{number}",
        "name": f"P\u00e9rson {number}",
        "email": f"p{number}@example.org",
        "contact_methods": [phone],
    }


def _pagerduty_v3(asked: Asked, rest: list[str]) -> Any:
    match rest[1:]:
        case []:
            return _offset_page(asked, "schedules", [{"id": "PV1", "type": "schedule_v3_reference"}])
        case [schedule]:
            return {"schedule": {"id": schedule, "type": "schedule_v3", "rotations": []}}
        case [_, kind]:
            return _offset_page(asked, kind, [])
    return 404


def _offset_page(asked: Asked, field: str, items: list[Any]) -> Any:
    limit, offset = int(asked.query["limit"]), int(asked.query["offset"])
    if offset + limit > 10_000:
        return 400
    return {
        field: items[offset : offset + limit],
        "limit": limit,
        "offset": offset,
        "more": offset + limit < len(items),
        "total": None,
    }


# Opsgenie


def opsgenie(*, users: int = 2) -> StandIn:
    """An account with so many users, each with one rule of one step; a schedule, an escalation and a team."""
    people = [{"id": f"u{number}", "username": f"p{number}@example.org"} for number in range(users)]
    lists = {
        "schedules": [{"id": "s1", "name": "Ops", "timezone": "Europe/Madrid", "rotations": []}],
        "escalations": [{"id": "e1", "name": "Ops"}],
        "teams": [{"id": "t 1", "name": "Ops"}],
    }

    def answer(asked: Asked) -> Any:
        match asked.path.removeprefix("/v2/").split("/"):
            case ["users"]:
                return _opsgenie_page(asked, people)
            case ["users", user]:
                contact = {"to": "34-600000001", "contactMethod": "sms"}
                return {"data": {"id": user, "username": "p@example.org", "userContacts": [contact]}}
            case ["users", _, "notification-rules"]:
                return {"data": [{"id": "r1", "actionType": "create-alert"}]}
            case ["users", _, "notification-rules", _, "steps"]:
                return {"data": [{"contact": {"method": "sms", "to": "34-600000001"}, "sendAfter": {"timeAmount": 1}}]}
            case ["schedules" | "teams", _, "timeline"] | ["teams", _]:
                span = {"startDate": "2026-11-25T08:00:00Z", "endDate": "2027-05-26T08:00:00Z"}
                return {"data": {"id": "x", **span, "finalTimeline": {"rotations": []}}}
            case [kind]:
                return {"data": lists[kind], "took": 0.1}
        return {"data": []}

    return StandIn(answer, lambda headers: headers.get("authorization", "").removeprefix("GenieKey "))


def _opsgenie_page(asked: Asked, items: list[Any]) -> Any:
    limit, offset = int(asked.query["limit"]), int(asked.query["offset"])
    link = f"https://api.opsgenie.com/v2/users?limit={limit}&offset={offset + limit}&order=ASC&sort=username"
    paging = {"next": link} if offset + limit < len(items) else {"first": "https://api.opsgenie.com/v2/users"}
    return {"data": items[offset : offset + limit], "paging": paging, "totalCount": len(items)}


# Grafana OnCall


def grafana_oncall(*, users: int = 3, size: int = 2) -> StandIn:
    """An installation with so many users, in pages of ``size``, and two schedules."""
    lists: dict[str, list[Any]] = {
        "users": [{"id": f"U{number}", "email": f"p{number}@example.org", "slack": [{"user_id": "UX"}]} for number in range(users)],
        "schedules": [{"id": "S1", "name": "Ops", "type": "web"}, {"id": "S2", "name": "Sales", "type": "ical"}],
    }  # fmt: skip

    def answer(asked: Asked) -> Any:
        parts = asked.path.partition("/api/v1/")[2].strip("/").split("/")
        if parts[1:]:
            span = {"shift_start": "2026-11-25T08:00:00Z", "shift_end": "2026-12-02T08:00:00Z"}
            return _numbered_page(asked, [{"user_pk": "U1", **span}], size)
        return _numbered_page(asked, lists.get(parts[0], []), size)

    return StandIn(answer, lambda headers: headers.get("authorization", ""))


def _numbered_page(asked: Asked, items: list[Any], size: int) -> Any:
    page = int(asked.query.get("page", "1"))
    # Behind a proxy, it knows itself by another name.
    link = f"http://oncall-engine:8080{asked.path}?page={page + 1}" if page * size < len(items) else None
    return {"count": len(items), "next": link, "previous": None, "results": items[(page - 1) * size : page * size]}


# GoAlert


def goalert(*, users: int = 3, schedules: int = 1, knows: Callable[[str], str | None] = lambda query: None) -> StandIn:
    """An installation with so many users and schedules, in pages of 2; ``knows`` says what is wrong with a query."""
    lists = {
        "users": [_goalert_user(number) for number in range(users)],
        "schedules": [{"id": f"s{number}", "name": f"Schedule {number}"} for number in range(schedules)],
    }

    def answer(asked: Asked) -> Any:
        if asked.path != "/api/graphql" or asked.method != "POST":
            return 404
        said = json.loads(asked.body)
        wrong = knows(said["query"])
        if wrong is not None:
            return {"errors": [{"message": wrong, "extensions": {"code": "invalid_query"}}], "data": None}
        if said["operationName"] == "Shifts":
            return {
                "data": {"schedule": {"id": said["variables"]["id"], "shifts": [{"userID": "u1", **said["variables"]}]}}
            }
        kind = said["operationName"][0].lower() + said["operationName"][1:]
        return {"data": {kind: _cursor_page(said["variables"]["after"], lists.get(kind, []))}}

    return StandIn(answer, lambda headers: headers.get("authorization", "").removeprefix("Bearer "))


def _goalert_user(number: int) -> Any:
    phone = {"id": "c1", "dest": {"type": "builtin-twilio-sms", "args": {"phone_number": "+34600000001"}}}
    return {"id": f"u{number}", "email": f"p{number}@example.org", "contactMethods": [phone]}


def _cursor_page(after: str, items: list[Any]) -> Any:
    start = int(after or 0)
    more = start + 2 < len(items)
    return {"nodes": items[start : start + 2], "pageInfo": {"endCursor": str(start + 2), "hasNextPage": more}}
