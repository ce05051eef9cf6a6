"""What else is burning: the lines under a message that carries other incidents' pages with it (``incidents.bundles``).

Example::

    + 3 more:
    CRITICAL: Disk full https://oncall.example.org/a/…
    HIGH: Invoices stuck
    and 1 more

Each line has its incident's link, as long as there is room; then titles go without, and what is left is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from incidents.answer.tokens import answer_url
from incidents.models import Delivery, Incident
from scaling.text import single_line

_TITLE_LENGTH: Final = 60
_MOST_SPOKEN: Final = 5
_TAIL_LENGTH: Final = len("\nand 9999 more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """An incident that is told in another one's message, to whom its page calls: by name, and the page's link."""

    name: str
    url: str


def load_others(riding: Mapping[UUID, Sequence[UUID]]) -> Mapping[UUID, Sequence[Other]]:
    """Return by delivery what its message tells beside its own incident: once each incident of those riding, in order.

    One statement; none if nothing rides.
    """
    if not any(riding.values()):
        return {}
    ids = [one for leader, riders in riding.items() for one in (leader, *riders)]
    found = Delivery.objects.select_related("page__escalation__incident").in_bulk(ids)
    return {leader: _others(found[leader], [found[rider] for rider in riders]) for leader, riders in riding.items()}


def _others(leader: Delivery, riders: Sequence[Delivery]) -> Sequence[Other]:
    newest = {rider.escalation_id: rider for rider in riders if rider.escalation_id != leader.escalation_id}
    return [
        Other(name=headline(rider.page.escalation.incident, _TITLE_LENGTH), url=answer_url(rider.page_id))
        for rider in newest.values()
    ]


def headline(incident: Incident, length: int | None = None) -> str:
    """Return severity and title on one line, the title cut at ``length``: "HIGH: Invoices stuck"."""
    title = single_line(incident.title)
    if length is not None and len(title) > length:
        title = f"{title[: length - 1]}…"
    return f"{incident.severity.upper()}: {title}"


def digest(others: Sequence[Other], room: int) -> str:
    """Return the lines about ``others`` in at most ``room`` characters; however little that is, it counts them all."""
    lines = [f"+ {len(others)} more:"]
    left = room - len(lines[0]) - _TAIL_LENGTH
    for other in others:
        line = next((line for line in (f"{other.name} {other.url}", other.name) if len(line) < left), None)
        if line is None:
            break
        lines.append(line)
        left -= len(line) + 1
    untold = len(others) - len(lines) + 1
    return "\n".join([*lines, *([f"and {untold} more"] if untold else [])])


def spoken(others: Sequence[Other]) -> str:
    """Return what is read out about ``others``: "3 more: HIGH: Invoices stuck; …". No links, and only the first few."""
    names = [other.name for other in others[:_MOST_SPOKEN]]
    untold = len(others) - len(names)
    return f"{len(others)} more: {'; '.join([*names, *([f'and {untold} more'] if untold else [])])}."
