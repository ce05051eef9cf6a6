"""What policies page, in one line each, for a list of them."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest

from escalation.admin.coverage import MarkedList
from escalation.models import Layer, LayerUser, Policy

MOST_LAYERS: Final = 4
MOST_PEOPLE: Final = 3


class PolicyList(MarkedList):
    """A list whose rows, those of one page, know their first layers besides their coverage: two more statements."""

    def get_results(self, request: HttpRequest) -> None:
        """Find the rows of the page."""
        super().get_results(request)
        load_first_layers(self.result_list)


def load_first_layers(policies: list[Policy]) -> None:
    """Have each policy know whom its first layers page, in ``first_layers``; one person more than is told."""
    people = LayerUser.objects.filter(position__lte=MOST_PEOPLE + 1).select_related("membership")
    layers = Layer.objects.filter(position__lte=MOST_LAYERS).select_related("schedule").order_by("position")
    first = layers.prefetch_related(Prefetch("layer_users", people.order_by("position", "id")))
    prefetch_related_objects(policies, Prefetch("layers", first, to_attr="first_layers"))


def layers_in_words(policy: Any, layer_count: int) -> str:
    """Return whom the layers of a policy page, in their order; the first of them, and how many there are besides."""
    told = [f"{layer.position} {_target(layer)}" for layer in policy.first_layers]
    more = layer_count - len(told)
    return " → ".join([*told, f"{more} more"] if more > 0 else told)


def _target(layer: Any) -> str:
    if layer.schedule is not None:
        return str(layer.schedule)
    people = [str(named.membership) for named in layer.layer_users.all()]
    return ", ".join(people[:MOST_PEOPLE]) + (", …" if len(people) > MOST_PEOPLE else "")
