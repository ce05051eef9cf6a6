"""The page of a plan: what would happen, field by field, and what is different from what the files mean."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from escalation.admin.imports.told import MOST_EXAMPLES, MOST_FIELDS, MOST_MEANT, PER_PAGE
from escalation.models import PlannedImport, Policy
from tests.admin_pages import sign_in, statements
from tests.escalation.admin.imports.files import GONE, IMPORTS, PLAN, page_of, policies, upload, words
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import LayerFactory, PlannedImportFactory, PolicyFactory


def planned(client, *files, **fields):
    """Return the import that these files are planned as."""
    assert upload(client, *files, **fields).status_code == 302
    return PlannedImport.objects.latest("created_at")


@pytest.fixture
def plan(as_alice, ana):
    """Return a plan that creates a schedule and a policy, and changes Ana."""
    return planned(as_alice, ("plan.yaml", PLAN))


def test_it_says_in_words_what_will_happen(as_alice, plan):
    told = words(as_alice.get(page_of(plan)))
    for sentence in ("1 policy is created.", "1 schedule is created.", "1 person is changed."):
        assert sentence in told
    assert "invited" not in told
    assert "Findings" not in told


def test_what_is_new_is_told_with_all_that_it_says(as_alice, plan):
    told = words(as_alice.get(page_of(plan), {"show": "created"}))
    assert "new schedule Primary" in told
    assert "rotation weekly after: name weekly, rotationType weekly, rotationLengthDays 7, handoffTime 09:00" in told
    assert "layer 1 after: ackTimeoutMinutes 5, target type schedule, schedule primary" in told


def test_what_changes_is_told_field_by_field_before_and_after(as_alice, plan):
    told = words(as_alice.get(page_of(plan), {"show": "changed"}))
    assert "changed user Ana@Example.org firstName before: A. after: Ana lastName before: R. after: Ruiz" in told


def test_what_is_here_and_in_no_file_stays_or_is_removed(as_alice, ana, policy):
    assert "stays policy Billing" in words(
        as_alice.get(page_of(planned(as_alice, ("plan.yaml", PLAN))), {"show": "staying"})
    )
    pruning = planned(as_alice, ("plan.yaml", PLAN), prune="on")
    assert "1 policy is created and 1 removed." in words(as_alice.get(page_of(pruning)))
    assert "removed policy Billing" in words(as_alice.get(page_of(pruning), {"show": "removed"}))


def test_findings_are_told_by_severity_and_code_with_their_place_and_what_to_do(as_alice, acme):
    stranger = planned(as_alice, ("plan.yaml", PLAN))
    told = words(as_alice.get(page_of(stranger)))
    assert (
        "blocked 4 each is left out, and what depends on it USER_UNMATCHED 1 What to do: give them an address" in told
    )
    assert "user ana@example.org is no member here" in told
    assert "plan.yaml:3:5" in told
    assert "TARGET_UNRESOLVED 3" in told
    assert "There is nothing to apply." in told
    left_out = words(as_alice.get(page_of(stranger), {"show": "left-out"}))
    assert "left out schedule Primary needs the user 'ana@example.org', which is not imported." in left_out


def test_it_tells_what_it_means_for_who_is_on_call(as_alice, plan):
    told = words(as_alice.get(page_of(plan)))
    assert "schedule Primary Ana Ruiz is on call at any time of these days." in told
    assert "policy Checkout An incident that starts now first pages Ana Ruiz." in told
    assert "Covered no longer" not in told


def test_it_tells_what_is_covered_no_longer(as_alice, acme, ana, policy):
    LayerFactory(policy=policy, people=[ana])
    gone = planned(as_alice, ("ana.json", GONE))
    page = as_alice.get(page_of(gone))
    assert page.context["stakes"] == {"blocked": 0, "lossy": 0, "gaps": 1}
    assert "Covered no longer 1 " in words(page)
    assert "Times would be covered no longer." in words(page)


def test_whoever_would_be_invited_is_named(as_alice, acme):
    MembershipFactory(organization=acme, user__email="back@example.org", ended=True)
    people = "".join(f"  - {{key: p{n}, email: p{n}@example.org}}\n" for n in range(25))
    text = f"formatVersion: 1\nusers:\n  - {{key: b, email: back@example.org}}\n{people}"
    answer = as_alice.get(page_of(planned(as_alice, ("people.yaml", text), create_users="on")))
    assert "26 people are invited by mail." in words(answer)
    assert answer.context["told"].more_invited == 6
    assert "Invited by mail: back@example.org, p0@example.org" in words(answer)


def test_a_plan_that_changes_nothing_cannot_be_applied(as_alice, acme, ana):
    empty = planned(as_alice, ("empty.json", policies(0)))
    page = as_alice.get(page_of(empty))
    assert "Nothing changes." in words(page)
    assert page_of(empty, "apply") not in page.content.decode()


def test_a_large_plan_is_shown_page_by_page(as_alice, ana):
    large = planned(as_alice, ("large.json", policies(PER_PAGE * 2 + 1)))
    first, last = as_alice.get(page_of(large)), as_alice.get(page_of(large), {"show": "created", "p": "3"})
    assert [len(page.context["told"].lines) for page in (first, last)] == [PER_PAGE, 1]
    assert "New 101" in words(first)
    assert "Page 3 of 3" in words(last)
    assert as_alice.get(page_of(large), {"p": "x", "show": "nothing", "f": "-1"}).status_code == 200


def test_many_fields_and_long_values_are_cut_and_the_report_has_them(as_alice, acme, ana):
    layers = [{"ackTimeoutMinutes": 5, "target": {"type": "users", "users": ["ana@example.org"]}}] * (MOST_FIELDS + 5)
    policy = {"key": "p", "name": "P", "description": "x" * 1000, "layers": layers[:50]}
    long = planned(as_alice, ("long.json", json.dumps({"formatVersion": 1, "policies": [policy]})))
    told = words(as_alice.get(page_of(long)))
    assert "more fields." in told
    assert f"{'x' * 300}…" in told
    assert "x" * 301 not in told
    assert "x" * 1000 in as_alice.get(page_of(long, "report")).content.decode()


def test_of_many_findings_some_are_shown_and_all_can_be_paged_through(as_alice, acme):
    many = planned(as_alice, ("many.json", policies(PER_PAGE + 1)))
    page = as_alice.get(page_of(many))
    groups = page.context["told"].findings[0].groups
    assert [(group.code, group.count, len(group.noted)) for group in groups] == [
        ("USER_UNMATCHED", 1, 1),
        ("TARGET_UNRESOLVED", PER_PAGE + 1, MOST_EXAMPLES),
    ]
    assert f"All {PER_PAGE + 1} of TARGET_UNRESOLVED" in words(page)
    last = as_alice.get(page_of(many), {"code": "TARGET_UNRESOLVED", "f": "2"})
    (group,) = last.context["told"].findings[0].groups
    assert [one.subject for one in group.noted] == ["policy Policy 0050"]


def test_the_page_takes_the_same_statements_whatever_the_size(as_alice, ana):
    small, large = (planned(as_alice, (f"{count}.json", policies(count))) for count in (2, 300))
    assert statements(as_alice, page_of(small)) == statements(as_alice, page_of(large)) <= 9
    assert statements(as_alice, page_of(small, "apply")) == statements(as_alice, page_of(large, "apply"))


def test_planning_takes_the_same_statements_whatever_the_size(as_alice, ana):
    costs = []
    for count in (2, 300):
        with CaptureQueriesContext(connection) as made:
            upload(as_alice, (f"{count}.json", policies(count)))
        costs.append(len(made))
    assert costs[0] == costs[1]


def test_the_list_takes_the_same_statements_for_few_and_for_many(as_alice, acme):
    PlannedImportFactory(organization=acme)
    few = statements(as_alice, IMPORTS)
    PlannedImportFactory.create_batch(10, organization=acme)
    assert statements(as_alice, IMPORTS) == few


def test_of_a_long_meaning_some_is_shown(as_alice, acme, ana, policy):
    for one in [policy, *PolicyFactory.create_batch(MOST_MEANT + 1, organization=acme)]:
        LayerFactory(policy=one, people=[ana])
    told = as_alice.get(page_of(planned(as_alice, ("ana.json", GONE)))).context["told"]
    assert (len(told.worse), told.more_worse) == (len(told.meant), told.more_meant) == (MOST_MEANT, 2)


def test_the_list_tells_what_each_is(as_alice, acme, alice, plan):
    PlannedImportFactory(organization=acme, title="old.yaml", applied_by=alice.user_id, totals={"remove": 3, "kept": 1})
    told = words(as_alice.get(IMPORTS))
    assert "plan.yaml waiting 2 new, 1 changed, 0 removed" in told
    assert "old.yaml applied 0 new, 0 changed, 2 removed" in told
    assert "Alice" in told


def test_the_whole_plan_is_a_file(as_alice, plan):
    answer = as_alice.get(page_of(plan, "report"))
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="import-plan.json"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    report = json.loads(answer.content)
    assert report["applied"] is False
    assert [each["action"] for each in report["objects"]] == ["update", "create", "create"]


def test_a_plan_that_the_organization_has_overtaken_is_planned_again(as_alice, acme, plan):
    PolicyFactory(organization=acme, name="Checkout")
    page = as_alice.get(page_of(plan))
    assert "The organization has changed since this plan was made" in words(page)
    assert page_of(plan, "apply") not in page.content.decode()

    answer = as_alice.post(page_of(plan, "again"))
    anew = PlannedImport.objects.get()
    assert answer["Location"] == page_of(anew)
    assert (anew.title, anew.totals) == ("plan.yaml", {"create": 1, "update": 2, "kept": 0})
    assert "has changed since" not in words(as_alice.get(page_of(anew)))
    assert as_alice.get(page_of(plan)).status_code == 404


def test_a_plan_is_discarded(as_alice, plan):
    assert "plan.yaml" in as_alice.get(page_of(plan, "delete")).content.decode()
    assert as_alice.post(page_of(plan, "delete"), {"post": "yes"})["Location"] == IMPORTS
    assert not PlannedImport.objects.exists()
    assert not Policy.objects.exists()


@pytest.mark.parametrize("name", ["change", "apply", "report", "again", "delete"])
def test_members_see_none_of_it_and_others_nothing_at_all(as_alice, bob, charlie, plan, name):
    for person, status in ((bob, 403), (charlie, 404)):
        client = sign_in(person.user)
        assert client.post(page_of(plan, name)).status_code in {status, 405}
        assert client.get(page_of(plan, name)).status_code in {status, 405}
    assert PlannedImport.objects.exists()
