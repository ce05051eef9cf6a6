"""``up`` and its web server stop at once, and wholly, however early they are told to."""

from __future__ import annotations

import socket

import psutil

from scaling.management.commands.up import web_command
from tests.processes import environment, gone, naming, running, stop


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read_until(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"{text} was never said")


def test_a_web_server_told_to_stop_while_it_loads_the_program_ends_all_its_processes():
    command = web_command("127.0.0.1", free_port(), "tests.scaling.slow_application:application")
    with running(*command[1:], env=environment()) as web:
        read_until(web, "loading")
        workers = psutil.Process(web.pid).children(recursive=True)

        assert stop(web) == 0
        assert all(gone(worker.pid) for worker in workers)


def test_told_to_stop_as_soon_as_its_children_start_it_leaves_no_process_behind(tmp_path):
    env = environment(SCALING_DATA_DIR=str(tmp_path))
    with running("manage.py", "up", "--workers", "1", "--port", free_port(), env=env) as up:
        read_until(up, "child_started")
        children = psutil.Process(up.pid).children(recursive=True)

        assert stop(up) == 0
        assert all(gone(child.pid) for child in children)
    assert naming(tmp_path) == []
