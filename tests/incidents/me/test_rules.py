"""People edit their notification rules and quiet hours on their own page."""

from __future__ import annotations

import html
import re
from datetime import time

import pytest
from django.test import Client

from accounts.models import NotificationRule
from accounts.services import RuleDraft, replace_notification_rules
from escalation.domain.model import Window
from escalation.models import QuietHours
from escalation.services import QuietDraft, set_quiet_hours
from incidents.me import rules
from incidents.me.rules import _PROBLEMS
from tests.factories.accounts import ContactMethodFactory, MembershipFactory, OrganizationFactory
from tests.incidents.answer.links import text

pytestmark = pytest.mark.django_db

ALL = ["critical", "high", "medium", "low"]
NIGHTS = {"timezone": "Europe/Berlin", "day": ["1", "2"], "from": "22:00", "until": "07:00"}


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def sms(ada):
    return ContactMethodFactory(membership=ada, sms=True)


def see(member):
    browser = Client()
    browser.force_login(member.user)
    return browser, text(browser.get("/me"))


def tag(page, name):
    return html.unescape(re.search(f'name="{name}" value="([^"]*)"', page)[1])


def do(member, command, **fields):
    """Send a form of the page as it is now as ``member``; return the page that follows."""
    browser, page = see(member)
    tags = {"list": tag(page, "list"), "hours": tag(page, "hours")}
    answered = browser.post("/me", {"command": command, **tags, **fields})
    assert (answered.status_code, answered["Location"]) == (303, "/me")
    return html.unescape(text(browser.get("/me")))


def add(member, over="account", after="0", again="", severity=ALL, **fields):
    return do(member, "add_rule", over=str(over), after=after, again=again, severity=severity, **fields)


def write(member, *drafts):
    return replace_notification_rules(
        organization_id=member.organization_id, membership_id=member.pk, rules=list(drafts)
    )


def three(member):
    return write(member, *[RuleDraft(contact_method_id=None, delay_seconds=delay) for delay in (0, 60, 120)])


def delays(member):
    return [*NotificationRule.objects.filter(membership=member).values_list("delay_seconds", flat=True)]


def set_windows(member, *windows, timezone="UTC"):
    hours = QuietDraft(timezone=timezone, windows=windows)
    set_quiet_hours(organization_id=member.organization_id, user_id=member.user_id, hours=hours)


def window(day, start="20:00", end="21:00"):
    return Window(days=frozenset({day}), start=time.fromisoformat(start), end=time.fromisoformat(end))


# Rules


def test_the_page_says_what_holds_without_rules(ada):
    _, page = see(ada)
    assert "Without any rule, all your verified methods page you at once." in page


def test_a_rule_is_added_behind_the_others(ada, sms):
    write(ada, RuleDraft(contact_method_id=None, repeat_seconds=120))
    page = add(ada, over=sms.pk, after="5", again="10", severity=["critical", "high"])
    assert "The rule is added." in page
    assert "after 5 min, again every 10 min; critical, high" in page
    added = NotificationRule.objects.get(position=2)
    assert (added.contact_method, added.delay_seconds, added.repeat_seconds) == (sms, 300, 600)
    assert added.severities == ["critical", "high"]


def test_adding_keeps_what_the_others_say_to_the_second(ada, sms):
    write(ada, RuleDraft(contact_method_id=sms.pk, delay_seconds=90, repeat_seconds=61, severities=["low"]))
    add(ada)
    kept = NotificationRule.objects.get(position=1)
    assert (kept.contact_method, kept.delay_seconds, kept.repeat_seconds, kept.severities) == (sms, 90, 61, ["low"])


def test_a_rule_of_a_method_that_is_not_verified_is_marked(ada):
    method = ContactMethodFactory(membership=ada, verified_at=None)
    assert "not verified: left out" in add(ada, over=method.pk)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"after": ""}, _PROBLEMS["delaySeconds"]),
        ({"after": "-1"}, _PROBLEMS["delaySeconds"]),
        ({"after": "²"}, _PROBLEMS["delaySeconds"]),
        ({"after": "1441"}, _PROBLEMS["delaySeconds"]),
        ({"after": "9" * 5000}, _PROBLEMS["delaySeconds"]),
        ({"again": "0"}, _PROBLEMS["repeatSeconds"]),
        ({"again": "soon"}, _PROBLEMS["repeatSeconds"]),
        ({"again": "1441"}, _PROBLEMS["repeatSeconds"]),
        ({"severity": []}, _PROBLEMS["severities"]),
        ({"severity": ["dreadful"]}, _PROBLEMS["severities"]),
        ({"over": ""}, "No contact method with that id"),
        ({"over": "pigeon"}, "No contact method with that id"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(ada, fields, said):
    page = add(ada, **fields)
    assert 'class="problem"' in page
    assert said in page
    assert not NotificationRule.objects.exists()


def test_a_rule_too_many_is_refused(ada):
    write(ada, *[RuleDraft(contact_method_id=None)] * 20)
    assert _PROBLEMS["rules"] in add(ada)
    assert NotificationRule.objects.count() == 20


@pytest.mark.parametrize("elsewhere", [False, True], ids=["colleague", "another organization"])
def test_nobody_is_paged_over_the_method_of_others(organization, ada, elsewhere):
    where = OrganizationFactory(name="Elsewhere") if elsewhere else organization
    theirs = ContactMethodFactory(membership=MembershipFactory(organization=where))
    page = add(ada, over=theirs.pk)
    assert _PROBLEMS["contactMethodId"] in page
    assert theirs.shown not in page
    assert not NotificationRule.objects.exists()


@pytest.mark.parametrize(
    ("command", "rule", "left"),
    [
        ("move_rule_up", "3", [0, 120, 60]),
        ("move_rule_down", "1", [60, 0, 120]),
        ("remove_rule", "2", [0, 120]),
    ],
)
def test_a_rule_is_moved_or_removed(ada, command, rule, left):
    three(ada)
    assert 'class="done"' in do(ada, command, rule=rule)
    assert delays(ada) == left


@pytest.mark.parametrize(
    ("command", "rule"),
    [
        ("move_rule_up", "1"),
        ("move_rule_down", "3"),
        *((command, rule) for command in ("move_rule_up", "remove_rule") for rule in ("", "0", "4", "-1", "x", "²")),
    ],
)
def test_a_place_that_is_none_is_refused(ada, command, rule):
    three(ada)
    assert 'class="problem"' in do(ada, command, rule=rule)
    assert delays(ada) == [0, 60, 120]


def test_removing_the_last_rule_says_what_holds_then(ada):
    write(ada, RuleDraft(contact_method_id=None))
    assert "all your verified methods page you at once" in do(ada, "remove_rule", rule="1")
    assert not NotificationRule.objects.exists()


@pytest.mark.parametrize("command", ["add_rule", "remove_rule", "move_rule_up", "move_rule_down"])
@pytest.mark.parametrize("named", ["old", "none"])
def test_rules_that_changed_meanwhile_are_left_alone(ada, command, named):
    three(ada)
    _, before = see(ada)
    write(ada, *[RuleDraft(contact_method_id=None, delay_seconds=delay) for delay in (60, 0, 120)])
    fields = {"rule": "2", "over": "account", "after": "0", "severity": ALL}
    page = do(ada, command, **fields, list=tag(before, "list") if named == "old" else "")
    assert "Your rules have changed since you saw them" in page
    assert delays(ada) == [60, 0, 120]


def test_rules_that_change_while_a_form_is_carried_out_are_left_alone(ada, monkeypatch):
    three(ada)

    def overtaken(**fields):
        write(ada, RuleDraft(contact_method_id=None, delay_seconds=240))
        return replace_notification_rules(**fields)

    monkeypatch.setattr(rules, "replace_notification_rules", overtaken)
    assert "Your rules have changed since you saw them" in do(ada, "remove_rule", rule="1")
    assert delays(ada) == [240]


@pytest.mark.parametrize("command", ["add_rule", "remove_rule", "move_rule_up"])
def test_the_list_of_somebody_else_is_never_touched(organization, ada, command):
    colleague = MembershipFactory(organization=organization)
    stranger = MembershipFactory(organization=OrganizationFactory(), user=ada.user)
    for person in (colleague, stranger):
        three(person)
        _, theirs = see(person)
        do(ada, command, rule="2", over="account", after="0", severity=ALL, list=tag(theirs, "list"))
        assert delays(person) == [0, 60, 120]


# Quiet hours


def test_quiet_hours_are_set_changed_and_turned_off(ada):
    page = do(ada, "set_quiet_hours", **NIGHTS)
    assert "Mon, Tue, 22:00 until 07:00 on the next day" in page
    assert "(Europe/Berlin)" in page
    do(ada, "set_quiet_hours", **{**NIGHTS, "from": "21:30"})
    hours = QuietHours.objects.get()
    assert (hours.membership, hours.timezone) == (ada, "Europe/Berlin")
    assert hours.windows == [{"days": [1, 2], "start": "21:30", "end": "07:00"}]
    assert "Your quiet hours are off." in do(ada, "turn_off_quiet_hours")
    assert not QuietHours.objects.exists()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"timezone": ""}, "Time zone: "),
        ({"timezone": "Europe/Atlantis"}, "Time zone: "),
        ({"day": []}, "Days: "),
        ({"day": ["8"]}, "Days: "),
        ({"day": ["x"]}, "Days: "),
        ({"from": ""}, "From: enter a time"),
        ({"from": "24:00"}, "From: enter a time"),
        ({"until": "22"}, "Until: enter a time"),
        ({"until": "07:00:30"}, "Until: enter a time"),
    ],
)
def test_quiet_hours_that_cannot_be_are_refused(ada, fields, said):
    do(ada, "set_quiet_hours", **NIGHTS)
    before = [*QuietHours.objects.values()]
    page = do(ada, "set_quiet_hours", **{**NIGHTS, **fields})
    assert f'<div class="problem" role="alert"><p><strong>{said}' in page
    assert [*QuietHours.objects.values()] == before


def test_all_windows_are_shown_before_one_takes_their_place(ada):
    set_windows(ada, window(1), window(6))
    _, page = see(ada)
    assert "Mon, 20:00 until 21:00" in page
    assert "Sat, 20:00 until 21:00" in page
    assert "takes the place of all 2 above" in page


@pytest.mark.parametrize("command", ["set_quiet_hours", "turn_off_quiet_hours"])
@pytest.mark.parametrize("named", ["old", "none"])
def test_quiet_hours_that_changed_meanwhile_are_left_alone(ada, command, named):
    _, before = see(ada)
    set_windows(ada, window(1))
    page = do(ada, command, **NIGHTS, hours=tag(before, "hours") if named == "old" else "")
    assert "Your quiet hours have changed since you saw them" in page
    assert QuietHours.objects.get().timezone == "UTC"


@pytest.mark.parametrize("command", ["set_quiet_hours", "turn_off_quiet_hours"])
def test_the_quiet_hours_of_somebody_else_are_never_touched(organization, ada, command):
    stranger = MembershipFactory(organization=OrganizationFactory())
    for person in (MembershipFactory(organization=organization), stranger):
        set_windows(person, window(1))
        _, theirs = see(person)
        do(ada, command, **NIGHTS, hours=tag(theirs, "hours"), user=person.user_id)
        assert QuietHours.objects.get(membership=person).timezone == "UTC"
