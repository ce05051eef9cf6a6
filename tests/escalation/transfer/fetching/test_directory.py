"""What a directory may hold, and what becomes of it."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from escalation.transfer.fetching import directory
from escalation.transfer.files import write_whole
from tests.standins import TOKEN, pagerduty, serving, status


@pytest.fixture
def standin():
    with serving(pagerduty(schedules=1, v3=False)) as standin:
        yield standin


def names(path):
    return sorted(file.name for file in path.iterdir())


def test_a_complete_bundle_is_not_touched_unless_told(fetch, standin):
    out = fetch(standin).out
    before = {file.name: file.stat().st_mtime_ns for file in out.iterdir()}
    asked = len(standin.asked)
    fetched = fetch(standin)
    assert fetched.failed.startswith(f"{out} holds a complete bundle. --overwrite fetches it anew")
    assert {file.name: file.stat().st_mtime_ns for file in out.iterdir()} == before
    assert len(standin.asked) == asked


def test_a_bundle_stays_as_it_is_until_the_one_that_replaces_it_is_whole(fetch, standin):
    first = fetch(standin)
    old = {name: (first.out / name).read_bytes() for name in names(first.out)}
    standin.trouble("/services", status(401))
    assert "does not accept the token" in fetch(standin, overwrite=True).failed
    assert {name: (first.out / name).read_bytes() for name in old} == old
    second = fetch(standin)  # goes on with what was begun, so it need not be told again
    assert second.failed == ""
    assert set(names(second.out)) == {"manifest.json", *(page["file"] for page in second.manifest["pages"])}
    assert set(names(second.out)) & set(old) == {"manifest.json"}


def test_what_was_replaced_is_gone_even_after_a_crash_in_between(fetch, standin, monkeypatch):
    first = fetch(standin)

    def crash(*_, **_options):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(directory.Path, "unlink", crash)
        with pytest.raises(RuntimeError):
            fetch(standin, overwrite=True)
    assert "fetching.json" in names(first.out)
    asked = len(standin.asked)
    second = fetch(standin)
    assert second.failed == ""
    assert [request.path for request in standin.asked[asked:]] == ["/v3/schedules"]
    assert set(names(second.out)) == {"manifest.json", *(page["file"] for page in second.manifest["pages"])}


@pytest.mark.parametrize(
    ("options", "begun"),
    [
        ({"weeks": 3}, "pagerduty from {}, 26 weeks"),
        ({"redacted": True}, "pagerduty from {}, 26 weeks"),
        ({"base_url": "https://api.example.org"}, "pagerduty from {}, 26 weeks"),
    ],
)
def test_a_fetch_is_not_gone_on_with_by_other_options(fetch, standin, options, begun):
    standin.trouble("/services", status(401))
    fetch(standin)
    failed = fetch(standin, **options).failed
    assert f"holds an unfinished fetch of something else ({begun.format(standin.url)})" in failed


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.txt", "mine", "is not empty. Name another directory."),
        ("fetching.json", "mine", "is not as it was written."),
        ("fetching.json", '{"source": "pagerduty"}', "is not as it was written."),
        ("fetching.json", "[]", "is not as it was written."),
    ],
)
def test_what_is_somebody_elses_is_left_alone(fetch, standin, tmp_path, name, content, sentence):
    out = tmp_path / "bundle"
    out.mkdir(mode=0o755)
    (out / name).write_text(content)
    assert sentence in fetch(standin).failed
    assert names(out) == [name]
    assert out.stat().st_mode & 0o777 == 0o755
    assert standin.asked == []


def test_a_manifest_that_is_none_is_not_replaced(fetch, standin, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "manifest.json").write_text("{}")
    assert "is no manifest of a bundle" in fetch(standin, overwrite=True).failed


def test_only_files_in_the_directory_are_replaced(fetch, standin, tmp_path):
    fetched = fetch(standin)
    (tmp_path / "precious.json").write_text("mine")
    manifest = fetched.manifest
    manifest["pages"].append({"kind": "users", "of": None, "file": "../precious.json"})
    (fetched.out / "manifest.json").write_text(json.dumps(manifest))
    fetch(standin, overwrite=True)
    assert (tmp_path / "precious.json").read_text() == "mine"


def test_two_do_not_fetch_into_one_directory(fetch, standin, tmp_path):
    (tmp_path / "bundle").mkdir()
    descriptor = os.open(tmp_path / "bundle", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    assert fetch(standin).failed == f"Another fetch is at work in {tmp_path / 'bundle'}."
    os.close(descriptor)
    assert fetch(standin).failed == ""


def test_half_written_files_of_a_killed_fetch_are_cleared_away(fetch, standin, tmp_path):
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / ".fetching.json.ab12_x9z").write_text("{")
    assert ".fetching.json.ab12_x9z" not in names(fetch(standin).out)


@pytest.mark.parametrize("whose", ["../../etc/passwd", "a/b", "a_b", ".", "x" * 400, "\u00e4\x00 \n", "CON"])
def test_ids_make_names_that_stay_in_the_directory(fetch, whose):
    with serving(pagerduty(schedules=0, v3=False)) as standin:
        answer = standin.answer
        schedules = {"schedules": [{"id": whose}], "more": False}
        standin.answer = lambda asked: schedules if asked.path == "/schedules" else answer(asked)
        fetched = fetch(standin)
    assert fetched.failed == ""
    assert ("schedule", whose) in fetched.pages()
    assert set(names(fetched.out)) == {"manifest.json", *(page["file"] for page in fetched.manifest["pages"])}
    assert names(fetched.out.parent) == ["bundle"]


def test_ids_that_look_alike_have_files_of_their_own(fetch):
    with serving(pagerduty(schedules=0, v3=False)) as standin:
        answer = standin.answer
        schedules = {"schedules": [{"id": "a/b"}, {"id": "a_b"}, {"id": "a%2Fb"}, {"id": "a-1"}], "more": False}
        standin.answer = lambda asked: schedules if asked.path == "/schedules" else answer(asked)
        fetched = fetch(standin)
    files = [page["file"] for page in fetched.manifest["pages"]]
    assert len(set(files)) == len(files) == 12


def test_a_file_keeps_what_was_there_until_it_is_whole(tmp_path):
    path = Path(tmp_path / "page.json")
    write_whole(path, b"\xffbytes")
    write_whole(path, "t\u00e4xt\r\n")
    assert path.read_bytes() == "t\u00e4xt\r\n".encode()


def test_nothing_of_the_token_is_in_the_journal(fetch, standin):
    standin.trouble("/services", status(401))
    assert TOKEN not in (fetch(standin).out / "fetching.json").read_text()
