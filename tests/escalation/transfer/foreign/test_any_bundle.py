"""Whatever a product answers, what is made of it keeps the rules of our own files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.transfer.document import in_order
from escalation.transfer.findings import subjects_of
from escalation.transfer.foreign.readers import read_foreign
from escalation.transfer.importing.filling import overlaps
from escalation.transfer.importing.own_rules import checked_document
from tests.escalation.transfer.foreign.bundles import sources
from tests.escalation.transfer.foreign.goalert import answers as goalert
from tests.escalation.transfer.foreign.pagerduty import answers as pagerduty
from tests.escalation.transfer.foreign.pagerduty import shift_answers as v3

MINUTE = timedelta(minutes=1)
MONTHS = 60 * 24 * 90
FETCHED_AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
ZONES = st.sampled_from(["Europe/Madrid", "UTC", "America/New_York", "Nowhere"])
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
NAMES = st.one_of(st.text(LETTERS, max_size=8), st.sampled_from(["Ops", "ops ", "x" * 300, "\u200b", "Ops (2)"]))
INSTANTS = st.integers(-MONTHS, MONTHS).map(lambda minutes: (FETCHED_AT + minutes * MINUTE).isoformat())
OPEN_ENDS = st.none() | INSTANTS
CLOCKS = st.builds(lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 23), st.integers(0, 59))


def some(strategy, least=0):
    """Return a few of these."""
    return st.lists(strategy, min_size=least, max_size=3)


def built(make, items, *args, **fields):
    """Return what ``make`` makes of a few items and these fields."""
    return st.builds(lambda found, *others, **named: make(*found, *others, **named), items, *args, **fields)


PD_USERS = some(st.sampled_from([pagerduty.ANA, pagerduty.BOB, pagerduty.CYD, {"id": "PUS9", "name": "Zoe"}]))
PD_RESTRICTIONS = st.one_of(
    st.builds(pagerduty.daily, CLOCKS.map(lambda at: f"{at}:07"), st.integers(0, 90_000)),
    st.builds(pagerduty.weekly, st.integers(1, 7), CLOCKS.map(lambda at: f"{at}:00"), st.integers(0, 700_000)),
)
PD_LAYERS = built(
    pagerduty.layer,
    PD_USERS,
    name=NAMES,
    start=INSTANTS,
    end=OPEN_ENDS,
    rotation_virtual_start=INSTANTS,
    rotation_turn_length_seconds=st.sampled_from([0, 3600, 43_200, 86_400, 604_800, 10**12]),
    restrictions=some(PD_RESTRICTIONS),
)
PD_OVERRIDES = st.builds(pagerduty.override, st.sampled_from([pagerduty.ANA, pagerduty.BOB]), INSTANTS, INSTANTS)
PD_TARGETS = some(st.sampled_from([pagerduty.ref(pagerduty.ANA), pagerduty.to_schedule(), {"id": "X", "type": "team"}]))
PD_RULES = built(pagerduty.rule, PD_TARGETS, minutes=st.none() | st.integers(0, 20_000))
PD_EVENTS = built(
    v3.event,
    PD_USERS,
    start=INSTANTS,
    end=INSTANTS,
    shifts=st.integers(0, 12),
    rule=st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,TU", "FREQ=DAILY;INTERVAL=3", "FREQ="]),
    name=NAMES,
    effective_until=OPEN_ENDS,
)
PAGERDUTY = st.tuples(
    built(pagerduty.schedule, some(PD_LAYERS), name=NAMES, time_zone=ZONES),
    built(pagerduty.overrides, some(PD_OVERRIDES)),
    built(pagerduty.policy, some(PD_RULES), name=NAMES, num_loops=st.integers(0, 200)),
    built(v3.shifts, some(built(v3.rotation, some(PD_EVENTS))), name=NAMES),
    built(
        v3.stand_ins, some(st.builds(v3.stand_in, *[st.sampled_from([pagerduty.ANA, None])] * 2, INSTANTS, INSTANTS))
    ),
    built(v3.custom_shifts, some(st.tuples(st.sampled_from([pagerduty.ANA, None]), INSTANTS, INSTANTS))),
)

GA_PEOPLE = st.sampled_from([goalert.ANA, goalert.BOB, goalert.CYD, {"id": "u-9"}])
GA_RULES = st.builds(goalert.rule, CLOCKS, CLOCKS, st.lists(st.booleans(), min_size=7, max_size=7))
GA_TARGETS = built(
    lambda *rules, kind, identifier: goalert.target(kind, identifier, *rules),
    some(GA_RULES),
    kind=st.sampled_from(["rotation", "user"]),
    identifier=st.sampled_from(["rot-1", "u-1"]),
)
GA_TEMPORARY = st.builds(
    lambda start, end, shifts: goalert.temporary(start, end, *shifts),
    INSTANTS,
    INSTANTS,
    some(st.tuples(GA_PEOPLE, INSTANTS, INSTANTS)),
)
GA_ROTATIONS = built(
    goalert.rotation,
    some(GA_PEOPLE),
    active=st.integers(-1, 3),
    name=NAMES,
    start=INSTANTS,
    timeZone=ZONES,
    type=st.sampled_from(["hourly", "daily", "weekly", "monthly"]),
    shiftLength=st.integers(0, 30),
)
GA_STEPS = built(
    goalert.step,
    some(st.builds(goalert.action, st.sampled_from(["user", "schedule", "rotation", "webhook"]), st.just("rot-1"))),
    minutes=st.integers(0, 20_000),
)
GOALERT = st.tuples(
    built(lambda *found: goalert.connected("rotations", *found), some(GA_ROTATIONS)),
    st.builds(
        lambda targets, **fields: goalert.connected("schedules", goalert.schedule(*targets, **fields)),
        some(GA_TARGETS),
        name=NAMES,
        timeZone=ZONES,
        temporarySchedules=some(GA_TEMPORARY),
    ),
    built(
        lambda *found: goalert.connected("userOverrides", *found),
        some(st.builds(goalert.override, INSTANTS, INSTANTS, add=st.none() | GA_PEOPLE, remove=st.none() | GA_PEOPLE)),
    ),
    built(lambda *steps: goalert.connected("escalationPolicies", goalert.policy(*steps, repeat=-1)), some(GA_STEPS)),
)

many_bundles = settings(max_examples=150, deadline=None)


def check(product, *pages):
    """Refuse a document that breaks our rules, or says anything of what is blocked."""
    arrival = read_foreign(sources(product, *pages))
    assert checked_document(arrival) == in_order(arrival.document)
    blocked = {finding.subject for finding in arrival.findings if finding.severity == "blocked"}
    assert blocked.isdisjoint(subjects_of(arrival.document))
    for schedule in arrival.document.schedules:
        assert not overlaps(schedule.overrides, schedule.rotations[0].name if schedule.rotations else None)


@many_bundles
@given(PAGERDUTY)
def test_whatever_pagerduty_answers_is_a_plan_or_a_finding(pages):
    check("pagerduty", pagerduty.PEOPLE, *pages)


@many_bundles
@given(GOALERT)
def test_whatever_goalert_answers_is_a_plan_or_a_finding(pages):
    check("goalert", goalert.PEOPLE, *pages)
