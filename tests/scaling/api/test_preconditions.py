"""A client may insist that nobody wrote in between (contract 1.3, B88)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from scaling.api.preconditions import etag_of, require_match
from scaling.errors import PreconditionFailed


@dataclass
class Row:
    id: UUID
    version: int


ROW = Row(UUID("018f3c1e-7a10-7c55-9a41-0f6f2f1f9a01"), 3)
CURRENT = etag_of(ROW)


@pytest.mark.parametrize("if_match", [None, "*", " * ", CURRENT, f'"other", {CURRENT}'])
def test_the_current_version_passes(if_match):
    require_match(if_match, ROW)


@pytest.mark.parametrize("if_match", ["", '"other"', f"W/{CURRENT}", CURRENT.strip('"'), "garbage", '"', "\xff", '"*"'])
def test_anything_else_does_not(if_match):
    with pytest.raises(PreconditionFailed):
        require_match(if_match, ROW)


def test_a_change_and_another_row_have_another_tag():
    assert len({CURRENT, etag_of(Row(ROW.id, 4)), etag_of(Row(uuid4(), 3))}) == 3
