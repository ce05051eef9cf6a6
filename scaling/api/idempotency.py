"""``Idempotency-Key``: a POST that is repeated has one effect and one answer (contract 1.3).

The record of the answer commits in the same transaction as the effect, so there is never one without the other. A
request holds an advisory lock on its key until that transaction ends; who does not get the lock is told that the
first is still running. The unique index is the truth: should two ever pass the lock, one of them fails.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.response import Response

from scaling.api.renderers import JsonRenderer, encode
from scaling.errors import IdempotencyInProgress, IdempotencyKeyReused, InvalidInput
from scaling.models import IdempotencyRecord
from scaling.request_id import request_id_of

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)

_KEY = re.compile("[!-~]{1,255}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRequest:
    """A request with the name its client gave it. Names count within one route of one organization."""

    organization_id: str
    route: str
    key: str
    fingerprint: bytes

    @property
    def lock(self) -> int:
        """The number of the advisory lock, drawn from 64 bits."""
        name = "\0".join(["idempotency", self.organization_id, self.route, self.key])
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


class ShownOnce(Response):
    """An answer with a secret in it, which is not stored: a repeat is told ``remembered`` instead."""

    def __init__(self, body: object, *, remembered: object, status: int) -> None:
        super().__init__(body, status=status)
        self.remembered = remembered


def name_request(request: HttpRequest, organization_id: str) -> NamedRequest:
    """Return ``request`` by the name in its header; reads the body.

    Raises:
        InvalidInput: the header is not 1 to 255 visible ASCII characters.
    """
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise InvalidInput([(HEADER, "Send 1 to 255 visible ASCII characters.")])
    match = request.resolver_match
    if match is None:
        raise LookupError("The request has not been routed.")
    route = " ".join([match.route, *(str(value) for value in match.kwargs.values())])
    fingerprint = hashlib.sha256(request.body).digest()
    return NamedRequest(organization_id=organization_id, route=route, key=key, fingerprint=fingerprint)


def answer_once(
    named: NamedRequest, request: HttpRequest, answer: Callable[[], Response], *, now: datetime
) -> HttpResponseBase:
    """Return the answer to ``named``: the first one again if there was one, else that of ``answer``.

    ``answer`` turns its errors into responses itself. One of 500 and above undoes everything and is not remembered.

    Raises:
        IdempotencyInProgress: the first request of this name is still running.
        IdempotencyKeyReused: the name belongs to a request with another body.
    """
    with transaction.atomic():
        _lock(named)
        first = _first_answer(named, now)
        if first is not None:
            return _replay(first, named, request)
        response = answer()
        if response.status_code >= 500:
            transaction.set_rollback(True)
        else:
            _remember(named, response, now)
    return response


def answer_once_for_good(
    named: NamedRequest, request: HttpRequest, answer: Callable[[], Response], *, now: datetime
) -> HttpResponseBase:
    """Return the answer to ``named`` like ``answer_once``, where no transaction can hold the effect: a message sent.

    ``answer`` opens its own transactions. Should the process die between the effect and the record, a repeat acts again.
    """
    with _locked_meanwhile(named):
        first = _first_answer(named, now)
        if first is not None:
            return _replay(first, named, request)
        response = answer()
        if response.status_code < 500:
            _remember(named, response, now)
    return response


def take_out(field: str, *, organization_id: str, parent_id: UUID, resource_id: UUID) -> None:
    """Null a field of ``resource_id`` in the answers remembered of POSTs below ``parent_id``: no replay brings it back.

    One statement, one more for each answer that tells of the resource.
    """
    of_parent = IdempotencyRecord.objects.filter(organization_id=organization_id, route__endswith=f" {parent_id}")
    for record in of_parent:
        answer = orjson.loads(bytes(record.body))
        if answer.get("data", {}).get("id") == str(resource_id):
            answer["data"][field] = None
            record.body = encode(answer)
            record.save(update_fields=["body"])


def delete_expired(*, now: datetime) -> int:
    """Delete the records that no longer count; return how many."""
    deleted, _ = IdempotencyRecord.objects.filter(created_at__lte=now - KEPT).delete()
    return deleted


def _lock(named: NamedRequest) -> None:
    """Hold the lock until the transaction ends."""
    _take(named, "pg_try_advisory_xact_lock")


@contextmanager
def _locked_meanwhile(named: NamedRequest) -> Iterator[None]:
    """Hold the lock on the connection, through any number of transactions; it goes with the connection."""
    _take(named, "pg_try_advisory_lock")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [named.lock])


def _take(named: NamedRequest, function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [named.lock])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise IdempotencyInProgress("The first request with this Idempotency-Key is still running.")


def _first_answer(named: NamedRequest, now: datetime) -> IdempotencyRecord | None:
    return IdempotencyRecord.objects.filter(
        organization_id=named.organization_id, route=named.route, key=named.key, created_at__gt=now - KEPT
    ).first()


def _replay(first: IdempotencyRecord, named: NamedRequest, request: HttpRequest) -> HttpResponse:
    if bytes(first.fingerprint) != named.fingerprint:
        raise IdempotencyKeyReused("This Idempotency-Key belongs to a request with another body.")
    body = bytes(first.body)
    if first.status >= 400:
        body = encode({**orjson.loads(body), "requestId": request_id_of(request)})
    headers = {"Idempotent-Replayed": "true"}
    return HttpResponse(body, status=first.status, content_type=JsonRenderer.media_type, headers=headers)


def _remember(named: NamedRequest, response: Response, now: datetime) -> None:
    record = IdempotencyRecord(
        organization_id=named.organization_id,
        route=named.route,
        key=named.key,
        fingerprint=named.fingerprint,
        status=response.status_code,
        body=encode(response.remembered if isinstance(response, ShownOnce) else response.data),
        created_at=now,
    )
    # A record that is there already has expired: under the lock, a living one would have been replayed.
    IdempotencyRecord.objects.bulk_create(
        [record],
        update_conflicts=True,
        unique_fields=["organization_id", "route", "key"],
        update_fields=["fingerprint", "status", "body", "created_at"],
    )
