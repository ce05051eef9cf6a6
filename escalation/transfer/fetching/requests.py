"""What products are asked, as values, and how a product is described."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from escalation.transfer.fetching.shape import Page

Query = tuple[tuple[str, str], ...]

GONE: Final = frozenset({404})
"""What is asked for by an id that a list named a moment ago may have been deleted since."""


class Window(NamedTuple):
    """The time of which a product is asked who is on call."""

    since: datetime
    weeks: int

    @property
    def until(self) -> datetime:
        """Where it ends."""
        return self.since + timedelta(weeks=self.weeks)


def instant_text(at: datetime) -> str:
    """Return an instant, which is in UTC, as all products read it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One page to ask for. ``kind``, ``of`` and ``number`` name it, in the manifest of the bundle too.

    ``path`` begins below the base URL. A ``body`` is posted. ``absent`` are the statuses by which the product says that
    it has none such, which is no failure. ``continues`` says that a page before it announced it.
    """

    kind: str
    path: str
    of: str | None = None
    number: int = 1
    query: Query = ()
    body: bytes = b""
    absent: frozenset[int] = frozenset()
    continues: bool = False

    @property
    def target(self) -> str:
        """Return path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @property
    def name(self) -> str:
        """Return how people know the page."""
        whose = "" if self.of is None else f" of {self.of}"
        return f"{self.kind}{whose}, page {self.number}"

    def next(self, query: Query) -> Request:
        """Return the request for the page behind this one, with these parameters in place of those of the same name."""
        anew = {name for name, _ in query}
        kept = [pair for pair in self.query if pair[0] not in anew]
        return replace(self, number=self.number + 1, query=(*kept, *query), continues=True)

    def next_by(self, link: str) -> Request:
        """Return the request for the page that ``link`` leads to.

        Only its parameters are used, so no link leads to another host or another list.
        """
        return self.next(tuple(parse_qsl(urlsplit(link).query)))


class Product(ABC):
    """What is asked of a product, and how its pages go on. It keeps nothing between calls."""

    name: ClassVar[str]
    title: ClassVar[str]
    base_url: ClassVar[str | None] = None
    """Where it is, if it is in one place for everybody."""

    resets: ClassVar[Sequence[str]] = ()
    """Headers, in lower case, that say how many seconds to wait, besides ``Retry-After``."""
    remaining: ClassVar[str] = ""
    """The header, in lower case, that says how many more requests may be made before that."""
    contacts: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Of each kind the fields that hold phone numbers and addresses of people, anywhere in its pages."""
    advice: ClassVar[str] = ""
    """What people can do where it does not understand a request."""

    def account(self, base_url: str) -> str:
        """Return what tells one customer of the product from others, as far as it shows here."""
        return base_url

    @abstractmethod
    def headers(self, token: str) -> Mapping[str, str]:
        """Return the headers that every request bears."""

    @abstractmethod
    def begin(self, window: Window) -> Iterable[Request]:
        """Yield what is asked first."""

    @abstractmethod
    def items(self, request: Request, page: Page) -> Sequence[object] | None:
        """Return what the list of a page holds, None where a page is one object.

        Raises:
            WrongShape: it is no such page.
        """

    @abstractmethod
    def next_page(self, request: Request, page: Page) -> Request | None:
        """Return the request for the next page of the list, if there is one."""

    @abstractmethod
    def details(self, request: Request, page: Page, window: Window) -> Iterable[Request]:
        """Yield what is asked about each of the objects that a page lists."""

    def total(self, page: Page) -> int | None:
        """Return how many things the whole list has, if the page says so."""
        return None

    def shortage(self, request: Request, page: Page) -> str | None:
        """Return, in a sentence, that the product has more than it gives, where it says so on the last page it gives."""
        return None

    def ways(self, request: Request) -> Sequence[Request]:
        """Return the ways to ask for the page, in the order in which they are tried until one is understood."""
        return (request,)

    def complaint(self, page: Page) -> str | None:
        """Return why the product did not understand the request, if it says so in a page."""
        return None
