"""Plans, worlds, states and events as hypothesis draws them: sound ones, and arbitrary ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from incidents.domain.model import Due, State, Status, Trigger, Undeliverable
from tests.incidents.domain.pager import Outcome
from tests.incidents.domain.worlds import (
    FALLBACK,
    OPERATOR,
    PEOPLE,
    REACHES,
    acknowledge,
    apply_plan,
    at,
    escalate,
    hand_off,
    names,
    plan,
    resolve,
    rota,
    snooze,
    targets,
    unacknowledge,
    world,
)

people = st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple)
timeouts = st.sampled_from([0.5, 5, 10])
instants = st.integers(-20, 90).map(at)
somebody = st.none() | st.sampled_from(PEOPLE)
firings = st.none() | st.integers(0, 3)

_turns = st.lists(st.tuples(st.integers(0, 40), people), max_size=3).map(
    lambda turns: sorted(turns, key=lambda t: t[0])
)


@st.composite
def plans_and_worlds(draw):
    """A plan of at most three layers, and a world that may lack the schedule or the people it names."""
    shifts = rota(*draw(_turns))
    layers = draw(
        st.lists(
            st.builds(lambda users, minutes: names(*users, minutes=minutes), people, timeouts)
            | timeouts.map(lambda minutes: targets(shifts, minutes)),
            max_size=3,
        )
    )
    ladder = plan(*layers, repeat=draw(st.integers(0, 2)), repage=draw(st.none() | st.integers(1, 30)))
    there = world(
        *draw(st.sampled_from([(shifts,), ()])),
        inactive=draw(people),
        fallback=draw(st.sampled_from([(FALLBACK,), (), PEOPLE[:1], PEOPLE[1:], (OPERATOR,)])),
    )
    return ladder, there


outcomes = st.fixed_dictionaries({who: st.sampled_from(Outcome) for who in (*PEOPLE, FALLBACK, OPERATOR)})

plans = plans_and_worlds().map(lambda given: given[0])
commands = (
    st.builds(acknowledge, somebody)
    | st.just(unacknowledge())
    | st.builds(hand_off, somebody)
    | st.just(escalate())
    | st.builds(snooze, instants)
    | st.builds(apply_plan, plans)
    | st.just(resolve())
)
scripts = st.lists(st.tuples(st.integers(1, 60), commands), max_size=4).map(
    lambda script: sorted(((at(minute), command) for minute, command in script), key=lambda given: given[0])
)

reaches = st.sampled_from(REACHES)
events = (
    st.builds(Trigger, owner=somebody)
    | st.builds(Due, reach=reaches)
    | st.builds(Undeliverable, reach=reaches)
    | st.builds(acknowledge, somebody)
    | st.just(unacknowledge())
    | st.builds(hand_off, somebody, firing=firings)
    | st.builds(escalate, firing=firings)
    | st.builds(snooze, st.none() | instants, firing=firings)
    | st.builds(apply_plan, st.none() | plans, firing=firings)
    | st.just(resolve())
)

arbitrary_states = st.builds(
    State,
    status=st.sampled_from(Status),
    pass_no=st.integers(0, 3),
    position=st.integers(-2, 9),
    firing=st.integers(0, 3),
    entered=st.integers(0, 9),
    repeats_left=st.integers(-1, 3),
    reached=st.booleans(),
    repeating=st.booleans(),
    extended=st.booleans(),
    fallback_beside=st.booleans(),
    due_at=st.none() | instants,
    roster_at=st.none() | instants,
    paged=st.frozensets(st.sampled_from([*PEOPLE, FALLBACK, OPERATOR])),
    held_by=somebody,
    owner=somebody,
)


def _sound(state: State) -> State:
    """Return the state as the database's constraints would have it."""
    if state.status is Status.CANCELLED:
        return replace(state, due_at=None, roster_at=None)
    if state.status is not Status.ACKNOWLEDGED and state.due_at is None:
        return replace(state, due_at=at(5))
    return state


sound_states = arbitrary_states.map(_sound)


@st.composite
def arbitrary_plans_and_worlds(draw):
    """A plan that makes no sense: positions by chance, people who are unknown, timeouts of nothing."""
    ladder, there = draw(plans_and_worlds())
    layers = tuple(
        replace(
            layer,
            position=draw(st.integers(-1, 9)),
            timeout=draw(st.sampled_from([timedelta(0), layer.timeout])),
            users=(*layer.users, "user_nobody"),
        )
        for layer in ladder.layers
    )
    return replace(ladder, layers=layers, repeat=draw(st.integers(-1, 3))), there
