"""What a file of our own says: its fields, and what each may be.

One file says all of it or a part: sections that are missing say nothing. What its references lead to is not asked here,
as the organization may have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any, Final, NamedTuple

from accounts.services import MAX_METHODS
from accounts.validation import checked_email, checked_minutes
from escalation.domain import model
from escalation.models import Layer as LayerRow
from escalation.models.policy import MAX_TIMEOUT_SECONDS, MAX_USERS
from escalation.services.layer_rows import check_count
from escalation.services.targets import NOBODY, SAME_USER_TWICE
from escalation.services.validation import (
    check_effective_span,
    check_length_of_type,
    check_rotation_count,
    check_span,
    check_turn_count,
    checked_length_days,
    checked_paging_mode,
    checked_repage_minutes,
    checked_repeat_count,
    checked_rotation_type,
    checked_timeout_seconds,
    checked_timezone,
)
from escalation.services.windows import check_opening, checked_windows
from escalation.transfer.document import (
    FORMAT_VERSION,
    Condition,
    ContactMethod,
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
from escalation.transfer.reading import values
from escalation.transfer.reading.nodes import Node
from escalation.transfer.reading.parsers import REQUIRED, Parser, many, or_null, record, scalar
from escalation.transfer.reading.problems import Problems
from scaling.errors import InvalidInput
from scaling.text import name_key

CHANNELS: Final = ("email", "sms", "voice")
"""Those whose addresses are no secrets."""

_KEY: Final = scalar(values.key)


class Sections(NamedTuple):
    """What a file says, each section as it stands there; None: the file does not have it."""

    format_version: int
    organization: str | None
    users: list[Node] | None
    working_hours: list[Node] | None
    schedules: list[Node] | None
    policies: list[Node] | None


def _section(name: str, node: Node, problems: Problems) -> list[Node]:
    many(_anything)(name, node, problems)
    return node.items


def _anything(name: str, node: Node, problems: Problems) -> Node:
    return node


def _checked_version(version: int) -> int:
    if version != FORMAT_VERSION:
        raise InvalidInput([("", f"must be {FORMAT_VERSION}: no other is known here.")])
    return version


def _check_windows(windows: Sequence[Window]) -> None:
    checked_windows("", [model.Window(days=frozenset(each.days), start=each.start, end=each.end) for each in windows])


def _make_window(*, days: tuple[int, ...], **times: time) -> Window:
    return Window(days=tuple(sorted(set(days))), **times)


def _make_hours(**fields: Any) -> WorkingHours:
    hours = WorkingHours(**fields)
    check_opening(hours.windows)
    return hours


def _make_method(*, channel: str, address: str) -> ContactMethod:
    return ContactMethod(channel=channel, address=checked_email("address", address) if channel == "email" else address)


def _check_methods(methods: Sequence[ContactMethod]) -> None:
    if len(methods) > MAX_METHODS:
        raise InvalidInput([("", f"must not be more than {MAX_METHODS}.")])


def _make_rotation(**fields: Any) -> Rotation:
    rotation = Rotation(**fields)
    check_length_of_type(rotation.rotation_type, rotation.rotation_length_days)
    check_effective_span(rotation.effective_from, rotation.effective_until)
    return rotation


def _make_override(**fields: Any) -> Override:
    override = Override(**fields)
    check_span(override.starts_at, override.ends_at)
    return override


def _make_schedule(**fields: Any) -> Schedule:
    schedule = Schedule(**fields)
    names = [name_key(rotation.name) for rotation in schedule.rotations]
    refused = [
        (f"rotations.{place}.name", f"This schedule has a layer named {schedule.rotations[place].name!r} already.")
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    refused += [
        (f"overrides.{place}.rotation", "No layer with that name in this schedule.")
        for place, override in enumerate(schedule.overrides)
        if override.rotation is not None and name_key(override.rotation) not in names
    ]
    if refused:
        raise InvalidInput(refused)
    return schedule


def _make_target(*, type: str, schedule: str | None, users: tuple[str, ...] | None) -> ScheduleTarget | UsersTarget:
    if type == "schedule" and schedule is not None and users is None:
        return ScheduleTarget(schedule=schedule)
    if type == "users" and users is not None and schedule is None:
        return UsersTarget(users=users)
    raise InvalidInput([("", f"must hold type and {type}, and nothing else.")])


def _check_users(users: Sequence[str]) -> None:
    if not users:
        raise InvalidInput([("", NOBODY)])
    if len(users) > MAX_USERS:
        raise InvalidInput([("", f"must not name more than {MAX_USERS} users.")])
    if len(set(users)) < len(users):
        raise InvalidInput([("", SAME_USER_TWICE)])


def _make_layer(
    *,
    ack_timeout_minutes: int | None,
    ack_timeout_seconds: int | None,
    target: ScheduleTarget | UsersTarget,
    condition: Condition | None,
) -> Layer:
    if ack_timeout_seconds is None and ack_timeout_minutes is not None:
        ack_timeout_seconds = ack_timeout_minutes * 60
    elif ack_timeout_minutes is not None or ack_timeout_seconds is None:
        raise InvalidInput([("", "must hold either ackTimeoutMinutes or ackTimeoutSeconds.")])
    return Layer(ack_timeout_seconds=ack_timeout_seconds, target=target, condition=condition)


def _checked_wait_minutes(minutes: int) -> int:
    return checked_minutes("", minutes, most=MAX_TIMEOUT_SECONDS // 60)


def _checked_wait_seconds(seconds: int) -> int:
    return checked_timeout_seconds(timedelta(seconds=seconds))


_NAME: Final = (scalar(values.name), REQUIRED)
_DESCRIPTION: Final = (scalar(values.description), None)
_TIMEZONE: Final = (scalar(values.of_text(checked_timezone)), REQUIRED)
_INSTANT: Final = (scalar(values.instant), REQUIRED)
_TIME: Final = (scalar(values.time_of_day), REQUIRED)

_WINDOWS: Final = many(
    record(_make_window, {"days": (many(scalar(values.integer)), REQUIRED), "start": _TIME, "end": _TIME}),
    _check_windows,
)

_CONTACT_METHOD: Final = record(
    _make_method,
    {"channel": (scalar(values.choice(CHANNELS)), REQUIRED), "address": (scalar(values.address), REQUIRED)},
)

USER: Final[Parser[User]] = record(
    User,
    {
        "key": (_KEY, REQUIRED),
        "email": (scalar(values.email), REQUIRED),
        "first_name": (scalar(values.person_name), ""),
        "last_name": (scalar(values.person_name), ""),
        "active": (scalar(values.boolean), True),
        "contact_methods": (many(_CONTACT_METHOD, _check_methods), ()),
    },
)

WORKING_HOURS: Final[Parser[WorkingHours]] = record(
    _make_hours,
    {"key": (_KEY, REQUIRED), "name": _NAME, "timezone": _TIMEZONE, "windows": (_WINDOWS, REQUIRED)},
)

_ROTATION: Final = record(
    _make_rotation,
    {
        "name": _NAME,
        "rotation_type": (scalar(values.of_text(checked_rotation_type)), REQUIRED),
        "rotation_length_days": (scalar(values.of_integer(checked_length_days)), REQUIRED),
        "handoff_time": _TIME,
        "effective_from": _INSTANT,
        "effective_until": (scalar(values.or_none(values.instant)), None),
        "participants": (many(_KEY, lambda turns: check_turn_count("", len(turns))), REQUIRED),
        "restrictions": (_WINDOWS, ()),
    },
)

_OVERRIDE: Final = record(
    _make_override,
    {
        "user": (_KEY, REQUIRED),
        "starts_at": _INSTANT,
        "ends_at": _INSTANT,
        "rotation": (scalar(values.or_none(values.name)), None),
    },
)

SCHEDULE: Final[Parser[Schedule]] = record(
    _make_schedule,
    {
        "key": (_KEY, REQUIRED),
        "name": _NAME,
        "description": _DESCRIPTION,
        "timezone": _TIMEZONE,
        "paging_mode": (scalar(values.of_text(checked_paging_mode)), "all"),
        "rotations": (many(_ROTATION, lambda rotations: check_rotation_count(len(rotations))), ()),
        "overrides": (many(_OVERRIDE), ()),
    },
)

_TARGET: Final = record(
    _make_target,
    {
        "type": (scalar(values.choice(LayerRow.TargetType.values)), REQUIRED),
        "schedule": (_KEY, None),
        "users": (many(_KEY, _check_users), None),
    },
)

_CONDITION: Final = record(
    Condition,
    {"working_hours": (_KEY, REQUIRED), "when": (scalar(values.choice(LayerRow.When.values)), REQUIRED)},
)

_LAYER: Final = record(
    _make_layer,
    {
        "ack_timeout_minutes": (scalar(values.of_integer(_checked_wait_minutes)), None),
        "ack_timeout_seconds": (scalar(values.of_integer(_checked_wait_seconds)), None),
        "target": (_TARGET, REQUIRED),
        "condition": (or_null(_CONDITION), None),
    },
)

POLICY: Final[Parser[Policy]] = record(
    Policy,
    {
        "key": (_KEY, REQUIRED),
        "name": _NAME,
        "description": _DESCRIPTION,
        "repeat_count": (scalar(values.of_integer(checked_repeat_count)), 0),
        "repage_after_ack_minutes": (
            scalar(values.or_none(lambda value: checked_repage_minutes(values.integer(value)))),
            None,
        ),
        "layers": (many(_LAYER, lambda layers: check_count(len(layers))), ()),
    },
)

SECTIONS: Final[Parser[Sections]] = record(
    Sections,
    {
        "format_version": (scalar(values.of_integer(_checked_version)), REQUIRED),
        "organization": (scalar(values.or_none(values.name)), None),
        "users": (_section, None),
        "working_hours": (_section, None),
        "schedules": (_section, None),
        "policies": (_section, None),
    },
)
