"""Files that a browser sends: nowhere but where they are asked for, within limits, and never on a disk (B111).

Django parses a form before anybody knows whose it is, and would keep the files of strangers. Here it reads past them
(setting ``FILE_UPLOAD_HANDLERS``), unless the view says with ``taking_files`` that it wants some.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any, Final

from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]

_AT_ONCE: Final = 64 * 1024


class NoFiles(FileUploadHandler):
    """Reads past every file: the form comes without it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Take none.

        Raises:
            SkipFile: always.
        """
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep nothing."""

    def file_complete(self, file_size: int) -> None:
        """Keep nothing."""


class FilesInMemory(FileUploadHandler):
    """Keeps files in memory: of all together ``most_bytes``, and one byte more, by which too much is told."""

    def __init__(self, request: HttpRequest | None = None, *, most_bytes: int) -> None:
        super().__init__(request)
        self._left = most_bytes + 1
        self._content = BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin another file."""
        super().new_file(*args, **kwargs)
        self._content = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep as much of it as there is room for."""
        self._content.write(raw_data[: self._left])
        self._left -= min(len(raw_data), self._left)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        """Return what was kept of it. Its name is what the browser says, and opens nothing."""
        size = self._content.tell()
        self._content.seek(0)
        return InMemoryUploadedFile(
            self._content, self.field_name, self.file_name, self.content_type, size, self.charset
        )


def taking_files(
    view: View,
    *,
    is_allowed: Callable[[HttpRequest], bool],
    most_bytes: int,
    refuse: Callable[[HttpRequest], HttpResponseBase],
) -> View:
    """Return ``view`` as one that takes files from whoever ``is_allowed``; nothing of them is kept for others.

    More of them than ``DATA_UPLOAD_MAX_NUMBER_FILES`` are answered by ``refuse``. ``view`` has to protect itself from
    forged forms, as pages of the admin do: before that can be looked at, it has to be said where files go.
    """

    @csrf_exempt
    @wraps(view)
    def taking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and is_allowed(request):
            request.upload_handlers = [FilesInMemory(request, most_bytes=most_bytes)]
            if _has_too_many(request):
                return refuse(request)
        return view(request, *args, **kwargs)

    return taking


def _has_too_many(request: HttpRequest) -> bool:
    """Parse the form; read past the rest of one with too many files, that whoever sends it hears the answer."""
    try:
        request.POST  # noqa: B018 - parsed when it is first looked at
    except TooManyFilesSent:
        while request.read(_AT_ONCE):
            pass
        return True
    return False
