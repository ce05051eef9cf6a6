"""Design's table "What happens when", cell by cell: every event in every state, the whole state after it.

The plan has two layers: one targets a rota (Ada; from minute 2 Bob too; from minute 60 Cyd) for five minutes, the
other names Cyd for ten. The plan that is applied has them the other way round, and two repeats. Special cases of a cell have tests of their own in the files beside this one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pytest

from escalation.domain.model import Plan, Recipient
from incidents.domain.escalation import decide
from incidents.domain.model import Command, CommandKind, Due, Event, Refusal, State, Status, Trigger, Undeliverable
from tests.incidents.domain.worlds import (
    ADA,
    BOB,
    CYD,
    DEAD,
    FALLBACK,
    HEARD,
    OPERATOR,
    acknowledge,
    apply_plan,
    at,
    escalate,
    fires,
    hand_off,
    names,
    outline,
    plan,
    resolve,
    rota,
    snooze,
    standing,
    targets,
    trigger,
    unacknowledge,
    world,
)

ROTA = rota((0, (ADA,)), (2, (ADA, BOB)), (60, (CYD,)))
PLAN = plan(targets(ROTA, minutes=5), names(CYD, minutes=10), repage=30)
EDITED = replace(PLAN, repeat=2, layers=(replace(PLAN.layers[1], position=1), replace(PLAN.layers[0], position=2)))
WORLD = world(ROTA)

BEFORE: dict[Status, State] = {
    Status.PAGING: standing(Status.PAGING, due=5, roster=2),
    Status.ACKNOWLEDGED: standing(Status.ACKNOWLEDGED, due=5, roster=2, held_by=BOB),
    Status.SNOOZED: standing(Status.SNOOZED, due=5, roster=2),
    Status.EXHAUSTED: standing(Status.EXHAUSTED, position=2, firing=3, due=5, roster=2, paged=(FALLBACK,)),
    Status.CANCELLED: standing(Status.CANCELLED, due=None, roster=None),
}

ROWS: dict[str, tuple[float, Event]] = {
    "trigger": (1, Trigger(owner=BOB)),
    "due_at": (5, Due(reach=HEARD)),
    "roster_at": (2, Due(reach=HEARD)),
    "undeliverable": (1, Undeliverable(reach=DEAD)),
    "acknowledge": (1, acknowledge(BOB)),
    "unacknowledge": (1, unacknowledge()),
    "handoff": (1, hand_off(CYD)),
    "escalate": (1, escalate()),
    "snooze": (1, snooze(at(45))),
    "apply_plan": (1, apply_plan(EDITED)),
    "resolve": (1, resolve()),
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The fields that change, the effects in order, the refusal if there is one, and the plan from then on."""

    after: dict[str, Any] = field(default_factory=dict)
    effects: tuple[str, ...] = ()
    refused: Refusal | None = None
    plan: Plan = PLAN


def paged(*recipients: Recipient) -> frozenset[Recipient]:
    return frozenset(recipients)


NOTHING = Cell()
ACKNOWLEDGED = Cell(
    after={"status": Status.ACKNOWLEDGED, "due_at": at(31), "held_by": BOB},
    effects=("incident_acknowledged", "stop all"),
)
NEW_ROSTER_AT = Cell(after={"roster_at": at(60)})
HANDED_OFF = Cell(
    after={
        "status": Status.PAGING,
        "owner": CYD,
        "held_by": None,
        "firing": 2,
        "entered": 2,
        "due_at": at(6),
        "paged": paged(ADA, CYD),
    },
    effects=("incident_handed_off", "stop all but user_cyd", "fire 2 handoff 1/1 user_cyd", "layer_paged"),
)
CALLED_BY_HAND = Cell(
    after={
        "status": Status.PAGING,
        "held_by": None,
        "position": 2,
        "firing": 2,
        "entered": 2,
        "due_at": at(11),
        "roster_at": None,
        "paged": paged(CYD),
    },
    effects=("escalated_by_hand", "fire 2 escalate 1/2 user_cyd", "layer_paged"),
)
SNOOZED = Cell(after={"status": Status.SNOOZED, "due_at": at(45)}, effects=("incident_snoozed", "stop all"))
PLAN_APPLIED = Cell(
    after={"pass_no": 2, "position": 2, "repeats_left": 2, "roster_at": at(2)}, effects=("plan_applied",), plan=EDITED
)
NOT_ACKNOWLEDGED = Cell(refused=Refusal.NOT_ACKNOWLEDGED)
IS_RESOLVED = Cell(refused=Refusal.INCIDENT_RESOLVED)
RESOLVED = Cell(
    after={"status": Status.CANCELLED, "due_at": None, "roster_at": None}, effects=("escalation_cancelled", "stop all")
)

CELLS: dict[tuple[str, Status], Cell] = {
    ("trigger", Status.PAGING): NOTHING,
    ("trigger", Status.ACKNOWLEDGED): NOTHING,
    ("trigger", Status.SNOOZED): NOTHING,
    ("trigger", Status.EXHAUSTED): NOTHING,
    ("trigger", Status.CANCELLED): NOTHING,
    ("due_at", Status.PAGING): Cell(
        after={
            "position": 2,
            "firing": 2,
            "entered": 2,
            "reached": True,
            "due_at": at(15),
            "roster_at": None,
            "paged": paged(CYD),
        },
        effects=("layer_timed_out", "fire 2 layer 1/2 user_cyd", "layer_paged"),
    ),
    ("due_at", Status.ACKNOWLEDGED): Cell(
        after={
            "status": Status.PAGING,
            "held_by": None,
            "firing": 2,
            "entered": 2,
            "due_at": at(10),
            "roster_at": at(60),
            "paged": paged(ADA, BOB),
        },
        effects=("fire 2 repage 1/1 user_bob", "incident_repaged"),
    ),
    ("due_at", Status.SNOOZED): Cell(
        after={
            "status": Status.PAGING,
            "firing": 2,
            "entered": 2,
            "due_at": at(10),
            "roster_at": at(60),
            "paged": paged(ADA, BOB),
        },
        effects=("fire 2 snooze_ended 1/1 user_ada user_bob", "snooze_ended"),
    ),
    ("due_at", Status.EXHAUSTED): Cell(
        after={"firing": 4, "entered": 4, "due_at": at(35)},
        effects=("fire 4 fallback 1/2 fallback@example.org", "fallback_paged"),
    ),
    ("due_at", Status.CANCELLED): NOTHING,
    ("roster_at", Status.PAGING): Cell(
        after={"firing": 2, "roster_at": at(60), "paged": paged(ADA, BOB)},
        effects=("person_joined", "fire 2 joined 1/1 user_bob", "layer_paged"),
    ),
    ("roster_at", Status.ACKNOWLEDGED): NEW_ROSTER_AT,
    ("roster_at", Status.SNOOZED): NEW_ROSTER_AT,
    ("roster_at", Status.EXHAUSTED): Cell(
        after={
            "status": Status.PAGING,
            "pass_no": 2,
            "position": 1,
            "repeating": True,
            "firing": 4,
            "entered": 4,
            "due_at": at(7),
            "roster_at": at(60),
            "paged": paged(ADA, BOB),
        },
        effects=("pass_repeated", "fire 4 repeat 2/1 user_ada user_bob", "layer_paged"),
    ),
    ("roster_at", Status.CANCELLED): NOTHING,
    ("undeliverable", Status.PAGING): Cell(
        after={
            "position": 2,
            "firing": 2,
            "entered": 2,
            "due_at": at(11),
            "roster_at": None,
            "paged": paged(CYD),
        },
        effects=("layer_timed_out_unheard", "fire 2 layer 1/2 user_cyd", "layer_paged"),
    ),
    ("undeliverable", Status.ACKNOWLEDGED): NOTHING,
    ("undeliverable", Status.SNOOZED): NOTHING,
    ("undeliverable", Status.EXHAUSTED): Cell(
        after={"firing": 4, "paged": paged(FALLBACK, OPERATOR)},
        effects=("fire 4 fallback 1/2 operator@example.org", "fallback_paged"),
    ),
    ("undeliverable", Status.CANCELLED): NOTHING,
    ("acknowledge", Status.PAGING): ACKNOWLEDGED,
    ("acknowledge", Status.ACKNOWLEDGED): NOTHING,
    ("acknowledge", Status.SNOOZED): ACKNOWLEDGED,
    ("acknowledge", Status.EXHAUSTED): ACKNOWLEDGED,
    ("acknowledge", Status.CANCELLED): NOTHING,
    ("unacknowledge", Status.PAGING): NOT_ACKNOWLEDGED,
    ("unacknowledge", Status.ACKNOWLEDGED): Cell(
        after={"status": Status.PAGING, "held_by": None, "firing": 2, "entered": 2, "due_at": at(6)},
        effects=("incident_unacknowledged", "fire 2 unacknowledged 1/1 user_ada", "layer_paged"),
    ),
    ("unacknowledge", Status.SNOOZED): NOT_ACKNOWLEDGED,
    ("unacknowledge", Status.EXHAUSTED): NOT_ACKNOWLEDGED,
    ("unacknowledge", Status.CANCELLED): IS_RESOLVED,
    ("handoff", Status.PAGING): HANDED_OFF,
    ("handoff", Status.ACKNOWLEDGED): HANDED_OFF,
    ("handoff", Status.SNOOZED): HANDED_OFF,
    ("handoff", Status.EXHAUSTED): Cell(
        after={
            "status": Status.PAGING,
            "owner": CYD,
            "firing": 4,
            "entered": 4,
            "due_at": at(11),
            "roster_at": None,
            "paged": paged(CYD),
        },
        effects=("incident_handed_off", "stop all but user_cyd", "fire 4 handoff 1/2 user_cyd", "layer_paged"),
    ),
    ("handoff", Status.CANCELLED): IS_RESOLVED,
    ("escalate", Status.PAGING): CALLED_BY_HAND,
    ("escalate", Status.ACKNOWLEDGED): CALLED_BY_HAND,
    ("escalate", Status.SNOOZED): CALLED_BY_HAND,
    ("escalate", Status.EXHAUSTED): Cell(
        after={
            "status": Status.PAGING,
            "pass_no": 2,
            "position": 1,
            "repeating": True,
            "firing": 4,
            "entered": 4,
            "due_at": at(6),
            "paged": paged(ADA),
        },
        effects=("escalated_by_hand", "pass_repeated", "fire 4 escalate 2/1 user_ada", "layer_paged"),
    ),
    ("escalate", Status.CANCELLED): IS_RESOLVED,
    ("snooze", Status.PAGING): SNOOZED,
    ("snooze", Status.ACKNOWLEDGED): SNOOZED,
    ("snooze", Status.SNOOZED): Cell(after={"due_at": at(45)}, effects=("incident_snoozed",)),
    ("snooze", Status.EXHAUSTED): SNOOZED,
    ("snooze", Status.CANCELLED): IS_RESOLVED,
    ("apply_plan", Status.PAGING): PLAN_APPLIED,
    ("apply_plan", Status.ACKNOWLEDGED): PLAN_APPLIED,
    ("apply_plan", Status.SNOOZED): PLAN_APPLIED,
    ("apply_plan", Status.EXHAUSTED): Cell(
        after={
            "status": Status.PAGING,
            "pass_no": 2,
            "position": 1,
            "repeats_left": 2,
            "repeating": True,
            "firing": 4,
            "entered": 4,
            "due_at": at(11),
            "roster_at": None,
            "paged": paged(CYD),
        },
        effects=("plan_applied", "fire 4 repeat 2/1 user_cyd", "layer_paged"),
        plan=EDITED,
    ),
    ("apply_plan", Status.CANCELLED): IS_RESOLVED,
    ("resolve", Status.PAGING): RESOLVED,
    ("resolve", Status.ACKNOWLEDGED): RESOLVED,
    ("resolve", Status.SNOOZED): RESOLVED,
    ("resolve", Status.EXHAUSTED): RESOLVED,
    ("resolve", Status.CANCELLED): NOTHING,
}


def test_every_event_is_told_for_every_state():
    assert set(CELLS) == set(product(ROWS, Status))


def test_every_command_has_a_row():
    assert {event.kind for _, event in ROWS.values() if isinstance(event, Command)} == set(CommandKind)


@pytest.mark.parametrize(("row", "status"), CELLS)
def test_the_cell_decides_as_the_table_says(row: str, status: Status):
    minute, event = ROWS[row]
    cell = CELLS[row, status]

    decision = decide(PLAN, BEFORE[status], event, WORLD, at(minute))

    assert decision.state == replace(BEFORE[status], **cell.after)
    assert tuple(outline(decision)) == cell.effects
    assert decision.refused is cell.refused
    assert decision.plan == cell.plan
    assert all(fire.due_at == decision.state.due_at for fire in fires(decision))


def test_the_trigger_pages_the_first_layer_at_once():
    decision = trigger(PLAN, WORLD, minute=1, owner=BOB)

    assert decision.state == standing(Status.PAGING, due=6, roster=2, owner=BOB)
    assert outline(decision) == ["fire 1 layer 1/1 user_ada", "layer_paged"]


def test_without_a_state_every_event_is_a_trigger():
    for _, event in ROWS.values():
        decision = decide(PLAN, None, event, WORLD, at(1))
        assert outline(decision) == ["fire 1 layer 1/1 user_ada", "layer_paged"]
