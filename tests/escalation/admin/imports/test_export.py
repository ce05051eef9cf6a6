"""The export of the admin: the same files as the command's, for admins alone."""

from __future__ import annotations

import io
import zipfile

from escalation.transfer.loader import load_document
from escalation.transfer.sheets import as_sheets
from escalation.transfer.writing import as_json, as_yaml
from tests.admin_pages import statements
from tests.escalation.admin.imports.files import EXPORT, words
from tests.factories.escalation import LayerFactory, PolicyFactory, WorkingHoursFactory


def download(client, form):
    answer = client.get(EXPORT, {"format": form})
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    return answer["Content-Disposition"], answer.content


def test_yaml_and_json_are_what_the_command_writes(as_alice, acme, policy):
    document = load_document(acme.id)
    assert download(as_alice, "yaml") == ('attachment; filename="acme.yaml"', as_yaml(document).encode())
    assert download(as_alice, "json") == ('attachment; filename="acme.json"', as_json(document).encode())


def test_sheets_are_packed_into_one_file(as_alice, acme, policy):
    PolicyFactory(organization=acme, name="=1+1")
    named, content = download(as_alice, "csv")
    assert named == 'attachment; filename="acme.zip"'
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert files == as_sheets(load_document(acme.id))
    assert "\r\n'=1+1," in files["policies.csv"]
    assert download(as_alice, "csv")[1] == content


def test_a_name_that_is_no_file_name_is_left_out(as_alice, acme):
    acme.name = '../"عمر\r\n'
    acme.save()
    assert download(as_alice, "yaml")[0] == 'attachment; filename="plan.yaml"'


def test_the_page_tells_what_sheets_do_not_say(as_alice, acme):
    WorkingHoursFactory(organization=acme)
    assert "They do not say: 1 working hours" in words(as_alice.get(EXPORT))
    assert as_alice.get(EXPORT, {"format": "exe"}).status_code == 200


def test_it_is_for_admins_alone(as_bob, as_olivia, acme, policy):
    for asked in ({}, {"format": "yaml"}):
        assert as_bob.get(EXPORT, asked).status_code == 403
    assert b"Billing" in download(as_olivia, "yaml")[1]


def test_nothing_of_another_organization_is_in_it(as_alice, acme, rival, policy):
    PolicyFactory(organization=rival, name="Theirs")
    assert b"Theirs" not in download(as_alice, "yaml")[1]


def test_it_takes_the_same_statements_for_few_and_for_many(as_alice, acme, policy):
    few = [statements(as_alice, f"{EXPORT}{asked}") for asked in ("", "?format=yaml")]
    LayerFactory.create_batch(10, policy=policy)
    PolicyFactory.create_batch(10, organization=acme)
    assert [statements(as_alice, f"{EXPORT}{asked}") for asked in ("", "?format=yaml")] == few
