"""Whether the working hours are there that layers are to count in (contract 7.6)."""

from __future__ import annotations

from collections.abc import Mapping

from escalation.domain.target import Condition
from escalation.models import WorkingHours
from scaling.errors import InvalidInput

CONDITION_FIELD = "condition.workingHoursId"
# Whether an id is unknown, deleted or another organization's, nobody outside learns.
UNKNOWN_HOURS = "No working hours with that id in this organization."


def check_conditions(organization_id: str, named: Mapping[str, Condition | None]) -> None:
    """Let conditions pass, each named by a field, whose working hours are there. At most one statement.

    Raises:
        InvalidInput: the organization has no such working hours; every such field is named.
    """
    wanted = {field: condition.hours for field, condition in named.items() if condition is not None}
    if not wanted:
        return
    found = WorkingHours.objects.for_organization(organization_id).filter(id__in=wanted.values())
    missing = set(wanted.values()).difference(found.values_list("id", flat=True))
    if missing:
        raise InvalidInput([(field, UNKNOWN_HOURS) for field, hours_id in wanted.items() if hours_id in missing])
