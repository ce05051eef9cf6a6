"""CSV: what of a plan spreadsheets can say, four files by RFC 4180.

People are named by their email, schedules by their name; ``;`` stands between people in one cell. A policy without
layers, or a schedule without rotations, is a row that says nothing of any. ``left_out`` tells what there is no column for.

A cell that a spreadsheet would take for a formula is written behind an apostrophe, which readers take off again; so is
one that begins with an apostrophe, that nothing is lost. A phone number alone keeps its plus.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from escalation.transfer.document import Document, Layer, Policy, Rotation, Schedule, User, UsersTarget, in_order
from escalation.transfer.plain import instant_text

POLICIES: Final = "policies.csv"
ROTATIONS: Final = "rotations.csv"
OVERRIDES: Final = "overrides.csv"
USERS: Final = "users.csv"

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    POLICIES: ("policy", "description", "position", "ack_timeout_minutes", "target_type", "schedule", "users"),
    ROTATIONS: (
        "schedule",
        "timezone",
        "paging_mode",
        "rotation",
        "rotation_type",
        "rotation_length_days",
        "handoff_time",
        "effective_from",
        "effective_until",
        "participants",
    ),
    OVERRIDES: ("schedule", "starts_at", "ends_at", "user"),
    USERS: ("email", "first_name", "last_name", "phone"),
}

BETWEEN: Final = ";"
PHONE_CHANNEL: Final = "sms"
_PHONE: Final = re.compile(r"\+\d{6,15}", re.ASCII)
_FORMULA: Final = frozenset("=+-@\t\r")
_GUARD: Final = "'"

_Row = Sequence[str | int]
_Names = Mapping[str, str]


def as_sheets(document: Document) -> Mapping[str, str]:
    """Return the text of each file, by its name, in UTF-8 with a BOM: without, spreadsheets misread letters."""
    ordered = in_order(document)
    emails = {user.key: user.email for user in ordered.users}
    names = {schedule.key: schedule.name for schedule in ordered.schedules}
    return {
        POLICIES: _sheet(POLICIES, (row for policy in ordered.policies for row in _policy(policy, names, emails))),
        ROTATIONS: _sheet(ROTATIONS, (row for schedule in ordered.schedules for row in _schedule(schedule, emails))),
        OVERRIDES: _sheet(OVERRIDES, (row for schedule in ordered.schedules for row in _overrides(schedule, emails))),
        USERS: _sheet(USERS, map(_user, ordered.users)),
    }


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet computes; ``unguarded`` gives the text back."""
    is_risky = cell[:1] in _FORMULA or cell[:1] == _GUARD
    return f"{_GUARD}{cell}" if cell and is_risky and not _PHONE.fullmatch(cell) else cell


def unguarded(cell: str) -> str:
    """Return the text of a cell, without the apostrophe that guards it; another apostrophe is the text's own."""
    is_guarded = cell[:1] == _GUARD and len(cell) > 1 and (cell[1] in _FORMULA or cell[1] == _GUARD)
    return cell[1:] if is_guarded else cell


def left_out(document: Document) -> list[str]:
    """Return, for each thing that the document says and the files cannot, how many there are and what it is."""
    counts = {**_left_out_of_people(document), **_left_out_of_schedules(document), **_left_out_of_policies(document)}
    return [f"{count} {what}" for what, count in counts.items() if count]


def _left_out_of_people(document: Document) -> Mapping[str, int]:
    methods = chain.from_iterable(user.contact_methods[:1] for user in document.users)
    unsaid = sum(method.channel != PHONE_CHANNEL for method in methods)
    return {
        "inactive people, who are written like the others": sum(not user.active for user in document.users),
        "contact methods of people": unsaid + sum(len(user.contact_methods[1:]) for user in document.users),
    }


def _left_out_of_schedules(document: Document) -> Mapping[str, int]:
    rotations = list(chain.from_iterable(schedule.rotations for schedule in document.schedules))
    overrides = chain.from_iterable(schedule.overrides for schedule in document.schedules)
    return {
        "descriptions of schedules": sum(schedule.description is not None for schedule in document.schedules),
        "rotations' restrictions, so that these serve at all times": sum(bool(each.restrictions) for each in rotations),
        "overrides' rotations, so that these displace the first": sum(each.rotation is not None for each in overrides),
    }


def _left_out_of_policies(document: Document) -> Mapping[str, int]:
    policies = document.policies
    layers = list(chain.from_iterable(policy.layers for policy in policies))
    return {
        "working hours": len(document.working_hours),
        "layers' conditions, so that these count at all times": sum(each.condition is not None for each in layers),
        "waits that are no whole minutes, and are rounded up": sum(
            bool(each.ack_timeout_seconds % 60) for each in layers
        ),
        "policies' numbers of repeats": sum(bool(policy.repeat_count) for policy in policies),
        "policies' times to page again": sum(policy.repage_after_ack_minutes is not None for policy in policies),
    }


def _sheet(name: str, rows: Iterable[_Row]) -> str:
    text = io.StringIO(newline="")
    text.write("\ufeff")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS[name])
    writer.writerows([guarded(str(cell)) for cell in row] for row in rows)
    return text.getvalue()


def _policy(policy: Policy, names: _Names, emails: _Names) -> Iterator[_Row]:
    own = (policy.name, policy.description or "")
    if not policy.layers:
        yield (*own, "", "", "", "", "")
    for position, layer in enumerate(policy.layers, 1):
        minutes = -(-layer.ack_timeout_seconds // 60)
        yield (*own, position, minutes, layer.target.type, *_target(layer, names, emails))


def _target(layer: Layer, names: _Names, emails: _Names) -> tuple[str, str]:
    if isinstance(layer.target, UsersTarget):
        return "", _people(layer.target.users, emails)
    return names.get(layer.target.schedule, layer.target.schedule), ""


def _schedule(schedule: Schedule, emails: _Names) -> Iterator[_Row]:
    own = (schedule.name, schedule.timezone, schedule.paging_mode)
    if not schedule.rotations:
        yield (*own, "", "", "", "", "", "", "")
    for rotation in schedule.rotations:
        yield (*own, *_rotation(rotation, ZoneInfo(schedule.timezone), emails))


def _rotation(rotation: Rotation, zone: ZoneInfo, emails: _Names) -> _Row:
    until = rotation.effective_until
    return (
        rotation.name,
        rotation.rotation_type,
        rotation.rotation_length_days,
        f"{rotation.handoff_time:%H:%M}",
        instant_text(rotation.effective_from, zone),
        "" if until is None else instant_text(until, zone),
        _people(rotation.participants, emails),
    )


def _overrides(schedule: Schedule, emails: _Names) -> Iterator[_Row]:
    zone = ZoneInfo(schedule.timezone)
    for override in schedule.overrides:
        times = instant_text(override.starts_at, zone), instant_text(override.ends_at, zone)
        yield (schedule.name, *times, emails.get(override.user, override.user))


def _user(user: User) -> _Row:
    first = next(iter(user.contact_methods), None)
    phone = first.address if first is not None and first.channel == PHONE_CHANNEL else ""
    return user.email, user.first_name, user.last_name, phone


def _people(keys: Sequence[str], emails: _Names) -> str:
    return BETWEEN.join(emails.get(key, key) for key in keys)
