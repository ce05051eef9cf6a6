"""Services of PagerDuty: what they set has no place here, and is told for their policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable
from escalation.transfer.foreign.pagerduty.shapes import id_in

_SETTINGS: Final = (
    "acknowledgement_timeout",
    "auto_resolve_timeout",
    "incident_urgency_rule",
    "support_hours",
    "scheduled_actions",
    "alert_grouping",
    "alert_grouping_timeout",
    "alert_grouping_parameters",
    "auto_pause_notifications_parameters",
    "response_play",
)
_UNREMARKABLE: Final[Mapping[str, str]] = {"status": "active", "alert_creation": "create_alerts_and_incidents"}


def tell_services(bundle: Bundle, ledger: Ledger) -> None:
    """Tell what the services of a bundle set."""
    items = (item for _, item in bundle.each("services", "services"))
    for _ in usable(items, lambda item: _tell(ledger, item)):
        continue


def _tell(ledger: Ledger, item: Item) -> None:
    found = {field: item.plain(field) for field in (*_SETTINGS, *_UNREMARKABLE)}
    was = {field: value for field, value in found.items() if value not in (None, [], {}, _UNREMARKABLE.get(field))}
    part = ledger.found("policies", id_in(item, "escalation_policy")) or ledger.whole
    if was:
        message = f"is used by the service {text_in(item, 'name', 'summary', 'id')!r}, whose settings are not imported."
        part.note(Code.SERVICE_SETTING_NOT_IMPORTED, message, path=item.path, was=was)
