"""What became of a page, method by method."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from escalation.domain.model import ACCOUNT_EMAIL, ALL_SEVERITIES, MethodId, Person, Rule
from incidents.domain.methods import Fate, Kept, MethodFate, PageSoFar, Tried, method_fates
from incidents.domain.page import Outcome, Try
from incidents.domain.rules import LeftOut
from tests.incidents.domain.worlds import ADA, START, at

PUSH, SMS, CALL = (MethodId(UUID(int=number)) for number in (1, 2, 3))


def rule(method, minutes=0, *, every=None, severities=ALL_SEVERITIES, usable=True):
    again = None if every is None else timedelta(minutes=every)
    return Rule(method=method, after=timedelta(minutes=minutes), every=again, severities=severities, usable=usable)


def tried(method, outcome, minute=0, *, round_no=1):
    attempt = Try(method=method, round=round_no, at=at(minute), outcome=outcome, attempts=1)
    return Tried(attempt=attempt, handed_over_at=at(minute) if outcome is Outcome.HANDED_OVER else None)


def kept(created=-60, verified=None, removed=None):
    return Kept(
        created_at=at(created),
        verified_at=None if verified is None else at(verified),
        removed_at=None if removed is None else at(removed),
    )


def fates(*rules, tries=(), methods=None, minute=1.0, is_running=True, left_out=()):
    page = PageSoFar(
        person=Person(user=ADA, active=True, rules=rules),
        severity="high",
        started=START,
        tried=tries,
        is_running=is_running,
        left_out=left_out,
    )
    found = method_fates(page, methods or {}, at(minute))
    return [(each.method, each.fate, each.at) for each in found]


def test_what_was_handed_over_is_sent_at_that_instant():
    assert fates(rule(PUSH), tries=[tried(PUSH, Outcome.HANDED_OVER, 0.5)]) == [(PUSH, Fate.SENT, at(0.5))]


def test_of_several_rounds_the_first_that_was_sent_counts():
    tries = [tried(PUSH, Outcome.FAILING), *(tried(PUSH, Outcome.HANDED_OVER, 2 * n, round_no=n) for n in (3, 2))]
    assert fates(rule(PUSH, every=2), tries=tries) == [(PUSH, Fate.SENT, at(4))]


def test_what_has_begun_and_is_not_through_is_being_tried():
    for outcome in (Outcome.PENDING, Outcome.FAILING):
        assert fates(rule(PUSH), tries=[tried(PUSH, outcome)]) == [(PUSH, Fate.TRYING, START)]


def test_what_was_refused_for_good_has_failed():
    assert fates(rule(PUSH), tries=[tried(PUSH, Outcome.DEAD)])[0][1] is Fate.FAILED


def test_what_had_not_gone_out_was_called_off():
    tries = [tried(PUSH, Outcome.CANCELLED)]
    assert fates(rule(PUSH), tries=tries, is_running=False) == [(PUSH, Fate.CALLED_OFF, START)]


def test_a_rule_that_waits_tells_when_it_is_due():
    sent = [tried(PUSH, Outcome.HANDED_OVER)]
    assert fates(rule(PUSH), rule(SMS, 5), rule(CALL, 9), tries=sent) == [
        (PUSH, Fate.SENT, START),
        (SMS, Fate.WAITING, at(5)),
        (CALL, Fate.WAITING, at(9)),
    ]


def test_a_rule_that_repeats_is_due_at_its_first_round():
    assert fates(rule(SMS, 5, every=2)) == [(SMS, Fate.WAITING, at(5))]


def test_a_page_that_ended_begins_nothing_more():
    sent = [tried(PUSH, Outcome.HANDED_OVER)]
    assert fates(rule(PUSH), rule(SMS, 5), tries=sent, is_running=False)[1] == (SMS, Fate.NOT_BEGUN, None)


def test_a_rule_for_other_severities_is_not_used():
    assert fates(rule(SMS, severities=frozenset({"critical"}))) == [(SMS, Fate.OTHER_SEVERITY, None)]


def test_a_rule_over_a_method_that_could_not_be_used_was_not_verified():
    assert fates(rule(SMS, usable=False)) == [(SMS, Fate.UNVERIFIED, None)]


def test_a_method_that_quiet_hours_left_out_is_told_until_when():
    quiet = LeftOut(method=SMS, because="quiet_hours", until=at(90))
    rules = [rule(SMS, usable=False), rule(CALL, usable=False), rule(ACCOUNT_EMAIL, 5)]
    assert fates(*rules, left_out=[quiet, LeftOut(method=CALL, because="unverified")]) == [
        (SMS, Fate.QUIET_HOURS, at(90)),
        (CALL, Fate.UNVERIFIED, None),
        (ACCOUNT_EMAIL, Fate.WAITING, at(5)),
    ]


def test_a_method_of_two_rules_is_told_once():
    rules = [rule(SMS, severities=frozenset({"critical"})), rule(SMS, 5)]
    assert fates(*rules) == [(SMS, Fate.WAITING, at(5))]


def test_a_method_removed_before_its_turn_is_told_with_when():
    assert fates(rule(SMS, 5), methods={SMS: kept(removed=2)}, minute=9) == [(SMS, Fate.REMOVED, at(2))]


def test_a_method_removed_after_it_was_sent_was_sent():
    sent = [tried(SMS, Outcome.HANDED_OVER)]
    assert fates(rule(SMS), tries=sent, methods={SMS: kept(removed=2)}) == [(SMS, Fate.SENT, START)]


def test_a_method_in_no_rule_that_was_not_verified_then_is_told():
    methods = {SMS: kept(), CALL: kept(verified=3)}
    assert fates(rule(ACCOUNT_EMAIL, 5), methods=methods) == [
        (ACCOUNT_EMAIL, Fate.WAITING, at(5)),
        (SMS, Fate.UNVERIFIED, None),
        (CALL, Fate.UNVERIFIED, None),
    ]


def test_a_verified_method_in_no_rule_is_told_as_that():
    assert fates(rule(ACCOUNT_EMAIL), methods={CALL: kept(verified=-3)}) == [
        (ACCOUNT_EMAIL, Fate.WAITING, at(1)),
        (CALL, Fate.NO_RULE, None),
    ]


def test_of_methods_in_no_rule_what_came_later_or_went_is_not_told():
    methods = {SMS: kept(created=1), PUSH: kept(removed=-1)}
    assert fates(rule(ACCOUNT_EMAIL), methods=methods) == [(ACCOUNT_EMAIL, Fate.WAITING, at(1))]


def test_what_was_sent_without_any_rule_is_told():
    """So the fallback of a parked escalation is paged."""
    assert fates(tries=[tried(ACCOUNT_EMAIL, Outcome.HANDED_OVER)], is_running=False) == [
        (ACCOUNT_EMAIL, Fate.SENT, START)
    ]


def test_telling_takes_nothing_from_what_was_tried():
    sent = (tried(PUSH, Outcome.HANDED_OVER),)
    page = PageSoFar(
        person=Person(user=ADA, active=True, rules=(rule(PUSH), rule(SMS, 5))),
        severity="high",
        started=START,
        tried=sent,
        is_running=True,
    )
    assert method_fates(page, {}, at(1)) == method_fates(page, {}, at(1))
    assert method_fates(page, {}, at(1))[0] == MethodFate(method=PUSH, fate=Fate.SENT, at=START)
