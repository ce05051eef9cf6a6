"""Small builders, so that tests of the pure core read like sentences.

Instants are minutes after ``START``: ``at(5)`` is five minutes in. People are Ada, Bob and Cyd, active unless a world
says otherwise. ``outline`` tells a decision's effects as one line each, in order.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from escalation.domain.model import (
    ACCOUNT_EMAIL,
    ALL_SEVERITIES,
    Address,
    Layer,
    Person,
    Plan,
    Recipient,
    Rotation,
    Rule,
    Schedule,
    UserId,
    Window,
    WorkingHours,
    World,
)
from incidents.domain.escalation import decide
from incidents.domain.model import (
    ActorId,
    Command,
    CommandKind,
    Decision,
    Due,
    Effect,
    Event,
    Fire,
    Note,
    Reach,
    State,
    Status,
    Stop,
    Trigger,
    Undeliverable,
)

START = datetime(2026, 3, 9, 3, 0, tzinfo=UTC)
ADA, BOB, CYD = UserId("user_ada"), UserId("user_bob"), UserId("user_cyd")
PEOPLE = (ADA, BOB, CYD)
FALLBACK = Address("fallback@example.org")
OPERATOR = Address("operator@example.org")
KEY = ActorId("key_1")

HEARD = Reach(heard=True, trying=False, pass_heard=True, pass_trying=False)
TRYING = Reach(heard=False, trying=True, pass_heard=False, pass_trying=True)
TRYING_AFTER_HEARD = Reach(heard=False, trying=True, pass_heard=True, pass_trying=True)
DEAD = Reach(heard=False, trying=False, pass_heard=False, pass_trying=False)
DEAD_AFTER_HEARD = Reach(heard=False, trying=False, pass_heard=True, pass_trying=False)
DEAD_BUT_EARLIER_TRYING = Reach(heard=False, trying=False, pass_heard=False, pass_trying=True)
REACHES = (HEARD, TRYING, TRYING_AFTER_HEARD, DEAD, DEAD_AFTER_HEARD, DEAD_BUT_EARLIER_TRYING)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def rota(*turns: tuple[float, tuple[UserId, ...]], number: int = 1) -> Schedule:
    """Return a schedule told as turns: from each minute on these people, until the next turn or for ever."""
    starts = [at(minute) for minute, _ in turns]
    ends = [*starts[1:], None]
    served = [(user, start, end) for (_, users), start, end in zip(turns, starts, ends, strict=False) for user in users]
    return Schedule(
        id=UUID(int=1000 + number),
        timezone="UTC",
        rotations=tuple(_alone(position, *serves) for position, serves in enumerate(served)),
    )


def _alone(position: int, user: UserId, starts_at: datetime, ends_at: datetime | None) -> Rotation:
    return Rotation(
        id=UUID(int=2000 + position),
        position=position,
        handoff=time(0),
        length_days=date.max.toordinal(),
        starts_at=starts_at,
        ends_at=ends_at,
        participants=(user,),
    )


def names(*users: UserId, minutes: float = 5) -> Layer:
    return Layer(id=UUID(int=0), position=0, timeout=timedelta(minutes=minutes), schedule=None, users=users)


def targets(schedule: Schedule, minutes: float = 5) -> Layer:
    return Layer(id=UUID(int=0), position=0, timeout=timedelta(minutes=minutes), schedule=schedule.id, users=())


def office(start: float, end: float) -> WorkingHours:
    """Return working hours that are open from minute ``start`` until before ``end``, on the first day of each week."""
    window = Window(days=frozenset({1}), start=at(start).time(), end=at(end).time())
    return WorkingHours(id=UUID(int=3000), timezone="UTC", windows=(window,))


def during(hours: WorkingHours, layer: Layer) -> Layer:
    return replace(layer, hours=hours.id)


def outside(hours: WorkingHours, layer: Layer) -> Layer:
    return replace(layer, hours=hours.id, during=False)


def plan(*layers: Layer, repeat: int = 0, repage: float | None = None) -> Plan:
    """Return the plan of ``layers`` in this order; layer n has the id ``UUID(int=n)``."""
    placed = tuple(replace(layer, id=UUID(int=n), position=n) for n, layer in enumerate(layers, 1))
    pause = None if repage is None else timedelta(minutes=repage)
    return Plan(format=1, policy_version=1, layers=placed, repeat=repeat, repage=pause)


def person(user: UserId, *, active: bool = True) -> Person:
    email = Rule(method=ACCOUNT_EMAIL, after=timedelta(0), every=None, severities=ALL_SEVERITIES, usable=True)
    return Person(user=user, active=active, rules=(email,))


def world(
    *schedules: Schedule,
    hours: WorkingHours | None = None,
    inactive: tuple[UserId, ...] = (),
    fallback: tuple[Recipient, ...] = (FALLBACK,),
) -> World:
    return World(
        schedules={schedule.id: schedule for schedule in schedules},
        people={user: person(user, active=user not in inactive) for user in PEOPLE},
        fallback=fallback,
        operator=OPERATOR,
        default_timeout=timedelta(minutes=7),
        tzdata="2026a",
        hours={} if hours is None else {hours.id: hours},
    )


def standing(
    status: Status,
    *,
    position: int = 1,
    firing: int = 1,
    entered: int | None = None,
    pass_no: int = 1,
    repeats_left: int = 0,
    reached: bool = False,
    repeating: bool | None = None,
    extended: bool = False,
    fallback_beside: bool = False,
    due: float | None = 5,
    roster: float | None = None,
    paged: tuple[Recipient, ...] = (ADA,),
    held_by: UserId | None = None,
    owner: UserId | None = None,
) -> State:
    """Return a state; unless told otherwise that of layer 1 having paged Ada at the start, due after 5 minutes.

    A pass after the first repeats it.
    """
    return State(
        status=status,
        pass_no=pass_no,
        position=position,
        firing=firing,
        entered=firing if entered is None else entered,
        repeats_left=repeats_left,
        reached=reached,
        repeating=pass_no > 1 if repeating is None else repeating,
        extended=extended,
        fallback_beside=fallback_beside,
        due_at=None if due is None else at(due),
        roster_at=None if roster is None else at(roster),
        paged=frozenset(paged),
        held_by=held_by,
        owner=owner,
    )


def trigger(plan: Plan, world: World, *, minute: float = 0, owner: UserId | None = None) -> Decision:
    return decide(plan, None, Trigger(owner=owner), world, at(minute))


def wake(plan: Plan, state: State, world: World, *, minute: float, reach: Reach = HEARD) -> Decision:
    return decide(plan, state, Due(reach=reach), world, at(minute))


def all_dead(plan: Plan, state: State, world: World, *, minute: float = 1, reach: Reach = DEAD) -> Decision:
    return decide(plan, state, Undeliverable(reach=reach), world, at(minute))


def acknowledge(user: UserId | None = None) -> Command:
    return Command(kind=CommandKind.ACKNOWLEDGE, actor=KEY, user=user)


def hand_off(user: UserId | None, *, firing: int | None = None) -> Command:
    return Command(kind=CommandKind.HANDOFF, actor=KEY, user=user, firing=firing)


def unacknowledge() -> Command:
    return Command(kind=CommandKind.UNACKNOWLEDGE, actor=KEY)


def escalate(*, firing: int | None = None) -> Command:
    return Command(kind=CommandKind.ESCALATE, actor=KEY, firing=firing)


def snooze(until: datetime | None, *, firing: int | None = None) -> Command:
    return Command(kind=CommandKind.SNOOZE, actor=KEY, until=until, firing=firing)


def apply_plan(plan: Plan | None, *, firing: int | None = None) -> Command:
    return Command(kind=CommandKind.APPLY_PLAN, actor=KEY, plan=plan, firing=firing)


def resolve() -> Command:
    return Command(kind=CommandKind.RESOLVE, actor=KEY)


def tell(plan: Plan, state: State, event: Event, world: World, *, minute: float = 1) -> Decision:
    return decide(plan, state, event, world, at(minute))


def outline(decision: Decision) -> list[str]:
    """Return one line for each effect: ``fire 2 layer 1/2 user_bob`` is firing 2, cause layer, pass 1, position 2."""
    return [_line(effect) for effect in decision.effects]


def _line(effect: Effect) -> str:
    match effect:
        case Fire():
            users = " ".join(duty.user for duty in effect.roster.duties)
            return f"fire {effect.firing} {effect.cause} {effect.pass_no}/{effect.position} {users}"
        case Stop():
            return "stop all" if effect.spare is None else f"stop all but {effect.spare}"
        case Note():
            return effect.kind


def fires(decision: Decision) -> list[Fire]:
    return [effect for effect in decision.effects if isinstance(effect, Fire)]


def notes(decision: Decision, kind: str) -> list[dict[str, object]]:
    """Return the data of the notes of this kind, in order."""
    return [dict(effect.data) for effect in decision.effects if isinstance(effect, Note) and effect.kind == kind]
