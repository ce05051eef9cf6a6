"""Positions end up at 1…n whatever a browser sends."""

from __future__ import annotations

import pytest

from tests.escalation.admin.forms import change_of, kept, line, policy_form
from tests.escalation.plans import layers_of
from tests.factories.escalation import LayerFactory


class TestPositions:
    """Each case: the numbers sent for the layers a, b and c, and those of new ones; the order in the end."""

    @pytest.mark.parametrize(
        ("numbers", "order"),
        [
            ((0, 1, 2), "abc"),
            ((2, 0, 1), "bca"),
            ((3, 2, 1), "cba"),
            ((10, 400, 20), "acb"),
            ((1, 1, 1), "bca"),
            ((1, 2, 1), "cab"),
            ((3, 2, 3), "bca"),
            ((2, 2, 3), "bac"),
            (("", 2, 3), "bca"),
            ((-5, 2, -9), "cab"),
            ((1, 2, 3, ""), "abcx"),
            ((1, 2, 3, 2), "axbc"),
            ((1, 2, 3, 1, 1), "xyabc"),
            ((0, 1, 2, 3), "abcx"),
            ((1, 2, 3, 99), "abcx"),
        ],
    )
    def test_layers_end_up_in_the_order_typed(self, as_bob, policy, primary, numbers, order):
        layers = dict(zip("abc", (LayerFactory(policy=policy, schedule=primary) for _ in range(3)), strict=True))
        lines = [kept(layer, number) for layer, number in zip(layers.values(), numbers, strict=False)]
        lines += [
            line(None, number, schedule=primary, minutes=str(9 + place)) for place, number in enumerate(numbers[3:])
        ]
        assert as_bob.post(change_of(policy), policy_form(*lines)).status_code == 302

        names = {layer.pk: name for name, layer in layers.items()}
        stored = layers_of(policy)
        assert [layer.position for layer in stored] == list(range(1, len(numbers) + 1))
        assert "".join(names.get(layer.pk) or "xy"[layer.timeout_seconds // 60 - 9] for layer in stored) == order

    def test_a_deletion_closes_the_gap(self, as_bob, policy, primary):
        first, second, third = (LayerFactory(policy=policy, schedule=primary) for _ in range(3))
        as_bob.post(change_of(policy), policy_form(kept(first), kept(second, delete=True), kept(third)))
        assert [(layer.pk, layer.position) for layer in layers_of(policy)] == [(first.pk, 1), (third.pk, 2)]

    def test_a_line_added_and_left_alone_is_no_layer(self, as_bob, policy):
        as_bob.post(change_of(policy), policy_form(line()))
        assert layers_of(policy) == []
