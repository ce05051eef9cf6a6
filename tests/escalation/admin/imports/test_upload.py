"""Files that are uploaded: read within limits, and every fault of them told with its place."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from escalation.models import PlannedImport, Policy
from escalation.transfer.importing.planned import MOST_KEPT
from escalation.transfer.reading.sources import MAX_BYTES, MAX_FILES
from tests.escalation.admin.imports.files import (
    IMPORTS,
    PLAN,
    UPLOAD,
    page_of,
    policies,
    problems,
    refusals,
    upload,
    words,
)
from tests.escalation.transfer.foreign.bundles import sources
from tests.escalation.transfer.foreign.pagerduty import answers as pagerduty
from tests.factories.escalation import PlannedImportFactory

CSV = "policy,description,position,ack_timeout_minutes,target_type,schedule,users\r\n"


def test_files_lead_to_their_plan_and_nothing_else_is_written(as_alice, acme, alice, ana):
    answer = upload(as_alice, ("plan.yaml", PLAN))
    planned = PlannedImport.objects.get()
    assert answer["Location"] == page_of(planned)
    assert (planned.organization_id, planned.title, planned.created_by) == (acme.id, "plan.yaml", alice.user_id)
    assert planned.totals == {"create": 2, "update": 1, "kept": 0}
    assert not Policy.objects.exists()


def test_several_files_are_one_plan(as_alice, acme, ana):
    one, other = PLAN.split("schedules:\n")
    answer = upload(as_alice, ("people.yaml", one), ("plan.yml", f"formatVersion: 1\nschedules:\n{other}"))
    assert answer.status_code == 302
    assert PlannedImport.objects.get().title == "people.yaml, plan.yml"


def test_of_many_files_some_are_named(as_alice, acme, ana):
    files = [(f"{n}.json", policies(0)) for n in range(6)]
    assert upload(as_alice, *files).status_code == 302
    assert PlannedImport.objects.get().title == "0.json, 1.json, 2.json and 3 more"


def fetched(*pages):
    """Return the files of a bundle."""
    return [(source.name, source.content) for source in sources("pagerduty", *pages)]


def test_a_fetched_bundle_is_planned_by_its_manifest(as_alice, ana):
    pages = (pagerduty.users(pagerduty.ANA), pagerduty.schedule(pagerduty.layer(pagerduty.ANA)))
    files = fetched(*pages, pagerduty.policy(pagerduty.rule(pagerduty.to_schedule())))
    assert upload(as_alice, *files).status_code == 302
    told = words(as_alice.get(page_of(PlannedImport.objects.get())))
    assert "1 policy is created. 1 schedule is created." in told


def test_a_finding_may_show_what_no_column_can_hold(as_alice, ana):
    services = "services", {"services": [{"id": "PS1", "name": "Shop", "response_play": "\ud800\x00"}]}
    assert upload(as_alice, *fetched(pagerduty.users(pagerduty.ANA), services)).status_code == 302
    assert as_alice.get(page_of(PlannedImport.objects.get())).status_code == 200


def test_what_is_wrong_with_a_bundle_is_told(as_alice, ana):
    manifest, page = fetched(pagerduty.users(pagerduty.ANA))
    assert problems(upload(as_alice, manifest)) == ["manifest.json: names 'users-1.json', which is missing."]
    assert problems(upload(as_alice, manifest, page, form="goalert")) == [
        "manifest.json: says pagerduty, and goalert was asked for."
    ]
    assert problems(upload(as_alice, page, form="pagerduty")) == [
        "manifest.json: is missing; it says what the other files are."
    ]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("plan.yaml", PLAN.replace("weekly\n        rotationL", "lunar\n        rotationL"), "plan.yaml:10:23: "),
        ("plan.yaml", "a: &x [1]\nb: *x\n", "plan.yaml:2:4: "),
        ("plan.json", '{"formatVersion": 1, "policies": [{"name": 3}]}', "plan.json#/policies/0/name: "),
        ("policies.csv", CSV + "Checkout,,1,five,users,,ana@example.org\r\n", "policies.csv:2:4: "),
        ("plan.yaml", "\x00", "plan.yaml:1:1: "),
        ("plan.yaml", "", "plan.yaml:1:1: is empty."),
        ("plan.yaml", PLAN.encode("utf-16"), "plan.yaml:1:1: is in UTF-16: save it in UTF-8."),
        ("plan.exe", PLAN, "plan.exe: must end in .yaml, .yml, .json or .csv"),
        ("../../etc/x", "x", "x: must end in"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_kept(as_alice, ana, name, text, told):
    answer = upload(as_alice, (name, text))
    assert any(one.startswith(told) for one in problems(answer)), problems(answer)
    assert not PlannedImport.objects.exists()


def test_all_faults_of_all_files_are_told_at_once(as_alice, ana):
    bad = PLAN.replace("ackTimeoutMinutes: 5", "ackTimeoutMinutes: 0").replace("Madrid", "Atlantis")
    answer = upload(as_alice, ("plan.yaml", bad), ("more.json", "{"), user_map=SimpleUploadedFile("who.csv", b"a,b\n"))
    files = sorted(one.partition(":")[0].partition("#")[0] for one in problems(answer))
    assert files == ["more.json", "plan.yaml", "plan.yaml", "who.csv"]
    assert "4 things wrong with the files" in words(answer)


def test_a_reference_that_leads_nowhere_is_told_with_its_place(as_alice, ana):
    (problem,) = problems(upload(as_alice, ("plan.yaml", PLAN.replace("schedule: primary", "schedule: secondary"))))
    assert problem == "plan.yaml:19:67: names the schedule 'secondary', which is not there."


def test_what_is_packed_is_refused(as_alice):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("plan.yaml", PLAN)
    for name in ("plan.zip", "plan.yaml"):
        answer = upload(as_alice, (name, packed.getvalue()), form="yaml")
        assert problems(answer) == [f"{name}: is packed: give the files that are in it."]


def test_more_files_than_are_read_together_are_refused(as_alice):
    files = [(f"{n}.yaml", PLAN) for n in range(MAX_FILES + 1)]
    (problem,) = problems(upload(as_alice, *files))
    assert problem == f"{MAX_FILES}.yaml: is one file too many: at most {MAX_FILES} are read together."


def test_more_files_than_a_request_may_have_are_refused(as_alice, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    answer = upload(as_alice, *[(f"{n}.yaml", PLAN) for n in range(4)])
    assert (answer.status_code, answer["Location"]) == (302, UPLOAD)
    assert "At most 3 files are read together here." in as_alice.get(UPLOAD).content.decode()
    assert not PlannedImport.objects.exists()


def test_what_is_too_large_is_cut_off_and_refused(as_alice):
    answer = upload(as_alice, ("small.yaml", PLAN), ("large.yaml", b" " * (MAX_BYTES + 1)))
    assert problems(answer) == ["large.yaml: is too large: at most 32 MB are read together here."]


def test_two_files_of_one_name_are_refused(as_alice):
    answer = upload(as_alice, ("policies.csv", CSV), ("policies.csv", CSV))
    assert problems(answer) == ["policies.csv: is there twice: import one of them."]


def test_a_map_says_who_people_are_here(as_alice, ana, acme):
    text = PLAN.replace("ana@example.org", "ruiz@elsewhere.example")
    who = SimpleUploadedFile("who.csv", b"source,email\nruiz@elsewhere.example,ana@example.org\n")
    assert upload(as_alice, ("plan.yaml", text), user_map=who).status_code == 302
    assert PlannedImport.objects.get().totals["create"] == 2


def test_people_are_invited_and_what_is_in_no_file_removed_where_that_is_asked_for(as_alice, acme, ana, policy):
    upload(as_alice, ("plan.yaml", PLAN.replace("ana@example.org", "new@example.org")), create_users="on", prune="on")
    planned = PlannedImport.objects.get()
    assert (planned.totals["create"], planned.totals["remove"]) == (3, 1)


def test_a_form_without_files_asks_for_some(as_alice):
    assert refusals(as_alice.post(UPLOAD, {"form": "auto"})) == {"uploaded": ["Choose at least one file."]}


def test_no_more_are_kept_than_there_is_room_for(as_alice, acme, ana):
    PlannedImportFactory.create_batch(MOST_KEPT, organization=acme)
    assert refusals(upload(as_alice, ("plan.yaml", PLAN))) == {
        "__all__": [f"{MOST_KEPT} imports are kept already: discard one of them first."]
    }


def test_a_form_that_belonged_to_another_organization_reads_nothing(as_alice, rival, ana):
    answer = upload(as_alice, ("plan.yaml", PLAN), opened_in=rival.id)
    assert answer.status_code == 302
    assert not PlannedImport.objects.exists()


def test_it_is_for_admins_alone(as_bob):
    for answer in (as_bob.get(UPLOAD), upload(as_bob, ("plan.yaml", PLAN)), as_bob.get(IMPORTS)):
        assert answer.status_code == 403
    assert not PlannedImport.objects.exists()


def test_a_forged_form_is_refused(alice):
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(alice.user)
    assert upload(forged, ("plan.yaml", PLAN)).status_code == 403
    assert not PlannedImport.objects.exists()


def test_the_way_there_is_offered_to_admins(as_alice, as_bob):
    for path in (reverse("admin:escalation_policy_changelist"), "/admin/"):
        assert UPLOAD in as_alice.get(path).content.decode()
        assert UPLOAD not in as_bob.get(path).content.decode()


def test_a_name_is_shown_as_text(as_alice):
    answer = upload(as_alice, ("<script>alert(1)</script>.svg", "<svg/>"))
    assert "<script>alert" not in answer.content.decode()
    assert "script&gt;.svg" in answer.content.decode()
