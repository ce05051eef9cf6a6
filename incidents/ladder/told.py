"""A ladder as people read it: who is called when, as what, over what, and where nobody is reached.

Names are those of now. What is still to come is told in the present tense: "Layer 2 is paged: Bob.", and what has
happened as the timeline tells it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from accounts.models import ContactMethod
from escalation.domain.model import ACCOUNT_EMAIL, Address, Layer, MethodId
from escalation.loaders import EMAIL
from incidents.calls import label_of
from incidents.domain.ladder import Called, Ladder, Missed, Passed, Rung, Way, layer_at
from incidents.domain.model import Cause, Status
from incidents.domain.rules import LeftOut
from incidents.domain.run import FALLBACK_AGAIN
from incidents.models import TimelineEvent
from incidents.names import Names, Titles, named
from incidents.reasons import quiet_hours
from incidents.summaries import SKIPPED, UNREACHABLE, summary
from incidents.wording import delay, listing, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the words of one ladder are taken from.

    ``channels`` tells what kind of method each is, beside the account's email; ``events`` are those the timeline has
    of firings, by their number; ``owns`` tells that there is no policy, so that its owner is called.
    """

    start: datetime
    names: Names
    titles: Titles
    channels: Mapping[MethodId, str]
    operator: Address
    events: Mapping[int, TimelineEvent] = field(default_factory=dict)
    owns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWay:
    """A method a person is sent the call over, and when: "SMS after 2 min"."""

    way: Way
    channel: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLeftOut:
    """A method the call does without: "SMS: quiet hours until 06:00 UTC"."""

    left_out: LeftOut
    channel: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPerson:
    """Somebody a call goes to; ``place`` is what they are to it: "on call in “Weekdays” until 09:00 UTC"."""

    called: Called
    name: str
    place: str
    ways: tuple[ToldWay, ...]
    left_out: tuple[ToldLeftOut, ...]

    @property
    def summary(self) -> str:
        """The person in one line."""
        told = [self.place, *(way.summary for way in self.ways), *(each.summary for each in self.left_out)]
        return f"{self.name}: {'; '.join(told)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPassed:
    """A layer passed on the way to a call; ``target`` is what it would have paged."""

    passed: Passed
    label: str
    target: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRung:
    """One call.

    ``when`` counts from the start, "at once" or "after 5 min", and so does ``offset``, in short; ``wait`` is how long
    an answer is waited for.
    """

    rung: Rung
    is_past: bool
    label: str
    target: str
    when: str
    offset: str
    clock: str
    wait: str
    people: tuple[ToldPerson, ...]
    remarks: tuple[str, ...]
    passed: tuple[ToldPassed, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLadder:
    """A whole ladder. ``end`` says what follows after its last call, ``here`` where a running one stands ("" else)."""

    ladder: Ladder
    start: datetime
    severity: str
    rungs: tuple[ToldRung, ...]
    end: str
    here: str = ""


def tell(ladder: Ladder, setting: Setting) -> tuple[ToldRung, ...]:
    """Return the rungs of ``ladder`` in words."""
    return tuple(_rung(rung, ladder, setting) for rung in ladder.rungs)


def ending(ladder: Ladder, setting: Setting) -> str:
    """Return what comes after the last rung."""
    if ladder.is_cut:
        return "More calls follow, until somebody acknowledges."
    status = None if ladder.state is None else ladder.state.status
    if status is Status.CANCELLED:
        return "The incident is resolved. Nobody else is paged."
    if status is Status.ACKNOWLEDGED:
        return "Somebody has acknowledged. Nobody else is paged."
    again = f"The fallback is paged again every {delay(FALLBACK_AGAIN)}, until somebody acknowledges."
    if ladder.waits_until is None:
        return again
    back = moment(ladder.waits_until, setting.start)
    return f"{again} As no layer reached anybody, the layers are looked at again at {back}."


def channel_name(channel: str) -> str:
    """Return what a channel is called within a sentence: "email", "SMS"."""
    label = str(ContactMethod.Channel(channel).label) if channel in ContactMethod.Channel else channel
    return label if label.isupper() else label.lower()


def _rung(rung: Rung, ladder: Ladder, setting: Setting) -> ToldRung:
    people = tuple(_person(called, rung, setting) for called in rung.called)
    event = setting.events.get(rung.firing)
    return ToldRung(
        rung=rung,
        is_past=event is not None,
        label=label_of(rung.cause, rung.position),
        target="" if rung.cause is Cause.FALLBACK else _target(rung.layer, setting),
        when=_after(setting.start, rung.at),
        offset=_after(setting.start, rung.at).replace("after ", "+"),
        clock=moment(rung.at, setting.start),
        wait="" if rung.due_at is None else delay(rung.due_at - rung.at),
        people=people,
        remarks=(*_missed(rung.missed, setting), *_waived(rung)),
        passed=tuple(_passed(one, ladder, setting) for one in rung.passed),
        summary=_sentence(rung, people) if event is None else summary(event, setting.names),
    )


# People


def _person(called: Called, rung: Rung, setting: Setting) -> ToldPerson:
    return ToldPerson(
        called=called,
        name=named(called.duty.user, setting.names),
        place=_place(called, setting),
        ways=tuple(_way(way, rung.at, setting) for way in called.ways),
        left_out=tuple(_left_out(each, setting) for each in called.left_out),
    )


_PLACES: Final[Mapping[str, str]] = {
    "named": "named in the layer",
    "rotation": "on call{title}{until}",
    "override": "standing in by an override{until}",
    "fallback": "the fallback",
    "handoff": "was handed the incident",
    "holder": "had acknowledged",
}


def _place(called: Called, setting: Setting) -> str:
    duty = called.duty
    if duty.source == "named" and setting.owns:
        return "owns the incident"
    if duty.user == setting.operator:
        return "operates this installation"
    title = None if duty.source_id is None else setting.titles.get(duty.source_id)
    return _PLACES[duty.source].format(
        title="" if title is None else f" in “{title}”",
        until="" if duty.until is None else f" until {moment(duty.until, setting.start)}",
    )


def _way(way: Way, started: datetime, setting: Setting) -> ToldWay:
    channel = _channel(way.method, setting)
    first, *again = way.sent_at
    more = f", {len(again)} more times within {delay(again[-1] - first)}" if again else ""
    return ToldWay(way=way, channel=channel, summary=f"{channel_name(channel)} {_after(started, first)}{more}")


def _left_out(left_out: LeftOut, setting: Setting) -> ToldLeftOut:
    channel = _channel(left_out.method, setting)
    why = "not verified" if left_out.because == "unverified" else quiet_hours(left_out.until, setting.start)
    return ToldLeftOut(left_out=left_out, channel=channel, summary=f"no {channel_name(channel)}: {why}")


def _channel(method: MethodId, setting: Setting) -> str:
    return EMAIL if method == ACCOUNT_EMAIL else setting.channels.get(method, "method")


# Layers


def _target(layer: Layer | None, setting: Setting) -> str:
    if layer is None or layer.schedule is None:
        return ""
    title = setting.titles.get(layer.schedule)
    return "schedule" if title is None else f"schedule “{title}”"


def _passed(passed: Passed, ladder: Ladder, setting: Setting) -> ToldPassed:
    layer = layer_at(ladder.plan, passed.position)
    label = f"Layer {passed.position}"
    reason = None if passed.skipped is None else SKIPPED.get(passed.skipped, passed.skipped)
    told = f"{label} reaches nobody." if reason is None else f"{label} is skipped: {reason}."
    return ToldPassed(
        passed=passed,
        label=label,
        target=_target(layer, setting),
        summary=" ".join([told, *_missed(passed.missed, setting)]),
    )


def _missed(missed: Missed, setting: Setting) -> Sequence[str]:
    return [f"{named(who, setting.names)} {UNREACHABLE.get(reason, 'cannot be paged')}." for who, reason in missed]


def _waived(rung: Rung) -> Sequence[str]:
    if rung.waived is None:
        return []
    return [f"Not skipped, although {SKIPPED.get(rung.waived, rung.waived)}: no other layer counts then."]


# Sentences

_SENTENCES: Final[Mapping[Cause, str]] = {
    Cause.LAYER: "Layer {position} is paged",
    Cause.REPEAT: "Layer {position} is paged again",
    Cause.JOINED: "On call for layer {position} from then on, and paged",
    Cause.REPAGE: "The acknowledgement runs out, so these are paged again",
    Cause.SNOOZE_ENDED: "The snooze ends, and layer {position} is paged",
    Cause.FALLBACK: "Nobody is left, so the fallback is paged",
}


def _sentence(rung: Rung, people: Sequence[ToldPerson]) -> str:
    head = _SENTENCES.get(rung.cause, "These are paged").format(position=rung.position)
    return f"{head}: {listing([person.name for person in people])}."


def _after(start: datetime, at: datetime) -> str:
    return "at once" if at <= start else f"after {delay(at - start)}"
