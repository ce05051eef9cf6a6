"""Files that are whole or not there."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from escalation.transfer.files import write_whole


def test_only_the_owner_may_read_it_whatever_was_there(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text("before")
    path.chmod(0o644)

    write_whole(path, "söme\r\n")

    assert path.read_bytes() == "söme\r\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "plan.yaml"
    path.write_text("before")

    def fail(self, target):
        raise OSError("disk on fire")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk on fire"):
        write_whole(path, "after")

    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("plan.yaml", "before")]
