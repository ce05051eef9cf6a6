"""What replies say about who is on call: keys in the order of the contract."""

from __future__ import annotations

from escalation.api.bodies import Body
from escalation.api.reads import ScheduleRow
from escalation.domain.model import Shift
from escalation.models import Schedule
from escalation.oncall import OnCall, People, is_reachable


def who_body(there: OnCall, people: People) -> Body:
    """Return who is on call in a schedule; ``people`` are those of its shifts."""
    owner = there.owner
    return {
        "scheduleOwner": owner and {"userId": owner.user, "layerId": owner.rotation, "source": _source(owner)},
        "pagingTargets": [_target_body(shift, people) for shift in there.shifts],
        "currentOncallUserId": owner and owner.user,
    }


def schedule_on_call_body(row: Schedule | ScheduleRow, there: OnCall, people: People) -> Body:
    """Return a schedule with who is on call in it, and until when."""
    named = {"id": row.id, "name": row.name, "timezone": row.timezone}
    return {**named, **who_body(there, people), "until": there.until}


def shift_body(shift: Shift, people: People) -> Body:
    """Return a shift; ``people`` has the person whose it is."""
    return {
        **_target_body(shift, people),
        "from": shift.starts_at,
        "to": shift.ends_at,
        "overrideId": shift.override,
    }


def _target_body(shift: Shift, people: People) -> Body:
    return {
        "userId": shift.user,
        "layerId": shift.rotation,
        "position": shift.position,
        "source": _source(shift),
        "reachable": is_reachable(shift.user, people),
    }


def _source(shift: Shift) -> str:
    return "rotation" if shift.override is None else "override"
