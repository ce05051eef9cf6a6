"""Files that browsers send: taken where they are asked for, read past elsewhere, and never on a disk."""

from __future__ import annotations

import tempfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import RequestFactory

from scaling.uploads import taking_files


@pytest.fixture(autouse=True)
def no_disk(monkeypatch):
    """Fail whatever writes a file."""

    def refuse(*args, **kwargs):
        raise AssertionError("a file was written")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    monkeypatch.setattr(tempfile, "mkstemp", refuse)


def post(*contents, **fields):
    files = [SimpleUploadedFile(f"{n}.bin", content) for n, content in enumerate(contents)]
    return RequestFactory().post("/", {"files": files, **fields})


def taking(request, *, is_allowed=True, most_bytes=10, refused="refused"):
    """Return what a view gets that takes files."""
    got = []

    def view(request):
        got.extend(each.read() for each in request.FILES.getlist("files"))
        return HttpResponse(request.POST.get("note", ""))

    view = taking_files(
        view, is_allowed=lambda _: is_allowed, most_bytes=most_bytes, refuse=lambda _: HttpResponse(refused)
    )
    return got, view(request).content.decode()


def test_elsewhere_files_are_read_past_and_the_fields_stay():
    request = post(b"x" * 5_000_000, note="hello")
    assert not request.FILES
    assert request.POST["note"] == "hello"


def test_a_view_gets_the_files_it_takes():
    assert taking(post(b"one", b"two", note="hello")) == ([b"one", b"two"], "hello")


def test_from_whoever_is_not_allowed_nothing_is_taken():
    assert taking(post(b"one", note="hello"), is_allowed=False) == ([], "hello")


def test_beyond_the_limit_one_byte_is_kept():
    assert taking(post(b"a" * 8, b"b" * 8, b"c" * 8)) == ([b"a" * 8, b"bbb", b""], "")


def test_a_large_file_is_kept_in_memory():
    content = bytes(range(256)) * 20_000
    assert taking(post(content), most_bytes=len(content)) == ([content], "")


def test_too_many_files_are_read_to_their_end_and_refused(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    request = post(b"1", b"2", b"x" * 500_000)
    assert taking(request, most_bytes=1_000_000) == ([], "refused")
    assert request.read(1) == b""
