"""Keys follow from names alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.transfer.keys import key_of_email, key_of_name
from scaling.text import name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Checkout primary", "checkout-primary"),
        (" CHECKOUT Primary", "checkout-primary"),
        ("checkout-primary", "checkout-primary.efe4b1c39649"),
        ("Zahlungen (Süd)", "zahlungen-sud.18ca4e408b82"),
        ("決済", "name.9073009c2460"),
    ],
)
def test_a_name_has_its_key(name, key):
    assert key_of_name(name) == key


def test_long_names_keep_short_keys_apart():
    keys = {key_of_name("x" * 200 + suffix) for suffix in ("a", "b")}

    assert len(keys) == 2
    assert max(map(len, keys)) <= 60 + 1 + 12


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_names_have_one_key_exactly_when_they_are_one_name(one, other):
    assert (key_of_name(one) == key_of_name(other)) == (name_key(one) == name_key(other))


@given(st.lists(st.text(alphabet="a- .(", min_size=1, max_size=6), min_size=2, max_size=2))
def test_punctuation_keeps_names_apart(names):
    assert len(set(map(key_of_name, names))) == len(set(map(name_key, names)))


def test_people_are_called_by_their_address_as_addresses_are_compared():
    assert key_of_email("Ana@Example.ORG") == "ana@example.org"
