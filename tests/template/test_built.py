"""What `sam build` makes on a machine that has neither Docker nor the deployed runtime."""

import os
import re
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.layers.build import LAYERS, build_local, local, packaged, paths_of
from infra.template.reading import load_template
from tests.template.reading import FUNCTIONS, named, properties_of

ROOT = Path(__file__).resolve().parents[2]
MIB = 1024 * 1024
HOT = {
    "EnrolOwners",
    "IngestVehicleData",
    "DispatchContacts",
    "SendWecom",
    "SettleWecom",
    "PlanContacts",
    "AuthorizePartner",
    "PartnerApi",
    "ReceiveWecom",
}
COLUMNAR = {"numpy": "ColumnsLayer", "pyarrow": "LakeLayer"}
AARCH64 = 183
LOADED = re.compile(rb"\0(lib(?:arrow|parquet)[a-z_]*\.so\.[0-9]+)(?=\0)")
THE_RUNTIME_HAS = ("boto3", "botocore", "s3transfer", "dateutil", "six", "jmespath", "urllib3")

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [str(ROOT / ".venv-tools" / "bin" / "sam"), "build", "--build-dir", str(folder)]
    environment = {name: value for name, value in os.environ.items() if name != "OWNERLOOP_TARGET"}
    subprocess.run(command, cwd=ROOT, env={**environment, "SAM_CLI_TELEMETRY": "0"}, check=True, capture_output=True)
    return folder


def test_a_hot_function_with_its_layers_stays_small(built: Path) -> None:
    sizes = {function: _unzipped(built, function) / MIB for function in FUNCTIONS}

    print({function: round(size, 1) for function, size in sizes.items()})  # noqa: T201  # the figures that we report
    assert all(sizes[function] <= 64 for function in HOT)
    assert all(size <= 238 for size in sizes.values())


def test_no_built_artefact_holds_the_moved_clock(built: Path) -> None:
    names = {path.name for path in built.rglob("*")}

    assert "clock.py" in names
    assert not {name for name in names if "local_stack" in name or name.endswith(".pth")}


def test_every_compiled_module_is_for_the_deployed_processor_and_runtime(built: Path) -> None:
    modules = [path for path in built.rglob("*.so*") if path.is_file()]

    assert len(modules) > 40
    assert {struct.unpack_from("<H", path.read_bytes(), 18)[0] for path in modules} == {AARCH64}
    assert not [path.name for path in modules if ".cpython-" in path.name and ".cpython-313-" not in path.name]


def test_every_library_that_a_shipped_module_loads_is_shipped(built: Path) -> None:
    modules = [path for path in (built / "LakeLayer").rglob("*.so*") if path.is_file()]
    loaded = {name.decode() for path in modules for name in LOADED.findall(path.read_bytes())}

    assert loaded
    assert loaded <= {path.name for path in modules}


def test_nothing_that_no_function_imports_is_shipped(built: Path) -> None:
    names = {str(path.relative_to(built)) for path in built.rglob("*")}

    assert not [name for name in names if name.endswith((".h", ".pyi", ".pyx", "/tests")) or "flight" in name]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_needs_the_layers_it_names_and_no_other(function: str, tmp_path: Path) -> None:
    for name in THE_RUNTIME_HAS:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
        (tmp_path / home.name).symlink_to(home)
    layers = [path for layer in properties_of(function)["Layers"] for path in paths_of(LAYERS[named(layer)], local())]
    code = ROOT / properties_of(function)["CodeUri"]
    script = f"import sys; sys.path[:0] = {[*map(str, layers), str(code), str(tmp_path)]!r}; import app; app.handler"
    script += "; print([name for name in ('numpy', 'pyarrow') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    held = {named(layer) for layer in properties_of(function)["Layers"]}
    assert done.stdout.strip() == str([name for name, layer in COLUMNAR.items() if layer in held])


def test_building_for_this_machine_again_changes_nothing(tmp_path: Path) -> None:
    first = build_local(tmp_path).read_bytes()
    archives = {path.name: path.read_bytes() for path in tmp_path.glob("*.zip")}

    assert build_local(tmp_path).read_bytes() == first
    assert archives == {path.name: path.read_bytes() for path in tmp_path.glob("*.zip")}
    assert {f"{name}.zip" for name in [*FUNCTIONS, *LAYERS]} == set(archives)


def test_who_reads_while_another_builds_reads_a_whole_file(tmp_path: Path) -> None:
    packaged(build_local(tmp_path), bucket="artefacts")
    opened = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}

    packaged(build_local(tmp_path), bucket="artefacts")

    written_in_place = [path.name for path in tmp_path.iterdir() if path.stat().st_ino == opened.pop(path.name)]
    assert written_in_place == []
    assert not opened


def test_the_local_template_is_the_deployed_one_but_for_its_archives(tmp_path: Path) -> None:
    local_template, deployed = load_template(build_local(tmp_path)), load_template()

    for resource in [*local_template["Resources"].values(), *deployed["Resources"].values()]:
        resource.pop("Metadata", None)
        for name in ("CodeUri", "ContentUri"):
            resource["Properties"].pop(name, None)
    assert local_template == deployed


def _unzipped(built: Path, function: str) -> int:
    folders = [built / function, *(built / named(layer) for layer in properties_of(function)["Layers"])]
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
