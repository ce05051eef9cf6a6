"""By what a list of incidents can be narrowed."""

from __future__ import annotations

from django_filters import CharFilter, FilterSet, IsoDateTimeFilter

from incidents.models import Incident


class IncidentFilter(FilterSet):  # type: ignore[misc]  # the library has no types
    """Keeps the incidents of a status, of a severity, opened at or after ``since``, and before ``until``.

    What a client sent is checked by ``IncidentQuery``. Filters are applied in the order they are declared in, each by
    one call of ``filter``: that is the order of the parameters in compiled SQL.
    """

    status = CharFilter()
    severity = CharFilter()
    since = IsoDateTimeFilter("created_at", "gte")
    until = IsoDateTimeFilter("created_at", "lt")

    class Meta:
        model = Incident
        fields: tuple[str, ...] = ()
