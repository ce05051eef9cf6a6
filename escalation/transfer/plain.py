"""A document as the mappings, lists and values of which a file consists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from escalation.transfer.document import FORMAT_VERSION, Document, Layer, Policy, Schedule, User, WorkingHours, in_order

Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]

_LEFT_OUT_WHEN_EMPTY = frozenset({"contact_methods", "condition"})


def as_plain(document: Document) -> dict[str, Plain]:
    """Return the document in its one order, its fields named as in the API and instants in their schedule's zone."""
    return {"formatVersion": FORMAT_VERSION, **_mapping(in_order(document), UTC)}


def part_as_plain(part: User | WorkingHours | Schedule | Policy) -> dict[str, Plain]:
    """Return one part of a document as it stands in ``as_plain``."""
    return _mapping(part, ZoneInfo(part.timezone) if isinstance(part, Schedule) else UTC)


def instant_text(at: datetime, zone: tzinfo) -> str:
    """Return an instant by the clocks of ``zone``, with its offset; in UTC where the offset has no whole minutes."""
    local = at.astimezone(zone)
    offset = local.utcoffset() or timedelta()
    return (local if offset % timedelta(minutes=1) == timedelta() else at.astimezone(UTC)).isoformat()


def _plain(value: object, zone: tzinfo) -> Plain:
    match value:
        case None | bool() | int() | str():
            return value
        case datetime():
            return instant_text(value, zone)
        case time():
            return f"{value:%H:%M}"
        case tuple():
            return [_plain(item, zone) for item in value]
        case Layer():
            return _layer(value, zone)
        case Schedule():
            return _mapping(value, ZoneInfo(value.timezone))
        case _:
            return _mapping(value, zone)


def _mapping(value: object, zone: tzinfo) -> dict[str, Plain]:
    kind: type = type(value)
    said = ((name, field, getattr(value, name)) for name, field in _names(kind).items())
    return {field: _plain(item, zone) for name, field, item in said if item or name not in _LEFT_OUT_WHEN_EMPTY}


def _layer(layer: Layer, zone: tzinfo) -> dict[str, Plain]:
    """Return a layer with its wait in minutes, as people think; in seconds where these are not whole."""
    minutes, seconds = divmod(layer.ack_timeout_seconds, 60)
    said = _mapping(layer, zone)
    return said if seconds else {"ackTimeoutMinutes": minutes, **_without(said, "ackTimeoutSeconds")}


def _without(said: Mapping[str, Plain], field: str) -> dict[str, Plain]:
    return {name: value for name, value in said.items() if name != field}


@cache
def _names(kind: type) -> Mapping[str, str]:
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__name__} is no part of a document")
    names = {field.name: camel_case(field.name) for field in fields(kind)}
    if "type" in names:  # of a target, first: it tells what follows
        return {"type": "type", **names}
    return names


def camel_case(name: str) -> str:
    """Return the name of a field as files spell it: ``repeat_count`` is ``repeatCount``."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
