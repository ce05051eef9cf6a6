"""Random documents that files can hold; ``sayable_in_sheets`` takes out what CSV has no column for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

from hypothesis import strategies as st

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
    in_order,
)
from escalation.transfer.keys import key_of_email, key_of_name
from scaling.text import clean_name, name_key

_TRAPS = [
    "no",
    "On",
    "y",
    "null",
    "~",
    "0755",
    "10:00",
    "1e3",
    "=1+1",
    "+34",
    "'s",
    "- a",
    "a: b",
    "#",
    "*x",
    "<<",
    ".",
]
_ZONES = st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Africa/Monrovia", "Asia/Kathmandu"])
_INSTANTS = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
_TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def _is_clean(text):
    try:
        return clean_name(text, max_length=100) == text
    except ValueError:
        return False


_visible = st.characters(exclude_categories=["Cc", "Cf", "Cn", "Cs", "Zl", "Zp", "Zs"])
_names = (st.sampled_from(_TRAPS) | st.text(_visible, min_size=1, max_size=8)).filter(_is_clean)
_texts = st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
_emails = st.from_regex(r"[a-z0-9=+_-]{1,6}@example\.org", fullmatch=True)


@st.composite
def _windows(draw):
    """Return windows on different days, each within one."""
    days, found = draw(st.permutations(range(1, 8))), []
    while days and draw(st.booleans()):
        count = draw(st.integers(1, len(days)))
        start, end = sorted(draw(st.lists(_TIMES, min_size=2, max_size=2, unique=True)))
        found.append(Window(days=tuple(sorted(days[:count])), start=start, end=end))
        days = days[count:]
    return tuple(found)


def _unique(names, most):
    return st.lists(names, max_size=most, unique_by=name_key)


@st.composite
def _spans(draw):
    return sorted(draw(st.lists(_INSTANTS, min_size=2, max_size=2, unique=True)))


@st.composite
def _rotations(draw, name, people):
    start, end = draw(_spans())
    kind = draw(st.sampled_from(["daily", "weekly", "custom"]))
    return Rotation(
        name=name,
        rotation_type=kind,
        rotation_length_days={"daily": 1, "weekly": 7}.get(kind) or draw(st.integers(1, 3650)),
        handoff_time=draw(_TIMES),
        effective_from=start,
        effective_until=draw(st.none() | st.just(end)),
        participants=tuple(draw(st.lists(st.sampled_from(people), min_size=1, max_size=4))),
        restrictions=draw(_windows()),
    )


@st.composite
def _schedules(draw, key, name, people):
    names = draw(_unique(_names, 2)) if people else []
    spans = draw(st.lists(_spans(), max_size=2)) if people else []
    return Schedule(
        key=key,
        name=name,
        description=draw(_texts),
        timezone=draw(_ZONES),
        paging_mode=draw(st.sampled_from(["all", "first"])),
        rotations=tuple(draw(_rotations(each, people)) for each in names),
        overrides=tuple(
            Override(
                user=draw(st.sampled_from(people)),
                starts_at=start,
                ends_at=end,
                rotation=draw(st.sampled_from([None, *names])),
            )
            for start, end in spans
        ),
    )


def _layers(people, schedules, hours):
    targets = st.nothing()
    if people:
        some = st.lists(st.sampled_from(people), min_size=1, max_size=3, unique=True)
        targets |= st.builds(UsersTarget, users=some.map(tuple))
    if schedules:
        targets |= st.builds(ScheduleTarget, schedule=st.sampled_from(schedules))
    conditions = st.none()
    if hours:
        when = st.sampled_from(["during", "outside"])
        conditions |= st.builds(Condition, working_hours=st.sampled_from(hours), when=when)
    waits = st.integers(1, 10080).map(lambda minutes: minutes * 60) | st.integers(60, 604_800)
    layers = st.builds(Layer, ack_timeout_seconds=waits, target=targets, condition=conditions)
    return st.lists(layers, max_size=3).map(tuple) if people or schedules else st.just(())


@st.composite
def documents(draw):
    """Return a document in its order, whose references all lead somewhere."""
    addresses, keys = draw(_unique(_emails, 3)), st.lists(_names, min_size=3, max_size=3, unique=True)
    methods = st.builds(ContactMethod, channel=st.sampled_from(["sms", "voice"]), address=_names)
    methods |= st.builds(ContactMethod, channel=st.just("email"), address=_emails)
    users = [
        User(
            key=key,
            email=email,
            first_name=draw(st.just("") | _names),
            last_name=draw(st.just("") | _names),
            active=draw(st.booleans()),
            contact_methods=tuple(draw(st.lists(methods, max_size=2))),
        )
        for email, key in zip(addresses, draw(keys), strict=False)
    ]
    people = [user.key for user in users]
    hours = [
        WorkingHours(key=key, name=name, timezone=draw(_ZONES), windows=draw(_windows().filter(bool)))
        for name, key in zip(draw(_unique(_names, 2)), draw(keys), strict=False)
    ]
    schedules = [
        draw(_schedules(key, name, people)) for name, key in zip(draw(_unique(_names, 2)), draw(keys), strict=False)
    ]
    layers = _layers(people, [each.key for each in schedules], [each.key for each in hours])
    policies = [
        Policy(
            key=key,
            name=name,
            description=draw(_texts),
            repeat_count=draw(st.integers(0, 100)),
            repage_after_ack_minutes=draw(st.none() | st.integers(1, 10080)),
            layers=draw(layers),
        )
        for name, key in zip(draw(_unique(_names, 3)), draw(keys), strict=False)
    ]
    return in_order(
        Document(
            organization=draw(st.none() | _names),
            users=tuple(users),
            working_hours=tuple(hours),
            schedules=tuple(schedules),
            policies=tuple(policies),
        )
    )


def sayable_in_sheets(document):
    """Return as much of a document as CSV says, with the keys that follow from names."""
    users = {user.key: key_of_email(user.email) for user in document.users}
    names = {schedule.key: key_of_name(schedule.name) for schedule in document.schedules}
    said = Document(
        organization=None,
        users=tuple(
            replace(each, key=users[each.key], active=True, contact_methods=_phone(each)) for each in document.users
        ),
        working_hours=(),
        schedules=tuple(_sayable_schedule(each, users) for each in document.schedules),
        policies=tuple(_sayable_policy(each, users, names) for each in document.policies),
    )
    return in_order(said)


def _phone(user):
    first = user.contact_methods[:1]
    return first if first and first[0].channel == "sms" else ()


def _sayable_schedule(schedule, users):
    rotations = (
        replace(each, restrictions=(), participants=tuple(users[key] for key in each.participants))
        for each in schedule.rotations
    )
    overrides = (replace(each, rotation=None, user=users[each.user]) for each in schedule.overrides)
    return replace(
        schedule,
        key=key_of_name(schedule.name),
        description=None,
        rotations=tuple(rotations),
        overrides=tuple(overrides),
    )


def _sayable_policy(policy, users, names):
    return replace(
        policy,
        key=key_of_name(policy.name),
        repeat_count=0,
        repage_after_ack_minutes=None,
        layers=tuple(_sayable_layer(each, users, names) for each in policy.layers),
    )


def _sayable_layer(layer, users, names):
    if isinstance(layer.target, UsersTarget):
        target = UsersTarget(users=tuple(users[key] for key in layer.target.users))
    else:
        target = ScheduleTarget(schedule=names[layer.target.schedule])
    return Layer(ack_timeout_seconds=-(-layer.ack_timeout_seconds // 60) * 60, target=target)
