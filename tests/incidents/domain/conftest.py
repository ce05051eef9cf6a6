"""Schedules that reach somebody: the tests' rotas answer for themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from escalation.domain import roster


@pytest.fixture(scope="package", autouse=True)
def _rotas_answer_for_themselves() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(roster, "on_call", lambda schedule, at: schedule.on_call(at))
        patch.setattr(roster, "next_change", lambda schedule, after: schedule.next_change(after))
        yield
