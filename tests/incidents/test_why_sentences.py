"""What a person reads at three in the morning: each reason in a sentence."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from escalation.domain.model import ACCOUNT_EMAIL, Duty, UserId
from incidents.domain.methods import Fate, MethodFate
from incidents.domain.model import Cause
from incidents.domain.why import Answer, Call, Rejection
from incidents.why.sentences import Setting, Told, method_sentence, sentence
from tests.factories.incidents import NIGHT

ADA, BOB = UserId("user_ada"), UserId("user_bob")
SCHEDULE, NIGHTS = UUID(int=1), UUID(int=2)
SETTING = Setting(
    names={ADA: "Ada", BOB: "Bob", "key_ci": "API key “CI”"},
    titles={SCHEDULE: "Primary", NIGHTS: "Nights"},
    has_policy=True,
)
SOON, MORNING = NIGHT + timedelta(minutes=5), NIGHT + timedelta(hours=30)


def told(answer, cause=Cause.LAYER, *, by=None, command="", setting=SETTING, position=1):
    call = Call(number=1, at=NIGHT, cause=cause, position=position, due_at=SOON, called={}, passed={}, record=None)
    return sentence(Told(who="Ada", answer=answer, call=call, command=command, by=by), setting)


def duty(source, until=None):
    return Answer(
        duty=Duty(user=ADA, source=source, until=until), position=1, schedule=None if source == "named" else SCHEDULE
    )


def off(rejection, **fields):
    return Answer(rejection=rejection, **{"position": 2, **fields})


@pytest.mark.parametrize(
    ("answer", "cause", "by", "command", "words"),
    [
        (duty("named"), Cause.LAYER, None, "", "Ada was paged: named in layer 1."),
        (
            duty("rotation", MORNING),
            Cause.LAYER,
            None,
            "",
            "Ada was paged: on call until 24 Nov 09:00 UTC for layer 1 in “Primary”.",
        ),
        (duty("override"), Cause.LAYER, None, "", "Ada was paged: standing in for layer 1 in “Primary”."),
        (
            duty("named"),
            Cause.REPEAT,
            None,
            "",
            "The layers were paged again, and Ada was paged: named in layer 1.",
        ),
        (
            duty("named"),
            Cause.REPEAT,
            BOB,
            "plan_applied",
            "Bob applied the policy as it is now, so Ada was paged: named in layer 1.",
        ),
        (
            duty("rotation"),
            Cause.JOINED,
            None,
            "",
            "Ada came on call and was paged: on call for layer 1 in “Primary”.",
        ),
        (duty("handoff"), Cause.HANDOFF, BOB, "incident_handed_off", "Bob handed the incident to Ada, who was paged."),
        (duty("holder"), Cause.REPAGE, None, "", "The acknowledgement ran out, so Ada was paged."),
        (
            duty("named"),
            Cause.UNACKNOWLEDGED,
            "key_ci",
            "incident_unacknowledged",
            "API key “CI” took the acknowledgement back, so Ada was paged: named in layer 1.",
        ),
        (duty("named"), Cause.SNOOZE_ENDED, None, "", "The snooze ended, so Ada was paged: named in layer 1."),
        (
            duty("named"),
            Cause.ESCALATE,
            BOB,
            "escalated_by_hand",
            "Bob called the next layer by hand, so Ada was paged: named in layer 1.",
        ),
        (duty("fallback"), Cause.FALLBACK, None, "", "Nobody else had answered, so Ada was paged as the fallback."),
    ],
)
def test_who_was_paged_reads_why(answer, cause, by, command, words):
    assert told(answer, cause, by=by, command=command) == words


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (off(Rejection.NOT_IN_PLAN), "no layer of the policy leads to Ada."),
        (off(Rejection.NOT_REACHED, then=SOON), "layer 2 was to follow at 03:05 UTC unless somebody answered."),
        (off(Rejection.NOT_REACHED), "layer 2 was to follow unless somebody answered."),
        (off(Rejection.LAYER_OVER), "layer 2 had its turn before."),
        (
            off(Rejection.OUTSIDE_HOURS, then=MORNING),
            "layer 2 was skipped, for it pages during its working hours only, next from 24 Nov 09:00 UTC.",
        ),
        (
            off(Rejection.DURING_HOURS, then=SOON),
            "layer 2 was skipped, for it pages outside its working hours only, next from 03:05 UTC.",
        ),
        (
            off(Rejection.NOT_ON_CALL, schedule=SCHEDULE, by=BOB, until=SOON, then=MORNING),
            "it was Bob's turn in “Primary” until 03:05 UTC, and the next shift begins at 24 Nov 09:00 UTC.",
        ),
        (off(Rejection.NOT_ON_CALL, schedule=SCHEDULE), "nobody was on call in “Primary”."),
        (
            off(Rejection.DISPLACED, schedule=SCHEDULE, by=BOB, until=MORNING),
            "Bob stood in for Ada in “Primary” until 24 Nov 09:00 UTC.",
        ),
        (
            off(Rejection.HIDDEN, schedule=SCHEDULE, by=BOB, until=SOON),
            "Bob was on call in “Primary” until 03:05 UTC, and only the first rotation pages there.",
        ),
        (
            off(Rejection.RESTRICTED, schedule=SCHEDULE, source=NIGHTS, then=SOON),
            "“Nights” in “Primary” serves at certain hours only, next from 03:05 UTC.",
        ),
        (off(Rejection.RESTRICTED, source=UUID(int=9)), "the rotation serves at certain hours only."),
        (off(Rejection.INACTIVE), "Ada is not active."),
        (off(Rejection.UNKNOWN), "Ada is not in the organization."),
        (off(Rejection.HANDED_OFF, by=BOB), "the incident was handed to Bob."),
        (off(Rejection.HELD_BY_ANOTHER, by=BOB), "Bob had acknowledged and was asked alone."),
        (off(Rejection.NOT_FALLBACK), "only the fallback was called."),
        (off(Rejection.NOT_RECORDED), "what the engine looked at was not recorded."),
    ],
)
def test_who_was_not_paged_reads_what_stood_against_it(answer, words):
    assert told(answer) == f"Ada was not paged: {words}"


def test_who_was_paged_before_is_said_not_to_have_been_paged_again():
    answer = off(Rejection.PAGED_BEFORE, before=NIGHT - timedelta(minutes=5))
    assert told(answer) == "Ada was not paged again: layer 2 had called Ada already at 02:55 UTC."


def test_every_rejection_has_words():
    assert all(told(off(rejection, by=BOB)).startswith("Ada was not paged") for rejection in Rejection)


def test_without_a_policy_the_owner_is_paged_as_such():
    setting = Setting(names={}, titles={}, has_policy=False)
    assert told(duty("named"), setting=setting) == "Ada was paged: the owner of the incident."
    assert told(off(Rejection.NOT_IN_PLAN), setting=setting) == "Ada was not paged: only its owner is."


@pytest.mark.parametrize(
    ("fate", "at", "words"),
    [
        (Fate.SENT, NIGHT, "sms: sent at 03:00 UTC"),
        (Fate.TRYING, NIGHT, "sms: being tried since 03:00 UTC"),
        (Fate.FAILED, NIGHT, "sms: refused for good, begun at 03:00 UTC"),
        (Fate.CALLED_OFF, NIGHT, "sms: called off before it went out, begun at 03:00 UTC"),
        (Fate.WAITING, SOON, "sms: due at 03:05 UTC"),
        (Fate.NOT_BEGUN, None, "sms: not begun, as the page ended before"),
        (Fate.OTHER_SEVERITY, None, "sms: not used for this severity"),
        (Fate.UNVERIFIED, None, "sms: not used, as it was not verified"),
        (Fate.NO_RULE, None, "sms: not used, as no rule named it"),
        (Fate.QUIET_HOURS, SOON, "sms: left out: quiet hours until 03:05 UTC"),
        (Fate.QUIET_HOURS, None, "sms: left out: quiet hours"),
        (Fate.REMOVED, NIGHT, "sms: removed at 03:00 UTC, before its turn"),
    ],
)
def test_each_method_reads_what_became_of_it(fate, at, words):
    assert method_sentence(MethodFate(method=ACCOUNT_EMAIL, fate=fate, at=at), "sms", NIGHT) == words
