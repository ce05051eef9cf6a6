"""Starting the program's own processes in tests, and never leaving one behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

from scaling.env import PROJECT_ROOT

PATIENCE_SECONDS = 30


def environment(**variables):
    """Return this process's environment without settings of the program, but with ``variables``."""
    ours = ("SCALING_", "DATABASE_", "EMAIL_", "DJANGO_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**inherited, "SCALING_ENV_FILE": "", "PYTHONUNBUFFERED": "1", **variables}


@contextmanager
def running(*arguments, env, **options):
    """Run Python with ``arguments`` from the project's root; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=PROJECT_ROOT,
        env=env,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **options,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def stop(process, number=signal.SIGTERM):
    """Send ``number`` to ``process``; return its exit status once it has ended."""
    process.send_signal(number)
    return process.wait(PATIENCE_SECONDS)
