"""What a browser sends for a policy with its layers."""

from __future__ import annotations

POLICIES = "/admin/escalation/policy/"
SCHEDULES = "/admin/escalation/schedule/"


def change_of(row, path=POLICIES):
    """Return the address of a row's page."""
    return f"{path}{row.pk}/change/"


def line(layer=None, position="", *, schedule="", people=(), minutes="5", counts=None, delete=False):
    """Return what is sent for one layer; without ``counts``, by a form that does not ask when it counts."""
    shown = {
        "id": "" if layer is None else layer.pk,
        "position": position,
        "schedule": getattr(schedule, "pk", schedule),
        "people": [getattr(member, "pk", member) for member in people],
        "minutes": minutes,
    }
    return shown | ({} if counts is None else {"counts": counts}) | ({"DELETE": "on"} if delete else {})


def kept(layer, position=None, **changes):
    """Return what is sent for a layer of ``LayerFactory`` that nobody touched but for ``changes``."""
    people = [named.membership for named in layer.layer_users.all()]
    shown = {"schedule": layer.schedule or "", "people": people, "minutes": layer.timeout_seconds // 60}
    return line(layer, layer.position if position is None else position, **{**shown, **changes})


def policy_form(*lines, version="1", **changes):
    """Return what is sent for a policy; lines that name a layer go first, as on the page."""
    fields = {"name": "Billing", "description": "", "repeat_count": "0", "repage_after_ack_minutes": ""}
    sent = {**fields, "shown_version": version, **changes}
    sent |= {"layers-TOTAL_FORMS": len(lines), "layers-INITIAL_FORMS": sum(bool(one["id"]) for one in lines)}
    for number, one in enumerate(lines):
        sent |= {f"layers-{number}-{name}": value for name, value in one.items()}
    return sent
