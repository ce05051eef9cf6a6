"""The peak memory of one management command: ``python -m bench.transfer_memory import_policies …``.

What the command prints is thrown away; printed is the most that the process ever held, in bytes.
"""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path

from django.core.management import execute_from_command_line


def main() -> None:
    """Run the command, and print."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        execute_from_command_line(["manage.py", *sys.argv[1:]])
    print(_peak_bytes())


def _peak_bytes() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kilobytes) * 1024


if __name__ == "__main__":
    main()
