"""The catalogue of bad input, numbered B1 to B98: what is sent, and what comes of it.

A number stands in one of three tables: ``CASES`` is run here over the real endpoints, ``ELSEWHERE`` names the tests
that prove it, ``NOT_YET`` names what the program does not have. ``UNMET`` says where what is proven is not all that is
expected.
"""

from __future__ import annotations

from tests.edge.catalogue import incidents, keys, plans, texts, transport

_PARTS = (transport, texts, plans, incidents, keys)

CASES = [case for part in _PARTS for case in part.CASES]
ELSEWHERE = {number: tests for part in _PARTS for number, tests in part.ELSEWHERE.items()}
NOT_YET = {
    34: "a NUL in what another system reports is stripped and the page goes out: there are no inbound webhooks",
    98: "the key of one organization in the webhook address of another: there are no inbound webhooks",
}
UNMET = {
    16: "a body that comes byte by byte holds a thread of the web server until its client goes: a proxy has to buffer",
    92: "the owner of a key sent in a query string is not warned",
}
