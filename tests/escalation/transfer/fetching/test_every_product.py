"""What holds for every product, with its own ways of paging, throttling and naming things."""

from __future__ import annotations

from functools import partial

import pytest

from escalation.transfer.fetching.calls import TRIES
from escalation.transfer.fetching.service import PRODUCTS
from escalation.transfer.foreign.bundle import PRODUCTS as READABLE
from escalation.transfer.foreign.bundle import read_bundle
from escalation.transfer.foreign.readers import read_foreign
from escalation.transfer.reading.sources import Source
from tests.standins import TOKEN, break_off, goalert, grafana_oncall, hang_up, opsgenie, pagerduty, serving, status

STANDINS = {
    "pagerduty": partial(pagerduty, users=150, v3=True),
    "opsgenie": partial(opsgenie, users=3),
    "grafana-oncall": partial(grafana_oncall, users=5),
    "goalert": partial(goalert, users=5, schedules=2),
}
THROTTLED = {
    "pagerduty": {"ratelimit_reset": "6"},
    "opsgenie": {"X_RateLimit_Period_In_Sec": "6"},
    "grafana-oncall": {"RateLimit_Reset": "6"},
    "goalert": {"Retry_After": "6"},
}
FIRST = ("/users", "/v2/users", "/api/v1/users/", "/api/graphql")
"""What is asked first, of one product or another."""
PASSING = {"500": status(500), "503": status(503), "breaks off": break_off, "hangs up": hang_up}


@pytest.fixture(params=STANDINS)
def product(request):
    return request.param


@pytest.fixture
def standin(product):
    with serving(STANDINS[product]()) as standin:
        yield standin


@pytest.fixture
def fetch(fetch, product):
    return partial(fetch, product=product)


def everything_below(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_every_product_that_is_read_is_fetched():
    assert set(PRODUCTS) == set(STANDINS) == set(READABLE)


def test_pages_are_kept_byte_for_byte_and_make_a_bundle(fetch, standin, product):
    fetched = fetch(standin)
    files = everything_below(fetched.out)
    assert sorted(content for name, content in files.items() if name != "manifest.json") == sorted(
        standin.sent.values()
    )
    bundle = read_bundle([Source(name, content) for name, content in files.items()])
    assert (bundle.source, len(bundle.contents)) == (product, len(standin.sent))


def test_what_is_fetched_can_be_read(fetch, standin):
    files = everything_below(fetch(standin).out)
    arrival = read_foreign([Source(name, content) for name, content in files.items()])
    assert {subject.section for subject in arrival.refs} >= {"users", "schedules"}


@pytest.mark.parametrize("trouble", PASSING.values(), ids=PASSING)
def test_whatever_befalls_each_path_once_changes_nothing(fetch, standin, trouble, tmp_path):
    smooth = everything_below(fetch(standin, out=tmp_path / "smooth").out)
    for path in {asked.path for asked in standin.asked}:
        standin.trouble(path, trouble)
    rough = fetch(standin, out=tmp_path / "rough")
    assert rough.failed == ""
    assert set(rough.waits) == {1.0}
    assert everything_below(rough.out) == smooth


def test_it_is_left_alone_as_long_as_it_says(fetch, standin, product):
    for path in FIRST:
        standin.trouble(path, status(429, **THROTTLED[product]))
    fetched = fetch(standin)
    assert (fetched.failed, fetched.waits) == ("", [6.0])


def test_pieces_make_the_same_whole_without_asking_twice(fetch, standin, tmp_path):
    whole = everything_below(fetch(standin, out=tmp_path / "whole").out)
    once = len(standin.asked)
    paths = list(dict.fromkeys(asked.path for asked in standin.asked))
    for path in paths:
        standin.trouble(path, *[status(500)] * TRIES)
    failures = 0
    while fetch(standin, out=tmp_path / "pieces").failed:
        failures += 1
    assert failures == len(paths)
    assert everything_below(tmp_path / "pieces") == whole
    assert len(standin.asked) == 2 * once + failures * TRIES


def test_redirects_to_another_host_are_not_followed(fetch, standin, product):
    with serving(STANDINS[product]()) as elsewhere:
        for path in FIRST:
            standin.trouble(path, status(307, Location=f"{elsewhere.url}{path}"))
        fetched = fetch(standin)
    assert "answered 307 and points to" in fetched.failed
    assert (len(standin.asked), elsewhere.asked) == (1, [])


def test_the_token_is_sent_and_kept_nowhere(fetch, standin):
    fetched = fetch(standin)
    assert standin.asked
    assert all(standin.token(asked.headers) == TOKEN for asked in standin.asked)
    assert all(TOKEN not in asked.target + asked.body.decode() for asked in standin.asked)
    assert TOKEN.encode() not in b"".join(everything_below(fetched.out).values())
    assert TOKEN not in fetched.told


def test_a_token_that_it_does_not_know_ends_it_at_once(fetch, standin):
    fetched = fetch(standin, token="another-0ne")
    assert "does not accept the token (401)" in fetched.failed
    assert "another-0ne" not in fetched.failed + fetched.told
    assert len(standin.asked) == 1
