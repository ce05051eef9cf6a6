"""What is written is read back, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from escalation.transfer.document import in_order
from escalation.transfer.plain import as_plain
from escalation.transfer.reading import yaml_tree
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.nodes import Place
from escalation.transfer.reading.sources import Source
from escalation.transfer.sheets import as_sheets, left_out
from escalation.transfer.writing import as_json, as_yaml
from scaling.env import PROJECT_ROOT
from tests.escalation.transfer.documents import NOTHING, WHOLE
from tests.escalation.transfer.strategies import documents, sayable_in_sheets

many_documents = settings(
    max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def read(**files):
    """Return what files say, each by its name with ``_`` for the dot."""
    sources = [Source(name.replace("_", "."), text.encode()) for name, text in files.items()]
    return read_files(sources)


def read_sheets(document):
    """Return what is read of a document written as CSV."""
    sources = [Source(name, text.encode()) for name, text in as_sheets(document).items()]
    return in_order(read_files(sources).document)


@given(documents())
@many_documents
def test_yaml_is_read_back_as_it_was(document):
    assert in_order(read(acme_yaml=as_yaml(document)).document) == document


@given(documents())
@many_documents
def test_yaml_is_read_back_without_the_c_library_too(document):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "LOADER", yaml.SafeLoader)
        assert in_order(read(acme_yaml=as_yaml(document)).document) == document


@given(documents())
@many_documents
def test_any_reader_of_yaml_reads_the_same(document):
    assert yaml.safe_load(as_yaml(document)) == as_plain(document)


@given(documents())
@many_documents
def test_json_is_read_back_as_it_was(document):
    assert in_order(read(acme_json=as_json(document)).document) == document


@given(documents())
@many_documents
def test_of_csv_everything_is_read_back_that_it_can_say(document):
    sayable = sayable_in_sheets(document)

    assert read_sheets(document) == sayable
    assert left_out(sayable) == []


def test_a_phone_comes_back_from_csv():
    (_, bob) = read_sheets(WHOLE).users

    assert bob.contact_methods == WHOLE.users[0].contact_methods


def test_nothing_is_read_back_too():
    assert in_order(read(a_yaml=as_yaml(NOTHING)).document) == NOTHING
    assert read_sheets(NOTHING) == replace(NOTHING, organization=None)


def test_several_files_are_one_document():
    users, rest = replace(NOTHING, users=WHOLE.users), replace(WHOLE, users=())

    assert in_order(read(users_json=as_json(users), rest_yml=as_yaml(rest)).document) == in_order(WHOLE)


def test_what_people_write_by_hand_is_read():
    text = """\
formatVersion: 1
users:
  - key: ana
    email: ' Ana@example.org'
    # The name may be missing.
schedules:
- key: s
  name: "On call"
  timezone: Europe/Madrid
  rotations:
  - {name: w, rotationType: weekly, rotationLengthDays: 7, handoffTime: 09:00,
     effectiveFrom: 2026-01-05T09:00:00+01:00, participants: [ana]}
policies:
- key: p
  name: Checkout
  layers: [{ackTimeoutMinutes: 5, target: {type: users, users: [ana]}}]
"""
    document = read(hand_yaml=text).document

    (ana,), (schedule,), (policy,) = document.users, document.schedules, document.policies
    assert (ana.email, ana.first_name, ana.active) == ("Ana@example.org", "", True)
    assert (schedule.paging_mode, schedule.rotations[0].restrictions, schedule.overrides) == ("all", (), ())
    assert (policy.repeat_count, policy.layers[0].ack_timeout_seconds) == (0, 300)


def test_a_reading_knows_where_everything_stands():
    reading = read(acme_yaml=as_yaml(WHOLE))

    assert str(reading.place_of("policies", "checkout", "layers", 1, "target", "users", 1)) == "acme.yaml:60:68"
    assert reading.place_of("policies", "checkout", "layers", 1, "unknown") == Place("acme.yaml", 60, 9)
    assert str(read(acme_json=as_json(WHOLE)).place_of("users", "bob", "email")) == "acme.json#/users/1/email"


def test_the_example_in_the_documentation_is_an_export():
    page = (PROJECT_ROOT / "docs" / "transfer.md").read_text()
    example = page.partition("```yaml\n")[2].partition("```")[0]

    assert as_yaml(read(example_yaml=example).document) == example


def test_a_file_is_read_from_its_place(tmp_path: Path):
    path = tmp_path / "acme.yaml"
    path.write_text(as_yaml(WHOLE))

    assert in_order(read_files([Source.at(path)]).document) == in_order(WHOLE)
