"""``manage.py fetch_from``, as people run it."""

from __future__ import annotations

import io
import json
import os
import signal
import threading

import pytest
from django.core.management import CommandError, call_command

from escalation.transfer.fetching.goalert_queries import QUERIES
from tests.processes import environment, eventually, running, stop
from tests.standins import TOKEN, pagerduty, serving, status


@pytest.fixture
def standin():
    with serving(pagerduty(users=120, schedules=4, v3=False)) as standin:
        yield standin


@pytest.fixture
def run(monkeypatch, standin, tmp_path):
    """Return a function that runs the command: its exit status, what it prints, and what it tells people."""
    monkeypatch.setenv("PD_TOKEN", f" {TOKEN}\n")

    def command(*arguments, product="pagerduty"):
        stdout, stderr = io.StringIO(), io.StringIO()
        given = {"--token-env": "PD_TOKEN", "--base-url": standin.url, "--out": str(tmp_path / "bundle")}
        given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
        options = [f"{name}={value}" if value is not None else name for name, value in given.items() if value != ""]
        try:
            call_command("fetch_from", product, *options, stdout=stdout, stderr=stderr)
        except CommandError as error:
            return error.returncode, stdout.getvalue(), str(error)
        return 0, stdout.getvalue(), stderr.getvalue()

    return command


def test_it_prints_where_the_bundle_is_and_asks_no_database(run, tmp_path):
    exit_status, printed, told = run()
    assert (exit_status, printed) == (0, f"{tmp_path / 'bundle'}\n")
    assert "users: 2 of 2" in told
    assert (tmp_path / "bundle" / "manifest.json").exists()


def test_nothing_is_told_where_nobody_wants_to_know(run):
    assert run("--verbosity", "0")[2] == ""


def test_what_is_missing_is_told_apart(run, standin):
    standin.answer = pagerduty(users=10_100, schedules=0, v3=False).answer
    exit_status, _, told = run("--verbosity", "0")
    assert exit_status == 0
    assert told == "Incomplete: PagerDuty gives 10000 users at most, and has more: the others are missing.\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--token-env", "NO_SUCH"), "--token-env: the environment has no NO_SUCH, or nothing in it."),
        (("--weeks", "0"), "--weeks: must be from 1 to 52."),
        (("--weeks", "53"), "--weeks: must be from 1 to 52."),
        (("--base-url", "ftp://api.example.org"), "--base-url: A URL has to start with https:// or http://."),
        (("--base-url", "https://u:p@api.example.org"), "--base-url: A URL may hold no user name or password."),
        (("--base-url", "https://api.example.org/?a=b"), "--base-url: must end before any ? or #."),
        (("--base-url", "http://93.184.215.14"), "--base-url: 93.184.215.14 is at 93.184.215.14, a public address"),
        (("--out", "/proc/nowhere"), "--out: No such file or directory: /proc/nowhere"),
        (("--out", "/etc/hostname"), "--out: File exists: /etc/hostname"),
    ],
)
def test_what_cannot_be_is_refused(run, standin, arguments, sentence):
    exit_status, printed, told = run(*arguments)
    assert (exit_status, printed) == (1, "")
    assert told.startswith(sentence)
    assert standin.asked == []


def test_a_disk_that_is_full_is_told(run, standin, monkeypatch, tmp_path):
    real = os.fsync

    def full(descriptor):
        if len(standin.asked) == 3:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    assert run()[::2] == (1, f"--out: No space left on device: {tmp_path / 'bundle'}")
    monkeypatch.undo()
    monkeypatch.setenv("PD_TOKEN", TOKEN)
    assert run()[0] == 0


@pytest.mark.parametrize("left_out", ["--token-env", "--out"])
def test_what_is_needed_is_named(run, left_out):
    assert run(left_out, "")[::2] == (1, f"{left_out}: is needed")


def test_the_grafana_of_a_token_is_for_one_product_alone(run):
    assert run("--grafana-url", "https://acme.grafana.net")[::2] == (1, "--grafana-url: is for grafana-oncall alone.")


@pytest.mark.parametrize(("arguments", "age"), [([], "newest"), (["older"], "older"), (["oldest"], "oldest")])
def test_the_queries_for_a_key_are_printed(arguments, age):
    stdout = io.StringIO()
    call_command("fetch_from", "goalert", "--show-queries", *arguments, stdout=stdout)
    assert stdout.getvalue() == QUERIES[age] + "\n"


# Real processes


@pytest.fixture
def process(standin, tmp_path):
    """Return a function that starts the command as a process of its own."""

    def start():
        return running(
            "manage.py", "fetch_from", "pagerduty", "--token-env=PD_TOKEN", f"--base-url={standin.url}",
            f"--out={tmp_path / 'bundle'}", env=environment(PD_TOKEN=TOKEN),
        )  # fmt: skip

    return start


def everything_below(path):
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def hold_back(standin, answers):
    """Let ``standin`` answer so many requests, and no more."""
    standin.answered = threading.Semaphore(answers)


def kill_at(standin, process, answers):
    """Kill the command, with no time for a word, while it waits for the answer behind so many; return its output."""
    hold_back(standin, answers)
    before = len(standin.asked)
    with process() as running_one:
        eventually(lambda: len(standin.asked) == before + answers + 1)
        stop(running_one, signal.SIGKILL)
        output = running_one.stdout.read()
    standin.answered.release(1_000)
    return output


@pytest.mark.parametrize("answers", [0, 4, 12])
def test_a_killed_fetch_goes_on_where_it_stopped(run, process, standin, tmp_path, answers):
    output = kill_at(standin, process, answers)
    before = standin.targets()
    kept = everything_below(tmp_path / "bundle")
    assert "manifest.json" not in kept
    assert run()[0] == 0
    again = set(standin.targets()[len(before) :]) & set(before[:answers])
    assert again <= {"/v3/schedules?limit=100&offset=0"}  # of which there is none
    whole = everything_below(tmp_path / "bundle")
    assert sorted(content for name, content in whole.items() if name != "manifest.json") == sorted(
        standin.sent.values()
    )
    assert {name: whole[name] for name in kept if name != "fetching.json"} == {
        name: content for name, content in kept.items() if name != "fetching.json"
    }
    assert TOKEN not in output
    assert all(TOKEN.encode() not in content for content in [*kept.values(), *whole.values()])


def test_a_fetch_that_is_killed_again_and_again_comes_to_its_end(run, process, standin, tmp_path):
    for answers in (3, 2, 4):
        kill_at(standin, process, answers)
    assert run()[0] == 0
    manifest = json.loads((tmp_path / "bundle" / "manifest.json").read_bytes())
    assert manifest["counts"]["users"] == 120
    assert {page["of"] for page in manifest["pages"] if page["kind"] == "schedule"} == {"PS0", "PS1", "PS2", "PS3"}
    assert len(manifest["pages"]) == len(standin.sent)


def test_ctrl_c_leaves_what_can_be_gone_on_with_and_says_so(run, process, standin, tmp_path):
    hold_back(standin, 3)
    with process() as running_one:
        eventually(lambda: len(standin.asked) == 4)
        assert stop(running_one, signal.SIGINT) == 1
        output = running_one.stdout.read()
    standin.answered.release(1_000)
    assert output.splitlines()[-1] == (
        f"CommandError: Interrupted. Pages fetched so far: 3, in {tmp_path / 'bundle'}. The same command goes on from there."
    )
    assert "Traceback" not in output
    assert TOKEN not in output
    assert run()[0] == 0


def test_a_token_that_is_refused_is_not_in_the_output_of_a_process(process, standin, tmp_path):
    standin.trouble("/users", status(403, TOKEN.encode()))
    with process() as running_one:
        assert running_one.wait(30) == 1
        output = running_one.stdout.read()
    assert "does not let the token read /users (403)" in output
    assert TOKEN not in output
