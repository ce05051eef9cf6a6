"""Each timeline event as one plain sentence: what a person reads where a program reads ``type`` and ``details``.

The sentences are made when they are read, so they name people as they are called now. A type that this release does
not know reads as its own words: ``room_opened`` is "Room opened."
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from incidents.names import Names, named
from incidents.wording import listing, moment, span

_AGAIN: Final = frozenset({"repeat", "unacknowledged"})
UNREACHABLE: Final[Mapping[str, str]] = {"inactive": "is not active", "unknown": "is not in the organization"}
"""Why a person cannot be paged."""

SKIPPED: Final[Mapping[str, str]] = {
    "outside_hours": "it pages during its working hours only",
    "during_hours": "it pages outside its working hours only",
}
"""Why a layer was skipped."""


class Told(Protocol):
    """What a sentence is made of: a timeline event, as a model or as a row read for a reply."""

    @property
    def type(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor_id(self) -> str | None: ...
    @property
    def user_id(self) -> str | None: ...
    @property
    def position(self) -> int | None: ...
    @property
    def details(self) -> Any: ...


def summary(event: Told, names: Names) -> str:
    """Return one sentence saying what happened; ``names`` are those of ``ids_in(event)`` in its organization."""
    sentence = _SENTENCES.get(event.type)
    return _in_its_own_words(event.type) if sentence is None else sentence(event, names)


def _in_its_own_words(kind: str) -> str:
    return f"{kind.replace('_', ' ').capitalize()}."


def ids_in(event: Told) -> Iterator[str]:
    """Yield every id and address the event's sentence may name."""
    details = event.details
    missed = [one.get("userId") for one in details.get("missed", ())]
    told = [details.get(key) for key in ("recipient", "previousOwnerId", "newOwnerId")]
    for one in [event.actor_id, event.user_id, *told, *missed, *details.get("recipients", ())]:
        if one is not None:
            yield one


# Paging


def _layer_paged(event: Told, names: Names) -> str:
    who, layer = _recipients(event, names), _layer(event)
    cause = event.details.get("cause")
    if cause == "handoff":
        told = f"Paged after the handoff: {who}."
    elif cause == "joined":
        told = f"Paged, having come on call for {layer}: {who}."
    else:
        told = f"{_capital(layer)} was paged{' again' if cause in _AGAIN else ''}: {who}."
    return told + _last_resort(event) + _missed(event, names)


def _layer_empty(event: Told, names: Names) -> str:
    return f"{_capital(_layer(event))} reached nobody.{_missed(event, names)}"


def _layer_skipped(event: Told, names: Names) -> str:
    return f"{_capital(_layer(event))} was skipped: {_hours(event.details.get('reason'))}."


def _layer_timed_out(event: Told, names: Names) -> str:
    return f"Nobody acknowledged {_layer(event)} in time."


def _layer_timed_out_unheard(event: Told, names: Names) -> str:
    if event.details.get("reason") == "undeliverable":
        return f"Every page of {_layer(event)} failed for good, so it was not waited for."
    return f"No page of {_layer(event)} had been handed over when its time was up."


def _person_joined(event: Told, names: Names) -> str:
    return f"{_user(event, names)} came on call for {_layer(event)}."


def _fallback_paged(event: Told, names: Names) -> str:
    return f"The fallback was paged: {_recipients(event, names)}.{_missed(event, names)}"


def _incident_repaged(event: Told, names: Names) -> str:
    return f"The acknowledgement ran out. Paged again: {_recipients(event, names)}.{_missed(event, names)}"


def _snooze_ended(event: Told, names: Names) -> str:
    return f"The snooze ended, and {_layer(event)} was paged: {_recipients(event, names)}.{_missed(event, names)}"


def _pass_repeated(event: Told, names: Names) -> str:
    return f"The layers are paged from the first one again, in pass {event.details.get('pass')}."


def _escalation_exhausted(event: Told, names: Names) -> str:
    if event.details.get("somebodyReached"):
        return "Every layer was paged, and nobody acknowledged."
    return "No layer is left that reaches anybody."


def _timer_moved(event: Told, names: Names) -> str:
    reason = event.details.get("reason")
    if reason == "late":
        late = span(timedelta(seconds=event.details.get("lateSeconds", 0)))
        return f"The engine was {late} late, so the wait began anew from then."
    until = _until(event)
    if reason == "nothing_handed_over":
        return f"{_capital(_layer(event))} was given more time{until}: none of its pages had been handed over."
    return f"{_capital(_layer(event))} was held{until}: no page of the pass had been handed over."


# What people did


def _incident_triggered(event: Told, names: Names) -> str:
    return f"{_actor(event, names)} triggered the incident."


def _incident_acknowledged(event: Told, names: Names) -> str:
    if event.user_id is None or event.user_id == event.actor_id:
        return f"{_actor(event, names)} acknowledged the incident."
    return f"{_actor(event, names)} acknowledged the incident for {_user(event, names)}."


def _incident_unacknowledged(event: Told, names: Names) -> str:
    whose = "" if event.user_id in {None, event.actor_id} else f" for {_user(event, names)}"
    return f"{_actor(event, names)} took back the acknowledgement{whose}."


def _incident_handed_off(event: Told, names: Names) -> str:
    previous, new = event.details.get("previousOwnerId"), event.details.get("newOwnerId")
    away = "" if previous in {None, new, event.actor_id} else f" from {named(previous, names)}"
    return f"{_actor(event, names)} handed the incident off{away} to {named(new, names)}."


def _escalated_by_hand(event: Told, names: Names) -> str:
    return f"{_actor(event, names)} called the next layer by hand."


def _incident_snoozed(event: Told, names: Names) -> str:
    until = event.details.get("until")
    end = "" if until is None else f" until {moment(datetime.fromisoformat(until), event.at)}"
    return f"{_actor(event, names)} snoozed the incident{end}."


def _plan_applied(event: Told, names: Names) -> str:
    plan = "the policy as it is now" if event.details.get("policyVersion") else "the owner as the whole plan"
    place = "from the first layer on" if event.position is None else f"going on at layer {event.position}"
    return f"{_actor(event, names)} applied {plan}, {place if event.details.get('layers') else 'which has no layers'}."


def _incident_repeated(event: Told, names: Names) -> str:
    times = event.details.get("repeats", 1)
    return f"{_actor(event, names)} triggered the incident again; {times} time{'s' if times != 1 else ''} so far."


def _status_changed(event: Told, names: Names) -> str:
    return f"{_actor(event, names)} changed the status to {event.details.get('status')}."


def _update_posted(event: Told, names: Names) -> str:
    visibility = event.details.get("visibility", "internal")
    return f"{_actor(event, names)} posted {'an' if visibility == 'internal' else 'a'} {visibility} update."


def _update_redacted(event: Told, names: Names) -> str:
    return f"{_actor(event, names)} redacted an update."


def _components_changed(event: Told, names: Names) -> str:
    changes = [
        f"{change} {listing([one['name'] for one in components])}"
        for change in ("added", "removed")
        if (components := event.details.get(change))
    ]
    told = f": {', '.join(changes)}" if changes else ""
    return f"{_actor(event, names)} changed what the incident affects{told}."


# Messages


def _notification_sent(event: Told, names: Names) -> str:
    if event.details.get("wasInFlight"):
        return f"{_message(event, names)} was in flight already and was handed over."
    attempt = event.details.get("attempt", 1)
    together = _together(event)
    return f"{_message(event, names)} was handed over{f' at attempt {attempt}' if attempt > 1 else ''}{together}."


def _together(event: Told) -> str:
    if "carriedBy" in event.details:
        return ", told in the message about another incident"
    carried = event.details.get("carried", 0)
    return f", with {carried} more page{'s' if carried > 1 else ''} in it" if carried else ""


def _notification_retry(event: Told, names: Names) -> str:
    return f"{_message(event, names)} failed and is tried again{_reason(event)}."


def _notification_dead(event: Told, names: Names) -> str:
    return f"{_message(event, names)} was refused for good{_reason(event)}."


def _notification_cancelled(event: Told, names: Names) -> str:
    return f"{_message(event, names)} was called off."


def _person_unreachable(event: Told, names: Names) -> str:
    who, reason = named(event.details.get("recipient"), names), event.details.get("reason")
    if reason is None:
        return f"{who} cannot be reached: every way to them failed for good."
    return f"{who} {_because(reason)} and cannot be paged."


def _row_parked(event: Told, names: Names) -> str:
    if "firing" in event.details:
        return "The escalation could not be handled and was parked; its fallback is paged instead."
    return "A page could not be handled and was parked; what was on its way goes on."


# Pieces


def _actor(event: Told, names: Names) -> str:
    return "Somebody" if event.actor_id is None else named(event.actor_id, names)


def _user(event: Told, names: Names) -> str:
    return "Somebody" if event.user_id is None else named(event.user_id, names)


def _layer(event: Told) -> str:
    return "the incident" if event.position is None else f"layer {event.position}"


def _recipients(event: Told, names: Names) -> str:
    return listing([named(one, names) for one in event.details.get("recipients", ())]) or "nobody"


def _message(event: Told, names: Names) -> str:
    return f"The {event.details.get('channel', 'message')} to {named(event.details.get('recipient'), names)}"


def _last_resort(event: Told) -> str:
    reason = event.details.get("notSkippedFor")
    if reason is None:
        return ""
    return f" It was not skipped although {_hours(reason)}: no other layer reached anybody."


def _hours(reason: Any) -> str:
    return SKIPPED.get(reason, f"its condition does not hold ({reason})")


def _missed(event: Told, names: Names) -> str:
    return "".join(
        f" {named(one.get('userId'), names)} {_because(one.get('reason'))}." for one in event.details.get("missed", ())
    )


def _because(reason: Any) -> str:
    return UNREACHABLE.get(reason, f"is out of reach ({reason})")


def _reason(event: Told) -> str:
    reason = event.details.get("reason")
    return f" ({reason})" if reason else ""


def _until(event: Told) -> str:
    due_at = event.details.get("dueAt")
    return "" if due_at is None else f" until {moment(datetime.fromisoformat(due_at), event.at)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_Sentence = Callable[[Told, Names], str]


def _always(text: str) -> _Sentence:
    return lambda event, names: text


_SENTENCES: Final[Mapping[str, _Sentence]] = {
    "incident_triggered": _incident_triggered,
    "first_page_deferred": _always("The first page could not be sent at once and was left to the engine."),
    "layer_paged": _layer_paged,
    "layer_empty": _layer_empty,
    "layer_skipped": _layer_skipped,
    "layer_timed_out": _layer_timed_out,
    "layer_timed_out_unheard": _layer_timed_out_unheard,
    "person_joined": _person_joined,
    "pass_repeated": _pass_repeated,
    "escalation_exhausted": _escalation_exhausted,
    "fallback_paged": _fallback_paged,
    "incident_acknowledged": _incident_acknowledged,
    "incident_unacknowledged": _incident_unacknowledged,
    "incident_handed_off": _incident_handed_off,
    "escalated_by_hand": _escalated_by_hand,
    "incident_snoozed": _incident_snoozed,
    "plan_applied": _plan_applied,
    "incident_repeated": _incident_repeated,
    "incident_repaged": _incident_repaged,
    "snooze_ended": _snooze_ended,
    "notification_sent": _notification_sent,
    "notification_retry": _notification_retry,
    "notification_dead": _notification_dead,
    "notification_cancelled": _notification_cancelled,
    "person_unreachable": _person_unreachable,
    "status_changed": _status_changed,
    "update_posted": _update_posted,
    "update_redacted": _update_redacted,
    "components_changed": _components_changed,
    "escalation_cancelled": _always("The incident is resolved, so its paging has ended."),
    "row_parked": _row_parked,
    "timer_moved": _timer_moved,
}
