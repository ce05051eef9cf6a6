"""What somebody who looks at an incident in the admin can do about it, and what would come of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from escalation.domain.model import Plan
from escalation.loaders import load_plan
from incidents.choices import Choices, load_choices
from incidents.domain.lifecycle import RESOLVED, next_status
from incidents.domain.model import ActorId, Command, CommandKind
from incidents.foresight import Foreseen, foresee, paged_by
from incidents.models import Escalation, Incident
from incidents.names import Names, load_names
from incidents.standing import offered_in

_ANYBODY: Final = ActorId("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What can be done, with the number of the firing that is shown.

    ``escalating`` is whom "escalate" would page. ``new_plan`` tells what applying the policy would do, empty where the
    incident runs by it as it is. ``next_status`` is the one an update may go on to, short of resolving.
    """

    firing: int
    can_acknowledge: bool
    choices: Choices | None
    escalating: str
    new_plan: str
    next_status: tuple[str, str] | None


def load_answers(row: Escalation, policy_version: int | None, now: datetime) -> Answers:
    """Return what can be done; ``policy_version`` is that of its policy, if it still has one. At most eight statements."""
    offered = offered_in(row.state)
    new_plan = _load_new_plan(row, policy_version) if offered else None
    seen = foresee(row, _commands(new_plan), now) if offered else []
    names = _load_names(row, seen)
    return Answers(
        firing=row.firing,
        can_acknowledge=CommandKind.ACKNOWLEDGE in offered,
        choices=load_choices(row, now, may=offered),
        escalating=_sentence(paged_by(seen[0], names)) if seen else "",
        new_plan="" if new_plan is None else _applied(row, new_plan, seen[1], names),
        next_status=_next_status(row.incident.status),
    )


def _load_new_plan(row: Escalation, policy_version: int | None) -> Plan | None:
    """Return the plan of the policy, if the incident runs by another version of it."""
    if row.policy_id is None or policy_version is None or policy_version == _version_of(row):
        return None
    found = load_plan(organization_id=row.organization_id, policy_id=row.policy_id)
    return None if found is None else found.plan


def _version_of(row: Escalation) -> object:
    """Return the version the snapshot was made of; a snapshot that cannot be read is of none."""
    return row.plan.get("policyVersion") if isinstance(row.plan, dict) else None


def _commands(new_plan: Plan | None) -> list[Command]:
    escalate = Command(kind=CommandKind.ESCALATE, actor=_ANYBODY)
    apply = Command(kind=CommandKind.APPLY_PLAN, actor=_ANYBODY, plan=new_plan)
    return [escalate] if new_plan is None else [escalate, apply]


def _load_names(row: Escalation, seen: Sequence[Foreseen]) -> Names:
    wanted = {one for foreseen in seen for one in foreseen.recipients}
    return load_names({row.organization_id: wanted}).get(row.organization_id, {}) if wanted else {}


def _applied(row: Escalation, plan: Plan, seen: Foreseen, names: Names) -> str:
    was = _version_of(row)
    versions = f"it is at version {plan.policy_version} now" + (f", and was at {was} then" if was else "")
    if seen.cause is not None:
        then = f"pages {paged_by(seen, names)}"
    elif seen.layers and seen.position:
        then = f"goes on at layer {seen.position} of {seen.layers}, and nobody is paged for it"
    else:
        then = "pages nobody for it"
    return f"The policy has changed since this was triggered: {versions}. Applying it {then}."


def _sentence(paged: str) -> str:
    return f"{paged[:1].upper()}{paged[1:]}."


def _next_status(status: str) -> tuple[str, str] | None:
    following = next_status(status)
    return (
        None if following in {None, RESOLVED} else (Incident.Status(following).value, Incident.Status(following).label)
    )
