"""What tests start they end."""

from __future__ import annotations

from tests.processes import environment, eventually, gone, running

PARENT = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
"""


def test_what_a_process_left_behind_is_ended_with_it():
    with running("-c", PARENT, env=environment()) as parent:
        child = int(parent.stdout.readline())
        parent.wait()
        assert not gone(child)

    eventually(lambda: gone(child))
