"""Python's collector of cycles, put off."""

from __future__ import annotations

import gc

import pytest

from scaling.collector import without_collector


@pytest.fixture(autouse=True)
def _enabled():
    gc.enable()
    yield
    gc.enable()


def test_nobody_looks_for_cycles_meanwhile():
    with without_collector():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_ends_it_too():
    with pytest.raises(ZeroDivisionError), without_collector():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_within_another_the_outer_one_ends_it():
    with without_collector():
        with without_collector():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
