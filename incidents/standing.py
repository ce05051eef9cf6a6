"""What can be done about an incident where its escalation stands (design, "What happens when", the rows of the commands).

What would be refused, and what would change nothing, is not offered. The domain decides again when it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Final

from incidents.domain.model import CommandKind
from incidents.models import Escalation

_WHILE_OPEN: Final = frozenset(
    {
        CommandKind.HANDOFF,
        CommandKind.ESCALATE,
        CommandKind.SNOOZE,
        CommandKind.APPLY_PLAN,
        CommandKind.RESOLVE,
    }
)
_OFFERED: Final[Mapping[str, Set[CommandKind]]] = {
    Escalation.State.PAGING: _WHILE_OPEN | {CommandKind.ACKNOWLEDGE},
    Escalation.State.SNOOZED: _WHILE_OPEN | {CommandKind.ACKNOWLEDGE},
    Escalation.State.EXHAUSTED: _WHILE_OPEN | {CommandKind.ACKNOWLEDGE},
    Escalation.State.ACKNOWLEDGED: _WHILE_OPEN | {CommandKind.UNACKNOWLEDGE},
    Escalation.State.CANCELLED: frozenset(),
}


def offered_in(state: str) -> Set[CommandKind]:
    """Return what makes a difference to an escalation in ``state``; in one of a newer release, nothing."""
    return _OFFERED.get(state, frozenset())
