"""What a function reads is what the template gives it."""

import ast
from pathlib import Path

import pytest

from ownerloop import settings
from tests.template.reading import FUNCTIONS, TEMPLATE, properties_of

ROOT = Path(__file__).resolve().parents[2]
EVERYWHERE = set(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
APPS = sorted((ROOT / "functions").glob("*/app.py"))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_what_it_reads_and_no_more(function: str) -> None:
    read = {field.upper() for field in getattr(settings, f"{function}Settings").__struct_fields__}

    assert set(properties_of(function)["Environment"]["Variables"]) == read


def test_there_are_settings_for_the_template_s_functions_only() -> None:
    classes = {name for name in vars(settings) if name.endswith("Settings") and not name.startswith("_")}

    assert classes == {f"{function}Settings" for function in FUNCTIONS}


def test_every_folder_is_a_function_of_the_template() -> None:
    folders = {properties_of(function)["CodeUri"] for function in FUNCTIONS}

    assert {f"functions/{app.parent.name}/" for app in APPS} == folders


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.parent.name)
def test_a_handler_reads_its_own_settings(app: Path) -> None:
    name = "".join(part.capitalize() for part in app.parent.name.split("_"))
    tree = ast.parse(app.read_text(encoding="utf-8"))

    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id.endswith("Settings")}

    assert used == {f"{name}Settings"}


@pytest.mark.parametrize(
    "path",
    [path for root in ("functions", "shared/ownerloop") for path in sorted((ROOT / root).rglob("*.py"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_nobody_but_the_settings_reads_the_environment(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}]
    reads += [node for node in ast.walk(tree) if isinstance(node, ast.alias) and node.name in {"environ", "getenv"}]

    assert path.name == "settings.py" or not reads


def test_what_every_function_is_given_is_for_the_logger_and_the_metrics() -> None:
    assert {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"} == EVERYWHERE
