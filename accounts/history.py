"""What the audit log says, in words: who did what to which row, and how its fields changed.

Ids become names: those that rows have now, else the last the log knows of rows that are gone. One statement for each
kind of row that is named, and one each for people, keys and what is gone, whatever the number of events.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_datetime

from accounts.models import ApiKey, Membership, User
from scaling.audit.source import COMMAND, DATABASE, KEY, LINK, PERSON, VISITOR
from scaling.models import AuditEvent

_WORDS: Final = {"membership": "person"}
_NOTHING: Final = "nothing"
_PLACE_FOR_AN_ID = re.compile("<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field, before and after, in words; of what was created or deleted only the one that there was."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event, in words. Of what was created or deleted, ``differences`` tell the fields that were set."""

    at: datetime
    who: str
    origin: str
    what: str
    action: str
    differences: tuple[Difference, ...]


Names = Mapping[str, str]


def load_entries(events: Iterable[AuditEvent], organization_id: str | None) -> list[Entry]:
    """Return the events of one organization in words, in their order; None: of logins, for operators."""
    listed = list(events)
    names = _load_names(listed, organization_id)
    return [_entry(event, names) for event in listed]


def _entry(event: AuditEvent, names: Names) -> Entry:
    model = model_of(event.kind)
    fields = {} if model is None else {field.name: field for field in model._meta.fields}
    before, after = event.before or {}, event.after or {}
    told = [
        Difference(
            label=_label(name, fields.get(name)),
            before="" if event.before is None else _text(before.get(name), fields.get(name), names),
            after="" if event.after is None else _text(after.get(name), fields.get(name), names),
        )
        for name in [*(name for name in fields if name in {*before, *after}), *sorted({*before, *after} - {*fields})]
    ]
    return Entry(
        at=event.at,
        who=_who(event, names),
        origin=_PLACE_FOR_AN_ID.sub("…", event.origin),
        what=_what(event, names),
        action=event.action,
        differences=tuple(one for one in told if {one.before, one.after} != {"", _NOTHING}),
    )


def model_of(kind: str) -> type[models.Model] | None:
    """Return the model an event is about, None if there is none of that name any more."""
    try:
        return apps.get_model(kind)
    except LookupError:
        return None


def _what(event: AuditEvent, names: Names) -> str:
    model = model_of(event.kind)
    words = event.kind if model is None else str(model._meta.verbose_name)
    name = event.name or names.get(event.object_id, "")
    return f"{words} {name}".strip()


def _label(name: str, field: Any) -> str:
    return _WORDS.get(name) or (name.replace("_", " ") if field is None else str(field.verbose_name))


def _text(value: Any, field: Any, names: Names) -> str:
    if value is None or value in ("", []):
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(field, models.DateTimeField):
        at = parse_datetime(value)
        return value if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
    if isinstance(value, list | dict):
        return _listed(value)
    return str(dict(getattr(field, "flatchoices", None) or ()).get(value, names.get(str(value), value)))


def _listed(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(one, list | dict) for one in value):
        return ", ".join(map(str, value))
    return json.dumps(value, ensure_ascii=False)


def _who(event: AuditEvent, names: Names) -> str:
    name = names.get(event.actor_id, event.actor_id)
    if event.actor_kind == PERSON:
        return names.get(event.actor_id, "an operator of the installation")
    if event.actor_kind == COMMAND:
        return "Scaling, by its worker" if name == "worker" else f"manage.py {name}"
    told = {
        KEY: f"API key “{name}”",
        LINK: f"the holder of the link sent to {name}",
        VISITOR: "somebody not signed in",
        DATABASE: f"somebody in the database, as {name}",
    }
    return told[event.actor_kind]


def _load_names(events: Sequence[AuditEvent], organization_id: str | None) -> Names:
    wanted = _wanted(events)
    names: dict[str, str] = {}
    for model, ids in wanted.items():
        names |= _names_of(model, ids, organization_id)
    gone = {one for model, ids in wanted.items() for one in ids if one not in names and model is not User}
    gone |= {event.actor_id for event in events if event.actor_kind == LINK}
    return {**_names_of_the_gone(gone, organization_id), **names} if gone else names


def _wanted(events: Sequence[AuditEvent]) -> Mapping[type[models.Model], set[str]]:
    """Return whose names are needed: actors, and what foreign keys and the fields that name a user point to."""
    wanted: dict[type[models.Model], set[str]] = defaultdict(set)
    for event in events:
        for model, one in [*_actor(event), *_references(event)]:
            wanted[model].add(one)
    return wanted


def _actor(event: AuditEvent) -> Iterator[tuple[type[models.Model], str]]:
    if event.actor_kind == PERSON:
        yield User, event.actor_id
    if event.actor_kind == KEY:
        yield ApiKey, event.actor_id


def _references(event: AuditEvent) -> Iterator[tuple[type[models.Model], str]]:
    model = model_of(event.kind)
    fields = {} if model is None else {field.name: field for field in model._meta.fields}
    for name, value in [*(event.before or {}).items(), *(event.after or {}).items()]:
        related = getattr(fields.get(name), "related_model", None)
        if related is not None and value is not None:
            yield related, str(value)
        elif isinstance(value, str) and value.startswith("user_"):
            yield User, value


def _names_of(model: type[models.Model], ids: set[str], organization_id: str | None) -> dict[str, str]:
    if model is User:
        return _people(ids, organization_id)
    rows = model._base_manager.filter(pk__in=ids)
    if organization_id is not None:
        rows = rows.filter(organization_id=organization_id)
    if model is ApiKey:
        return {row.pk: row.name for row in rows.only("name")}  # type: ignore[attr-defined]  # keys have names
    if model is Membership:
        return {str(row.pk): row.name or row.user.email for row in rows.select_related("user")}  # type: ignore[attr-defined]  # members have both
    return {str(row.pk): str(row) for row in rows}


def _people(ids: set[str], organization_id: str | None) -> dict[str, str]:
    """Return what the organization calls the logins; who is none of its people stays unnamed there."""
    if organization_id is None:
        return dict(User.objects.filter(pk__in=ids).values_list("pk", "email"))
    people = Membership.objects.for_organization(organization_id).filter(user_id__in=ids).select_related("user")
    return {person.user_id: person.name or person.user.email for person in people}


def _names_of_the_gone(ids: set[str], organization_id: str | None) -> dict[str, str]:
    last = AuditEvent.objects.filter(object_id__in=ids, organization_id=organization_id).exclude(name="")
    named = last.order_by("object_id", "-at", "-id").distinct("object_id").values_list("object_id", "name")
    return dict(named)
