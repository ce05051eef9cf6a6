"""B89 to B98: who is asking."""

from __future__ import annotations

from dataclasses import replace

from accounts.keys import make_key
from tests.edge.calls import PRIVATE, TEAM, WRITES, each
from tests.edge.catalogue.case import Case, refused

_UNKNOWN = make_key()


def _nobody(number, about, calls):
    return refused(number, about, 401, "not_authorized", calls, scope=None)


def _sending(*authorizations):
    return [call for text in authorizations for call in each(PRIVATE, headers={"Authorization": text})]


CASES: list[Case] = [
    _nobody(89, "no key", PRIVATE),
    _nobody(89, "another scheme, or none", _sending("", "Bearer", "Basic YTpi", "Token x", _UNKNOWN)),
    _nobody(
        90, "what cannot be a key", _sending("Bearer x", f"Bearer  {_UNKNOWN}", f"Bearer {_UNKNOWN[:-1]}", "Bearer é")
    ),
    _nobody(90, "a key of another installation", _sending(f"Bearer {_UNKNOWN.replace('live', 'test')}")),
    _nobody(91, "a key nobody has", _sending(f"Bearer {_UNKNOWN}")),
    _nobody(92, "a key in the query string", [replace(call, path=f"{call.path}?api_key={{key}}") for call in PRIVATE]),
    _nobody(92, "a key in the body", [call.spoiled(Authorization="Bearer {key}", api_key="{key}") for call in WRITES]),
    refused(
        94,
        "a key that only reads",
        403,
        "insufficient_scope",
        [call for call in PRIVATE if call.method != "get" and call not in TEAM],
        scope="read",
    ),
    *(refused(94, f"the team: {scope}", 401, "not_authorized", TEAM, scope=scope) for scope in ("read", "trigger")),
    refused(
        94,
        "a key that only triggers",
        403,
        "insufficient_scope",
        [
            call
            for call in PRIVATE
            if call not in TEAM and (not call.path.startswith("/v1/incidents") or call.path.endswith("/handoff"))
        ],
        scope="trigger",
    ),
]

_KEYS = "tests/accounts/api/test_authentication.py"
ELSEWHERE = {
    89: [
        f"{_KEYS}::test_a_missing_key_is_told_as_such",
        "tests/scaling/api/test_over_the_wire.py::test_two_keys_are_no_key",
    ],
    90: [f"{_KEYS}::test_a_key_that_cannot_be_one_is_refused_without_a_query"],
    91: [f"{_KEYS}::test_unknown_revoked_expired_and_shut_out_keys_get_the_same_answer"],
    92: [f"{_KEYS}::test_a_key_in_the_query_string_or_the_body_counts_for_nothing"],
    93: [f"{_KEYS}::test_unknown_revoked_expired_and_shut_out_keys_get_the_same_answer"],
    95: [f"{_KEYS}::test_a_session_of_the_admin_counts_for_nothing"],
    96: [f"{_KEYS}::test_an_address_with_too_many_wrong_keys_is_told_to_wait"],
    97: [f"{_KEYS}::test_a_revoked_key_fails_on_the_very_next_request"],
}
