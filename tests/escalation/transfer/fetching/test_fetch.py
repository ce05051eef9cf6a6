"""Fetching whatever the other side does: patience, honesty, and going on where it stopped."""

from __future__ import annotations

import stat
import time
from datetime import timedelta

import pytest

from escalation.transfer.fetching import calls
from escalation.transfer.fetching import fetch as fetching
from escalation.transfer.fetching.calls import LONGEST_WAIT_SECONDS, MOST_WAITS, TRIES
from escalation.transfer.foreign.bundle import is_bundle, read_bundle
from escalation.transfer.reading.sources import Source
from tests.escalation.transfer.fetching.conftest import NOW
from tests.rogue import free_port
from tests.standins import TOKEN, StandIn, break_off, hang_up, pagerduty, serving, status

RESETS = {"ratelimit_limit": "960", "ratelimit_remaining": "0", "ratelimit_reset": "17"}


@pytest.fixture
def standin():
    with serving(pagerduty(users=150, v3=False)) as standin:
        yield standin


def everything_below(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


# What is kept


def test_pages_are_kept_byte_for_byte(fetch, standin):
    fetched = fetch(standin)
    files = [(fetched.out / page["file"]).read_bytes() for page in fetched.manifest["pages"]]
    assert sorted(files) == sorted(standin.sent.values())
    assert all(file.endswith(b" \n") for file in files)


def test_a_bundle_is_what_readers_take(fetch, standin):
    fetched = fetch(standin)
    sources = [Source(name, content) for name, content in everything_below(fetched.out).items()]
    assert is_bundle(sources)
    bundle = read_bundle(sources)
    assert (bundle.source, bundle.account, bundle.weeks) == ("pagerduty", standin.url, 26)
    assert bundle.fetched_at.isoformat() == "2026-11-25T08:00:00+00:00"
    assert [page.of for page in bundle.pages("overrides")] == ["PS0", "PS1"]
    assert len(list(bundle.each("users", "users"))) == 150


def test_nobody_else_reads_it(fetch, standin):
    fetched = fetch(standin)
    assert stat.S_IMODE(fetched.out.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in fetched.out.iterdir()} == {0o600}
    assert not (fetched.out / "fetching.json").exists()


def test_an_empty_directory_is_taken_and_closed_to_others(fetch, standin, tmp_path):
    (tmp_path / "bundle").mkdir(mode=0o755)
    fetch(standin)
    assert stat.S_IMODE((tmp_path / "bundle").stat().st_mode) == 0o700


def test_how_far_it_is_is_told_for_each_kind(fetch, standin):
    told = fetch(standin).told.splitlines()
    assert "users: 2 of 2" in told
    assert "schedule: 2 of 2" in told


# The token


@pytest.mark.parametrize(
    "trouble", [status(401), status(403), status(400, TOKEN.encode()), status(302, Location=f"http://{TOKEN}/")]
)
def test_the_token_is_in_no_file_and_no_text(fetch, standin, trouble):
    standin.trouble("/services", trouble)
    fetched = fetch(standin)
    assert fetched.failed
    assert TOKEN not in fetched.failed + fetched.told
    assert all(TOKEN.encode() not in content for content in everything_below(fetched.out).values())
    assert TOKEN.encode() not in b"".join(everything_below(fetch(standin).out).values())
    assert all(asked.headers["authorization"] == f"Token token={TOKEN}" for asked in standin.asked)


def test_redirects_are_not_followed(fetch, standin):
    with serving(pagerduty()) as elsewhere:
        standin.trouble("/users", status(301, Location=f"{elsewhere.url}/users"))
        fetched = fetch(standin)
    assert elsewhere.asked == []
    assert len(standin.asked) == 1
    assert f"answered 301 and points to 127.0.0.1:{elsewhere.port}, where the token does not go" in fetched.failed


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(401, "does not accept the token (401)"), (403, "does not let the token read /users (403)")],
)
def test_a_token_that_is_refused_ends_it_at_once(fetch, standin, number, sentence):
    standin.trouble("/users", status(number))
    fetched = fetch(standin)
    assert f"PagerDuty {sentence}" in fetched.failed
    assert (len(standin.asked), fetched.waits) == (1, [])
    assert list(fetched.out.iterdir()) == []


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX-Evil: 1", "t\u00f6ken", "a\x00b"])
def test_what_is_no_token_is_not_sent_or_shown(fetch, standin, token):
    assert fetch(standin, token=token).failed == "The token holds characters that no token has."
    assert standin.asked == []


# Patience


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (RESETS, 17),
        ({"Retry_After": "5", **RESETS}, 5),
        ({"Retry_After": "0"}, 1),
        ({}, 4),
        ({"ratelimit_reset": "soon"}, 4),
    ],
)
def test_a_product_that_wants_to_be_left_alone_is(fetch, standin, headers, seconds):
    standin.trouble("/users", status(429, **headers))
    fetched = fetch(standin)
    assert (fetched.failed, fetched.waits) == ("", [seconds])
    assert f"too many requests (429). Going on in {seconds} s." in fetched.told


def test_until_when_is_understood_as_well(fetch, standin):
    standin.trouble("/users", status(429, ratelimit_reset=str(int(time.time()) + 100)))
    (seconds,) = fetch(standin).waits
    assert 50 < seconds <= 100


def test_a_product_that_wants_it_for_too_long_is_left_to_the_operator(fetch, standin):
    standin.trouble("/schedules", status(429, Retry_After=str(LONGEST_WAIT_SECONDS + 1)))
    fetched = fetch(standin)
    assert "wants to be left alone for 16 minutes. Try again then." in fetched.failed
    assert fetched.waits == []


def test_a_product_that_never_has_time_is_asked_no_longer(fetch, standin):
    standin.trouble("/users", *[status(429, Retry_After="1")] * (MOST_WAITS + 1))
    fetched = fetch(standin)
    assert "still says that there are too many requests" in fetched.failed
    assert len(fetched.waits) == MOST_WAITS


def test_no_more_is_asked_than_is_allowed(fetch, standin):
    standin.headers = {"ratelimit-remaining": "0", "ratelimit-reset": "3"}
    fetched = fetch(standin)
    assert fetched.waits == [3.0] * (len(standin.asked) - 1)
    standin.headers = {"ratelimit-remaining": "1", "ratelimit-reset": "3"}
    assert fetch(standin, out=fetched.out.with_name("other")).waits == []


@pytest.mark.parametrize("trouble", [status(500), status(503), status(502, b"<html>"), break_off, hang_up])
def test_what_passes_is_tried_again(fetch, standin, trouble):
    standin.trouble("/escalation_policies", trouble, trouble)
    fetched = fetch(standin)
    assert (fetched.failed, fetched.waits) == ("", [1.0, 2.0])
    assert "PagerDuty is not well. escalation_policies, page 1: " in fetched.told
    assert sorted(standin.sent.values()) == sorted(
        (fetched.out / page["file"]).read_bytes() for page in fetched.manifest["pages"]
    )


def test_what_does_not_pass_is_given_up_with_a_reason(fetch, standin):
    standin.trouble("/escalation_policies", *[status(500)] * TRIES)
    fetched = fetch(standin)
    assert fetched.failed == (
        f"escalation_policies, page 1: it answered 500. Tried {TRIES} times; try again later. Pages fetched so far: "
        f"2, in {fetched.out}. The same command goes on from there."
    )
    assert fetched.waits == [1, 2, 4, 8, 16, 32, 60]


def test_waits_are_jittered(fetch, standin):
    standin.trouble("/users", status(500), status(500), status(429, Retry_After="5"))
    assert fetch(standin, jitter=0.5).waits == [0.75, 1.5, 5.5]


def test_nobody_at_home_is_told(fetch):
    fetched = fetch(StandIn(lambda asked: 404, lambda headers: ""), base_url=f"http://127.0.0.1:{free_port()}")
    assert "no connection (ConnectionRefusedError)" in fetched.failed


# Answers that are none


def test_a_page_larger_than_anybody_reads_is_refused(fetch, standin, monkeypatch):
    monkeypatch.setattr(calls, "MAX_PAGE", 1000)
    assert fetch(standin).failed.startswith("users, page 1 is larger than 0 MB.")


def test_more_than_a_bundle_may_hold_is_refused(fetch, standin, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_FILES", 7)
    assert fetch(standin).failed == "There are more than 7 pages, which is more than a bundle may have."
    monkeypatch.setattr(fetching, "MAX_BYTES", 3000)
    assert fetch(standin).failed.startswith("All pages together are larger than 0 MB. Ask for fewer weeks")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html>Sign in</html>", "should be JSON, and is not."),
        (b"\xff\xfe{}", "should be JSON, and is not."),
        (b"[" * 100_000, "should be JSON, and is not."),
        (b"[]", "should be a JSON object."),
        (b"{}", "should have a list in 'schedules'."),
        (b'{"schedules": {}}', "should have a list in 'schedules'."),
        (b'{"schedules": [7]}', "in schedules, should be a JSON object."),
        (b'{"schedules": [{"name": "A"}]}', "in schedules, should have a text in 'id'."),
    ],
)
def test_what_is_of_no_known_shape_is_told_plainly_and_not_kept(fetch, standin, content, sentence):
    standin.trouble("/schedules", status(200, content))
    fetched = fetch(standin)
    assert f"schedules, page 1{',' if sentence.startswith('in') else ''} {sentence}" in fetched.failed
    assert not list(fetched.out.glob("schedules-*"))
    assert fetch(standin).failed == ""


def test_what_the_product_says_is_shown_as_text(fetch, standin):
    standin.trouble("/users", status(400, b'{"error": "since\x1b[31m is\n\ttoo early"}' + b"!" * 1000))
    fetched = fetch(standin)
    assert 'users, page 1: PagerDuty answered 400: {"error": "since [31m is too early"}!!!' in fetched.failed
    assert len(fetched.failed) < 400


# Going on


def test_what_is_there_is_not_fetched_again(fetch, standin):
    standin.trouble("/schedules/PS0", *[status(500)] * TRIES)
    first = fetch(standin)
    before = standin.targets()
    assert "Pages fetched so far: 5, in" in first.failed
    second = fetch(standin, now=NOW + timedelta(hours=3))
    asked = standin.targets()[len(before) :]
    assert second.failed == ""
    assert "Going on with what was begun at 2026-11-25T08:00:00Z: 5 pages." in second.told
    assert [target.partition("?")[0] for target in asked] == [
        "/v3/schedules",  # there was none, and now there might be
        "/schedules/PS0",
        "/schedules/PS0/overrides",
        "/schedules/PS1",
        "/schedules/PS1/overrides",
    ]
    assert asked[1] == before[-1]


def test_a_fetch_in_pieces_is_the_same_as_one_in_one_go(fetch, standin, tmp_path):
    whole = everything_below(fetch(standin, out=tmp_path / "whole").out)
    paths = [asked.path for asked in standin.asked]
    for path in dict.fromkeys(paths):
        if path != "/v3/schedules":
            standin.trouble(path, *[status(500)] * TRIES)
    failures = 0
    while fetch(standin, out=tmp_path / "pieces").failed:
        failures += 1
    assert failures == len(set(paths)) - 1
    assert everything_below(tmp_path / "pieces") == whole


def test_an_interrupted_fetch_says_how_to_go_on(fetch, standin):
    def interrupt(*_):
        raise KeyboardInterrupt

    standin.trouble("/schedules", status(500))
    fetched = fetch(standin, sleep=interrupt)
    assert (
        fetched.failed
        == f"Interrupted. Pages fetched so far: 1, in {fetched.out}. The same command goes on from there."
    )
    assert fetch(standin).failed == ""
