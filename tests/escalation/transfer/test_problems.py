"""Whatever is wrong with files is told, all of it, each with its place and in the words of the API."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.services import MAX_METHODS
from escalation.transfer.document import Document
from escalation.transfer.reading import json_tree, problems, sheets_tree, sources, yaml_tree
from escalation.transfer.reading.files import read_files
from escalation.transfer.reading.problems import Unreadable
from escalation.transfer.reading.sources import Source
from escalation.transfer.writing import as_json
from scaling.errors import InvalidInput
from tests.escalation.transfer.documents import WHOLE

HEAD = "formatVersion: 1\n"
POLICIES = "policy,description,position,ack_timeout_minutes,target_type,schedule,users\n"
ROTATIONS = (
    "schedule,timezone,paging_mode,rotation,rotation_type,rotation_length_days,handoff_time,effective_from,"
    "effective_until,participants\n"
)
WEEKLY = "Primary,Europe/Madrid,all,w,weekly,7,09:00,2026-01-05T09:00:00+01:00,,ana@example.org\n"


def wrong(*files):
    """Return what is told about files, each a name and its text or bytes."""
    given = [Source(name, text if isinstance(text, bytes) else text.encode()) for name, text in files]
    try:
        read_files(given)
    except Unreadable as error:
        return [str(problem) for problem in error.problems]
    return []


def wrong_yaml(text):
    return wrong(("a.yaml", HEAD + text))


# --- everything at once -----------------------------------------------------------------------------------------------


def test_every_problem_is_told_not_just_the_first():
    assert wrong_yaml("""\
users:
  - {key: ana, email: nobody, active: 1}
  - {key: bob, email: bob@example.org, role: admin}
workingHours:
  - {key: o, name: Office, timezone: Mars/Base, windows: [{days: [1], start: "9", end: "17:00"}]}
  - {key: p, name: Pair, timezone: UTC, windows: [{days: [1], start: "09:00", end: "17:00"}, {days: [1], start: "10:00", end: "11:00"}]}
  - {key: q, name: Never, timezone: UTC, windows: [{days: [8], start: "09:00", end: "17:00"}]}
schedules:
  - key: s
    name: ""
    timezone: UTC
    pagingMode: some
    rotations:
      - {name: w, rotationType: weekly, rotationLengthDays: 6, handoffTime: "09:00",
         effectiveFrom: "2026-01-05", participants: []}
policies:
  - key: p
    name: Checkout
    repeatCount: 101
    repageAfterAckMinutes: 0
    layers:
      - {ackTimeoutMinutes: 0, target: {type: users, users: []}}
      - {target: {type: users, users: [ana, ana]}, ackTimeoutMinutes: 5, ackTimeoutSeconds: 300}
      - {ackTimeoutSeconds: 59, target: {type: schedule, users: [ana]}}
      - {ackTimeoutMinutes: "5", target: {type: team}, condition: {workingHours: o, when: never}}
""") == [
        "a.yaml:3:23: users.0.email: must be an email address.",
        "a.yaml:3:39: users.0.active: must be true or false.",
        "a.yaml:4:40: users.1.role: is no field here; there are key, email, firstName, lastName, active, contactMethods.",
        "a.yaml:6:38: workingHours.0.timezone: must be a place in the IANA time zone database, such as Europe/Berlin.",
        "a.yaml:6:78: workingHours.0.windows.0.start: Send a time of day from 00:00 to 23:59, such as 09:00.",
        "a.yaml:7:94: workingHours.1.windows.1: overlaps window 0.",
        "a.yaml:8:59: workingHours.2.windows.0.days: must be at least one day, from 1 for Monday to 7 for Sunday.",
        "a.yaml:11:11: schedules.0.name: must hold at least one visible character.",
        "a.yaml:13:17: schedules.0.pagingMode: must be one of: all, first.",
        "a.yaml:16:25: schedules.0.rotations.0.effectiveFrom: "
        "Send an instant such as 2026-05-04T07:00:00Z, with its offset, between 1970 and 2199.",
        "a.yaml:16:53: schedules.0.rotations.0.participants: must name between 1 and 200 users.",
        "a.yaml:20:18: policies.0.repeatCount: must be between 0 and 100.",
        "a.yaml:21:28: policies.0.repageAfterAckMinutes: must be between 1 and 10080.",
        "a.yaml:23:29: policies.0.layers.0.ackTimeoutMinutes: must be between 1 and 10080 minutes.",
        "a.yaml:23:61: policies.0.layers.0.target.users: The target names no user.",
        "a.yaml:24:39: policies.0.layers.1.target.users: The target names a user more than once.",
        "a.yaml:25:29: policies.0.layers.2.ackTimeoutSeconds: must be between 60 and 604800.",
        "a.yaml:25:41: policies.0.layers.2.target: must hold type and schedule, and nothing else.",
        "a.yaml:26:29: policies.0.layers.3.ackTimeoutMinutes: must be a whole number.",
        "a.yaml:26:49: policies.0.layers.3.target.type: must be one of: schedule, users.",
        "a.yaml:26:91: policies.0.layers.3.condition.when: must be one of: during, outside.",
    ]


def test_what_contradicts_itself_is_told_where_it_does():
    rotation = (
        "name: W, rotationType: weekly, rotationLengthDays: {}, handoffTime: '09:00', participants: [ana],"
        "effectiveFrom: '2026-01-05T09:00:00Z', effectiveUntil: '{}'"
    )
    lines = [
        "schedules:",
        "- key: s",
        "  name: S",
        "  timezone: UTC",
        "  rotations:",
        f"  - {{{rotation.format(6, '2027-01-05T09:00:00Z')}}}",
        f"  - {{{rotation.format(7, '2026-01-05T09:00:00Z')}}}",
    ]
    assert [each.partition(" ")[2] for each in wrong_yaml("\n".join(lines))] == [
        "schedules.0.rotations.0.rotationLengthDays: must be 7 for a weekly rotation.",
        "schedules.0.rotations.1.effectiveUntil: must be after effectiveFrom.",
    ]
    lines[5:] = [
        f"  - {{{rotation.format(7, '2027-01-05T09:00:00Z')}}}",
        f"  - {{{rotation.format(7, '2027-01-05T09:00:00Z').replace('W', 'w', 1)}}}",
        "  overrides:",
        "  - {user: ana, startsAt: '2026-01-05T09:00:00Z', endsAt: '2026-01-06T09:00:00Z', rotation: x}",
    ]
    assert wrong_yaml("\n".join(lines)) == [
        "a.yaml:8:12: schedules.0.rotations.1.name: This schedule has a layer named 'w' already.",
        "a.yaml:10:93: schedules.0.overrides.0.rotation: No layer with that name in this schedule.",
    ]
    lines[4:] = [
        "  overrides:",
        "  - {user: ana, startsAt: '2026-01-05T09:00:00Z', endsAt: '2026-01-05T10:00:00+01:00'}",
    ]
    assert wrong_yaml("\n".join(lines)) == ["a.yaml:7:59: schedules.0.overrides.0.endsAt: must be after startsAt."]


def test_a_person_has_no_more_ways_to_be_reached_than_the_api_allows():
    methods = ", ".join(f"{{channel: email, address: a{number}@example.org}}" for number in range(MAX_METHODS + 1))
    assert wrong_yaml(f"users:\n- {{key: a, email: a@example.org, contactMethods: [{methods}]}}") == [
        "a.yaml:3:50: users.0.contactMethods: must not be more than 20."
    ]


def test_keys_names_and_addresses_are_unique_over_all_files():
    first = HEAD + "users:\n- {key: ana, email: ana@example.org}\npolicies:\n- {key: p, name: Checkout}\n"
    second = HEAD + "users:\n- {key: ana, email: ANA@example.org}\npolicies:\n- {key: q, name: ' checkout'}\n"

    assert wrong(("a.yaml", first), ("b.yaml", second)) == [
        "b.yaml:3:9: users.0.key: is that of a.yaml:3:3 too.",
        "b.yaml:3:21: users.0.email: is that of a.yaml:3:3 too.",
        "b.yaml:5:18: policies.0.name: is that of a.yaml:5:3 too.",
    ]


def test_each_file_is_told_of():
    assert wrong(("c.csv", "a,b"), ("a.yaml", "users: 1"), ("b.json", "["), ("plan.toml", "a"), ("d.yaml", "- 1"))[
        :5
    ] == [
        "a.yaml:1:1: formatVersion: is missing.",
        "a.yaml:1:8: users: must be a list.",
        "b.json:1:2: is no JSON: Expecting value.",
        "plan.toml: must end in .yaml, .yml, .json or .csv, by which formats are told.",
        "d.yaml:1:1: must be a mapping of fields to values.",
    ]


def test_reading_ends_when_nobody_wants_to_read_more(monkeypatch):
    monkeypatch.setattr(problems, "MOST_PROBLEMS", 3)
    found = wrong_yaml("users: [1, 2, 3, 4, 5]")

    assert found[2:] == [
        "a.yaml:2:15: users.2: must be a mapping of fields to values.",
        "a.yaml:2:15: Reading ended here, after 3 problems.",
    ]


def test_commands_can_tell_it_like_any_refusal():
    with pytest.raises(InvalidInput) as refusal:
        read_files([Source("a.yaml", b"formatVersion: 2")])

    assert list(refusal.value.errors) == [("a.yaml:1:16", "formatVersion: must be 1: no other is known here.")]


# --- files ------------------------------------------------------------------------------------------------------------


def zipped():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../acme.yaml", HEAD)
    return packed.getvalue()


@pytest.mark.parametrize("name", ["a.yaml", "a.json", "a.csv"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", ":1:1: is empty."),
        (b"\xef\xbb\xbf \n", ":1:1: is empty."),
        (zipped(), ": is packed: give the files that are in it."),
        (b"\x1f\x8b\x08...", ": is packed: give the files that are in it."),
        ("organization: Acme".encode("utf-16"), ":1:1: is in UTF-16: save it in UTF-8."),
        ("a\nb: Süd".encode("latin-1"), ":2:5: is not in UTF-8 here: save it in UTF-8."),
    ],
)
def test_a_file_is_text_in_utf_8(name, content, told):
    assert wrong((name, content)) == [name + told]


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert wrong(("a.yaml", b"\xef\xbb\xbfformatVersion: 1"), ("b.json", b'\xef\xbb\xbf{"formatVersion": 1}')) == []


def test_files_are_not_read_beyond_the_limits(monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "MAX_BYTES", 40)
    monkeypatch.setattr(sources, "MAX_FILES", 2)
    large = tmp_path / "large.yaml"
    large.write_text("#" * 100)

    assert len(Source.at(large).content) == 41
    assert wrong(("a.yaml", HEAD), ("b.yaml", HEAD), ("c.yaml", HEAD)) == [
        "c.yaml: is one file too many: at most 2 are read together."
    ]
    assert wrong(("a.yaml", HEAD), ("b.yaml", "#" * 40)) == ["b.yaml: is too large: at most 0 MB are read together."]


# --- YAML -------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["CSafeLoader", "SafeLoader"], autouse=True)
def _loader(request, monkeypatch):
    monkeypatch.setattr(yaml_tree, "LOADER", getattr(yaml, request.param))


@pytest.mark.parametrize(
    "word",
    [
        "on",
        "no",
        "Yes",
        "y",
        "N",
        "OFF",
        "TRUE",
        "0755",
        "0o17",
        "0x1F",
        "1_000",
        "10:00",
        "1.5",
        "1e3",
        "08",
        ".inf",
        "NULL",
        "=",
    ],
)
def test_what_readers_of_yaml_disagree_on_has_to_be_put_in_quotes(word):
    text = "policies:\n- {{key: p, name: {}}}\n"

    assert wrong_yaml(text.format(word))[0] == (
        f"a.yaml:3:18: {word} means something else to some readers of YAML: put it in quotes."
    )
    assert wrong_yaml(text.format(f'"{word}"')) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("users: &a [1]\npolicies: *a", "a.yaml:3:11: *a is an alias: write out what it stands for."),
        ("*a : 1", "a.yaml:2:1: *a is an alias: write out what it stands for."),
        ("users: !!python/object:os.system []", "a.yaml:2:8: tag:yaml.org,2002:python/object:os.system is a tag: values are told by how they are written."),
        ("organization: !!str 1", "a.yaml:2:15: tag:yaml.org,2002:str is a tag: values are told by how they are written."),
        ("users: []\n---\nusers: []", "a.yaml:3:1: begins a second document: a file holds one."),
        ("users: []\nusers: []", "a.yaml:3:1: users is there twice, first in line 2."),
        ("? [a]\n: 1", "a.yaml:2:3: must be the name of a field."),
        ("1: 1", "a.yaml:2:1: 1 must be the name of a field, in quotes if it is one."),
        ("<<: {}", "a.yaml:2:1: << means something else to some readers of YAML: put it in quotes."),
        ("organization: a\x07b", "a.yaml:2:16: holds the character U+0007: write it as an escape."),
    ],
)  # fmt: skip
def test_yaml_that_is_not_read(text, told):
    assert told in wrong_yaml(text)


@pytest.mark.parametrize("text", ["users:\n\t- 1", "users: [", "users: }", 'organization: "', "a: b: c"])
def test_what_is_no_yaml_is_told_with_its_line(text):
    (told,) = wrong_yaml(text)

    assert told.startswith("a.yaml:")
    assert ": is no YAML: " in told


def test_a_bomb_of_aliases_is_not_unfolded():
    lines = ["a0: &a0 [x, x]", *(f"a{level}: &a{level} [*a{level - 1}, *a{level - 1}]" for level in range(1, 100))]

    assert len([told for told in wrong_yaml("\n".join(lines)) if "is an alias" in told]) == 99 * 2


@pytest.mark.parametrize("opening", ["[", "{a: "])
def test_yaml_is_only_so_deep(opening):
    (told,) = wrong_yaml("users: " + opening * 900)

    assert told.endswith(": is nested more than 20 deep.")


def test_yaml_has_only_so_many_values(monkeypatch):
    monkeypatch.setattr(yaml_tree, "MAX_VALUES", 5)

    assert wrong_yaml("users: [a, b, c, d, e]") == ["a.yaml:2:21: is one value too many: a file holds at most 5."]


# --- JSON -------------------------------------------------------------------------------------------------------------


def wrong_json(text):
    return wrong(("a.json", text))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"formatVersion": 1, "users": [{"key": "a", "email": 5}]}', "a.json#/users/0/email: users.0.email: must be text; in quotes, if it looks like something else."),
        ('{"formatVersion": 1, "users": [], "users": []}', "a.json#/users: users is there twice."),
        ('{"formatVersion": 1, "a/b~c": 1}', "a.json#/a~1b~0c: a/b~c: is no field here; there are formatVersion, organization, users, workingHours, schedules, policies."),
        ('{"formatVersion": 1.0}', "a.json#/formatVersion: formatVersion: must be a whole number."),
        ('{"formatVersion": true}', "a.json#/formatVersion: formatVersion: must be a whole number."),
        ('{"formatVersion": 1' + "0" * 5000 + "}", "a.json#/formatVersion: formatVersion: must be a whole number."),
        ('{"formatVersion": NaN}', "a.json: is no JSON: NaN is no number."),
        ('{"formatVersion": 1,}', "a.json:1:21: is no JSON: Expecting property name enclosed in double quotes."),
        ('{"formatVersion": 1, "organization": "\\ud800"}', "a.json#/organization: organization: must not hold NUL or unpaired surrogate characters."),
        ('{"formatVersion": 1, "organization": "a\\u0000"}', "a.json#/organization: organization: must not hold NUL or unpaired surrogate characters."),
        ("[" * 100_000, "a.json#: is nested more than 20 deep."),
        ("[" * 30 + "]" * 30, "a.json#" + "/0" * 20 + ": is nested more than 20 deep."),
    ],
)  # fmt: skip
def test_json_that_is_not_read(text, told):
    assert wrong_json(text) == [told]


def test_json_has_only_so_many_values(monkeypatch):
    monkeypatch.setattr(json_tree, "MAX_VALUES", 5)

    text = json.dumps({"formatVersion": 1, "users": [1, 2, 3, 4]})
    assert wrong_json(text) == ["a.json#/users/2: is one value too many: a file holds at most 5."]


# --- CSV --------------------------------------------------------------------------------------------------------------


def test_cells_are_told_by_line_number_and_title():
    assert wrong(
        ("r.csv", ROTATIONS + WEEKLY.replace("Europe/Madrid", "Mars").replace(",7,", ",seven,")),
        ("p.csv", POLICIES + 'Checkout,"two\nlines",1,5,schedule,Primary,\nOther,,1,x,users,,\n'),
        ("o.csv", "schedule,starts_at,ends_at,user\nElsewhere,now,2026-01-05T09:00:00Z,\n"),
        ("u.csv", "email,first_name,last_name,phone\nana,Ana,,\n"),
    ) == [
        "o.csv:2:1: schedule: is not in rotations.csv.",
        "u.csv:2:1: email: must be an email address.",
        "r.csv:2:2: timezone: must be a place in the IANA time zone database, such as Europe/Berlin.",
        "r.csv:2:6: rotation_length_days: must be a whole number.",
        "p.csv:4:4: ack_timeout_minutes: must be a whole number.",
        "p.csv:4:5: target_type: must hold type and users, and nothing else.",
    ]


@pytest.mark.parametrize(
    ("positions", "told"),
    [
        ([1, 2, 3], []),
        ([3, 1, 2], []),
        ([1, 3], ["p.csv:3:3: position: must be between 1 and 2, as the policy has that many layers."]),
        ([1, 1], ["p.csv:3:3: position: is that of line 2 too."]),
        ([0], ["p.csv:2:3: position: must be between 1 and 1, as the policy has that many layers."]),
    ],
)
def test_positions_are_from_one_without_holes(positions, told):
    rows = [f"Checkout,,{position},5,schedule,Primary,\n" for position in positions]

    assert wrong(("r.csv", ROTATIONS + WEEKLY), ("p.csv", POLICIES + "".join(rows))) == told


def test_rows_of_one_schedule_agree():
    other = WEEKLY.replace("Europe/Madrid", "UTC").replace("all,w", ",x")

    assert wrong(("r.csv", ROTATIONS + WEEKLY + other)) == ["r.csv:3:2: timezone: differs from that in line 2."]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POLICIES.replace(",", ";"), ":1: has semicolons between its columns: save it with commas."),
        (POLICIES.replace("users", "people"), ":1: people is no column here: policies.csv has the columns " + POLICIES.strip() + "."),
        (POLICIES + "a,b\n", ":2: has 2 cells where the header has 7."),
        (POLICIES + 'a,"b\n\n', ":3: is no CSV: unexpected end of data."),
        (POLICIES + 'a,"b"c,,,,,\n', ":2: is no CSV: ',' expected after '\"'."),
        (POLICIES + "a" * 200_000, ":2: is no CSV: field larger than field limit (131072)."),
        (POLICIES + "," * 1_000_000 + "x", ":2: has 1000001 cells where the header has 7."),
    ],
)  # fmt: skip
def test_csv_that_is_not_read(text, told):
    assert wrong(("p.csv", text))[0] == f"p.csv{told}"


def test_two_files_are_not_one_sheet():
    assert wrong(("a.csv", POLICIES), ("b.csv", POLICIES)) == [
        "b.csv:1: has the columns of policies.csv as another file has."
    ]


def test_columns_may_stand_in_any_order_and_rows_may_be_empty():
    text = "user,ends_at,starts_at,schedule\n,,,\n\na@example.org,2026-01-06T00:00:00Z,2026-01-05T00:00:00Z,primary\n"
    found = read_files([Source("r.csv", (ROTATIONS + WEEKLY).encode()), Source("o.csv", text.encode())])

    assert isinstance(found.document, Document)
    assert [each.user for each in found.document.schedules[0].overrides] == ["a@example.org"]
    assert str(found.place_of("schedules", "primary", "overrides", 0, "startsAt")) == "o.csv:4:3"


def test_csv_has_only_so_many_rows(monkeypatch):
    monkeypatch.setattr(sheets_tree, "MAX_ROWS", 2)

    assert wrong(("p.csv", POLICIES + "a,,,,,,\nb,,,,,,\nc,,,,,,\n")) == [
        "p.csv:4: is one row too many: a file has at most 2."
    ]


# --- anything ---------------------------------------------------------------------------------------------------------

GOLDEN = {path.name: path.read_text() for path in (Path(__file__).parent / "golden").iterdir()}
GOLDEN["whole.json"] = as_json(WHOLE)


@given(name=st.sampled_from(sorted(GOLDEN)), cut=st.floats(0, 1), gone=st.integers(0, 9), put=st.text(max_size=6))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_that_was_spoilt_is_read_or_refused(name, cut, gone, put):
    text = GOLDEN[name]
    at = int(cut * len(text))
    spoilt = text[:at] + put + text[at + gone :]

    wrong((name, spoilt.encode()))  # raises nothing


@given(st.sampled_from(["a.yaml", "a.json", "a.csv"]), st.binary() | st.text().map(str.encode))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_no_plan_is_refused(name, content):
    assert wrong((name, content)) != []
