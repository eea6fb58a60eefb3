"""Every package we stand on is declared, locked, shipped where it is needed, and imported where the design says."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LAYERS = ("core", "auth", "columns", "lake")

# Package: its module, and where the product may import it. boto3 and moto have one door each (design §11, style §1).
MODULES = {
    "boto3": "botocore",  # the part of it that makes clients; the rest of boto3 is slow to load
    "aws-lambda-powertools": "aws_lambda_powertools",
    "pydantic": "pydantic",
    "pyarrow": "pyarrow",
    "numpy": "numpy",
    "moto": "moto",
    "pytest": "pytest",
}
PLACES = {
    "boto3": (
        "shared/ownerloop/adapters/dynamodb/botocores.py",
        "shared/ownerloop/adapters/dynamodb/surroundings.py",  # for the certificates that it brings along
    ),
    "aws-lambda-powertools": (
        "shared/ownerloop/telemetry.py",
        "shared/ownerloop/adapters/idempotency.py",  # the API's Idempotency-Key (design §10)
        "shared/ownerloop/adapters/partner_http.py",
        "shared/ownerloop/adapters/partner_routes.py",
        "functions/",
    ),
    "pydantic": (
        "shared/ownerloop/contracts/",
        "shared/ownerloop/adapters/partner_http.py",  # says by RFC 9457 what a contract refused
        "shared/ownerloop/adapters/partner_routes.py",
    ),
    "pyarrow": ("shared/ownerloop/adapters/lake.py", "shared/ownerloop/adapters/lake_schemas.py"),
    "numpy": ("shared/ownerloop/domain/",),
    "moto": (),
    "pytest": (),
}
TESTS_ONLY = {"moto", "pytest"}
LAYER_OF = {"aws-lambda-powertools": "core", "pydantic": "core", "numpy": "columns", "pyarrow": "lake"}
# Of a hot function: the modules of ours that it may load, a few above what it does, for each makes a cold start longer
# (T8); and what it needs of what is slow to load.
HOT = {
    "ingest_vehicle_data": (117, {"numpy"}),
    "dispatch_contacts": (81, set[str]()),
    "plan_contacts": (95, {"numpy"}),
    "send_wecom": (76, {"urllib3"}),
    "settle_wecom": (79, {"urllib3"}),
}
SLOW_TO_IMPORT = {"pydantic", "pyarrow", "botocore.session", "numpy", "urllib3"}


@pytest.mark.parametrize("package", MODULES)
def test_a_package_is_declared_and_locked(package: str) -> None:
    declared = PROJECT["optional-dependencies"]["dev"] if package in TESTS_ONLY else PROJECT["dependencies"]

    assert package in {_name(requirement) for requirement in declared}
    assert package in _locked(ROOT / "infra" / "locks" / "project.lock")


@pytest.mark.parametrize("package", MODULES)
def test_a_package_rides_in_its_layer_and_in_no_other(package: str) -> None:
    held = {layer for layer in LAYERS if package in _locked(ROOT / "infra" / "layers" / layer / "requirements.lock")}

    assert held == ({LAYER_OF[package]} if package in LAYER_OF else set())


@pytest.mark.parametrize("package", MODULES)
def test_a_package_is_imported_where_the_design_says(package: str) -> None:
    importers = importers_of(MODULES[package], ROOT, "shared", "functions")

    assert {path for path in importers if not path.startswith(PLACES[package] or ("nowhere",))} == set()
    assert all(any(path.startswith(place) for path in importers) for place in PLACES[package])


@pytest.mark.parametrize("package", sorted(TESTS_ONLY))
def test_what_only_tests_need_only_tests_import(package: str) -> None:
    assert importers_of(MODULES[package], ROOT, "infra") == set()
    assert importers_of(MODULES[package], ROOT, "tests")


@pytest.mark.parametrize("function", HOT)
def test_a_hot_function_loads_little_and_nothing_slow_that_it_does_not_need(function: str) -> None:
    modules_max, needed = HOT[function]
    script = f"import sys, functions.{function}.app; print(*sys.modules)"
    environment = {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
        "POWERTOOLS_SERVICE_NAME": "ownerloop",
        "POWERTOOLS_METRICS_NAMESPACE": "OwnerLoop",
    }

    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert loaded & SLOW_TO_IMPORT == needed
    assert len([name for name in loaded if name.startswith("ownerloop.")]) <= modules_max


def test_the_check_itself_can_fail(tmp_path: Path) -> None:
    stray = tmp_path / "shared" / "stray.py"
    stray.parent.mkdir()
    stray.write_text("def slow():\n    from pyarrow import parquet\n", encoding="utf-8")

    assert importers_of("pyarrow", tmp_path, "shared") == {"shared/stray.py"}


def importers_of(module: str, root: Path, *folders: str) -> set[str]:
    """Return the files below the folders that import a module, wherever in the file they do."""
    paths = [path for folder in folders for path in (root / folder).rglob("*.py") if "__pycache__" not in path.parts]
    return {str(path.relative_to(root)) for path in paths if module in _imported(path)}


@cache
def _imported(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(text)))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def _locked(lock: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", lock.read_text(encoding="utf-8"), flags=re.MULTILINE))
