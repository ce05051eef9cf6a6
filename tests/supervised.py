"""Runs a supervisor over the commands given as JSON: a name and an argument list each. Its log goes to standard error."""

from __future__ import annotations

import json
import os
import sys

import structlog

from scaling.supervisor import Child, Supervisor

structlog.configure(
    processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
    logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
)

if __name__ == "__main__":
    children = [Child(name, command) for name, command in json.loads(sys.argv[1]).items()]
    Supervisor(children, dict(os.environ)).run(lambda: None)
