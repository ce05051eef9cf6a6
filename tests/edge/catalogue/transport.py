"""B1 to B28: transport, media type, JSON."""

from __future__ import annotations

import gzip
import json

from tests.edge.calls import (
    INVITE,
    NEEDS_NO_BODY,
    POLICIES,
    POLICY,
    POSTS,
    PRIVATE,
    READS,
    ROUTES,
    WRITES,
    Call,
    call_of,
    each,
    with_field,
)
from tests.edge.catalogue.case import accepted, invalid, refused, unreadable

_METHODS = ("get", "post", "put", "patch", "delete", "options", "trace", "connect", "invented")


def _sent(*bodies):
    return [call for body in bodies for call in each(WRITES, body=body)]


def _shaped(calls):
    """Return the calls to which a body of the wrong shape is 422: to an invitation it is 400."""
    return [call for call in calls if call.path != INVITE]


def _sent_as(*content_types):
    return [call for content_type in content_types for call in each(WRITES, content_type=content_type)]


def _under(name, *values):
    return [call for value in values for call in each(WRITES, headers={name: value})]


def _with_number(text):
    """Return each call whose body has a number, with ``text`` in its place."""
    places = [(name, call) for call in WRITES for name, value in call.body.items() if type(value) is int]
    assert places
    return [
        Call(
            method=call.method,
            path=call.path,
            body=json.dumps(call.spoiled(**{name: "@"}).body).replace('"@"', text).encode(),
        )
        for name, call in places
    ]


def _other_methods():
    paths = {}
    for call in ROUTES:
        paths.setdefault(call.path, {"head"}).add(call.method)
    return [
        Call(method=method, path=path) for path, served in paths.items() for method in _METHODS if method not in served
    ]


def _nested(depth):
    return b'{"name":' + b"[" * depth + b"]" * depth + b"}"


CASES = [
    unreadable(1, "half a JSON text", _sent(b'{"name":', b"{", b'{"name" "x"}', b"{}}")),
    unreadable(2, "no body", each([call for call in WRITES if call.path not in NEEDS_NO_BODY], body=b"")),
    unreadable(2, "a body of blanks", _sent(b" \n")),
    invalid(3, "not an object", "", _shaped(_sent(b"[]", b'[{"name": "x"}]', b'"name"', b"1", b"true", b"null"))),
    refused(
        4,
        "another media type",
        415,
        "unsupported_media_type",
        _sent_as("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json"),
    ),
    refused(
        5,
        "another charset",
        415,
        "unsupported_media_type",
        _sent_as(
            "application/json; charset=utf-16", "application/json; charset=latin-1", "application/json; charset=?"
        ),
    ),
    unreadable(6, "bytes that are not UTF-8", _sent(b'{"name": "\xe9"}', b"\xff\xfe{\0}\0")),
    unreadable(7, "a byte order mark", _sent(b'\xef\xbb\xbf{"name": "x"}')),
    unreadable(8, "numbers that are none", _sent(b'{"name": NaN}', b'{"x": [Infinity]}', b'{"x": {"y": -Infinity}}')),
    refused(9, "an integer beyond all bounds", 422, "validation_error", _with_number("1e400")),
    unreadable(10, "five thousand digits", _with_number("9" * 5_000)),
    *(
        invalid(11, "an integer too large", name, with_field(name, 2**31, 2**63, 10**400))
        for name in ("position", "ackTimeoutMinutes", "firing")
    ),
    unreadable(
        12, "a field twice", _sent(b'{"name":"a","name":"b"}', b'{"target": {"type": "users", "type": "users"}}')
    ),
    unreadable(13, "bodies that exhaust a stack", _sent(_nested(200_000), b'{"a":' * 100_000)),
    unreadable(14, "deep nesting", _sent(_nested(900), _nested(33))),
    refused(
        15,
        "a body that is too large",
        413,
        "payload_too_large",
        _sent(*(b'{"name":"%s"}' % (b"x" * size) for size in (1024 * 1024, 3_000_000))),
    ),
    refused(
        17,
        "a compressed body",
        415,
        "unsupported_media_type",
        [
            *_under("Content-Encoding", "gzip", "br"),
            *each(_under("Content-Encoding", "gzip"), body=gzip.compress(b"{}")),
        ],
    ),
    refused(
        19,
        "an answer in something else than JSON",
        406,
        "not_acceptable",
        [call for kind in ("text/html", "application/xml") for call in each(ROUTES, headers={"Accept": kind})],
    ),
    accepted(
        20, "?format=api", [Call(method=call.method, path=f"{call.path}?format=api", body=call.body) for call in ROUTES]
    ),
    refused(20, "a suffix", 404, "not_found", [Call(method="get", path=f"{call.path}.json") for call in READS]),
    accepted(21, "a method override", each(POSTS, headers={"X-HTTP-Method-Override": "DELETE"})),
    refused(
        21,
        "a method override on a resource",
        405,
        "method_not_allowed",
        [Call(method="post", path=POLICY, headers={"X-HTTP-Method-Override": "DELETE"})],
    ),
    refused(22, "a method the path does not have", 405, "method_not_allowed", _other_methods()),
    refused(24, "OPTIONS without a key", 401, "not_authorized", each(PRIVATE, method="options"), scope=None),
    refused(
        25,
        "a trailing slash",
        404,
        "not_found",
        [Call(method=call.method, path=f"{call.path}/", body=call.body) for call in ROUTES],
    ),
    *(
        invalid(28, "a field that does not exist", name, [call.spoiled(**{name: 5}) for call in _shaped(WRITES)])
        for name in ("ackTimeoutMinute", "nmae", "__proto__")
    ),
    invalid(
        28,
        "layers in a policy",
        "layers",
        [call_of(method, path, layers=[]) for method, path in (("post", POLICIES), ("patch", POLICY), ("put", POLICY))],
    ),
    invalid(28, "steps in a change of a policy", "steps", [call_of("patch", POLICY, steps=[])]),
]

_WIRE = "tests/scaling/api/test_over_the_wire.py"
_LIST = "tests/incidents/api/test_list.py"
ELSEWHERE = {
    1: ["tests/scaling/api/test_parsers.py::test_a_body_that_is_no_json_is_refused_without_repeating_it"],
    16: ["tests/scenarios/test_trouble.py::test_a_body_cut_short_is_refused_and_changes_nothing"],
    18: [f"{_WIRE}::test_too_many_headers_are_refused_and_the_server_lives_on"],
    22: ["tests/edge/test_bad_input.py::test_a_method_a_path_does_not_have_is_told_with_those_it_has"],
    23: ["tests/edge/test_bad_input.py::test_head_answers_like_get_without_a_body", f"{_WIRE}::test_head_has_no_body"],
    26: [
        f"{_WIRE}::test_odd_paths_and_methods_are_answered_in_json",
        "tests/scaling/api/test_unknown_paths.py"
        "::test_a_path_that_is_none_is_not_found_with_a_key_and_unauthorized_without",
    ],
    27: [
        f"{_LIST}::test_names_the_parameter_that_is_wrong",
        f"{_LIST}::test_a_parameter_given_twice_is_refused",
        f"{_LIST}::test_an_unknown_parameter_is_ignored",
        f"{_LIST}::test_a_cursor_counts_in_its_own_organization_only",
    ],
}
