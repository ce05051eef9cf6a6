"""Fetching: ask, keep, see what follows, until nothing does."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from json import dumps

from escalation.transfer.fetching.calls import Caller
from escalation.transfer.fetching.directory import BundleDirectory
from escalation.transfer.fetching.errors import FetchFailed, TooMuch
from escalation.transfer.fetching.redaction import without_contacts
from escalation.transfer.fetching.requests import Product, Request, Window
from escalation.transfer.fetching.shape import Page
from escalation.transfer.foreign.bundle import MAX_BYTES, MAX_FILES
from scaling.outbound import Answer
from scaling.progress import Step, Steps


@dataclass(slots=True, kw_only=True)
class _Found:
    """What a fetch has come to: its pages in order, how many things of each kind, and of which kinds some are missing."""

    pages: list[Request] = field(default_factory=list)
    size: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    short: dict[str, str] = field(default_factory=dict)
    seen: defaultdict[tuple[str, str | None], set[bytes]] = field(default_factory=lambda: defaultdict(set))
    asked: set[tuple[str, bytes]] = field(default_factory=set)


class Fetch:
    """One fetch of one product into one directory, from wherever that stands. Runs once."""

    def __init__(self, product: Product, caller: Caller, directory: BundleDirectory, steps: Steps) -> None:
        self._product = product
        self._caller = caller
        self._directory = directory
        self._steps = steps
        self._bars: dict[str, Step] = {}
        self._expected: Counter[str] = Counter()
        self._names: set[str] = set()
        self._found = _Found()
        self._way = 0

    def run(self) -> Sequence[str]:
        """Fetch what is not there yet, and make the directory a bundle. Return what the product did not give.

        Raises:
            FetchFailed: it cannot go on; what is there stays for the next time.
            OSError: a page cannot be written.
        """
        errand = self._directory.errand
        window = Window(datetime.fromisoformat(errand.started_at), errand.weeks)
        waiting = deque(self._expecting(self._product.begin(window)))
        while waiting:
            request = waiting.popleft()
            waiting.extend(self._expecting(self._take(request, window)))
            self._bars[request.kind].advance()
        found = self._found
        self._directory.complete(found.pages, found.counts, sorted(found.short))
        return list(found.short.values())

    def _expecting(self, requests: Iterable[Request]) -> Iterator[Request]:
        """Yield those of the requests that have not been made yet: lists that shift meanwhile may name one thing twice."""
        for request in requests:
            if request.name in self._names:
                continue
            self._names.add(request.name)
            kind = request.kind
            self._expected[kind] += 1
            if self._expected.total() > MAX_FILES:
                raise TooMuch(f"There are more than {MAX_FILES} pages, which is more than a bundle may have.")
            if kind not in self._bars:
                self._bars[kind] = self._steps.begin(kind)
            self._bars[kind].expect(self._expected[kind])
            yield request

    def _take(self, request: Request, window: Window) -> Sequence[Request]:
        """Have the page, from the disk or from the product, and return what follows from it."""
        kept = self._directory.kept(request)
        content = self._asked(request) if kept is None else kept
        if content is None:
            return []
        page = Page.of(content, request.name)
        items = self._product.items(request, page)
        following = self._following(request, page, items, window)
        if following is None:
            self._directory.drop(request)
            return []
        if kept is None:
            self._directory.keep(request, content)
        self._count(request, len(content), 1 if items is None else len(items))
        return following

    def _asked(self, request: Request) -> bytes | None:
        """Ask for a page, in each way there is; first in the one that the product understood last."""
        ways = self._product.ways(request)
        complaint = ""
        for number in sorted(range(len(ways)), key=lambda way: way != self._way):
            answer = self._caller.ask(ways[number])
            if answer.status in request.absent:
                self._steps.note(f"{self._product.title} has no {request.name} ({answer.status}).")
                return None
            said = self._complaint(request, answer)
            if said is None:
                self._way = number
                return self._redacted(request, answer.body)
            complaint = complaint or said
        advice = f". {self._product.advice}" if self._product.advice else ""
        raise FetchFailed(f"{request.name}: {self._product.title} {complaint}{advice}")

    def _complaint(self, request: Request, answer: Answer) -> str | None:
        if not 200 <= answer.status < 300:
            said = self._caller.shown(answer.body.decode("utf-8", errors="replace"))
            return f"answered {answer.status}: {said}"
        said_so = self._product.complaint(Page.of(answer.body, request.name))
        return None if said_so is None else f"says: {self._caller.shown(said_so)}"

    def _redacted(self, request: Request, content: bytes) -> bytes:
        fields = self._product.contacts.get(request.kind)
        return without_contacts(content, fields) if fields and self._directory.errand.redacted else content

    def _following(
        self, request: Request, page: Page, items: Sequence[object] | None, window: Window
    ) -> list[Request] | None:
        """Return what follows from a page; None from one that has nothing new, which the product never stops sending."""
        details = list(self._product.details(request, page, window))
        if items is None:
            return details
        has_news = self._has_news(request, items)
        is_repeated = request.continues and bool(items) and not has_news
        next_page = self._next_page(request, page) if items and not is_repeated else None
        if is_repeated:
            self._tell_of_circle(request)
        if next_page is None:
            self._measure(request, page)
        return None if is_repeated else [*details, *filter(None, [next_page])]

    def _next_page(self, request: Request, page: Page) -> Request | None:
        """Return the request for the next page of a list, unless the product leads in a circle."""
        self._found.asked.add((request.target, request.body))
        next_page = self._product.next_page(request, page)
        if next_page is not None and (next_page.target, next_page.body) in self._found.asked:
            self._tell_of_circle(request)
            return None
        return next_page

    def _tell_of_circle(self, request: Request) -> None:
        self._steps.note(f"{self._product.title} leads back to {request.kind} it gave before: taken for the end.")

    def _has_news(self, request: Request, items: Sequence[object]) -> bool:
        seen = self._found.seen[request.kind, request.of]
        before = len(seen)
        seen.update(sha256(dumps(item, sort_keys=True).encode()).digest() for item in items)
        return len(seen) > before

    def _measure(self, request: Request, page: Page) -> None:
        """See whether a list that has ended is all there is."""
        missing = self._product.shortage(request, page)
        total, here = self._product.total(page), len(self._found.seen[request.kind, request.of])
        if missing is None and total is not None and here < total:
            missing = f"{self._product.title} says that there are {total} {request.kind}, and gave {here}."
        if missing is not None:
            self._found.short[request.kind] = missing

    def _count(self, request: Request, size: int, items: int) -> None:
        self._found.pages.append(request)
        self._found.counts[request.kind] += items
        self._found.size += size
        if self._found.size > MAX_BYTES:
            raise TooMuch(
                f"All pages together are larger than {MAX_BYTES // 1_000_000} MB. Ask for fewer weeks, into another "
                "directory."
            )
