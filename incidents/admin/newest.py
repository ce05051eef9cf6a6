"""Going through a history that grows without end: what is open first, then what is over, newest first."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import InvalidPage, Page, Paginator
from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from accounts.admin.newest import MOST_ROWS
from incidents.models import Incident
from incidents.overview import MOST_URGENT_FIRST


class BoardPaginator(Paginator[Any]):
    """Pages through the open incidents of a queryset, the worst and then the oldest first, and then the resolved ones.

    Of either it takes the first ``MOST_ROWS`` and never counts further. A page takes two statements at most, and
    sorts nothing but what is open.
    """

    @cached_property
    def count(self) -> int:
        """How many rows there are to page through. Two statements, whose cost has a bound."""
        # Ordered, though only counted: else the planner reads through all organizations' history for a small one.
        resolved: int = self._resolved.order_by("-created_at", "-pk")[:MOST_ROWS].count()
        return self.open_count + resolved

    @cached_property
    def open_count(self) -> int:
        """How many of them are open; they come first. One statement."""
        found: int = self._open.order_by()[:MOST_ROWS].count()
        return found

    def page(self, number: int | str) -> Page[Any]:
        """Return a page, whose rows may come out of both."""
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        stop = min(start + self.per_page, self.count)
        # What is opened or resolved between the statements may be missed or met twice; the next look tells.
        rows = [*self._open.order_by(*MOST_URGENT_FIRST)[: self.open_count][start:stop]]
        past = slice(max(start - self.open_count, 0), max(stop - self.open_count, 0))
        return Page([*rows, *self._resolved.order_by("-created_at", "-pk")[past]], number, self)

    @property
    def _open(self) -> QuerySet[Incident]:
        rows: Any = self.object_list
        found: QuerySet[Incident] = rows.exclude(status=Incident.Status.RESOLVED)
        return found

    @property
    def _resolved(self) -> QuerySet[Incident]:
        rows: Any = self.object_list
        found: QuerySet[Incident] = rows.filter(status=Incident.Status.RESOLVED)
        return found


class BoardChangeList(ChangeList):
    """A list in the order of its paginator: no column sorts it, as Django only hides the links."""

    def get_results(self, request: HttpRequest) -> None:
        """Take the page that is asked for from the paginator, which Django asks only where there are several.

        Raises:
            IncorrectLookupParameters: there is no such page.
        """
        paginator = BoardPaginator(self.queryset, self.list_per_page)
        try:
            self.result_list = paginator.page(self.page_num).object_list
        except InvalidPage as error:
            raise IncorrectLookupParameters from error
        self.result_count = paginator.count
        self.paginator = paginator
        self.full_result_count = self.result_count
        self.show_full_result_count = self.can_show_all = False
        self.show_admin_actions = False
        self.multi_page = self.result_count > self.list_per_page

    def get_ordering_field(self, field_name: Any) -> str | Combinable | None:
        """Return by what the rows of a column are sorted: by nothing."""
        return None
