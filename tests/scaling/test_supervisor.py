"""What was started is kept running, and stopped to the last process; nothing ends unheard."""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager

import pytest
import structlog

from scaling import supervisor
from scaling.supervisor import LONGEST_PAUSE_SECONDS, STEADY_SECONDS, Child
from tests.processes import PATIENCE_SECONDS, environment, eventually, gone, running, stop

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]
# A child of the child, whose id is printed: what a web server's own workers are.
PARENT = [
    sys.executable,
    "-c",
    "import subprocess, sys, time\n"
    "print('grandchild', subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)\n"
    "time.sleep(600)",
]


def ends_with(status):
    return [sys.executable, "-c", f"raise SystemExit({status})"]


@contextmanager
def tended(command):
    """Yield a child and what is logged about it; the test is the clock. It is ended afterwards."""
    with structlog.testing.capture_logs() as entries:
        child = Child("web", command)
        try:
            yield child, entries
        finally:
            child.terminate()
            child.wait(0)


def run_to_its_end(child, now):
    """Start the child at ``now`` and note its end at the same instant."""
    child.tend(now, os.environ)
    assert child.is_running

    def has_ended():
        child.tend(now, os.environ)
        return not child.is_running

    eventually(has_ended)


@contextmanager
def supervised(**commands):
    """Run a supervisor over the commands; yield its process and a function that waits for a line of its output."""
    with running("-m", "tests.supervised", json.dumps(commands), env=environment()) as process:

        def line_with(text):
            for line in process.stdout:
                if text in line:
                    return line
            raise AssertionError(f"{text} was never said")

        yield process, line_with


def test_a_child_that_dies_is_started_again_and_its_end_told():
    with supervised(web=SLEEPER) as (process, line_with):
        first = json.loads(line_with("child_started"))["pid"]
        os.kill(first, signal.SIGKILL)
        ended = json.loads(line_with("child_ended"))
        second = json.loads(line_with("child_started"))["pid"]

        assert (ended["child"], ended["status"], ended["level"]) == ("web", -signal.SIGKILL, "error")
        assert second != first
        assert stop(process) == 0


def test_the_death_of_one_leaves_the_others_alone():
    with supervised(web=SLEEPER, worker=SLEEPER) as (process, line_with):
        first, other = (json.loads(line_with("child_started")) for _ in range(2))
        os.kill(first["pid"], signal.SIGKILL)

        assert json.loads(line_with("child_started"))["child"] == first["child"]
        assert not gone(other["pid"])
        assert stop(process) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_it_ends_every_process_and_succeeds(number):
    with supervised(web=PARENT, worker=SLEEPER) as (process, line_with):
        pids = [json.loads(line_with("child_started"))["pid"] for _ in range(2)]
        pids.append(int(line_with("grandchild").split()[1]))

        assert stop(process, number) == 0
        assert all(gone(pid) for pid in pids)


def test_a_second_signal_ends_what_does_not_listen():
    with supervised(web=STUBBORN) as (process, line_with):
        pid = json.loads(line_with("child_started"))["pid"]
        line_with("deaf")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)

        killed = json.loads(line_with("child_killed"))
        assert process.wait(PATIENCE_SECONDS) == 0
        assert (killed["pid"], gone(pid)) == (pid, True)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a parent that was killed")
def test_a_supervisor_that_is_killed_takes_its_children_along():
    with supervised(web=SLEEPER) as (process, line_with):
        pid = json.loads(line_with("child_started"))["pid"]
        stop(process, signal.SIGKILL)

        eventually(lambda: gone(pid))


def test_a_program_that_does_not_exist_stops_nobody_else_and_is_told():
    with supervised(ghost=["/nowhere/ghost"], worker=SLEEPER) as (process, line_with):
        told = json.loads(line_with("child_not_started"))
        worker = json.loads(line_with("child_started"))

        assert (told["child"], told["level"]) == ("ghost", "error")
        assert json.loads(line_with("child_not_started"))["again_in_seconds"] > told["again_in_seconds"]
        assert not gone(worker["pid"])
        assert stop(process) == 0


def test_who_dies_at_once_waits_longer_each_time_and_is_never_given_up():
    pauses, now = [], 0.0
    with tended(ends_with(3)) as (child, entries):
        for _ in range(9):
            run_to_its_end(child, now)
            pauses.append(entries[-1]["again_in_seconds"])
            child.tend(now + pauses[-1] - 0.01, os.environ)
            assert not child.is_running
            now += pauses[-1]

    assert pauses == [0.5, 1, 2, 4, 8, 16, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS]
    assert [entry["status"] for entry in entries if entry["event"] == "child_ended"] == [3] * 9


def test_who_ran_for_a_while_is_started_at_once_and_its_pauses_begin_anew():
    with tended(SLEEPER) as (child, entries):
        child.tend(0, os.environ)
        os.kill(entries[-1]["pid"], signal.SIGKILL)

        def has_ended():
            child.tend(STEADY_SECONDS, os.environ)
            return not child.is_running

        eventually(has_ended)
        assert entries[-1]["again_in_seconds"] == 0
        child.tend(STEADY_SECONDS, os.environ)
        assert child.is_running


def test_an_end_with_success_is_an_end_too():
    with tended(ends_with(0)) as (child, entries):
        run_to_its_end(child, 0)

    assert (entries[-1]["event"], entries[-1]["status"]) == ("child_ended", 0)


def test_what_a_dead_child_leaves_behind_is_ended_before_it_starts_again():
    with supervised(web=PARENT) as (process, line_with):
        pid = json.loads(line_with("child_started"))["pid"]
        orphan = int(line_with("grandchild").split()[1])
        os.kill(pid, signal.SIGKILL)
        line_with("child_started")

        eventually(lambda: gone(orphan))
        assert stop(process) == 0


def test_an_error_in_between_ends_the_children_and_is_not_swallowed(monkeypatch):
    monkeypatch.setattr("scaling.supervisor.signal.signal", lambda number, handler: None)
    child = Child("web", SLEEPER)

    def fail():
        if child.is_running:
            raise RuntimeError("out of order")

    with structlog.testing.capture_logs() as entries, pytest.raises(RuntimeError, match="out of order"):
        supervisor.Supervisor([child], os.environ).run(fail)

    assert gone(entries[0]["pid"])
