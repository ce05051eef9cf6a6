"""A PostgreSQL that a test may freeze and kill."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager, suppress

import psutil

from scaling.postgres.server import Server


@contextmanager
def own_server(tmp_path_factory, **parameters):
    """Run a PostgreSQL apart from that of the other tests; stopped at the end."""
    server = Server(tmp_path_factory.mktemp("data"), fsync="off", **parameters)
    server.hold()
    try:
        yield server
    finally:
        server.leave()


def processes(server):
    postmaster = psutil.Process(int((server.cluster / "postmaster.pid").read_text().partition("\n")[0]))
    return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def frozen(server):
    """Stop every process of ``server`` in its tracks, as a dying disk or a paused machine does."""
    postmaster, *children = processes(server)
    postmaster.suspend()  # first: it starts no others then
    for process in children:
        with suppress(psutil.NoSuchProcess):  # a worker that was about to end
            process.suspend()
    try:
        yield
    finally:
        for process in (*children, postmaster):
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def down(server):
    """End ``server`` at once, and start it again afterwards."""
    postmaster, *_ = processes(server)
    postmaster.send_signal(signal.SIGQUIT)
    while postmaster.is_running() and postmaster.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.revive()
