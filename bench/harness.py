"""What all measurements share: a database that is thrown away, processes that start together, and the CPU they used.

CPU time is told beside every rate: it hardly depends on what else the machine does meanwhile.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

from scaling.env import PROJECT_ROOT
from scaling.postgres.server import running_server

_PATIENCE_SECONDS = 30.0
_TOLD_OF_A_LOG = 4_000

_fork = multiprocessing.get_context("fork")
_barrier: Barrier | None = None


# The database


@contextmanager
def own_database() -> Iterator[None]:
    """Provide a fresh database with the product's tables, named by ``DATABASE_URL`` for child processes too."""
    default = connection.settings_dict
    default["TEST"]["NAME"] = f"scaling_bench_{os.getpid()}"
    default["SERVER_OPTIONS"] = {"track_commit_timestamp": "on"}
    given = os.environ.pop("DATABASE_URL", "")
    try:
        connection.creation.create_test_db(verbosity=0, serialize=False)
        os.environ["DATABASE_URL"] = _url()
        print(_surroundings(), flush=True)
        yield
    finally:
        connection.close()
        if given:
            connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)
        else:
            data_dir = Path(os.environ["SCALING_DATA_DIR"])
            running_server(data_dir).leave()
            shutil.rmtree(data_dir)


def _url() -> str:
    parameters = connection.get_connection_params()
    user, password = quote(parameters["user"]), quote(parameters.get("password", ""), safe="")
    host, port = quote(str(parameters.get("host", "")), safe=""), parameters.get("port", "")
    return f"postgres://{user}:{password}@/{parameters['dbname']}?host={host}&port={port}".removesuffix("&port=")


def _surroundings() -> str:
    version, fsync = scalar("SHOW server_version"), scalar("SHOW fsync")
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, load {load:.1f} before the start; PostgreSQL {version}, fsync {fsync}, "
        f"a commit takes {_commit_milliseconds():.1f} ms"
    )


def _commit_milliseconds(times: int = 20) -> float:
    execute("CREATE TABLE bench_commit (value integer)")
    taken = []
    for number in range(times):
        begun = time.perf_counter()
        execute("INSERT INTO bench_commit VALUES (%s)", [number])
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


def execute(sql: str, parameters: Any = None) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def scalar(sql: str, parameters: Any = None) -> Any:
    """Return the first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


# CPU time


def postgres_cpu_seconds() -> float | None:
    """Return the CPU time of the whole server so far, or None if it does not run on this machine."""
    try:
        server = psutil.Process(scalar("SELECT pg_backend_pid()")).parent()
    except psutil.NoSuchProcess:
        return None
    if server is None or not server.name().startswith("postgres"):
        return None
    ended = server.cpu_times()
    return ended.children_user + ended.children_system + tree_cpu_seconds(server)


def tree_cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU time of ``process`` and the children it has now."""
    times = [one.cpu_times() for one in [process, *process.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


# Processes that start together


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """So many things done in so long, by so much CPU time of ours and of PostgreSQL's.

    ``client_cpu`` is what asking for them took beside that, where somebody has to ask.
    """

    done: int
    seconds: float
    own_cpu: float
    postgres_cpu: float | None
    client_cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Return how many things were done a second."""
        return self.done / self.seconds

    @property
    def cpu_seconds(self) -> float:
        """Return the CPU time of one thing in seconds, ours and PostgreSQL's as far as that is known."""
        return (self.own_cpu + (self.postgres_cpu or 0.0)) / self.done

    @property
    def cpu(self) -> str:
        """Return the CPU time of one thing in microseconds: ours + PostgreSQL's."""
        of_postgres = "?" if self.postgres_cpu is None else f"{self.postgres_cpu / self.done * 1e6:.0f}"
        return f"{self.own_cpu / self.done * 1e6:.0f}+{of_postgres} us"


def run_together(work: Callable[[], int], processes: int) -> Run:
    """Run ``work``, which returns how much it did, in so many processes that start at the same moment."""
    before = postgres_cpu_seconds()
    connection.close()
    with ProcessPoolExecutor(
        processes, mp_context=_fork, initializer=_join, initargs=(_fork.Barrier(processes),)
    ) as pool:
        futures = [pool.submit(_timed, work) for _ in range(processes)]
        parts = [future.result() for future in futures]
    after = postgres_cpu_seconds()
    return Run(
        done=sum(done for done, *_ in parts),
        seconds=max(ended for *_, ended, _ in parts) - min(begun for _, begun, *_ in parts),
        own_cpu=sum(cpu for *_, cpu in parts),
        postgres_cpu=None if before is None or after is None else after - before,
    )


def _join(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


def _timed(work: Callable[[], int]) -> tuple[int, float, float, float]:
    if _barrier is None:
        raise RuntimeError("This runs in a process of run_together alone.")
    connection.ensure_connection()
    _barrier.wait()
    begun, cpu = time.monotonic(), time.process_time()
    done = work()
    return done, begun, time.monotonic(), time.process_time() - cpu


# Programs


@contextmanager
def running(command: Sequence[str]) -> Iterator[psutil.Popen]:
    """Run a program meanwhile; what it logged is told only if the block fails."""
    with tempfile.TemporaryFile("w+") as log:
        process = psutil.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            yield process
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read()[-_TOLD_OF_A_LOG:])
            raise
        finally:
            _end(process)


def _end(process: psutil.Popen) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_SECONDS)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(is_so: Callable[[], bool], seconds: float = _PATIENCE_SECONDS) -> None:
    """Look every 50 ms whether something has come about.

    Raises:
        RuntimeError: it has not in so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"It has not come about within {seconds:.0f} seconds.")
        time.sleep(0.05)


# Telling


def show(title: str, product: Sequence[Run], floor: Sequence[Run]) -> None:
    """Print the median of the rounds of both, and the median of each round's ratio, by rate and by CPU time."""
    rounds = list(zip(product, floor, strict=True))
    by_rate = median(ours.rate / theirs.rate for ours, theirs in rounds)
    by_cpu = median(theirs.cpu_seconds / ours.cpu_seconds for ours, theirs in rounds)
    for name, runs in (("product", product), ("floor", floor)):
        typical = sorted(runs, key=lambda run: run.rate)[len(runs) // 2]
        rates = " ".join(f"{run.rate:.0f}" for run in runs)
        print(f"  {title:<28} {name:<8} {typical.rate:>8.0f} /s   CPU {typical.cpu:<14} (rounds: {rates})")
    print(f"  {title:<28} ratio    {by_rate:>8.1%}      by CPU time {by_cpu:.1%}", flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which ``share`` of ``values`` lie."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]
