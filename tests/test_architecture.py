"""Imports point inwards only; the rules of the house that a machine can read."""

import ast
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shared" / "ownerloop"

PORTS = (
    "ports",
    "outreach_ports",
    "owner_ports",
    "partner_ports",
    "webhook_ports",
    "lead_ports",
    "workshop_ports",
    "points_ports",
    "complaint_ports",
    "identity_ports",
    "benefit_ports",
    "tier_ports",
)

# What each layer may know of the package; everything else points outwards.
MAY_KNOW = {
    "domain": {"domain"},
    "contracts": {"contracts", "domain"},
    "ports": {"domain"},
    "outreach_ports": {"ports", "domain"},
    "owner_ports": {"ports", "domain"},
    "partner_ports": {"ports", "domain"},
    "webhook_ports": {"domain"},
    "lead_ports": {"domain"},
    "workshop_ports": {"ports", "domain"},
    "points_ports": {"ports", "domain"},
    "complaint_ports": {"domain"},
    "identity_ports": {"ports", "outreach_ports", "owner_ports", "points_ports", "domain"},
    "benefit_ports": {"ports", "owner_ports", "outreach_ports", "domain"},
    "tier_ports": {"ports", "owner_ports", "outreach_ports", "domain"},
    "usecases": {"usecases", *PORTS, "domain"},
    "adapters": {"adapters", *PORTS, "domain", "contracts"},
    "settings": {"domain"},
    "telemetry": set(),
    "data": set(),
}
# The one adapter that asks what the environment says to AWS's own libraries: settings are its only reader.
MAY_ALSO_KNOW = {"adapters/dynamodb/client.py": {"settings"}}
DOMAIN_MAY_IMPORT = {"numpy"}
MODULE_LINES_MAX, FUNCTION_LINES_MAX = 300, 40
NOT_IN_DOMAIN = {"os", "random", "secrets", "time", "logging", "uuid", "socket", "subprocess"}


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if "__pycache__" not in path.parts)


@cache
def _nodes(path: Path) -> list[ast.AST]:
    """Return all that a module says, read once for all rules."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


@cache
def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _layer(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "ownerloop" and len(parts) > 1 else None


def outward_imports(path: Path, layer: str) -> set[str]:
    """Return the package imports of a module that its layer may not know."""
    place = str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else ""
    may_know = MAY_KNOW[layer] | MAY_ALSO_KNOW.get(place, set())
    return {name for name in _imported(path) if (known := _layer(name)) is not None and known not in may_know}


@pytest.mark.parametrize("path", _modules(PACKAGE), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_of_the_package_knows_only_what_lies_inwards(path: Path) -> None:
    layer = path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    assert outward_imports(path, layer) == set() if layer != "__init__" else True
    assert not {name for name in _imported(path) if name.split(".")[0] in {"infra", "functions", "tests"}}


@pytest.mark.parametrize("path", _modules(PACKAGE / "domain"), ids=lambda path: path.name)
def test_the_domain_imports_the_standard_library_and_numpy_only(path: Path) -> None:
    tops = {name.split(".")[0] for name in _imported(path)} - {"ownerloop"}

    assert tops <= set(sys.stdlib_module_names) | DOMAIN_MAY_IMPORT
    assert not tops & NOT_IN_DOMAIN


def test_only_settings_reads_the_environment() -> None:
    readers = [path for path in _modules(PACKAGE) if "os" in {name.split(".")[0] for name in _imported(path)}]

    assert [path.name for path in readers] == ["settings.py"]


def test_the_domain_never_asks_what_time_it_is() -> None:
    for path in _modules(PACKAGE / "domain"):
        asked = [node for node in _nodes(path) if isinstance(node, ast.Attribute) and _asks_the_time(node)]

        assert not asked


def _asks_the_time(node: ast.Attribute) -> bool:
    of_a_clock = isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date"}
    return of_a_clock and node.attr in {"now", "today", "utcnow"}


def test_package_markers_stay_empty() -> None:
    markers = [path for folder in (PACKAGE, ROOT / "functions") for path in folder.rglob("__init__.py")]

    assert [str(path) for path in markers if path.read_text(encoding="utf-8").strip()] == []


def test_every_except_names_one_exception() -> None:
    for folder in (PACKAGE, ROOT / "functions", ROOT / "infra"):
        for path in _modules(folder):
            for node in _nodes(path):
                if isinstance(node, ast.ExceptHandler):
                    assert isinstance(node.type, ast.Name | ast.Attribute), f"{path}:{node.lineno} names none, or many"


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda path: path.parent.name)
def test_a_handler_stays_short_and_alone_in_its_folder(path: Path) -> None:
    neighbours = {other.name for other in path.parent.iterdir() if other.name != "__pycache__"}

    assert neighbours <= {"app.py", "__init__.py"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


def test_no_module_is_too_long_to_be_read_at_once() -> None:
    for folder in (PACKAGE, ROOT / "functions", ROOT / "infra", ROOT / "tests"):
        for path in _modules(folder):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            assert lines <= MODULE_LINES_MAX, f"{path}: {lines} lines"


def test_every_function_of_the_product_fits_on_a_screen() -> None:
    for folder in (PACKAGE, ROOT / "functions", ROOT / "infra"):
        for path in _modules(folder):
            assert too_long(path) == []


def too_long(path: Path) -> list[str]:
    """Return the functions of a module that are longer than a screen, with their place."""
    functions = [node for node in _nodes(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = [(node, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions]
    return [f"{path}:{node.lineno} {node.name}: {size}" for node, size in sizes if size > FUNCTION_LINES_MAX]


@pytest.mark.parametrize("folder", ["infra/simulator"])
def test_the_independent_outside_shares_no_code_with_the_product(folder: str) -> None:
    for path in _modules(ROOT / folder):
        assert not [name for name in _imported(path) if name.split(".")[0] == "ownerloop"]


def test_the_check_itself_can_fail(tmp_path: Path) -> None:
    naive = tmp_path / "naive.py"
    naive.write_text("from ownerloop.adapters.lake import S3Lake\n", encoding="utf-8")

    assert outward_imports(naive, "domain") == {"ownerloop.adapters.lake.S3Lake"}

    endless = tmp_path / "endless.py"
    endless.write_text("def endless() -> None:\n" + "    print()\n" * FUNCTION_LINES_MAX, encoding="utf-8")

    assert too_long(endless) == [f"{endless}:1 endless: {FUNCTION_LINES_MAX + 1}"]
