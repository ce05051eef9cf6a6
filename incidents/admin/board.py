"""The board: what is open, the worst first, who has it, and when the next call is due unless somebody acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, F, Func, IntegerField, TextField, When

from incidents.admin.live import Version, ask_version
from incidents.calls import STANDS
from incidents.domain.model import CommandKind
from incidents.models import Escalation, Incident
from incidents.names import Names, load_names, named
from incidents.standing import offered_in
from incidents.wording import listing

_NEXT: Final[Mapping[str, str]] = {
    Escalation.State.PAGING: "Next call",
    Escalation.State.ACKNOWLEDGED: "Paged again",
    Escalation.State.SNOOZED: "Snoozed until",
    Escalation.State.EXHAUSTED: "Fallback again",
}

# An incident is numbered in the transaction that opens it, and none is opened again. So the last number and how many
# are open tell which are open; and of those, each change counts the version or the repeats up.
_VERSION: Final = """
SELECT clock_timestamp(), clock_timestamp()::date, count(*), sum(escalation.version), sum(incident.repeats),
  (SELECT last FROM incidents_incidentnumbering WHERE organization_id = %(organization)s)
FROM incidents_incident incident JOIN incidents_escalation escalation ON escalation.id = incident.id
WHERE incident.organization_id = %(organization)s AND incident.status <> 'resolved'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An incident on the board. ``who`` has it or is being paged; ``next_at`` is when ``next_is`` happens, if it does."""

    incident: Incident
    is_open: bool
    needs_answer: bool
    can_acknowledge: bool
    stands: str
    place: str
    who: str
    next_is: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The lines of one page: what is open, and what is over."""

    open: tuple[Line, ...]
    resolved: tuple[Line, ...]

    @property
    def waiting(self) -> int:
        """How many of the open ones nobody has taken."""
        return sum(line.needs_answer for line in self.open)


def load_version(organization_id: str | None) -> Version:
    """Return what changes whenever the board does, but for people's names. One statement, over what is open."""
    return ask_version(_VERSION, {"organization": organization_id})


def load_board(incidents: Sequence[Incident]) -> Board:
    """Return the lines of ``incidents``, which have ``owner``, ``escalation`` and its ``holder``; at most four statements."""
    layers = _load_layer_counts(incidents)
    names = _load_names(incidents)
    lines = [_line(incident, layers.get(incident.pk), names) for incident in incidents]
    return Board(
        open=tuple(line for line in lines if line.is_open), resolved=tuple(line for line in lines if not line.is_open)
    )


def _load_layer_counts(incidents: Sequence[Incident]) -> Mapping[UUID, int | None]:
    """Return how many layers each plan has, which may be large, so the database counts; one it cannot read has None."""
    layers: Any = F("plan__layers")
    kind = Func(layers, function="jsonb_typeof", output_field=TextField())
    length = Func(layers, function="jsonb_array_length", output_field=IntegerField())
    rows = Escalation.objects.filter(pk__in=[incident.pk for incident in incidents]).annotate(kind=kind)
    return dict(rows.values_list("pk", Case(When(kind="array", then=length), default=None)))


def _load_names(incidents: Sequence[Incident]) -> Names:
    wanted: set[str | None] = set()
    for incident in incidents:
        wanted |= {*incident.escalation.paged, incident.escalation.acknowledged_by}
    found = load_names({incident.organization_id: wanted for incident in incidents[:1]})
    return next(iter(found.values()), {})


def _line(incident: Incident, layers: int | None, names: Names) -> Line:
    row = incident.escalation
    is_open = incident.status != Incident.Status.RESOLVED
    return Line(
        incident=incident,
        is_open=is_open,
        needs_answer=row.state in {Escalation.State.PAGING, Escalation.State.EXHAUSTED},
        can_acknowledge=CommandKind.ACKNOWLEDGE in offered_in(row.state),
        stands=STANDS[row.state],
        place=_place(row, layers) if is_open else "",
        who=_who(row, names) if is_open else "",
        next_is=_NEXT.get(row.state, ""),
        next_at=row.due_at,
    )


def _place(row: Escalation, layers: int | None) -> str:
    if not row.position:
        return ""
    return f"Layer {row.position} of {layers}" if layers else f"Layer {row.position}"


def _who(row: Escalation, names: Names) -> str:
    if row.state == Escalation.State.ACKNOWLEDGED:
        holder = row.acknowledged_by if row.holder is None else str(row.holder.user_id)
        return f"{named(holder, names)} has it"
    if row.state == Escalation.State.SNOOZED:
        return "Nobody is paged"
    people = [named(one, names) for one in sorted(row.paged)]
    return f"Paging {listing(sorted(people))}" if people else "Nobody has been paged"
