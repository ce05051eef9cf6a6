"""Deleting by a service, which refuses what is in use."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst

Row = TypeVar("Row", bound=Model)


class DeletedByService(admin.ModelAdmin[Row]):
    """A page whose rows one service deletes, together with whatever belongs to them."""

    def delete_row(self, row: Row) -> None:
        """Delete one row by its service, which may raise ``DomainError``."""
        raise NotImplementedError

    def uses(self, rows: Any) -> list[Any]:
        """Return what uses the rows and so forbids to delete them, in words or as links; what else does the service knows."""
        return []

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Delete the row of the page."""
        self.delete_row(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        """Delete what was chosen in the list, in the order of ids, in which two who delete cannot block each other."""
        for row in queryset.order_by("pk"):
            self.delete_row(row)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Name the rows, and what uses them; Django would list ids of what belongs to them."""
        rows = [f"{capfirst(self.opts.verbose_name)}: {row}" for row in objs]
        return rows, {str(self.opts.verbose_name_plural): len(rows)}, set(), self.uses(objs)
