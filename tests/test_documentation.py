"""What can be set and what is checked is written down."""

from __future__ import annotations

import re

import pytest

from scaling.env import PROJECT_ROOT, parse_environment, variables

CONFIGURATION = (PROJECT_ROOT / "docs" / "configuration.md").read_text()
EXAMPLE = (PROJECT_ROOT / ".env.example").read_text()
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
