"""The simulator is the outside: it owes nothing to what it judges."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "infra" / "simulator").glob("**/*.py"))


def imported(module: Path) -> set[str]:
    """Return the dotted names that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names.add(f"{'.' * node.level}{node.module or ''}")
    return names


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_of_the_simulator_imports_only_python_and_the_simulator(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("infra.simulator.")
    }

    assert not foreign


def test_no_module_of_the_simulator_names_the_product_or_imports_by_name() -> None:
    sources = [module.read_text(encoding="utf-8") for module in MODULES]

    assert len(sources) > 10
    assert not any(word in source for source in sources for word in ("ownerloop", "importlib", "__import__"))
