"""The functions as `sam build` makes them for this machine, laid out as Lambda does it: a task folder and /opt."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.template.reading import TEMPLATE, load_template, resources

ROOT = TEMPLATE.parent
BUILDS = ROOT / ".ownerloop" / "build" / "machine"
SAM = ROOT / ".venv-tools" / "bin" / "sam"
KEPT_SECONDS = 1800  # since its last use; a parallel run may still stand on a build of other content
_SOURCES = ("functions", "shared/ownerloop", "infra/layers")


class BuildFailedError(Exception):
    """`sam build` ended badly; carries what it said."""

    def __init__(self, said: str) -> None:
        super().__init__(f"sam build failed:\n{said}")
        self.said = said


@dataclass(frozen=True, slots=True)
class Artefact:
    """A finished build: one folder a function, one a layer, and the template that names them."""

    folder: Path
    template: Mapping[str, Any]

    @property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the functions' properties by logical id, with what Globals say."""
        shared = self.template["Globals"]["Function"]
        found = resources(dict(self.template), "AWS::Serverless::Function")
        return {logical_id: {**shared, **resource["Properties"]} for logical_id, resource in found.items()}

    def task_root(self, function: str) -> Path:
        """Return what Lambda mounts as /var/task."""
        return self.folder / str(self.functions[function]["CodeUri"])

    def opt(self, function: str) -> Path:
        """Return what Lambda mounts as /opt: the function's layers in their order, a later one over an earlier one."""
        layers = [layer["Ref"] for layer in self.functions[function]["Layers"]]
        done = self.folder.parent / "opt" / "-".join(layers)
        if not done.is_dir():
            with tempfile.TemporaryDirectory(dir=self.folder.parent) as scratch:
                merged = Path(scratch) / "opt"
                for layer in layers:
                    source = self.folder / str(self.template["Resources"][layer]["Properties"]["ContentUri"])
                    shutil.copytree(source, merged, dirs_exist_ok=True, copy_function=_link)
                done.parent.mkdir(exist_ok=True)
                _name(merged, done)
        return done


def built() -> Artefact:
    """Return the build of the checkout as it stands; what was built from the same content is not built again."""
    done = BUILDS / _content()
    if not done.is_dir():
        BUILDS.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=BUILDS, prefix=".making-"))
        _sam_build(making / "artefact")
        _name(making, done)
    os.utime(done)
    for folder in BUILDS.iterdir():
        if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    folder = done / "artefact"
    return Artefact(folder=folder, template=load_template(folder / "template.yaml"))


def _sam_build(into: Path) -> None:
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "OWNERLOOP_TARGET": "machine"}
    command = [str(SAM), "build", "--parallel", "--build-dir", str(into)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailedError(done.stdout + done.stderr)


def _content() -> str:
    digest = hashlib.sha256(str(sys.implementation.cache_tag).encode())
    for path in [TEMPLATE, *_files(ROOT / name for name in _SOURCES)]:
        body = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)}|{len(body)}|".encode() + body)
    return digest.hexdigest()[:16]


def _files(folders: Iterable[Path]) -> list[Path]:
    found = [path for folder in folders for path in folder.rglob("*") if "__pycache__" not in path.parts]
    return sorted(path for path in found if path.is_file())


def _link(source: str, target: str) -> None:
    Path(target).unlink(missing_ok=True)
    os.link(source, target)


def _name(made: Path, done: Path) -> None:
    """Give a finished folder its name; where a parallel build came first, its result stands."""
    try:
        made.rename(done)
    except OSError:
        if not done.is_dir():
            raise
