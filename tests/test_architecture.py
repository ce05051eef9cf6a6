"""Dependencies point from right to left: floor <- accounts <- escalation <- incidents <- roof."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest
from django.apps import apps

from scaling.env import PROJECT_ROOT

APPS = ("scaling", "accounts", "escalation", "incidents")
ORDER = {name: place for place, name in enumerate(APPS)}


def test_foreign_keys_point_from_right_to_left():
    """A foreign key may name its target by a string, which no linter of imports sees."""
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and model._meta.app_label in ORDER
        if ORDER.get(field.related_model._meta.app_label, 0) > ORDER[model._meta.app_label]
    ]
    assert wrong == []


def test_domains_import_nothing_but_the_standard_library_and_domains():
    graph = grimp.build_graph(*APPS, include_external_packages=True)
    wrong = [
        f"{module} imports {imported}"
        for module in graph.modules
        if ".domain" in module
        for imported in graph.find_modules_directly_imported_by(module)
        if ".domain" not in imported and imported.partition(".")[0] not in sys.stdlib_module_names
    ]
    assert wrong == []


def test_every_module_of_the_floor_or_the_roof_has_its_place():
    """A new module in ``scaling`` is outside every contract until it is listed."""
    contracts = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    listed = {name.strip() for layer in contracts[0]["layers"] for name in layer.split(":")}
    there = {
        f"scaling.{path.stem}" for path in (PROJECT_ROOT / "scaling").iterdir() if path.name not in {"__init__.py"}
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }  # fmt: skip
    assert there - {"scaling.migrations", "scaling.management"} <= listed


@pytest.mark.parametrize(
    ("module", "statement"),
    [
        ("scaling/clock.py", "import accounts.models"),
        ("scaling/checks.py", "import scaling.urls"),
        ("accounts/services/members.py", "import escalation.models"),
        ("escalation/models/policy.py", "import incidents.models"),
        ("incidents/services/trigger.py", "import scaling.urls"),
        ("escalation/domain/model.py", "import django.utils.timezone"),
        ("incidents/domain/model.py", "import scaling.text"),
    ],
)
def test_contracts_break_when_they_are_broken(tmp_path, module, statement):
    for name in APPS:
        shutil.copytree(PROJECT_ROOT / name, tmp_path / name)
    shutil.copy(PROJECT_ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / module).open("a") as file:
        file.write(f"\n{statement}\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert "1 kept, 1 broken" in result.stdout


def test_contracts_hold():
    result = lint_imports(PROJECT_ROOT)
    assert result.returncode == 0, result.stdout


def lint_imports(root):
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run([program, "--no-cache"], cwd=root, capture_output=True, text=True, check=False)


def test_timelines_are_written_in_one_place():
    """Whoever wrote an event by itself would tell nobody of it; parking writes by SQL, and lays out by the same."""
    written = re.compile(r"TimelineEvent\.objects\.\w*create|\bevent\([^\n]*\)\.save\(|INTO incidents_timelineevent")
    writers = {
        str(path.relative_to(PROJECT_ROOT))
        for app in APPS
        for path in (PROJECT_ROOT / app).rglob("*.py")
        if written.search(path.read_text())
    }
    assert writers == {"incidents/parking.py"}
    assert "events_sql(" in (PROJECT_ROOT / "incidents" / "parking.py").read_text()
