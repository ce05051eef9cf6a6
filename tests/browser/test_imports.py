"""Importing in a browser: real files, by way of all four pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from escalation.models import PlannedImport, Policy
from scaling.models import AuditEvent
from tests.browser.test_every_page import grave_faults
from tests.escalation.admin.forms import POLICIES
from tests.escalation.admin.imports.files import IMPORTS, PLAN, UPLOAD
from tests.factories.accounts import MembershipFactory
from tests.factories.escalation import PolicyFactory

BAD = PLAN.replace("Europe/Madrid", "Europe/Atlantis").replace("ackTimeoutMinutes: 5", "ackTimeoutMinutes: soon")
STRANGER = "  - {key: returns, name: Returns, layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [kim@example.org]}}]}\n"


@pytest.fixture
def ana(acme):
    return MembershipFactory(organization=acme, user__email="ana@example.org", first_name="Ana", last_name="Ruiz")


@pytest.fixture
def as_alice(page, sign_in, alice, ana):
    """Return a browser in which Alice is signed in."""
    sign_in(page, alice.user)
    return page


@pytest.fixture
def plan_file(tmp_path):
    """Return a function that writes a file to be chosen."""

    def write(text, name="plan.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def choose(page, *paths):
    page.get_by_label("Files:").set_input_files(paths)
    page.get_by_role("button", name="Plan the import").click()


def plan(page, *paths):
    """Choose files and have them planned."""
    page.goto(UPLOAD)
    choose(page, *paths)
    page.wait_for_url(re.compile("/change/$"))


def apply(page):
    page.get_by_role("button", name="Apply the plan").click()


def test_from_a_bad_file_to_a_report(as_alice, plan_file, alice, picture):
    page = as_alice
    page.goto(POLICIES)
    page.get_by_role("link", name="Import", exact=True).click()
    choose(page, plan_file(BAD))
    told = page.get_by_role("alert").filter(has_text="Nothing was planned: 2 things wrong with the files")
    expect(told.get_by_role("row").nth(1)).to_contain_text(re.compile(r"plan\.yaml\s+line 7, column 15\s+.*timezone"))
    expect(told.get_by_role("row").nth(2)).to_contain_text(
        re.compile(r"plan\.yaml\s+line 19, column 29\s+.*ackTimeout")
    )
    assert not PlannedImport.objects.exists()

    choose(page, plan_file(PLAN + STRANGER), plan_file('{"formatVersion": 1}', "more.json"))
    expect(page.get_by_text("1 policy is created.")).to_be_visible()
    expect(page.locator("#findings")).to_contain_text("USER_UNMATCHED")
    expect(page.locator("#meaning")).to_contain_text("schedule Primary")
    page.get_by_role("link", name="Left out 2").click()
    expect(page.locator("#objects")).to_contain_text("needs the user 'kim@example.org', which is not imported.")
    assert not Policy.objects.exists()

    page.get_by_role("link", name="Apply…").click()
    apply(page)
    accept = page.get_by_label("Accept the loss")
    expect(accept).to_have_attribute("aria-invalid", "true")
    accept.press("Space")
    page.get_by_role("button", name="Apply the plan").press("Enter")
    expect(page.get_by_text("1 policy was created.")).to_be_visible()
    policy = Policy.objects.get()
    assert (policy.name, policy.created_by) == ("Checkout", alice.user_id)
    picture(page, "import-report")
    assert downloaded_report(page)["Returns"] == "skip"


def downloaded_report(page):
    """Return what happened to each object, by its name, as the report says that a browser downloads."""
    with page.expect_download() as started:
        page.get_by_role("link", name="Download the whole report").click()
    assert started.value.suggested_filename == "import-report.json"
    report = json.loads(Path(started.value.path()).read_text())
    assert report["applied"] is True
    return {each["name"]: each["action"] for each in report["objects"]}


def test_a_second_click_imports_nothing_twice(as_alice, plan_file):
    plan(as_alice, plan_file(PLAN))
    as_alice.get_by_role("link", name="Apply…").click()
    as_alice.get_by_role("button", name="Apply the plan").dblclick()
    expect(as_alice.get_by_text("1 policy was created.")).to_be_visible()
    assert Policy.objects.get().version == 1
    assert AuditEvent.objects.filter(kind="escalation.policy").count() == 1


def test_a_plan_that_was_overtaken_while_it_was_looked_at_is_made_anew(as_alice, plan_file, acme):
    page = as_alice
    plan(page, plan_file(PLAN))
    page.get_by_role("link", name="Apply…").click()
    expect(page.get_by_role("button", name="Apply the plan")).to_be_visible()
    PolicyFactory(organization=acme, name="Checkout", description="Here first.")
    apply(page)
    expect(page.get_by_role("alert").filter(has_text="The organization has changed")).to_be_visible()
    assert Policy.objects.get().description == "Here first."

    page.get_by_role("button", name="Plan again from the same files").click()
    expect(page.get_by_text("1 policy is changed.")).to_be_visible()
    page.get_by_role("link", name="Apply…").click()
    apply(page)
    expect(page.get_by_text("1 policy was changed.")).to_be_visible()
    assert Policy.objects.get().description is None


def test_of_two_admins_at_once_the_second_is_told_to_plan_again(as_alice, plan_file, acme, new_context, sign_in):
    other = new_context().new_page()
    sign_in(other, MembershipFactory(organization=acme, admin=True).user)
    plan(as_alice, plan_file(PLAN))
    plan(other, plan_file(PLAN.replace("checkout", "payments").replace("Checkout", "Payments")))
    for page in (as_alice, other):
        page.get_by_role("link", name="Apply…").click()
        expect(page.get_by_role("button", name="Apply the plan")).to_be_visible()
    apply(as_alice)
    expect(as_alice.get_by_text("1 policy was created.")).to_be_visible()
    apply(other)
    other.get_by_role("button", name="Plan again from the same files").click()
    other.get_by_role("link", name="Apply…").click()
    apply(other)
    expect(other.get_by_text("1 policy was created.")).to_be_visible()
    assert {policy.name for policy in Policy.objects.all()} == {"Checkout", "Payments"}


def test_the_pages_fit_and_shut_nobody_out(as_alice, plan_file, picture):
    page = as_alice
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(UPLOAD)
            choose(page, plan_file(BAD))
            page.get_by_text("Nothing was planned").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert grave_faults(page) == []
            picture(page, f"import-wrong-{scheme}-{width}")


def test_what_is_exported_can_be_imported(as_alice, plan_file, acme):
    page = as_alice
    PolicyFactory(organization=acme, name="Billing")
    page.goto(IMPORTS)
    page.get_by_role("link", name="Export everything").click()
    with page.expect_download() as started:
        page.get_by_role("link", name="Download YAML").click()
    assert started.value.suggested_filename == "acme.yaml"
    plan(page, plan_file(Path(started.value.path()).read_text(), "acme.yaml"))
    expect(page.get_by_text("Nothing changes.")).to_be_visible()
    assert PlannedImport.objects.get().title == "acme.yaml"
