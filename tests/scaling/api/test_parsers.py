"""Bodies that are no acceptable JSON text (reliability.md 4.1)."""

from __future__ import annotations

import pytest

from scaling.api.parsers import MAX_DEPTH, read_json
from scaling.errors import InvalidJson

REFUSED = {
    "cut off (B1)": b'{"name":',
    "nothing": b"",
    "blank": b"  \n",
    "two values": b"{} {}",
    "invalid UTF-8 (B6)": b'{"name": "\xe9"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "byte order mark (B7)": b'\xef\xbb\xbf{"name": "a"}',
    "NaN (B8)": b'{"name": NaN}',
    "Infinity (B8)": b'{"name": Infinity}',
    "-Infinity (B8)": b'{"name": -Infinity}',
    "5,000 digits (B10)": b'{"count": ' + b"9" * 5_000 + b"}",
    "duplicate key (B12)": b'{"name": "a", "name": "b"}',
    "duplicate key further in (B12)": b'{"inner": [{"a": 1, "a": 1}]}',
    "200,000 nested arrays (B13)": b"[" * 200_000 + b"]" * 200_000,
    "100,000 unclosed objects (B13)": b'{"a":' * 100_000,
    "nesting of 900 (B14)": b"[" * 900 + b"]" * 900,
    "nesting of one too many (B14)": b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
    "NUL (B33)": rb'{"name": "a\u0000b"}',
    "NUL in a key": rb'{"a\u0000b": 1}',
    "lone surrogate (B35)": rb'{"name": "\ud800"}',
    "lone surrogate in UTF-8 (B35)": b'{"name": "\xed\xa0\x80"}',
    "surrogates in the wrong order": rb'{"name": ["\ude00\ud83d"]}',
    "raw control character": b'{"name": "a\x01"}',
    "single quotes": b"{'name': 'a'}",
    "trailing comma": b'{"name": "a",}',
    "comment": b'{"name": "a" /* b */}',
    "leading zero": b'{"count": 01}',
}


@pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED)
def test_a_body_that_is_no_json_is_refused_without_repeating_it(body):
    with pytest.raises(InvalidJson) as refused:
        read_json(body)
    assert "name" not in refused.value.message.replace("names", "")


def test_the_place_of_a_mistake_is_told():
    with pytest.raises(InvalidJson, match="character 8"):
        read_json(b'{"name":')


def test_the_deepest_nesting_allowed_is_read():
    assert read_json(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)


def test_whole_surrogate_pairs_and_large_integers_are_read():
    assert read_json(rb'{"name": "\ud83d\ude00", "count": %d}' % 10**400) == {"name": "😀", "count": 10**400}
