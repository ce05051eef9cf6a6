"""What the command calls: one fetch, from its options to a bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from escalation.transfer.fetching.calls import Caller, Patience, checked_url
from escalation.transfer.fetching.directory import BundleDirectory, Errand, opened
from escalation.transfer.fetching.errors import FetchFailed, TooMuch
from escalation.transfer.fetching.fetch import Fetch
from escalation.transfer.fetching.goalert import GoAlert
from escalation.transfer.fetching.grafana_oncall import GrafanaOnCall
from escalation.transfer.fetching.opsgenie import Opsgenie
from escalation.transfer.fetching.pagerduty import PagerDuty
from escalation.transfer.fetching.requests import Product, instant_text
from scaling.progress import Steps

DEFAULT_WEEKS: Final = 26
MOST_WEEKS: Final = 52

PRODUCTS: Final[Mapping[str, type[Product]]] = {
    product.name: product for product in (PagerDuty, Opsgenie, GrafanaOnCall, GoAlert)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the operator wants: of which product, from where, over how many weeks from now, and where to.

    ``stack_url`` is the Grafana to which the token of a service account belongs.
    """

    product: str
    base_url: str | None
    out: Path
    stack_url: str | None = None
    weeks: int = DEFAULT_WEEKS
    redacted: bool = False
    overwrite: bool = False


def fetch_bundle(order: Order, token: str, steps: Steps, patience: Patience, *, now: datetime) -> Sequence[str]:
    """Fetch a bundle, or the rest of one that was begun. Return what the product did not give, in sentences.

    Raises:
        FetchFailed: it cannot be done, or not now. What was fetched stays; the text says so.
        OSError: the directory cannot be written.
    """
    product = _product(order)
    base_url = _base_url(order, product)
    caller = Caller(product, base_url, token, patience)
    errand = Errand(
        source=product.name,
        account=product.account(base_url),
        base_url=base_url,
        weeks=_weeks(order),
        redacted=order.redacted,
        started_at=instant_text(now),
    )
    with opened(order.out, errand, overwrite=order.overwrite) as directory:
        if directory.is_resumed:
            steps.note(f"Going on with what was begun at {directory.errand.started_at}: {directory.count()} pages.")
        return _run(Fetch(product, caller, directory, steps), directory)


def _run(fetch: Fetch, directory: BundleDirectory) -> Sequence[str]:
    try:
        return fetch.run()
    except KeyboardInterrupt:
        raise FetchFailed(f"Interrupted. {_what_stays(directory)}".rstrip()) from None
    except TooMuch:
        raise
    except FetchFailed as failed:
        raise FetchFailed(f"{failed} {_what_stays(directory)}".rstrip()) from failed


def _what_stays(directory: BundleDirectory) -> str:
    """Say what can be gone on with; where nothing has been fetched, nothing is begun."""
    pages = directory.count()
    if not pages:
        directory.abandon()
        return ""
    return f"Pages fetched so far: {pages}, in {directory.path}. The same command goes on from there."


def _product(order: Order) -> Product:
    product = PRODUCTS[order.product]
    if order.stack_url is None:
        return product()
    if product is not GrafanaOnCall:
        raise FetchFailed(f"--grafana-url: is for {GrafanaOnCall.name} alone.")
    return GrafanaOnCall(checked_url("--grafana-url", order.stack_url))


def _base_url(order: Order, product: Product) -> str:
    if order.base_url is not None:
        return checked_url("--base-url", order.base_url)
    if product.base_url is None:
        raise FetchFailed(f"--base-url: is needed for {product.title}, which is in no one place for everybody.")
    return product.base_url


def _weeks(order: Order) -> int:
    if not 1 <= order.weeks <= MOST_WEEKS:
        raise FetchFailed(f"--weeks: must be from 1 to {MOST_WEEKS}.")
    return order.weeks
