"""The text of an API key."""

from __future__ import annotations

import hashlib
import re
import zlib

import pytest

from accounts import keys

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Worked by hand from the rule in the contract, so that the form cannot change by accident.
KNOWN = "scl_live_" + "0" * 30 + "2C8GjS"


def base62(text):
    number = 0
    for character in text:
        number = number * 62 + BASE62.index(character)
    return number


def test_a_made_key_has_the_published_form():
    key = keys.make_key()
    assert re.fullmatch(r"scl_live_[0-9A-Za-z]{36}", key)
    assert keys.is_well_formed(key)


def test_the_checksum_is_the_crc32_of_the_thirty_random_characters():
    for _ in range(200):
        key = keys.make_key()
        assert base62(key[-6:]) == zlib.crc32(key[9:39].encode())


def test_the_form_of_a_known_key_never_changes():
    assert keys.is_well_formed(KNOWN)


def test_made_keys_differ():
    assert len({keys.make_key() for _ in range(500)}) == 500


def test_any_single_changed_character_is_noticed():
    key = keys.make_key()
    for place in range(9, len(key)):
        other = "0" if key[place] != "0" else "1"
        assert not keys.is_well_formed(key[:place] + other + key[place + 1 :])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key + "\n",
        lambda key: " " + key,
        lambda key: key.replace("scl_live_", "scl_test_"),
        lambda key: key.replace("scl_live_", "SCL_LIVE_"),
        lambda key: key[9:],
        lambda key: key[:20] + "é" + key[21:],
        lambda key: key[:20] + "-" + key[21:],
        lambda key: key[:20] + "٣" + key[21:],
        lambda key: key * 220,
    ],
)
def test_anything_else_is_no_key(spoil):
    assert not keys.is_well_formed(spoil(keys.make_key()))


def test_a_key_is_kept_as_its_sha256():
    key = keys.make_key()
    assert keys.digest(key) == hashlib.sha256(key.encode()).digest()


def test_the_shown_prefix_tells_little_of_the_key():
    key = keys.make_key()
    assert keys.shown_prefix(key) == key[:15]
