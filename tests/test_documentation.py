"""What can be set, what is checked, what is run and what goes off is written down, and links lead somewhere."""

from __future__ import annotations

import re

import pytest

from incidents.heartbeat import beat
from incidents.notices import pool
from incidents.sending import SENDERS
from scaling import clock
from scaling.env import PROJECT_ROOT, parse_environment, variables
from scaling.ids import new_uuid
from scaling.management.commands.up import Command, web_command

CONFIGURATION = (PROJECT_ROOT / "docs" / "configuration.md").read_text()
OPERATIONS = (PROJECT_ROOT / "docs" / "operations.md").read_text()
EXAMPLE = (PROJECT_ROOT / ".env.example").read_text()
PROGRAM = [path for app in ("scaling", "incidents") for path in (PROJECT_ROOT / app).rglob("*.py")]
NAMES = [variable.metadata["name"] for variable in variables()]


@pytest.mark.parametrize("name", NAMES)
def test_variable_is_documented_and_in_the_example(name):
    assert f"| `{name}` |" in CONFIGURATION
    assert re.search(rf"^(# )?{name}=", EXAMPLE, re.MULTILINE)


def test_nothing_is_documented_that_does_not_exist():
    assert set(re.findall(r"^\| `([A-Z_]+)` \|", CONFIGURATION, re.MULTILINE)) == set(NAMES)
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == set(NAMES)


def test_example_is_understood_as_it_stands():
    lines = (line.partition("=") for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    example = parse_environment({name: value for name, _, value in lines})
    assert not example.production
    assert example.operator_email == "operator@example.org"


def test_every_check_is_documented():
    source = (PROJECT_ROOT / "scaling" / "checks.py").read_text()
    assert set(re.findall(r'"(scaling\.[EW]\d+)"', source)) == set(re.findall(r"`(scaling\.[EW]\d+)`", CONFIGURATION))


def test_every_command_is_documented():
    written = (path.stem for path in PROJECT_ROOT.glob("*/management/commands/*.py") if path.stem != "__init__")
    assert {name for name in written if f"| `manage.py {name}` |" not in OPERATIONS} == set()


def test_every_alarm_is_documented():
    kinds = {kind for path in PROGRAM for kind in re.findall(r'alarm_operator\(\s*"(\w+)"', path.read_text())}
    findings = set(re.findall(r"SELECT '(\w+)'", (PROJECT_ROOT / "incidents" / "audit.py").read_text()))
    listed = OPERATIONS.split("\n## Alarms\n")[1].split("\nOther log events")[0]
    assert kinds | findings == set(re.findall(r"^\| `(\w+)` \|", listed, re.MULTILINE))


def test_every_log_line_that_tells_of_an_error_is_documented():
    pattern = r'_log\.(?:error|exception)\(\s*"(\w+)"'
    events = {event for path in PROGRAM for event in re.findall(pattern, path.read_text())}
    alarms = OPERATIONS.split("\n## Alarms\n")[1].split("\n### Parked rows")[0]
    assert events <= set(re.findall(r'[`"](\w+)[`"]', alarms))


def test_the_connections_of_a_worker_are_counted_as_they_are():
    listener = loop = invitations = look_for_notices = coverage = 1
    most = SENDERS + pool.SENDERS + listener + loop + invitations + look_for_notices + coverage
    assert f"| workers \u00d7 {most} |" in OPERATIONS
    assert f"| 2 \u00d7 {most} | {2 * 5 + 2 * most} |" in OPERATIONS


def test_every_field_of_the_probes_is_documented(client, db):
    beat(new_uuid(), clock.now(), clock.now())
    told = {name for path in ("/healthz", "/readyz") for name in client.get(path).json()} - {"status"}
    listed = OPERATIONS.split("\n## Is it well?\n")[1].split("\n**Logs**")[0]
    assert told <= set(re.findall(r"`(\w+)`", listed))


def test_the_web_server_is_started_as_up_starts_it():
    unit = next(line for line in OPERATIONS.splitlines() if "-m granian --interface" in line)
    port = Command().create_parser("manage.py", "up").get_default("port")
    command = web_command("127.0.0.1", port)
    assert unit.endswith(f"python {' '.join(command[1:])}")


def test_links_lead_to_files_and_headings_that_exist():
    pages = [PROJECT_ROOT / "README.md", *sorted((PROJECT_ROOT / "docs").glob("*.md"))]
    broken = [(page.name, link) for page in pages for link in _links(page) if not _leads_somewhere(page, link)]
    assert broken == []


def _links(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def _leads_somewhere(page, link):
    path, _, heading = link.partition("#")
    target = (page.parent / path) if path else page
    if not target.exists():
        return False
    headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if heading else []
    return not heading or heading in {re.sub(r"[^\w -]", "", text).lower().replace(" ", "-") for text in headings}
