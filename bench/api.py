"""How many requests a second: ``python -m bench.api``.

The web server runs as ``manage.py up`` runs it, once with the product and once with ``api_floor``, by turns, over the
same rows. Both check the key in the database at every request.
"""

from __future__ import annotations

import argparse
import io
import logging
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any
from wsgiref.util import setup_testing_defaults

import orjson
import psutil
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http.response import HttpResponseBase
from psycopg.pq import Trace
from psycopg.pq.abc import PGconn

from accounts.services import create_api_key
from bench import api_floor
from bench.driver import Endpoint, ask, drive
from bench.harness import Run, execute, own_database, postgres_cpu_seconds, running, show, tree_cpu_seconds, wait_until
from bench.seed import make_people, make_policy
from incidents.models import Delivery, Escalation, Firing, Incident, Page, TimelineEvent
from scaling import clock
from scaling.management.commands.up import web_command

PRODUCT = "scaling.wsgi:application"
FLOOR = "bench.api_floor:application"

# Two policies; the one that is read and triggered has four layers, and its first pages two people.
_LAYERS = ((2, 1, 2, 1), (1, 2))
_ROWS_OF_AN_INCIDENT = {Incident: 1, Escalation: 1, Firing: 1, Page: 2, Delivery: 2, TimelineEvent: 2}
_WARM_UP_SHARE = 0.25
_CALLS = 5
_SENT_STATEMENT = re.compile(r"F\t\d+\t(Query|Execute)\t")

_Application = Callable[..., Iterable[bytes]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.api")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each round takes")
    parser.add_argument("--rounds", type=int, default=3, help="of product and floor each, by turns")
    options = parser.parse_args()
    with own_database():
        endpoints = make_endpoints()
        with serving(PRODUCT) as product, serving(FLOOR) as floor:
            for endpoint in endpoints:
                measure(endpoint, product, floor, options.seconds, options.rounds)
        show_statements(endpoints)


def make_endpoints() -> list[Endpoint]:
    """Return what is asked, of an organization with two policies."""
    now = clock.now()
    organization, people = make_people(0, now)
    policy, *_ = [make_policy(organization, people, sizes, now) for sizes in _LAYERS]
    _, key = create_api_key(organization_id=organization.pk, name="bench", now=now)
    list_path = "/v1/escalation/policies"
    incident = {"title": "Invoices stuck", "severity": "high", "escalationPolicyId": str(policy.pk)}
    return [
        Endpoint(title="GET policies", method="GET", path=list_path, key=key, status=200),
        Endpoint(title="GET policy", method="GET", path=f"{list_path}/{policy.pk}", key=key, status=200),
        Endpoint(
            title="POST incident", method="POST", path="/v1/incidents", key=key, status=201, body=orjson.dumps(incident)
        ),
    ]


# The web server


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A web server at work."""

    port: int
    process: psutil.Popen


@contextmanager
def serving(application: str) -> Iterator[Server]:
    """Serve ``application`` meanwhile, as an installation serves the product."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(web_command("127.0.0.1", port, application)) as process:
        wait_until(partial(_is_listening, port))
        yield Server(port=port, process=process)


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# Requests


def measure(
    endpoint: Endpoint, product: Server, floor: Server, seconds: float, rounds: int
) -> tuple[list[Run], list[Run]]:
    """Print requests a second, product against floor; return the rounds of both."""
    _check_answers(endpoint, product, floor)
    runs: tuple[list[Run], list[Run]] = ([], [])
    for _ in range(rounds):
        for server, run in zip((product, floor), runs, strict=True):
            run.append(_round(endpoint, server, seconds))
    show(endpoint.title, *runs)
    for name, run in zip(("product", "floor"), runs, strict=True):
        client = median(one.client_cpu / one.done for one in run)
        print(f"  {endpoint.title:<28} client   {client * 1e6:>8.0f} us a request of the {name}", flush=True)
    return runs


def _check_answers(endpoint: Endpoint, product: Server, floor: Server) -> None:
    """Fail unless both say the same; of what was just made, ids and instants differ."""
    answers = [orjson.loads(ask(server.port, endpoint))["data"] for server in (product, floor)]
    if endpoint.body:
        answers = [{**answer, "id": "", "createdAt": "", "updatedAt": ""} for answer in answers]
    if answers[0] != answers[1]:
        raise RuntimeError(f"{endpoint.title}: {answers[0]} is not {answers[1]}.")


def _round(endpoint: Endpoint, server: Server, seconds: float) -> Run:
    execute("TRUNCATE incidents_incident CASCADE")
    warmed_up, _ = drive(server.port, endpoint, seconds * _WARM_UP_SHARE)
    own, postgres, client = tree_cpu_seconds(server.process), postgres_cpu_seconds(), time.process_time()
    done, taken = drive(server.port, endpoint, seconds)
    client = time.process_time() - client
    own, after = tree_cpu_seconds(server.process) - own, postgres_cpu_seconds()
    if endpoint.body:
        _check_rows(warmed_up + done)
    return Run(
        done=done,
        seconds=taken,
        own_cpu=own,
        postgres_cpu=None if postgres is None or after is None else after - postgres,
        client_cpu=client,
    )


def _check_rows(incidents: int) -> None:
    """Fail unless so many incidents were written, each with all that belongs to it."""
    expected = [incidents * rows for rows in _ROWS_OF_AN_INCIDENT.values()]
    written = [kind._default_manager.count() for kind in _ROWS_OF_AN_INCIDENT]
    if written != expected:
        raise RuntimeError(f"Wrote {written} instead of {expected}.")


# Statements


def show_statements(endpoints: Iterable[Endpoint]) -> None:
    """Print how many statements a request takes on the wire, transactions and health checks included."""
    logging.disable()
    application = get_wsgi_application()
    for endpoint in endpoints:
        product = _statements(application, endpoint, lambda: connection.connection)
        floor = _statements(api_floor.application, endpoint, api_floor.driver)
        print(f"  {endpoint.title:<28} statements: product {product}, floor {floor}", flush=True)


def _statements(application: _Application, endpoint: Endpoint, driver: Callable[[], Any]) -> int:
    """Return the least of a few calls: the first ones prepare, and some bear a hint to the workers beside their own."""
    _call(application, endpoint)
    return min(_statements_of_a_call(application, endpoint, driver().pgconn) for _ in range(_CALLS))


def _statements_of_a_call(application: _Application, endpoint: Endpoint, pgconn: PGconn) -> int:
    with tempfile.TemporaryFile("w+") as wire:
        pgconn.trace(wire.fileno())
        pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        _call(application, endpoint)
        pgconn.untrace()
        wire.seek(0)
        return sum(_SENT_STATEMENT.match(line) is not None for line in wire)


def _call(application: _Application, endpoint: Endpoint) -> None:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": endpoint.method,
        "PATH_INFO": endpoint.path,
        "HTTP_AUTHORIZATION": f"Bearer {endpoint.key}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(endpoint.body)),
        "wsgi.input": io.BytesIO(endpoint.body),
    }
    setup_testing_defaults(environ)
    answer = application(environ, lambda status, headers: None)
    b"".join(answer)
    if isinstance(answer, HttpResponseBase):
        answer.close()


if __name__ == "__main__":
    main()
