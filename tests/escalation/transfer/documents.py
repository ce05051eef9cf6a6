"""A document made by hand, of which the files in ``golden`` are what is to be written."""

from __future__ import annotations

from datetime import UTC, datetime, time

from escalation.transfer.document import (
    Condition,
    ContactMethod,
    Document,
    Layer,
    Override,
    Policy,
    Rotation,
    Schedule,
    ScheduleTarget,
    User,
    UsersTarget,
    Window,
    WorkingHours,
)

WORKDAYS = Window(days=(1, 2, 3, 4, 5), start=time(9), end=time(17, 30))

ANA = User(key="ana", email="ana@example.org", first_name="Ana", last_name="Ruiz", active=True)
BOB = User(
    key="bob",
    email="bob@example.org",
    first_name="Bob",
    last_name="",
    active=False,
    contact_methods=(ContactMethod(channel="sms", address="+34600000001"),),
)

OFFICE = WorkingHours(key="office", name="Office", timezone="Europe/Madrid", windows=(WORKDAYS,))

PRIMARY = Schedule(
    key="checkout-primary",
    name="Checkout primary",
    description=None,
    timezone="Europe/Madrid",
    paging_mode="all",
    rotations=(
        Rotation(
            name="weekly",
            rotation_type="weekly",
            rotation_length_days=7,
            handoff_time=time(9),
            effective_from=datetime(2026, 1, 5, 8, tzinfo=UTC),
            effective_until=None,
            participants=("ana", "bob", "ana"),
            restrictions=(),
        ),
        Rotation(
            name="No",
            rotation_type="daily",
            rotation_length_days=1,
            handoff_time=time(10),
            effective_from=datetime(2026, 7, 1, 7, tzinfo=UTC),
            effective_until=datetime(2026, 12, 1, 8, tzinfo=UTC),
            participants=("bob",),
            restrictions=(WORKDAYS,),
        ),
    ),
    overrides=(
        Override(
            user="bob",
            starts_at=datetime(2026, 2, 1, 19, tzinfo=UTC),
            ends_at=datetime(2026, 2, 2, 7, tzinfo=UTC),
            rotation=None,
        ),
        Override(
            user="ana",
            starts_at=datetime(2026, 1, 31, 19, tzinfo=UTC),
            ends_at=datetime(2026, 2, 1, 7, tzinfo=UTC),
            rotation="No",
        ),
    ),
)

EMPTY = Schedule(
    key="nobody", name="Nobody", description="Later.", timezone="UTC", paging_mode="first", rotations=(), overrides=()
)

CHECKOUT = Policy(
    key="checkout",
    name="Checkout",
    description='Says "now".\nAnd \u2028 more.',
    repeat_count=2,
    repage_after_ack_minutes=30,
    layers=(
        Layer(ack_timeout_seconds=300, target=ScheduleTarget(schedule="checkout-primary")),
        Layer(
            ack_timeout_seconds=90,
            target=UsersTarget(users=("bob", "ana")),
            condition=Condition(working_hours="office", when="outside"),
        ),
    ),
)

BARE = Policy(key="0755", name="=1+1", description=None, repeat_count=0, repage_after_ack_minutes=None, layers=())

WHOLE = Document(
    organization="acme",
    users=(BOB, ANA),
    working_hours=(OFFICE,),
    schedules=(EMPTY, PRIMARY),
    policies=(CHECKOUT, BARE),
)
NOTHING = Document(organization="acme", users=(), working_hours=(), schedules=(), policies=())
