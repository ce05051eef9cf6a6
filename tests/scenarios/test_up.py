"""A newcomer's first minute: ``up --demo`` on an empty data directory."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time

import httpx

from tests.processes import PATIENCE_SECONDS, environment, running


def test_the_demo_pages_somebody_who_can_acknowledge(tmp_path):
    port = _free_port()
    env = environment(SCALING_DATA_DIR=str(tmp_path / "data"))
    with running("manage.py", "up", "--demo", "--workers", "1", "--port", port, env=env) as up:
        shown = _read_until(up, "Look at it:")
        trigger = re.search(r"(curl[^\n]+incidents [^\n]+)\\\n([^\n]+)", shown)
        _eventually(lambda: httpx.get(f"http://localhost:{port}/readyz").status_code == 200)
        incident = json.loads(subprocess.check_output(["sh", "-c", trigger[1] + trigger[2]], text=True))["data"]
        inbox = f"http://localhost:{port}/demo/mail"
        _eventually(lambda: "/demo/mail/" in httpx.get(inbox).text)
        letter = re.search(r"/demo/mail/[0-9a-f-]+", httpx.get(inbox).text)[0]
        answer = re.search(r'href="(http[^"]+/a/[^"]+)"', httpx.get(f"http://localhost:{port}{letter}").text)[1]
        assert httpx.post(answer, follow_redirects=True).status_code == 200
        key = re.search(r"API key:\s+(\S+)", shown)[1]
        seen = httpx.get(
            f"http://localhost:{port}/v1/incidents/{incident['id']}", headers={"Authorization": f"Bearer {key}"}
        )
        up.send_signal(signal.SIGINT)

        assert seen.json()["data"]["escalation"]["state"] == "acknowledged"
        assert up.wait(PATIENCE_SECONDS) == 0


def _read_until(process, text):
    shown = ""
    while text not in shown:
        line = process.stdout.readline()
        assert line, shown
        shown += line
    return shown


def _eventually(is_so):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            if is_so():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
