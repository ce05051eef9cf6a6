"""Integrations and routes of Grafana OnCall, which choose the chain of an alert: there is nothing like that here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from escalation.transfer.findings import Code
from escalation.transfer.foreign.bundle import Bundle
from escalation.transfer.foreign.fields import text_in
from escalation.transfer.foreign.grafana.shapes import listed
from escalation.transfer.foreign.items import Item
from escalation.transfer.foreign.ledger import Ledger, usable


def tell_routes(bundle: Bundle, ledger: Ledger) -> None:
    """Tell of each integration, and by which routes its alerts come to which policy."""
    names = dict(usable(listed(bundle, "integrations"), lambda item: (text_in(item, "id"), text_in(item, "name"))))
    routes: dict[str, list[Item]] = defaultdict(list, {integration: [] for integration in names})
    for integration, item in usable(listed(bundle, "routes"), lambda item: (text_in(item, "integration_id"), item)):
        routes[integration].append(item)
    for integration, items in routes.items():
        _tell(ledger, names.get(integration) or integration, items)


def _tell(ledger: Ledger, name: str, routes: Sequence[Item]) -> None:
    message = f"has the integration {name!r}, which is not imported. Here whoever reports an incident names its policy."
    was = list(usable(routes, lambda item: _route(ledger, item)))
    ledger.whole.note(Code.ROUTING_NOT_IMPORTED, message, path=routes[0].path if routes else None, was=was)


def _route(ledger: Ledger, item: Item) -> dict[str, Any]:
    chain = ledger.found("policies", text_in(item, "escalation_chain_id"))
    return {
        "policy": None if chain is None else chain.name,
        "type": item.plain("routing_type"),
        "filter": item.plain("routing_regex"),
    }
