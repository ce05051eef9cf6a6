"""The directory of a bundle while it is being fetched.

Each page is a file, named after its request, that appears when all of it is on the disk. So what is there is complete
whenever a fetch is interrupted, and nothing has to keep count of it. ``fetching.json`` says what is being fetched, from
the first moment until all is there. The manifest is written last, and it alone makes a directory a bundle. One that is
fetched anew stays as it is until then, because the new pages have other names.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote

from escalation.transfer.fetching.errors import FetchFailed
from escalation.transfer.fetching.requests import Request
from escalation.transfer.files import write_whole
from escalation.transfer.foreign.bundle import BUNDLE_VERSION, MANIFEST
from scaling import __version__

JOURNAL: Final = "fetching.json"

_HALF_WRITTEN: Final = re.compile(r"\..+\.json\.\w{8}")
_LONGEST: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is being fetched. ``started_at`` is an instant in UTC, as text; ``mark`` begins the names of its pages.

    ``replaces`` are the files of the bundle that was there before.
    """

    source: str
    account: str
    base_url: str
    weeks: int
    redacted: bool
    started_at: str
    mark: str = ""
    replaces: tuple[str, ...] = ()

    def is_like(self, other: Errand) -> bool:
        """Tell whether both ask for the same."""
        return replace(self, started_at="", mark="", replaces=()) == replace(other, started_at="", mark="", replaces=())

    def __str__(self) -> str:
        contacts = ", without contacts" if self.redacted else ""
        return f"{self.source} from {self.base_url}, {self.weeks} weeks{contacts}"


class BundleDirectory:
    """Where the pages of one errand are kept. Files are readable by their owner alone (mode 0600)."""

    def __init__(self, path: Path, errand: Errand, *, is_resumed: bool) -> None:
        self.path = path
        self.errand = errand
        self.is_resumed = is_resumed

    def kept(self, request: Request) -> bytes | None:
        """Return the page, None where it has not been fetched yet."""
        try:
            return self._file(request).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, request: Request, content: bytes) -> None:
        """Keep a page: after this it is there, whatever happens."""
        write_whole(self._file(request), content)

    def drop(self, request: Request) -> None:
        """Let go of a page."""
        self._file(request).unlink(missing_ok=True)

    def count(self) -> int:
        """Return how many pages there are."""
        return sum(1 for file in self.path.glob(f"{self.errand.mark}*.json") if file.name not in {JOURNAL, MANIFEST})

    def abandon(self) -> None:
        """Forget the errand, as if it had not been begun."""
        (self.path / JOURNAL).unlink()

    def complete(self, pages: Sequence[Request], counts: Mapping[str, int], short: Sequence[str]) -> None:
        """Make it a bundle of these pages. What it replaces is taken away."""
        names = [self._file(request).name for request in pages]
        manifest = {
            "formatVersion": BUNDLE_VERSION,
            "source": self.errand.source,
            "account": self.errand.account,
            "fetchedAt": self.errand.started_at,
            "toolVersion": __version__,
            "weeks": self.errand.weeks,
            "counts": counts,
            "short": short,
            "pages": [
                {"kind": request.kind, "of": request.of, "file": name}
                for request, name in zip(pages, names, strict=True)
            ],
        }
        write_whole(self.path / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
        for name in set(self.errand.replaces) - set(names):
            (self.path / name).unlink(missing_ok=True)
        (self.path / JOURNAL).unlink()

    def _file(self, request: Request) -> Path:
        whose = [] if request.of is None else [_fit_for_a_name(request.of)]
        return self.path / (self.errand.mark + "-".join([request.kind, *whose, str(request.number)]) + ".json")


@contextmanager
def opened(path: Path, errand: Errand, *, overwrite: bool) -> Iterator[BundleDirectory]:
    """Yield the directory for an errand, made if it is not there (mode 0700), to begin it or to go on with it.

    Nobody else fetches into it meanwhile.

    Raises:
        FetchFailed: it holds something else, or is in use.
        OSError: it cannot be made or written.
    """
    path.mkdir(mode=0o700, exist_ok=True)
    with _locked(path):
        begun = _journal(path)
        if begun is None:
            errand = _fresh(path, errand, overwrite=overwrite)
            path.chmod(0o700)
            write_whole(path / JOURNAL, json.dumps(asdict(errand)))
        elif not begun.is_like(errand):
            raise FetchFailed(
                f"{path} holds an unfinished fetch of something else ({begun}). The options it was begun with go on with "
                "it; for others name another directory."
            )
        for file in path.iterdir():
            if _HALF_WRITTEN.fullmatch(file.name):
                file.unlink()
        yield BundleDirectory(path, begun or errand, is_resumed=begun is not None)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise FetchFailed(f"Another fetch is at work in {path}.") from error
    finally:
        os.close(descriptor)


def _journal(path: Path) -> Errand | None:
    try:
        found = json.loads((path / JOURNAL).read_text(encoding="utf-8"))
        return Errand(**{**found, "replaces": tuple(found["replaces"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError) as error:
        raise FetchFailed(f"{path / JOURNAL} is not as it was written. Name another directory.") from error


def _fresh(path: Path, errand: Errand, *, overwrite: bool) -> Errand:
    """Return the errand for a directory in which none is under way."""
    if not (path / MANIFEST).exists():
        if any(not _HALF_WRITTEN.fullmatch(file.name) for file in path.iterdir()):
            raise FetchFailed(f"{path} is not empty. Name another directory.")
        return errand
    if not overwrite:
        raise FetchFailed(f"{path} holds a complete bundle. --overwrite fetches it anew and replaces it at the end.")
    return replace(errand, mark=f"{secrets.token_hex(3)}-", replaces=_pages_of(path / MANIFEST))


def _pages_of(manifest: Path) -> tuple[str, ...]:
    try:
        names = [page["file"] for page in json.loads(manifest.read_text(encoding="utf-8"))["pages"]]
    except (ValueError, TypeError, KeyError) as error:
        raise FetchFailed(f"{manifest} is no manifest of a bundle. Name another directory.") from error
    return tuple(name for name in names if isinstance(name, str) and name == Path(name).name)


def _fit_for_a_name(whose: str) -> str:
    quoted = quote(whose, safe="")
    return quoted if len(quoted) <= _LONGEST else hashlib.sha256(whose.encode()).hexdigest()
