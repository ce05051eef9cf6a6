"""The program's own PostgreSQL, with real processes."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

import environ
import psutil
import psycopg
import pytest

from scaling.postgres.server import Server
from scaling.postgres.system import SYSTEM_USER, Account, ServerFailed
from tests.processes import environment, eventually, naming, running, stop

USE_THE_SERVER = """
import signal, sys
from pathlib import Path
from scaling.postgres.server import running_server
print(running_server(Path(sys.argv[1]), fsync="off").url)
signal.pause()
"""


def using(data_dir, **options):
    return running("-c", USE_THE_SERVER, data_dir, env=environment(), **options)


def url_of(user):
    """Wait until the process has the server, and return the address it was given."""
    line = user.stdout.readline().strip()
    assert line.startswith("postgres://"), line + user.stdout.read()
    return line


def is_running(data_dir):
    return (data_dir / "postgres" / "cluster" / "postmaster.pid").exists()


def server_id(data_dir):
    return int((data_dir / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])


def connect(url, **changes):
    settings = environ.Env.db_url_config(url)
    return psycopg.connect(
        dbname=settings["NAME"],
        host=settings["OPTIONS"]["host"],
        **{"user": settings["USER"], "password": settings["PASSWORD"], **changes},
    )


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """A data directory whose cluster is made once; each test starts and stops the server."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture
def stopped_at_end(data_dir):
    """Stop what a test left running on purpose."""
    yield
    server = Server(data_dir)
    server.hold()
    server.leave()
    assert not is_running(data_dir)


def test_last_process_to_leave_stops_the_server(data_dir):
    with using(data_dir) as first, using(data_dir) as second:
        assert url_of(first) == url_of(second)
        assert stop(first) == 128 + signal.SIGTERM
        connect(url_of_running(data_dir)).close()
        assert stop(second) == 128 + signal.SIGTERM
        assert not is_running(data_dir)


def url_of_running(data_dir):
    return Server(data_dir).url


def test_interrupt_stops_the_server(data_dir):
    with using(data_dir) as user:
        url_of(user)
        stop(user, signal.SIGINT)
    assert not is_running(data_dir)


def test_a_process_told_to_stop_while_the_server_is_made_and_started_leaves_nothing_behind(tmp_path):
    with using(tmp_path) as process:
        eventually(lambda: (tmp_path / "postgres" / "cluster.new").exists())

        assert stop(process) == 128 + signal.SIGTERM
        assert not (tmp_path / "postgres" / "cluster.new").exists()
        assert not is_running(tmp_path)
    assert naming(tmp_path) == []


def test_killed_process_does_not_keep_the_server_running(data_dir):
    with using(data_dir) as killed, using(data_dir) as survivor:
        url_of(killed)
        url_of(survivor)
        stop(killed, signal.SIGKILL)
        assert is_running(data_dir)
        stop(survivor)
    assert not is_running(data_dir)


def test_server_whose_users_were_all_killed_is_taken_over_and_then_stopped(data_dir):
    with using(data_dir) as killed:
        url_of(killed)
        stop(killed, signal.SIGKILL)
    orphan = server_id(data_dir)
    with using(data_dir) as heir:
        url_of(heir)
        assert server_id(data_dir) == orphan
        stop(heir)
    assert not is_running(data_dir)


def test_processes_that_start_together_share_one_server(tmp_path):
    with using(tmp_path) as first, using(tmp_path) as second, using(tmp_path) as third:
        urls = {url_of(user) for user in (first, second, third)}
        assert len(urls) == 1
        for user in (first, second, third):
            stop(user)
    assert not is_running(tmp_path)


def test_dead_server_is_started_again_by_a_process_that_holds_it(data_dir, stopped_at_end):
    server = Server(data_dir)
    server.hold()
    postmaster = psutil.Process(server_id(data_dir))
    others = postmaster.children()
    postmaster.kill()
    psutil.wait_procs(others, timeout=30)
    server.revive()
    connect(server.url).close()
    server.leave()


def test_process_id_that_passed_to_another_program_does_not_prevent_a_start(data_dir, stopped_at_end):
    account = Account.owning(data_dir / "postgres")
    with started(["sleep", "600"], account) as stranger:
        (data_dir / "postgres" / "cluster" / "postmaster.pid").write_text(f"{stranger.pid}\n")
        with using(data_dir) as user:
            url_of(user)
            assert server_id(data_dir) != stranger.pid
            stop(user)


@contextmanager
def started(command, account):
    with subprocess.Popen(command, user=account.uid if os.geteuid() == 0 else None) as process:
        try:
            yield process
        finally:
            process.kill()


def test_cluster_of_which_only_half_was_made_is_made_anew(tmp_path):
    draft = tmp_path / "postgres" / "cluster.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    with using(tmp_path) as user:
        connect(url_of(user)).close()
        stop(user)
    assert not draft.exists()


def test_only_the_owner_reaches_the_socket_and_only_with_the_password(data_dir):
    with using(data_dir) as user:
        url = url_of(user)
        home = data_dir / "postgres"
        assert home.stat().st_mode & 0o077 == 0
        assert (home / "password").stat().st_mode & 0o077 == 0
        with connect(url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(url, password="guess")
        with pytest.raises(psycopg.OperationalError, match="no pg_hba"):
            connect(url, user="postgres")
        stop(user)


def test_role_is_no_superuser_but_may_make_databases(data_dir):
    with using(data_dir) as user:
        with connect(url_of(user)) as connection:
            rights = connection.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
            assert rights.fetchone() == (False, True, False, False)
        stop(user)


def test_long_path_moves_the_socket_but_stays_private(tmp_path):
    data_dir = tmp_path / ("long" * 25)
    with using(data_dir) as user:
        url = url_of(user)
        connect(url).close()
        socket_dir = Server(data_dir).socket_dir
        assert not socket_dir.is_relative_to(data_dir)
        assert socket_dir.stat().st_mode & 0o077 == 0
        stop(user)
    socket_dir.rmdir()


def test_directory_of_another_user_is_refused(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (tmp_path / "link").symlink_to(mine)
    with pytest.raises(ServerFailed, match="belongs to somebody else"):
        Account.owning(mine).own_alone(tmp_path / "link")


def test_failure_to_start_shows_the_log(data_dir, stopped_at_end):
    configuration = data_dir / "postgres" / "cluster" / "postgresql.conf"
    sound = configuration.read_text()
    configuration.write_text("no_such_parameter = 1\n")
    with pytest.raises(ServerFailed, match="no_such_parameter"):
        Server(data_dir).hold()
    configuration.write_text(sound)


def test_server_runs_for_root_and_for_ordinary_users(tmp_path):
    with using(tmp_path) as user:
        connect(url_of(user)).close()
        as_root = os.geteuid() == 0
        assert server_process(tmp_path).username() == (SYSTEM_USER if as_root else getpass.getuser())
        stop(user)


def server_process(data_dir):
    return psutil.Process(server_id(data_dir))


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_root_leaves_the_server_of_an_ordinary_user_to_that_user():
    data_dir = Path(tempfile.mkdtemp(prefix="scaling-"))
    ordinary = pwd.getpwnam("nobody")
    try:
        os.chown(data_dir, ordinary.pw_uid, ordinary.pw_gid)
        as_user(ordinary, lambda: Server(data_dir).hold())
        with using(data_dir) as root:
            connect(url_of(root)).close()
            assert server_process(data_dir).username() == "nobody"
            stop(root)
        assert not is_running(data_dir)
        as_user(ordinary, lambda: hold_and_leave(data_dir))
    finally:
        shutil.rmtree(data_dir)


def hold_and_leave(data_dir):
    server = Server(data_dir)
    server.hold()
    connect(server.url).close()
    server.leave()


def as_user(user, work):
    """Do ``work`` in a child process that has become ``user``."""
    child = os.fork()
    if child == 0:
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0


def test_commands_start_the_server_with_their_first_connection_alone(tmp_path):
    data_dir = tmp_path / "data"
    env = environment(SCALING_DATA_DIR=str(data_dir))
    with running("manage.py", "check", env=env) as check:
        assert check.wait(60) == 0
    assert not data_dir.exists()
    with running("manage.py", "migrate", env=env) as migrate:
        assert migrate.wait(60) == 0
    assert (data_dir / "postgres" / "cluster").exists()
    assert not is_running(data_dir)
