"""Whatever is done to a policy's layers, they stand as a plain list would, at 1…n (invariant I22)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.services import add_layer, delete_layer, reorder_layers, update_layer
from tests.escalation.plans import LATER, layers_of, targeting
from tests.factories.escalation import PolicyFactory, ScheduleFactory

pytestmark = pytest.mark.django_db

_places = st.integers(min_value=0, max_value=9)
_operations = st.one_of(
    st.tuples(st.just("add"), _places),
    st.tuples(st.just("move"), _places, _places),
    st.tuples(st.just("delete"), _places),
    st.tuples(st.just("reorder"), st.randoms(use_true_random=False)),
)


class _ListOfLayers:
    """A policy's layers, and the list of their ids that a program with nothing but a list would have."""

    def __init__(self):
        self.policy = PolicyFactory()
        self.schedule = ScheduleFactory(organization=self.policy.organization)
        self.ids = []

    @property
    def _policy(self):
        return {"organization_id": self.policy.organization_id, "policy_id": self.policy.id, "now": LATER}

    def add(self, place):
        timeout = timedelta(minutes=5)
        layer = add_layer(**self._policy, position=place + 1, timeout=timeout, target=targeting(self.schedule))
        self.ids.insert(place, layer.id)

    def move(self, index, place):
        if self.ids:
            layer_id = self.ids.pop(index % (len(self.ids)))
            update_layer(**self._policy, layer_id=layer_id, position=place + 1)
            self.ids.insert(place, layer_id)

    def delete(self, index):
        if self.ids:
            delete_layer(**self._policy, layer_id=self.ids.pop(index % len(self.ids)))

    def reorder(self, random):
        random.shuffle(self.ids)
        reorder_layers(**self._policy, layer_ids=self.ids)


@settings(max_examples=40, deadline=None)
@given(st.lists(_operations, min_size=1, max_size=12))
def test_any_sequence_of_changes_leaves_the_layers_a_list_would_hold(operations):
    layers = _ListOfLayers()

    for name, *arguments in operations:
        getattr(layers, name)(*arguments)

    stored = layers_of(layers.policy)
    assert [layer.id for layer in stored] == layers.ids
    assert [layer.position for layer in stored] == list(range(1, len(layers.ids) + 1))
