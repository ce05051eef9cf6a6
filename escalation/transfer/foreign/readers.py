"""The readers of bundles, by the product that the manifest names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from escalation.transfer.arrival import Arrival
from escalation.transfer.foreign import goalert, grafana, opsgenie, pagerduty
from escalation.transfer.foreign.bundle import Bundle, read_bundle
from escalation.transfer.reading.sources import Source

READERS: Final[Mapping[str, Callable[[Bundle], Arrival]]] = {
    "goalert": goalert.read,
    "grafana-oncall": grafana.read,
    "opsgenie": opsgenie.read,
    "pagerduty": pagerduty.read,
}


def read_foreign(sources: Sequence[Source]) -> Arrival:
    """Return what the files of a bundle say, whichever product it was fetched from.

    Raises:
        Unreadable: they are no bundle, or some of it is not as that product answers.
    """
    bundle = read_bundle(sources)
    return READERS[bundle.source](bundle)
