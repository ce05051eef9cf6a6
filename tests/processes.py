"""Starting the program's own processes in tests, and never leaving one behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import psutil

from scaling.env import PROJECT_ROOT

# Longer than anything takes on a busy machine: only what fails waits for so long.
PATIENCE_SECONDS = 60


def environment(**variables):
    """Return this process's environment without settings of the program, but with ``variables``."""
    ours = ("SCALING_", "DATABASE_", "EMAIL_", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "SCALING_ENV_FILE": "", "PYTHONUNBUFFERED": "1", **variables}


@contextmanager
def running(*arguments, env, **options):
    """Run Python with ``arguments`` from the project's root; killed at the end with all it started, if they still run."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **options,
    )
    try:
        yield process
    finally:
        # A web server that is killed leaves its own workers behind, in its process group.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def stop(process, number=signal.SIGTERM):
    """Send ``number`` to ``process``; return its exit status once it has ended."""
    process.send_signal(number)
    return process.wait(PATIENCE_SECONDS)


def eventually(is_so):
    """Wait until ``is_so`` holds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid):
    """Tell whether the process has ended."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def naming(path):
    """Return the processes whose command names ``path``."""
    return [found for found in psutil.process_iter(["cmdline"]) if str(path) in " ".join(found.info["cmdline"] or [])]
