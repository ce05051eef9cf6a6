"""From rows to answers: every call for attention of an incident, and why it paged whom it paged, or one person or not.

What was decided is told from records and never changes; only names, titles and what comes next are those of now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.models import ContactMethod, Membership
from escalation.domain.model import MethodId, Person, Recipient, UserId
from escalation.loaders import EMAIL
from incidents.calls import recipient
from incidents.domain.methods import Kept, MethodFate, PageSoFar, Tried, method_fates
from incidents.domain.rules import left_out_from_json, rules_from_json
from incidents.domain.why import Answer, explain, paged_for
from incidents.models import Escalation, Firing, Page, TimelineEvent
from incidents.names import load_names, load_titles, named
from incidents.outlook import Outlook, next_step
from incidents.pages import try_of
from incidents.summaries import ids_in, summary
from incidents.why.rows import CallRows, Rows, load_rows
from incidents.why.sentences import Setting, Told, method_sentence, sentence
from scaling.errors import InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMethod:
    """What became of a page over one method; ``channel`` is what kind of method it is."""

    fate: MethodFate
    channel: str
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPerson:
    """Why a person, or a plain address, was paged by a call, or was not. ``methods`` is empty if they were not."""

    recipient: Recipient
    answer: Answer
    methods: tuple[ToldMethod, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldPass:
    """A layer that was passed on the way to a call, and what the timeline says of it."""

    event: TimelineEvent
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCall:
    """One call for attention, the layers passed on the way to it, and whoever it is told of."""

    firing: Firing
    layer_id: UUID | None
    passed: tuple[ToldPass, ...]
    people: tuple[ToldPerson, ...]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All calls of an incident, oldest first, and what comes next.

    ``asked`` is the person who alone is told of, None where all who were paged are. ``is_next`` tells whether the next
    call pages them; None where there is none, or nobody is asked about.
    """

    escalation: Escalation
    asked: str | None
    calls: tuple[ToldCall, ...]
    outlook: Outlook | None
    is_next: bool | None
    now: str


def load_why(organization_id: str, incident_id: UUID, user_id: str | None, now: datetime) -> Why:
    """Return why the incident paged whom it paged; with ``user_id``, for each call why it did or did not page them.

    At most 17 statements, whatever has happened so far.

    Raises:
        NotFound: the organization has no such incident.
        InvalidInput: nobody with ``user_id`` is or was in the organization.
    """
    escalations = Escalation.objects.for_organization(organization_id).filter(pk=incident_id)
    escalation: Escalation | None = escalations.select_related("incident__owner", "holder").first()
    if escalation is None:
        raise NotFound.of("incident")
    if user_id is not None:
        _require_person(organization_id, user_id)
    return _why(load_rows(escalation), None if user_id is None else UserId(user_id), now)


def _require_person(organization_id: str, user_id: str) -> None:
    if not Membership.objects.for_organization(organization_id).filter(user_id=user_id).exists():
        raise InvalidInput([("userId", "No person with that id is or was in this organization.")])


# Answers

_Answers = Sequence[tuple[Recipient, Answer]]


def _why(rows: Rows, asked: UserId | None, now: datetime) -> Why:
    answers = [_answers(rows.calls, place, asked) for place in range(len(rows.calls))]
    setting = _load_setting(rows, [one for of_call in answers for one in of_call], asked)
    is_next = None if asked is None or rows.outlook is None else asked in rows.outlook.recipients
    among = "" if is_next is None else f" {named(asked, setting.names)} is {'' if is_next else 'not '}among them."
    return Why(
        escalation=rows.escalation,
        asked=asked,
        calls=tuple(
            _told_call(_Call(rows, call, setting, now), of_call)
            for call, of_call in zip(rows.calls, answers, strict=True)
        ),
        outlook=rows.outlook,
        is_next=is_next,
        now=next_step(rows.escalation, rows.outlook, setting.names, now) + among,
    )


def _answers(calls: Sequence[CallRows], place: int, asked: UserId | None) -> _Answers:
    call = calls[place].call
    if asked is not None:
        return [(asked, explain(call, asked, [each.call for each in calls[:place]]))]
    return [(who, paged_for(call, duty)) for who, duty in call.called.items()]


def _load_setting(rows: Rows, answers: _Answers, asked: UserId | None) -> Setting:
    """Return what sentences take their words from. At most four statements."""
    organization_id = rows.escalation.organization_id
    return Setting(
        names=load_names({organization_id: {asked, *_ids(rows, answers)}}).get(organization_id, {}),
        titles=load_titles(organization_id, {one for _, answer in answers for one in _titled(answer)}),
        has_policy=rows.escalation.policy_id is not None,
    )


def _ids(rows: Rows, answers: _Answers) -> Iterable[str | None]:
    yield rows.escalation.acknowledged_by
    yield from (one.by for one in rows.circumstances.values())
    yield from () if rows.outlook is None else rows.outlook.recipients
    for call in rows.calls:
        for event in (*call.passed, *filter(None, [call.fired])):
            yield from ids_in(event)
    for who, answer in answers:
        yield from (who, answer.by)


def _titled(answer: Answer) -> Iterable[UUID]:
    return filter(None, (answer.schedule, answer.source))


# Telling


@dataclass(frozen=True, slots=True)
class _Call:
    """A call about to be told."""

    rows: Rows
    told: CallRows
    setting: Setting
    now: datetime


def _told_call(call: _Call, answers: _Answers) -> ToldCall:
    fired, names = call.told.fired, call.setting.names
    return ToldCall(
        firing=call.told.firing,
        layer_id=None if fired is None else fired.layer_id,
        passed=tuple(ToldPass(event=event, summary=summary(event, names)) for event in call.told.passed),
        people=tuple(_told_person(call, who, answer) for who, answer in answers),
        summary="" if fired is None else summary(fired, names),
    )


def _told_person(call: _Call, who: Recipient, answer: Answer) -> ToldPerson:
    around = next((call.rows.circumstances[page.pk] for page in call.told.pages.values()), None)
    told = Told(
        who=named(who, call.setting.names),
        answer=answer,
        call=call.told.call,
        command="" if around is None else around.command,
        by=None if around is None else around.by,
    )
    page = call.told.pages.get(who)
    return ToldPerson(
        recipient=who,
        answer=answer,
        methods=() if page is None else _told_methods(call, page),
        summary=sentence(told, call.setting),
    )


def _told_methods(call: _Call, page: Page) -> tuple[ToldMethod, ...]:
    methods = [] if page.membership_id is None else call.rows.methods.get(page.membership_id, [])
    kept = {MethodId(each.pk): _kept(each) for each in methods}
    channels = {MethodId(each.pk): each.channel for each in methods}
    fates = method_fates(_so_far(page), kept, call.now)
    return tuple(_told_method(fate, channels.get(fate.method, EMAIL), call.now) for fate in fates)


def _kept(method: ContactMethod) -> Kept:
    return Kept(created_at=method.created_at, verified_at=method.verified_at, removed_at=method.removed_at)


def _told_method(fate: MethodFate, channel: str, now: datetime) -> ToldMethod:
    return ToldMethod(fate=fate, channel=channel, summary=method_sentence(fate, channel, now))


def _so_far(page: Page) -> PageSoFar:
    return PageSoFar(
        person=Person(user=UserId(recipient(page)), active=True, rules=rules_from_json(page.rules)),
        severity=page.escalation.incident.severity,
        started=page.started_at,
        tried=[Tried(attempt=try_of(each), handed_over_at=each.handed_over_at) for each in page.deliveries.all()],
        is_running=page.next_at is not None,
        left_out=left_out_from_json(page.reason.get("leftOut", ())),
    )
