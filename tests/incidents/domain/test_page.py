"""Which of a person's methods to use when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escalation.domain.model import ACCOUNT_EMAIL, ALL_SEVERITIES, MethodId, Person, Rule
from incidents.domain.page import MAX_ROUNDS, Outcome, PageStep, Send, Try, next_sends
from tests.incidents.domain.examples import modest
from tests.incidents.domain.worlds import ADA, START, at

EMAIL, SMS, CALL = MethodId(UUID(int=1)), MethodId(UUID(int=2)), MethodId(UUID(int=3))
FAILED = [Outcome.FAILING, Outcome.DEAD]


def rule(
    method: MethodId,
    after: float = 0,
    *,
    every: float | None = None,
    severities: frozenset[str] = ALL_SEVERITIES,
    usable: bool = True,
) -> Rule:
    return Rule(
        method=method,
        after=timedelta(minutes=after),
        every=None if every is None else timedelta(minutes=every),
        severities=severities,
        usable=usable,
    )


def tried(method: MethodId, outcome: Outcome, round_no: int = 1) -> Try:
    return Try(method=method, round=round_no, at=START, outcome=outcome, attempts=1)


def look(*rules: Rule, tries: tuple[Try, ...] = (), minute: float = 0, severity: str = "high") -> PageStep:
    return next_sends(Person(user=ADA, active=True, rules=rules), severity, START, tries, at(minute))


def first(*methods: MethodId) -> tuple[Send, ...]:
    return tuple(Send(method=method, round=1) for method in methods)


# Waiting


def test_rules_without_delay_are_sent_at_once_in_their_order():
    assert look(rule(SMS), rule(EMAIL)) == PageStep(sends=first(SMS, EMAIL), next_at=None, unreachable=False)


def test_a_rule_with_a_delay_waits_for_it():
    start = look(rule(EMAIL), rule(SMS, 5), rule(CALL, 10))
    sent = tried(EMAIL, Outcome.HANDED_OVER)
    before = look(rule(EMAIL), rule(SMS, 5), rule(CALL, 10), tries=(sent,), minute=4.99)
    after = look(rule(EMAIL), rule(SMS, 5), rule(CALL, 10), tries=(sent,), minute=5)

    assert start == PageStep(sends=first(EMAIL), next_at=at(5), unreachable=False)
    assert before == PageStep(sends=(), next_at=at(5), unreachable=False)
    assert after == PageStep(sends=first(SMS), next_at=at(10), unreachable=False)


def test_the_order_of_time_goes_before_the_order_of_the_rules():
    assert look(rule(SMS, 5), rule(EMAIL)) == PageStep(sends=first(EMAIL), next_at=at(5), unreachable=False)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.HANDED_OVER, Outcome.CANCELLED])
def test_what_has_been_begun_is_not_begun_again(outcome: Outcome):
    assert look(rule(EMAIL), tries=(tried(EMAIL, outcome),), minute=60) == PageStep(
        sends=(), next_at=None, unreachable=False
    )


# The first failure starts the next method (design D9)


@pytest.mark.parametrize("outcome", FAILED)
def test_the_first_failure_starts_the_next_method_at_once(outcome: Outcome):
    step = look(rule(EMAIL), rule(SMS, 5), rule(CALL, 10), tries=(tried(EMAIL, outcome),))

    assert step == PageStep(sends=first(SMS), next_at=at(10), unreachable=False)


@pytest.mark.parametrize("outcome", FAILED)
def test_each_method_that_fails_starts_the_one_after_it(outcome: Outcome):
    tries = (tried(EMAIL, outcome), tried(SMS, outcome))

    assert look(rule(EMAIL), rule(SMS, 5), rule(CALL, 10), tries=tries).sends == first(CALL)


@pytest.mark.parametrize("outcome", [Outcome.PENDING, Outcome.HANDED_OVER])
def test_a_method_in_hand_or_handed_over_hurries_nobody(outcome: Outcome):
    tries = (tried(EMAIL, Outcome.FAILING), tried(SMS, outcome))

    assert look(rule(EMAIL), rule(SMS), rule(CALL, 10), tries=tries) == PageStep(
        sends=(), next_at=at(10), unreachable=False
    )


@pytest.mark.parametrize("outcome", FAILED)
def test_a_failure_starts_the_next_method_although_one_before_arrived(outcome: Outcome):
    """The mail is in the mailbox, the chat is down: the phone rings now, not in three minutes."""
    tries = (tried(EMAIL, Outcome.HANDED_OVER), tried(SMS, outcome))

    step = look(rule(EMAIL), rule(SMS, 2), rule(CALL, 5), tries=tries, minute=2)

    assert step == PageStep(sends=first(CALL), next_at=None, unreachable=False)


@pytest.mark.parametrize("outcome", FAILED)
def test_the_accounts_email_is_nobodys_next_method(outcome: Outcome):
    """It goes at once beside a first method that goes at once too; the one to take over is the person's own next."""
    tries = (tried(SMS, outcome), tried(ACCOUNT_EMAIL, Outcome.HANDED_OVER))

    assert look(rule(SMS), rule(CALL, 10), rule(ACCOUNT_EMAIL), tries=tries).sends == first(CALL)


def test_methods_that_fail_apart_each_start_the_one_after_them():
    other = MethodId(UUID(int=4))
    tries = (tried(EMAIL, Outcome.FAILING), tried(CALL, Outcome.FAILING))

    step = look(rule(EMAIL), rule(SMS, 5), rule(CALL), rule(other, 20), tries=tries)

    assert step == PageStep(sends=first(SMS), next_at=at(20), unreachable=False)
    assert look(rule(EMAIL), rule(SMS, 5), rule(CALL, 7), rule(other, 9), tries=tries).sends == first(SMS, other)


def test_the_next_method_is_the_next_in_time():
    tries = (tried(EMAIL, Outcome.FAILING),)

    assert look(rule(CALL, 10), rule(SMS, 5), rule(EMAIL), tries=tries).sends == first(SMS)


def test_another_rule_of_the_method_that_failed_is_not_the_next_method():
    tries = (tried(EMAIL, Outcome.FAILING),)

    step = look(rule(EMAIL), rule(EMAIL, 5), rule(SMS, 10), tries=tries)

    assert step == PageStep(sends=first(SMS), next_at=at(5), unreachable=False)


def test_without_a_failure_the_first_method_waits_for_its_delay():
    assert look(rule(EMAIL, 5), rule(SMS, 10)) == PageStep(sends=(), next_at=at(5), unreachable=False)


def test_when_all_methods_fail_nothing_more_is_begun():
    tries = (tried(EMAIL, Outcome.FAILING), tried(SMS, Outcome.FAILING))

    assert look(rule(EMAIL), rule(SMS, 5), tries=tries) == PageStep(sends=(), next_at=None, unreachable=False)


# Again and again


def test_a_repeating_rule_sends_ten_rounds() -> None:
    tries: tuple[Try, ...] = ()
    for turn in range(MAX_ROUNDS):
        step = look(rule(EMAIL, 1, every=2), tries=tries, minute=1 + 2 * turn)
        assert step.sends == (Send(method=EMAIL, round=turn + 1),)
        assert step.next_at == (at(3 + 2 * turn) if turn < 9 else None)
        tries += (tried(EMAIL, Outcome.HANDED_OVER, turn + 1),)

    assert look(rule(EMAIL, 1, every=2), tries=tries, minute=500) == PageStep(sends=(), next_at=None, unreachable=False)


@pytest.mark.parametrize("outcome", FAILED)
def test_a_failure_starts_one_round_of_a_repeating_next_method(outcome: Outcome):
    step = look(rule(EMAIL), rule(SMS, 5, every=5), tries=(tried(EMAIL, outcome),))

    assert step == PageStep(sends=first(SMS), next_at=at(10), unreachable=False)


def test_a_failure_does_not_start_further_rounds_of_what_failed():
    step = look(rule(EMAIL, every=5), rule(SMS, 7), tries=(tried(EMAIL, Outcome.FAILING),))

    assert step == PageStep(sends=first(SMS), next_at=at(5), unreachable=False)


def test_rounds_nobody_looked_at_are_made_up_by_one():
    """After an outage of half an hour the phone rings once, not seven times."""
    sent = (tried(EMAIL, Outcome.HANDED_OVER),)

    step = look(rule(EMAIL, every=5), tries=sent, minute=31)
    seventh = (*sent, tried(EMAIL, Outcome.HANDED_OVER, 7))

    assert step == PageStep(sends=(Send(method=EMAIL, round=7),), next_at=at(35), unreachable=False)
    assert look(rule(EMAIL, every=5), tries=seventh, minute=31).sends == ()


def test_a_failure_and_a_due_time_together_start_one_round():
    step = look(rule(EMAIL), rule(SMS, 5, every=5), tries=(tried(EMAIL, Outcome.FAILING),), minute=12)

    assert step == PageStep(sends=(Send(method=SMS, round=2),), next_at=at(15), unreachable=False)


def test_what_has_been_tried_may_be_told_in_any_order():
    tries = (tried(EMAIL, Outcome.HANDED_OVER, 2), tried(EMAIL, Outcome.HANDED_OVER, 1))

    assert look(rule(EMAIL, every=5), tries=tries, minute=5).sends == ()


def test_the_rounds_of_a_method_count_through_its_rules_in_time():
    step = look(rule(EMAIL, 10), rule(EMAIL), tries=(tried(EMAIL, Outcome.HANDED_OVER),), minute=10)

    assert step.sends == (Send(method=EMAIL, round=2),)


def test_two_rules_for_one_method_at_one_instant_send_once():
    """A rule for the account's email only adds repetition: the mail goes at once anyway."""
    rules = (rule(EMAIL, every=5), rule(EMAIL))
    sent = tried(EMAIL, Outcome.HANDED_OVER)

    assert look(*rules) == PageStep(sends=first(EMAIL), next_at=at(5), unreachable=False)
    assert look(*rules, tries=(sent,), minute=5).sends == (Send(method=EMAIL, round=2),)


# Dead methods


def test_a_dead_method_is_not_used_again():
    tries = (tried(EMAIL, Outcome.HANDED_OVER), tried(EMAIL, Outcome.DEAD, 2), tried(SMS, Outcome.HANDED_OVER))

    step = look(rule(EMAIL, every=5), rule(EMAIL, 7), rule(SMS), tries=tries, minute=100)

    assert step == PageStep(sends=(), next_at=None, unreachable=False)


def test_a_person_is_unreachable_once_every_method_is_dead():
    rules = (rule(EMAIL, every=5), rule(SMS, 5))
    one, both = (tried(EMAIL, Outcome.DEAD),), (tried(EMAIL, Outcome.DEAD), tried(SMS, Outcome.DEAD))

    assert not look(*rules, tries=one).unreachable
    assert look(*rules, tries=both) == PageStep(sends=(), next_at=None, unreachable=True)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.DEAD}))
def test_a_person_one_of_whose_deliveries_lives_is_not_unreachable(outcome: Outcome):
    tries = (tried(EMAIL, Outcome.DEAD), tried(SMS, outcome))

    assert not look(rule(EMAIL), rule(SMS), tries=tries).unreachable


def test_a_person_without_any_rule_is_unreachable():
    assert look() == PageStep(sends=(), next_at=None, unreachable=True)


# Which rules count


def test_a_rule_counts_for_its_severities_only():
    rules = (rule(CALL, severities=frozenset({"critical"})), rule(EMAIL, 5))

    assert look(*rules, severity="critical").sends == first(CALL)
    assert look(*rules, severity="low") == PageStep(sends=(), next_at=at(5), unreachable=False)


def test_an_unusable_rule_is_passed_over():
    assert look(rule(SMS, usable=False), rule(EMAIL)).sends == first(EMAIL)
    assert look(rule(SMS, usable=False)).unreachable


# Properties

rules_of_a_person = st.lists(
    st.builds(
        rule,
        st.sampled_from([EMAIL, SMS, CALL]),
        st.integers(0, 20),
        every=st.none() | st.integers(1, 7),
        usable=st.booleans(),
    ),
    max_size=4,
).map(tuple)
outcomes = st.fixed_dictionaries(
    {method: st.sampled_from([Outcome.HANDED_OVER, *FAILED]) for method in (EMAIL, SMS, CALL)}
)
MINUTES = range(100)


def pages(
    rules: tuple[Rule, ...], outcome: Mapping[MethodId, Outcome], *, asked_only: bool = False
) -> tuple[list[tuple[int, Send]], list[Try]]:
    """Run a page to its end: what was sent in which minute. Every send has its outcome at once, and is looked at again.

    ``asked_only`` looks only when the step before asked for it, else every minute.
    """
    sent: list[tuple[int, Send]] = []
    tries: list[Try] = []
    next_at: datetime | None = START
    for minute in MINUTES:
        if asked_only and next_at != at(minute):
            continue
        step = look(*rules, tries=tuple(tries), minute=minute)
        while step.sends:
            sent += [(minute, send) for send in step.sends]
            tries += [replace(tried(send.method, outcome[send.method]), round=send.round) for send in step.sends]
            step = look(*rules, tries=tuple(tries), minute=minute)
        next_at = step.next_at
    return sent, tries


@modest
@given(rules_of_a_person, outcomes)
def test_looking_when_asked_sends_the_same_as_looking_every_minute(rules, outcome):
    assert pages(rules, outcome, asked_only=True) == pages(rules, outcome)


@modest
@given(rules_of_a_person)
def test_if_everything_arrives_each_rule_sends_when_it_says(rules):
    sent, _ = pages(rules, dict.fromkeys((EMAIL, SMS, CALL), Outcome.HANDED_OVER))

    said = set()
    for each in rules:
        turns = MAX_ROUNDS if each.every else 1
        for turn in range(turns if each.usable else 0):
            said.add((at(0) + each.after + (each.every or timedelta(0)) * turn, each.method))
    assert {(at(minute), send.method) for minute, send in sent} == said
    assert len(sent) == len(said)


@modest
@given(rules_of_a_person, outcomes)
def test_whatever_fails_every_usable_rule_is_sent_at_the_latest_when_it_says(rules, outcome):
    sent, _ = pages(rules, outcome)

    for each in rules:
        begun = [at(minute) for minute, send in sent if send.method == each.method]
        assert not each.usable or min(begun) <= START + each.after


@modest
@given(rules_of_a_person, outcomes)
def test_the_method_after_one_that_failed_begins_no_later(rules, outcome):
    sent, _ = pages(rules, outcome)
    usable = sorted((each for each in rules if each.usable), key=lambda each: each.after)
    order = list(dict.fromkeys(each.method for each in usable))
    begun = {method: min(minute for minute, send in sent if send.method == method) for method in order}

    for before, after in pairwise(order):
        if outcome[before] in FAILED:
            assert begun[after] <= begun[before]


@modest
@given(rules_of_a_person, outcomes)
def test_a_rule_sends_ten_rounds_at_most(rules, outcome):
    sent, _ = pages(rules, outcome)

    for method in (EMAIL, SMS, CALL):
        most = sum(MAX_ROUNDS if each.every else 1 for each in rules if each.method == method and each.usable)
        assert sum(send.method == method for _, send in sent) <= most


@modest
@given(rules_of_a_person, outcomes)
def test_every_round_is_sent_once_and_nothing_after_a_death(rules, outcome):
    sent, tries = pages(rules, outcome)
    usable = {each.method for each in rules if each.usable}

    assert len({send for _, send in sent}) == len(sent)
    for method in usable:
        rounds = [send.round for _, send in sent if send.method == method]
        assert rounds == sorted(rounds)
        if outcome[method] is Outcome.DEAD:
            assert len(rounds) == 1
    assert {send.method for _, send in sent} == usable
    assert look(*rules, tries=tuple(tries), minute=200).unreachable == all(
        outcome[method] is Outcome.DEAD for method in usable
    )
