from __future__ import annotations

from datetime import timedelta
from html.parser import HTMLParser

import pytest

from incidents import messages
from incidents.answer.tokens import answer_url
from incidents.messages import bare_message, compose, compose_at, compose_test_page
from incidents.models import Delivery
from incidents.services import acknowledge_incident, change_status, hand_off_incident
from tests.factories.accounts import ApiKeyFactory, MembershipFactory
from tests.factories.escalation import PolicyFactory
from tests.factories.incidents import (
    NIGHT,
    DeliveryFactory,
    EscalationFactory,
    FiringFactory,
    PageFactory,
    TimelineEventFactory,
    plan_naming,
)
from tests.incidents.running import START, make_policy, minutes, run, trigger, wake

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


class Page(HTMLParser):
    """What a mail program makes of the HTML: its words, its links, and what it would load."""

    def __init__(self, html):
        super().__init__()
        self.words, self.links, self.tags, self.loaded = [], [], set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name == "href":
                self.links.append(value)
            elif name in {"src", "background", "srcset"}:
                self.loaded.append(value)

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def ada(organization):
    return MembershipFactory(organization=organization, first_name="Ada", last_name="", user__email="ada@example.org")


@pytest.fixture
def bob(organization):
    return MembershipFactory(organization=organization, first_name="Bob", last_name="", user__email="bob@example.org")


@pytest.fixture
def deliver(organization):
    """Make a delivery for one page of an escalation whose rows are given by field."""

    def make(*, layers=(), escalation=None, firing=None, page=None, **delivery):
        row = EscalationFactory(incident__organization=organization, layers=layers, **(escalation or {}))
        called = FiringFactory(escalation=row, **(firing or {}))
        return DeliveryFactory(page=PageFactory(firing=called, **(page or {})), **delivery)

    return make


def message(delivery, now=NIGHT + SECOND):
    return compose_at({delivery.pk: ()}, now)[delivery.pk]


def latest():
    return Delivery.objects.latest("pk")


def test_somebody_woken_up_reads_all_they_need(organization, ada, bob):
    policy = make_policy(organization, [ada], [bob])
    trigger(organization, policy, title="Invoices stuck", severity="critical", description="Queue is at 12,000.")
    delivery = latest()
    page = message(delivery, START + SECOND)
    url = answer_url(delivery.page_id)

    assert page.key == delivery.pk
    assert page.destination == "ada@example.org"
    assert page.subject == "CRITICAL: Invoices stuck"
    assert page.text == (
        "Invoices stuck\n"
        "Severity: critical\n"
        "\n"
        f"You are named in layer 1 of “{policy.name}”.\n"
        "\n"
        "Acknowledge:\n"
        f"{url}\n"
        "\n"
        "Unless somebody acknowledges by 03:05 UTC (in 5 min), layer 2 is paged: Bob.\n"
        "It began at 03:00 UTC (now).\n"
        "\n"
        "----------------------------------------\n"
        "\n"
        "Queue is at 12,000.\n"
        "\n"
        "----------------------------------------\n"
        "\n"
        "Acknowledge:\n"
        f"{url}\n"
        "\n"
        f"{organization.name}, incident {delivery.escalation_id}\n"
    )


def test_without_a_description_the_link_still_stands_twice(deliver, ada):
    page = message(deliver(layers=[[ada]]))
    assert page.text.count("Acknowledge:\nhttp") == 2
    assert "----" not in page.text
    assert "\n\n\n" not in page.text


def test_both_parts_say_the_same(deliver, ada, bob):
    delivery = deliver(layers=[[ada], [bob]], escalation={"incident__description": "Queue is at 12,000."})
    page = message(delivery, NIGHT + timedelta(minutes=3))
    html = Page(page.html)
    for line in page.text.splitlines():
        if line and not line.startswith(("-", "Severity", "Acknowledge:")):
            assert line in html.text
    assert html.links.count(answer_url(delivery.page_id)) == 3


def test_html_loads_nothing_and_escapes_everything(deliver, organization, ada):
    hostile = "\"><img src=https://evil.example/x onerror=alert(1)><script>alert('{{7*7}}')</script>"
    organization.name = hostile
    organization.save()
    ada.first_name = hostile
    ada.save()
    policy = PolicyFactory(organization=organization, name=hostile)
    delivery = deliver(
        layers=[[ada], [ada]],
        escalation={
            "incident__title": hostile[:100],
            "incident__description": hostile + " javascript:alert(1)",
            "policy_id": policy.pk,
            "active_policy": policy,
        },
    )
    html = Page(message(delivery).html)
    assert html.tags == {"html", "head", "meta", "title", "style", "body", "div", "span", "h1", "p", "a", "br"}
    assert html.loaded == []
    assert "url(" not in message(delivery).html
    assert "{{7*7}}" in html.text
    assert set(html.links) == {answer_url(delivery.page_id)}


def test_a_runbook_named_in_the_description_is_a_link(deliver, ada):
    delivery = deliver(escalation={"incident__description": "See https://wiki.example.org/run?a=1&b=2."})
    assert "https://wiki.example.org/run?a=1&b=2" in Page(message(delivery).html).links


@pytest.mark.parametrize("title", ["two\r\nlines", "nul\u2028separator", "right\u202eto left", "tab\there"])
def test_a_title_stays_on_one_line(deliver, ada, title):
    page = message(deliver(layers=[[ada]], escalation={"incident__title": title}))
    assert not set(page.subject) & set("\r\n\u2028\u202e\t")
    assert page.text.splitlines()[1] == "Severity: high"


def test_all_pages_of_an_incident_hang_below_one_root(organization, ada, bob, settings):
    settings.PUBLIC_HOST = "oncall.example.org"
    organization.name = "Acme, Inc."
    organization.save()
    row = trigger(organization, make_policy(organization, [ada], [bob]))
    run(START)
    run(minutes(5))
    first, second = Delivery.objects.order_by("pk")
    headers = message(first).headers
    assert headers == {
        "Message-ID": f"<{first.pk}@oncall.example.org>",
        "In-Reply-To": f"<incident-{row.pk}@oncall.example.org>",
        "References": f"<incident-{row.pk}@oncall.example.org>",
        "List-Id": f'"Acme, Inc." <{organization.pk}.oncall.example.org>',
        "Auto-Submitted": "auto-generated",
        "X-Scaling-Incident": str(row.pk),
    }
    assert message(first, minutes(60)).headers == headers
    assert message(second).headers == {**headers, "Message-ID": f"<{second.pk}@oncall.example.org>"}
    assert message(first).subject == message(second).subject


@pytest.mark.parametrize(
    ("host", "domain"), [("127.0.0.1", "[127.0.0.1]"), ("::1", "[IPv6:::1]"), ("localhost", "localhost")]
)
def test_a_message_id_is_one_also_on_a_bare_address(deliver, ada, settings, host, domain):
    settings.PUBLIC_HOST = host
    delivery = deliver(layers=[[ada]])
    assert message(delivery).headers["Message-ID"] == f"<{delivery.pk}@{domain}>"


# Why you


def why(delivery, now=NIGHT + SECOND):
    return message(delivery, now).text.splitlines()[3]


def test_who_is_named_is_told_where(deliver, organization, ada):
    policy = PolicyFactory(organization=organization, name="Billing on fire")
    fields = {"policy_id": policy.pk, "active_policy": policy}
    assert why(deliver(escalation=fields)) == "You are named in layer 1 of “Billing on fire”."
    assert why(deliver(escalation={"policy_id": policy.pk})) == "You are named in layer 1."


def test_an_owner_without_a_policy_is_told_so(organization, ada):
    trigger(organization, owner=ada)
    assert why(latest(), START) == "You own this incident."


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("rotation", "You are on call until 08:00 UTC for layer 1."),
        ("override", "You are standing in until 08:00 UTC for layer 1."),
    ],
)
def test_who_is_on_call_is_told_until_when(deliver, source, expected):
    reason = {"source": source, "sourceId": None, "until": "2026-11-23T08:00:00.000Z"}
    assert why(deliver(page={"reason": reason})) == expected


@pytest.mark.parametrize(
    ("cause", "source", "expected"),
    [
        ("repeat", "named", "Nobody answered the last time, so all layers are paged again. You own this incident."),
        (
            "joined",
            "rotation",
            "You came on call while this incident waits for an answer. You are on call for layer 1.",
        ),
        ("repage", "holder", "You acknowledged this, and it is still not resolved."),
        ("repage", "named", "Somebody acknowledged this, and it is still not resolved. You own this incident."),
        ("snooze_ended", "named", "It was snoozed, and that time is up. You own this incident."),
        ("of a newer release", "moon phase", ""),
    ],
)
def test_each_cause_reads_right(deliver, cause, source, expected):
    page = {"reason": {"source": source, "sourceId": None, "until": None}}
    assert why(deliver(firing={"cause": cause}, page=page)) == expected


def test_a_handoff_says_by_whom(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada]))
    key = ApiKeyFactory(organization=organization, name="Chat bot")
    for number, actor in enumerate([ada.user_id, key.pk], 1):
        hand_off_incident(
            organization_id=organization.pk,
            incident_id=row.pk,
            actor_id=actor,
            target_user_id=bob.user_id,
            now=minutes(number),
        )
    by_ada, by_key = Delivery.objects.filter(destination="bob@example.org").order_by("pk")
    assert why(by_ada, minutes(1)) == "Ada handed this incident to you."
    assert why(by_key, minutes(2)) == (
        "API key “Chat bot” handed this incident to you. You have been paged about this before."
    )


def test_calls_of_one_incident_keep_their_own_circumstances(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada], [bob]))
    run(START)
    wake(minutes(25))
    for number, actor in enumerate([ada, bob], 26):
        hand_off_incident(
            organization_id=organization.pk,
            incident_id=row.pk,
            actor_id=actor.user_id,
            target_user_id=ada.user_id,
            now=minutes(number),
        )
    called_late, by_ada, by_bob = Delivery.objects.order_by("pk")[1:]
    composed = compose_at(dict.fromkeys([called_late.pk, by_ada.pk, by_bob.pk], ()), minutes(27))
    assert "This page is 22 min late" in composed[called_late.pk].text
    assert "This page is 1 min late" in composed[by_ada.pk].text
    assert "late" not in composed[by_bob.pk].text
    assert "Ada handed this incident to you." in composed[by_ada.pk].text
    assert "Bob handed this incident to you." in composed[by_bob.pk].text


def test_the_fallback_is_told_whose_it_is(organization, ada):
    organization.name, organization.fallback_email = "Acme", "ops@example.org"
    organization.save()
    trigger(organization, make_policy(organization, [ada]))
    run(START)
    run(minutes(5))
    assert why(latest(), minutes(5)) == "Nobody else answered: you are the fallback of Acme."
    run(minutes(35))
    assert why(latest(), minutes(35)) == (
        "Nobody else answered: you are the fallback of Acme. You have been paged about this before."
    )


def test_a_fallback_called_first_is_told_that_there_was_nobody_else(organization):
    organization.name, organization.fallback_email = "Acme", "ops@example.org"
    organization.save()
    trigger(organization, make_policy(organization))
    assert why(latest(), START) == "Nobody else could be paged: you are the fallback of Acme."


def test_the_operator_is_told_that_it_is_not_their_own(organization, settings):
    organization.name = "Acme"
    organization.save()
    trigger(organization, make_policy(organization))
    assert latest().destination == settings.OPERATOR_EMAIL
    assert why(latest(), START) == ("Nobody else could be paged at Acme: you are the operator of its installation.")


# How late


def late(delivery, now):
    return [line for line in message(delivery, now).text.splitlines() if line.startswith("This page is")]


def test_a_page_that_waited_says_how_long(organization, ada):
    trigger(organization, make_policy(organization, [ada]))
    assert late(latest(), START + timedelta(seconds=59)) == []
    assert late(latest(), minutes(1)) == ["This page is 1 min late: it was due at 03:00 UTC."]
    assert late(latest(), minutes(12)) == ["This page is 12 min late: it was due at 03:00 UTC."]


def test_a_layer_that_was_called_late_says_so(organization, ada, bob):
    trigger(organization, make_policy(organization, [ada], [bob]))
    run(START)
    wake(minutes(25))
    assert late(latest(), minutes(26)) == ["This page is 21 min late: it was due at 03:05 UTC."]


def test_a_first_page_that_was_deferred_says_so(deliver, ada):
    delivery = deliver(layers=[[ada]], firing={"fired_at": NIGHT + timedelta(minutes=3)})
    assert late(delivery, NIGHT + timedelta(minutes=3)) == ["This page is 3 min late: it was due at 03:00 UTC."]


def test_the_lateness_of_another_call_is_not_told(deliver, ada):
    delivery = deliver(layers=[[ada]], firing={"number": 2})
    TimelineEventFactory(
        incident=delivery.escalation.incident, at=NIGHT + SECOND, type="timer_moved", details={"lateSeconds": 900}
    )
    assert late(delivery, NIGHT + SECOND) == []


# As things stand


def test_a_page_tells_who_has_it_by_now(organization, ada, bob):
    row = trigger(organization, make_policy(organization, [ada, bob]))
    delivery = latest()
    acknowledge_incident(
        organization_id=organization.pk, incident_id=row.pk, actor_id=ada.user_id, user_id=ada.user_id, now=minutes(1)
    )
    assert "Ada acknowledged this at 03:01 UTC (1 min ago). Nobody else is paged." in message(delivery, minutes(2)).text


def test_a_page_tells_that_it_is_over(organization, ada):
    row = trigger(organization, make_policy(organization, [ada]))
    for status in ("identified", "monitoring", "resolved"):
        change_status(
            organization_id=organization.pk, incident_id=row.pk, actor_id="key_test", status=status, now=minutes(1)
        )
    assert "The incident is resolved. Nobody else is paged." in message(latest(), minutes(2)).text


def test_a_page_of_an_unreadable_plan_still_goes_out_whole(deliver):
    delivery = deliver(escalation={"plan": {"format": 99}})
    assert "Nobody has acknowledged.\n" in message(delivery).text


def test_compose_asks_the_clock(deliver, ada, monkeypatch):
    delivery = deliver(layers=[[ada]])
    monkeypatch.setattr(messages.clock, "now", lambda: NIGHT + timedelta(minutes=7))
    assert compose({delivery.pk: ()})[delivery.pk] == message(delivery, NIGHT + timedelta(minutes=7))


# Batches


def test_a_batch_costs_the_same_whatever_its_size(organization, ada, bob, django_assert_num_queries):
    organization.fallback_email = "ops@example.org"
    organization.save()
    key = ApiKeyFactory(organization=organization)
    for _ in range(2):
        row = trigger(organization, make_policy(organization, [ada, bob], [bob]))
        hand_off_incident(
            organization_id=organization.pk, incident_id=row.pk, actor_id=key.pk, target_user_id=bob.user_id, now=START
        )
        trigger(organization, make_policy(organization, [ada], [bob]))
        trigger(organization, make_policy(organization))
        ids = list(Delivery.objects.values_list("pk", flat=True))
        with django_assert_num_queries(6):
            assert set(compose_at(dict.fromkeys(ids, ()), START)) == set(ids)


def test_pages_of_several_organizations_keep_their_own_names():
    here = MembershipFactory(first_name="Ada", last_name="")
    there = MembershipFactory(user=here.user, first_name="Countess", last_name="")
    texts = []
    for person in (here, there):
        policy = make_policy(person.organization, [MembershipFactory(organization=person.organization)], [person])
        trigger(person.organization, policy)
        texts.append(latest().pk)
    composed = compose_at(dict.fromkeys(texts, ()), START)
    assert "layer 2 is paged: Ada." in composed[texts[0]].text
    assert "layer 2 is paged: Countess." in composed[texts[1]].text


def test_an_unknown_delivery_has_no_message():
    assert compose_at({DeliveryFactory.build().pk: ()}, NIGHT) == {}


# The least that must be said


def test_a_bare_message_has_the_title_and_the_link(deliver, django_assert_num_queries):
    delivery = deliver(escalation={"plan": {"format": 99}, "incident__title": "two\nlines"})
    with django_assert_num_queries(1):
        page = bare_message(delivery.pk)
    assert page.subject == "HIGH: two lines"
    assert page.text == (f"HIGH: two lines\n\nSee what is known, and acknowledge:\n{answer_url(delivery.page_id)}\n")
    assert page.html == ""
    assert (page.key, page.destination) == (delivery.pk, delivery.destination)
    assert page.headers == message(delivery).headers


def test_a_test_page_says_that_nothing_is_wrong(ada, organization):
    page = compose_test_page(ada)
    assert page.destination == "ada@example.org"
    assert page.subject == f"Test page from {organization.name}: nothing is wrong"
    assert page.text.startswith("Nothing is wrong. This is a test.\n\nAda, this is how a page from")
    assert "ada@example.org" in page.text
    assert "This is a test." in Page(page.html).text
    assert page.headers["Message-ID"] != compose_test_page(ada).headers["Message-ID"]


def test_a_round_after_the_first_knows_that_it_is_one(deliver, ada):
    assert why(deliver(layers=[[ada]], round=2)).endswith("You have been paged about this before.")


def test_plans_name_nobody_who_is_not_in_them(deliver, ada, bob):
    delivery = deliver(escalation={"plan": plan_naming([ada])})
    assert "Bob" not in message(delivery).text
