"""Whatever Opsgenie and Grafana OnCall answer, what is made of it keeps the rules of our own files."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from escalation.transfer.foreign.readers import read_foreign
from escalation.transfer.reading.problems import Unreadable
from tests.escalation.transfer.foreign.bundles import sources
from tests.escalation.transfer.foreign.grafana import answers as oncall
from tests.escalation.transfer.foreign.grafana import producers as producers_of_oncall
from tests.escalation.transfer.foreign.opsgenie import answers as opsgenie
from tests.escalation.transfer.foreign.opsgenie import producers as producers_of_opsgenie
from tests.escalation.transfer.foreign.test_any_bundle import (
    INSTANTS,
    NAMES,
    OPEN_ENDS,
    ZONES,
    built,
    check,
    many_bundles,
    some,
)

OG_TEAM = {"type": "team", **opsgenie.PAYMENTS}
OG_GONE = {"type": "user", "id": "u-9", "username": "eve@example.org"}
OG_PEOPLE = st.sampled_from([*map(opsgenie.user, opsgenie.EVERYBODY), OG_TEAM, OG_GONE, {"type": "none"}])
OG_HOURS = st.integers(0, 24)
OG_DAYS = st.sampled_from(["monday", "friday", "sunday"])
OG_EDGES = st.fixed_dictionaries(
    {"startDay": OG_DAYS, "endDay": OG_DAYS, "startHour": OG_HOURS, "endHour": OG_HOURS},
    optional={"startMin": st.just(0), "endMin": st.just(0)},
)
OG_RESTRICTIONS = st.one_of(
    st.none(),
    OG_EDGES.map(lambda edges: {"type": "time-of-day", "restriction": edges}),
    some(OG_EDGES).map(lambda edges: {"type": "weekday-and-time-of-day", "restrictions": edges}),
)
OG_ROTATIONS = built(
    opsgenie.rotation,
    some(OG_PEOPLE),
    id=st.sampled_from(["rot-1", "rot-2", ""]),
    name=NAMES,
    startDate=INSTANTS,
    endDate=OPEN_ENDS,
    type=st.sampled_from(["hourly", "daily", "weekly"]),
    length=st.sampled_from([0, 1, 2, 12, 24, 10**12]),
    timeRestriction=OG_RESTRICTIONS,
    enabled=st.booleans(),
)
OG_OVERRIDES = st.fixed_dictionaries(
    {"user": OG_PEOPLE, "startDate": INSTANTS, "endDate": INSTANTS},
    optional={"rotations": st.just([{"id": "rot-1"}]), "rotationIds": st.just(["rot-9"])},
)
OG_RECIPIENTS = OG_PEOPLE | st.sampled_from(
    [{"type": "schedule", "id": "sch-1"}, {"type": "escalation", "id": "esc-1"}, {"type": "all"}, {"type": "group"}]
)
OG_RULES = st.builds(
    opsgenie.rule,
    st.integers(0, 20_000),
    OG_RECIPIENTS,
    st.sampled_from(["default", "next", "all", "users", "admins", "random"]),
    condition=st.sampled_from(["if-not-acked", "if-not-closed"]),
)
OG_REPEATS = st.none() | st.fixed_dictionaries({"waitInterval": st.integers(0, 90), "count": st.integers(0, 200)})
OG_FORWARDS = st.fixed_dictionaries(
    {"id": NAMES, "fromUser": OG_PEOPLE, "toUser": OG_PEOPLE, "startDate": OPEN_ENDS, "endDate": OPEN_ENDS}
)
OPSGENIE = st.tuples(
    built(opsgenie.schedule, some(OG_ROTATIONS), name=NAMES, timezone=ZONES, enabled=st.booleans()).map(
        lambda made: opsgenie.page("schedules", made)
    ),
    some(OG_OVERRIDES).map(lambda made: opsgenie.page("overrides", *made, of="sch-1")),
    built(opsgenie.escalation, some(OG_RULES), name=NAMES, repeat=OG_REPEATS).map(
        lambda made: opsgenie.page("escalations", made)
    ),
    some(OG_FORWARDS).map(lambda made: opsgenie.page("forwarding-rules", *made)),
    st.booleans().map(
        lambda whole: opsgenie.one(
            "team", "team-1", name="Payments", members=[{"user": opsgenie.user(opsgenie.ANA)}] if whole else []
        )
    ),
)

WALL_TIMES = INSTANTS.map(lambda at: at[:19])
GO_USERS = st.sampled_from(["U1", "U2", "U3", "U9"])
GO_DAYS = st.none() | some(st.sampled_from(["MO", "WE", "SU"]))
GO_SHIFTS = built(
    oncall.shift,
    some(some(GO_USERS)),
    id=st.sampled_from(["O1", "O2", "O3", "O4"]),
    name=NAMES,
    type=st.sampled_from(["rolling_users", "recurrent_event", "single_event", "override"]),
    users=some(GO_USERS),
    level=st.integers(0, 3),
    start=WALL_TIMES,
    rotation_start=WALL_TIMES,
    until=st.none() | WALL_TIMES,
    duration=st.sampled_from([0, 3600, 86_400, 604_800, 10**12]),
    frequency=st.sampled_from(["daily", "daily", "weekly", "weekly", "hourly", None]),
    interval=st.none() | st.integers(0, 9),
    by_day=GO_DAYS,
    week_start=st.sampled_from(["MO", "SU"]),
    time_zone=st.none() | ZONES,
    start_rotation_from_user_index=st.integers(0, 9),
)
GO_SWAPS = st.fixed_dictionaries(
    {
        "schedule": st.just("S1"),
        "beneficiary": GO_USERS,
        "benefactor": st.none() | GO_USERS,
        "swap_start": INSTANTS,
        "swap_end": INSTANTS,
    }
)
GO_STEPS = st.fixed_dictionaries(
    {
        "escalation_chain_id": st.just("F1"),
        "position": st.integers(0, 9),
        "type": st.sampled_from(
            [
                "wait",
                "notify_persons",
                "notify_on_call_from_schedule",
                "repeat_escalation",
                "resolve",
                "trigger_webhook",
            ]
        ),
        "duration": st.none() | st.integers(0, 10**7),
        "persons_to_notify": some(GO_USERS),
        "notify_on_call_from_schedule": st.sampled_from(["S1", "S9", None]),
        "important": st.booleans(),
    }
)


@st.composite
def oncall_pages(draw):
    """Return a schedule with some shifts, its shifts as computed, swaps and a chain."""
    shifts = draw(some(GO_SHIFTS))
    made = oncall.schedule(*shifts, type=draw(st.sampled_from(["web", "calendar", "ical"])), time_zone=draw(ZONES))
    spans = draw(some(st.tuples(st.sampled_from(oncall.EVERYBODY), INSTANTS, INSTANTS)))
    return [
        oncall.page("schedules", {**made, "name": draw(NAMES)}),
        oncall.page("on_call_shifts", *shifts),
        oncall.final(*spans),
        oncall.page("shift_swaps", *draw(some(GO_SWAPS))),
        oncall.page("escalation_chains", {"id": "F1", "name": draw(NAMES)}),
        oncall.page("escalation_policies", *draw(st.lists(GO_STEPS, max_size=6))),
    ]


@many_bundles
@given(OPSGENIE)
def test_whatever_opsgenie_answers_is_a_plan_or_a_finding(pages):
    check("opsgenie", opsgenie.page("users", *opsgenie.EVERYBODY), *pages)


@many_bundles
@given(oncall_pages())
def test_whatever_grafana_oncall_answers_is_a_plan_or_a_finding(pages):
    check("grafana-oncall", oncall.page("users", *oncall.EVERYBODY), *pages)


JUNK = [None, "", "x", 0, -1, 10**30, True, 1.5, [], {}, [None], [["U1"]], {"id": "u-1"}, "9999-12-31T23:59:59Z"]
ACCOUNTS = {"opsgenie": producers_of_opsgenie.PAGES, "grafana-oncall": producers_of_oncall.PAGES}


def places(value, *above):
    """Yield the way to each value within another."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*above, step)
        yield from places(each, *above, step)


PLACES = [
    (product, number, place)
    for product, pages in ACCOUNTS.items()
    for number, page in enumerate(pages)
    for place in places(page[1])
]


@many_bundles
@given(st.sampled_from(PLACES), st.sampled_from(JUNK))
def test_an_account_of_which_something_is_spoiled_is_read_or_refused(place, junk):
    product, number, (*steps, last) = place
    pages = deepcopy([list(page) for page in ACCOUNTS[product]])
    inner = pages[number][1]
    for step in steps:
        inner = inner[step]
    inner[last] = deepcopy(junk)
    try:
        read_foreign(sources(product, *pages))
    except Unreadable:
        return
    check(product, *pages)
