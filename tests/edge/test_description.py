"""The API is what its description says, whatever is sent (invariant I27): schemathesis, over WSGI, with a real key."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS
from schemathesis.generation import GenerationMode

from scaling.api.chunked import ChunkedBodies
from scaling.api.description import description
from tests.edge.calls import PUBLIC, call_of, filled
from tests.routes import api_routes

pytestmark = pytest.mark.django_db

SEED = 20261123
EXAMPLES = 10
TRIES = 4
SUCCESS = {200, 201, 204}
# Names, targets and time zones obey rules that JSON Schema has no words for.
_NOT_DESCRIBED = "positive_data_acceptance"
_WORDS_OF_THE_WORLD = frozenset(
    {
        *("target", "steps", "layerIds", "timezone", "ownerId", "userId", "targetUserId", "participantIds"),
        *("rotationType", "rotationLengthDays", "effectiveFrom", "effectiveUntil", "restrictions", "rotationLayerId"),
        *("startsAt", "endsAt", "windows", "until", "componentIds", "aliases", "maintenanceWindow"),
        *("channel", "address", "rules", "quietHours"),
        *("url", "from", "to"),
    }
)
_REFERENCES = frozenset({"ownerScheduleId", "escalationPolicyId", "componentIds", "firing"})
_QUIET = {"deadline": None, "database": None, "phases": [Phase.generate], "suppress_health_check": list(HealthCheck)}


@cache
def described():
    """Return the description, as something that can be called; built once, as that takes a good part of a second."""
    schema = schemathesis.openapi.from_dict(json.loads(description()))
    schema.app = ChunkedBodies(WSGIHandler())
    return schema


@pytest.fixture(autouse=True)
def _one_connection():
    """Keep requests from closing the connection, on which the test's transaction rests (as Django's client does)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize(("method", "path"), api_routes())
def test_what_the_description_allows_is_answered_as_it_says(method, path, world):
    statuses = set()

    @settings(max_examples=EXAMPLES, **_QUIET)
    @given(case=_cases(method, path, GenerationMode.POSITIVE), is_of_this_world=st.booleans())
    def check(case, is_of_this_world):
        if is_of_this_world:
            _move(case, path, call_of(method, path), world)
        statuses.add(_call(case, world).status_code)

    # What a seed draws depends on the modules that happen to be loaded, so one draw may be all bad luck.
    for number in range(SEED, SEED + TRIES):
        seed(number)(check)()
        if statuses & SUCCESS:
            break
    assert statuses & SUCCESS, f"nothing succeeded with seeds from {SEED}"


@pytest.mark.parametrize(("method", "path"), [route for route in api_routes() if route[1] != PUBLIC])
def test_what_the_description_forbids_is_refused_as_it_says(method, path, world):
    @seed(SEED)
    @settings(max_examples=EXAMPLES, **_QUIET)
    @given(case=_cases(method, path, GenerationMode.NEGATIVE))
    def check(case):
        _call(case, world)

    print(f"seed {SEED}")
    check()


def _cases(method, path, mode):
    return described()[path][method].as_strategy(generation_mode=mode)


def _call(case, world):
    """Call the API and hold its answer to the description; undo what the call did."""
    before = transaction.savepoint()  # no block, which would keep codes from being sent
    response = case.call_and_validate(
        headers={"Authorization": f"Bearer {world['key']}"}, excluded_checks=CHECKS.get_by_names([_NOT_DESCRIBED])
    )
    transaction.savepoint_rollback(before)
    return response


def _move(case, path, working, world):
    """Let a call be about what there is: random ids find nothing."""
    places = zip(re.findall(r"{(\w+)}", path), re.findall(r"{(\w+)}", working.path), strict=True)
    case.path_parameters = {name: world[place] for name, place in places}
    case.headers.clear()
    if isinstance(case.body, dict):
        kept = {name: value for name, value in case.body.items() if name not in _REFERENCES}
        known = {name: value for name, value in filled(working.body, world).items() if name in _WORDS_OF_THE_WORLD}
        case.body = {**kept, **known}
