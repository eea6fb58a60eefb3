"""Builds the layers from their locks: for the deployed runtime in `sam build`, for this machine in the local stack.

Needs the standard library and pip only, so that any interpreter of the checkout can run it.
"""

import argparse
import compileall
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".ownerloop" / "build"
PACKAGE = ROOT / "shared" / "ownerloop"
LOCAL_MODULES = ROOT / "infra" / "local" / "layer"
RUNTIME = "3.13"  # follows Globals.Function.Runtime in template.yaml; a test holds them equal

# The runtime's glibc is 2.34; these are the tags that wheels for it carry.
_GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_27", "manylinux_2_24", "manylinux_2_17", "manylinux2014")
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}

# What no function ever imports. Patterns are relative to the layer's python/ folder.
STRIPPED = (
    *("bin", "**/tests", "**/__pycache__"),
    *("**/*.pyi", "**/*.pyx", "**/*.pxd", "**/*.pxi", "**/*.h", "**/*.hpp", "**/*.a"),
    *("numpy/f2py", "numpy/distutils", "numpy/_core/include"),
    *("pyarrow/include", "pyarrow/includes", "pyarrow/src", "pyarrow/libarrow_python.so"),
    *("pyarrow/libarrow_python.so.*.*", "pyarrow/libarrow_python_flight*"),
    *("pyarrow/libarrow_python_parquet_encryption.so", "pyarrow/libarrow_python_parquet_encryption.so.*.*"),
    *("pyarrow/*flight*", "pyarrow/_substrait*", "pyarrow/*s3*.so*", "pyarrow/_gcsfs*", "pyarrow/_azurefs*"),
    *("pyarrow/_hdfs*", "pyarrow/_pyarrow_cpp_tests*"),
)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the template: its lock, and whether the product's own package rides in it."""

    logical_id: str
    folder: str
    carries_package: bool = False

    @property
    def lock(self) -> Path:
        """Return the lock that the layer is installed from."""
        return ROOT / "infra" / "layers" / self.folder / "requirements.lock"


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a layer is built for."""

    name: str
    pip_options: tuple[str, ...]
    is_local: bool


LAYERS = {
    layer.logical_id: layer
    for layer in (
        Layer("CoreLayer", "core", carries_package=True),
        Layer("AuthLayer", "auth"),
        Layer("ColumnsLayer", "columns"),
        Layer("LakeLayer", "lake"),
    )
}


def deployed(architecture: str = "arm64") -> Target:
    """Return the target of a deploy: the template's runtime on a processor that this machine need not have."""
    machine = _MACHINES[architecture]
    platforms = [option for tag in _GLIBC for option in ("--platform", f"{tag}_{machine}")]
    options = ("--implementation", "cp", "--python-version", RUNTIME, *platforms)
    return Target(name=f"{RUNTIME}-{architecture}", pip_options=options, is_local=False)


def local() -> Target:
    """Return the target of the local stack: the interpreter that runs this, on its own processor."""
    name = f"{sys.implementation.cache_tag}-{sysconfig.get_platform()}"
    return Target(name=name, pip_options=(), is_local=True)


def fill(layer: Layer, target: Target, into: Path, *, whole: bool = False) -> None:
    """Write the layer's content into a folder, as `sam build` wants it.

    A local layer, unless it is wanted whole, holds a pointer to what was built in the checkout: the local cloud unpacks
    every layer anew for each worker process, and a hundred megabytes would cost seconds each time.
    """
    if target.is_local and not whole:
        _point(into, paths_of(layer, target))
        return
    python, unshipped = into / "python", shutil.ignore_patterns("__pycache__")
    shutil.copytree(_dependencies(layer, target), python, dirs_exist_ok=True, ignore=unshipped)
    if layer.carries_package:
        shutil.copytree(PACKAGE, python / "ownerloop", dirs_exist_ok=True, ignore=unshipped)


def paths_of(layer: Layer, target: Target) -> list[Path]:
    """Return the folders that a layer of the local stack puts on a worker's path."""
    return [_dependencies(layer, target), *([_package()] if layer.carries_package else [])]


def build_local(target_dir: Path = CACHE / "local") -> Path:
    """Build functions and layers for this machine and return the template that names their archives.

    A second call with nothing changed builds nothing.
    """
    from infra.template.reading import load_template  # noqa: PLC0415  # needs PyYAML, which `sam build` does without

    template = load_template()
    target_dir.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda layer: _dependencies(layer, local()), LAYERS.values()))
    for logical_id, resource in template["Resources"].items():
        match resource["Type"]:
            case "AWS::Serverless::LayerVersion":
                resource["Properties"]["ContentUri"] = _archive_of_layer(LAYERS[logical_id], target_dir)
            case "AWS::Serverless::Function":
                source = ROOT / resource["Properties"]["CodeUri"] / "app.py"
                resource["Properties"]["CodeUri"] = _archive(target_dir / logical_id, {"app.py": source.read_bytes()})
            case _:
                continue
        resource.pop("Metadata", None)
    return _write_whole(target_dir / "template.json", json.dumps(template, indent=1).encode())


def packaged(template_path: Path, *, bucket: str) -> tuple[str, dict[str, Path]]:
    """Return the template's text with its archives named in a bucket, and which file goes under which key.

    The text itself is among the files, as `template.json`: it is longer than CreateStack takes in a request.
    """
    template = json.loads(template_path.read_text(encoding="utf-8"))
    uploads: dict[str, Path] = {}
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            location = resource.get("Properties", {}).get(name)
            if location is None:
                continue
            archive = Path(location)
            key = f"{archive.stem}-{_digest([archive.read_bytes()])}.zip"
            resource["Properties"][name] = f"s3://{bucket}/{key}"
            uploads[key] = archive
    text = json.dumps(template)
    uploads["template.json"] = _write_whole(template_path.with_name("packaged.json"), text.encode())
    return text, uploads


def _dependencies(layer: Layer, target: Target) -> Path:
    """Return the folder with what the layer's lock names, installing it at first sight of lock and target."""
    key = _digest([layer.lock.read_bytes(), repr((STRIPPED, target)).encode()])
    done = CACHE / "dependencies" / f"{layer.folder}-{target.name}-{key}"
    if done.is_dir():
        return done
    with _half_made(done) as folder:
        command = [
            sys.executable,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "-qq",
            "install",
            "--no-deps",
            "--no-compile",
        ]
        command += ["--require-hashes", "--only-binary", ":all:", *target.pip_options]
        subprocess.run([*command, "--target", str(folder), "-r", str(layer.lock)], check=True)
        _strip(folder)
        if target.is_local:
            compileall.compile_dir(folder, quiet=2, workers=1)
    return done


def _package() -> Path:
    """Return a folder with the package and the local stack's own modules, copied at first sight of their content."""
    sources = sorted(path for root in (PACKAGE, LOCAL_MODULES) for path in root.rglob("*") if _is_source(path))
    key = _digest(part for path in sources for part in (str(path.relative_to(ROOT)).encode(), path.read_bytes()))
    done = CACHE / "package" / key
    if done.is_dir():
        return done
    with _half_made(done) as folder:
        for path in sources:
            home = folder / (
                path.relative_to(PACKAGE.parent) if path.is_relative_to(PACKAGE) else path.relative_to(LOCAL_MODULES)
            )
            home.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, home)
        compileall.compile_dir(folder, quiet=2, workers=1)
    return done


class _half_made:  # noqa: N801  # reads as a phrase in a with statement
    """A folder that gets its name only when it is whole, so that a broken or parallel build is never taken for one."""

    def __init__(self, done: Path) -> None:
        self._done = done

    def __enter__(self) -> Path:
        self._done.parent.mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(dir=self._done.parent, prefix=".making-"))
        return self._folder

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and not self._done.exists():
            self._folder.chmod(0o755)
            try:
                self._folder.rename(self._done)
            except OSError:
                if not self._done.is_dir():  # else a parallel build of the same content came first
                    raise
        shutil.rmtree(self._folder, ignore_errors=True)


def _strip(folder: Path) -> None:
    for pattern in STRIPPED:
        for path in list(folder.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()


def _point(into: Path, folders: Iterable[Path]) -> None:
    """Write the .pth file that puts the folders first on a worker's path."""
    site = into / "python" / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    site.mkdir(parents=True, exist_ok=True)
    (site / "ownerloop_layer.pth").write_text(_pointer(folders), encoding="utf-8")


def _pointer(folders: Iterable[Path]) -> str:
    return "".join(f"import sys; sys.path.insert(0, {str(folder)!r})\n" for folder in folders)


def _archive_of_layer(layer: Layer, target_dir: Path) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        fill(layer, local(), Path(scratch))
        files = {
            str(path.relative_to(scratch)): path.read_bytes() for path in Path(scratch).rglob("*") if path.is_file()
        }
    return _archive(target_dir / layer.logical_id, files)


def _archive(stem: Path, files: dict[str, bytes]) -> str:
    """Write a zip whose bytes depend on its content only, and return its path."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return str(_write_whole(stem.with_suffix(".zip"), content.getvalue()))


def _write_whole(path: Path, content: bytes) -> Path:
    """Write a file that a parallel build or deploy sees either as it was or whole, and return its path."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".making-", delete=False) as half:
        half.write(content)
    Path(half.name).chmod(0o644)
    Path(half.name).replace(path)
    return path


def _is_source(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:16]


def main() -> None:
    """Build one layer for `sam build`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("layer", choices=sorted(LAYERS))
    parser.add_argument("--into", type=Path, default=Path(os.environ.get("ARTIFACTS_DIR", ".")))
    parser.add_argument("--target", choices=("deployed", "local", "machine"), default="deployed")
    parser.add_argument("--architecture", choices=sorted(_MACHINES), default="arm64")
    arguments = parser.parse_args()
    target = deployed(arguments.architecture) if arguments.target == "deployed" else local()
    fill(LAYERS[arguments.layer], target, arguments.into, whole=arguments.target == "machine")


if __name__ == "__main__":
    main()
