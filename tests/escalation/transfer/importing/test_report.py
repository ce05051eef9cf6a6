"""The report: what is new with all it says, who is invited, and that it is written down with what was applied."""

from __future__ import annotations

import json

import pytest

from escalation.models import Policy
from escalation.transfer.importing.report import report_text
from escalation.transfer.importing.service import preview_import, run_import
from tests.escalation.transfer.importing.imports import NOW, arriving, job
from tests.factories.accounts import MembershipFactory

pytestmark = pytest.mark.django_db

PLAN = """\
formatVersion: 1
users:
  - {key: new, email: new@example.org, firstName: New}
  - {key: away, email: away@example.org, active: false}
  - {key: back, email: back@example.org}
  - {key: here, email: here@example.org, firstName: Renamed}
policies:
  - {key: p, name: P, layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [new]}}]}
"""


@pytest.fixture
def asked(organization):
    """Return an import of people of each kind: new, inactive, who left, who is there."""
    MembershipFactory(organization=organization, user__email="back@example.org", ended=True)
    MembershipFactory(organization=organization, user__email="here@example.org")
    return job(organization, arriving(PLAN), create_users=True)


def test_whoever_comes_or_comes_back_to_be_paged_is_invited(asked):
    report = json.loads(report_text(preview_import(asked, NOW), source="files"))
    assert sorted(report["invited"]) == ["back@example.org", "new@example.org"]


def test_what_is_new_is_told_with_all_it_says(asked):
    report = json.loads(report_text(preview_import(asked, NOW), source="files"))
    (policy,) = [each for each in report["objects"] if each["section"] == "policies"]
    assert {each["path"]: each["now"] for each in policy["fields"]} == {
        "key": "p",
        "name": "P",
        "repeatCount": 0,
        "layer 1": {"ackTimeoutMinutes": 5, "target": {"type": "users", "users": ["new@example.org"]}},
    }
    assert {each["was"] for each in policy["fields"]} == {None}


def test_it_is_written_down_with_what_is_applied_or_neither_is(asked):
    def fail(answer):
        assert answer.kept == {}
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run_import(asked, actor_id="user_ada", now=NOW, record=fail)
    assert not Policy.objects.exists()
