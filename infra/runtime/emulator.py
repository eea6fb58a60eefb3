"""Lambda's runtime without Docker: the Runtime Interface Emulator of the SAM CLI with Lambda's own Python client."""

import json
import os
import platform
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.ministack import HOST, MissingEnvironmentError
from infra.local.processes import Child, ChildFailedError, start_child
from infra.template.reading import TEMPLATE

ROOT = TEMPLATE.parent
INTERPRETER = ROOT / ".venv-runtime" / "bin" / "python"
START_SECONDS = 20.0
_PATH = "/2015-03-31/functions/function/invocations"
_POLL_SECONDS = 0.02
_GRACE_SECONDS = 30.0  # beyond the function's own timeout: a cold start is not part of it
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
_PROCESSORS = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
_KEPT = ("HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")


class UnloadableError(Exception):
    """A function whose module could not be imported; carries what it wrote."""

    def __init__(self, *, name: str, said: list[str]) -> None:
        super().__init__(f"{name} could not be loaded:\n" + "\n".join(said))
        self.name, self.said = name, said


@dataclass(frozen=True, slots=True)
class Task:
    """One function as Lambda is told of it; `bytecode` is where compiled modules are kept, None keeps none."""

    name: str
    handler: str
    task_root: Path
    opt: Path
    environment: Mapping[str, str]
    timeout_seconds: int
    memory_mb: int
    bytecode: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an invocation gave back and how long its caller waited."""

    payload: Any
    milliseconds: float

    @property
    def error(self) -> str | None:
        """Return the type of the error that the function raised, or None."""
        return self.payload.get("errorType") if isinstance(self.payload, dict) else None


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running emulator with one function; its first invocation is a cold start."""

    task: Task
    address: str
    child: Child

    def invoke(self, event: Any) -> Answer:
        """Return what the function answers to an event, its error too; what cannot be loaded raises."""
        body = json.dumps(event).encode()
        request = urllib.request.Request(f"http://{self.address}{_PATH}", data=body)  # 127.0.0.1 only
        since = time.perf_counter()
        try:
            answer = urllib.request.urlopen(request, timeout=self.task.timeout_seconds + _GRACE_SECONDS)  # noqa: S310  # 127.0.0.1 only
        except urllib.error.HTTPError as refusal:
            raise UnloadableError(name=self.task.name, said=self.said) from refusal
        with answer:
            payload = json.load(answer)
        return Answer(payload, (time.perf_counter() - since) * 1000)

    @property
    def log(self) -> str:
        """Return what emulator and function have written."""
        return self.child.log.read_text(encoding="utf-8", errors="replace")

    @property
    def said(self) -> list[str]:
        """Return the lines that the function itself wrote."""
        return [line for line in self.log.splitlines() if "(rapid)" not in line]

    @property
    def init_milliseconds(self) -> float:
        """Return how long the cold start took, as Lambda would report it."""
        (found,) = _INIT.findall(self.log)
        return float(found)


@contextmanager
def emulated(task: Task, work_dir: Path) -> Iterator[Emulator]:
    """Run one function under the emulator for the duration of a `with` block."""
    if not INTERPRETER.is_file():
        raise MissingEnvironmentError(INTERPRETER)
    address, api = (f"{HOST}:{port}" for port in _free_ports())
    command = [str(_binary(work_dir)), "--runtime-interface-emulator-address", address, "--runtime-api-address", api]
    command += ["--log-level", "info", str(INTERPRETER), "-m", "awslambdaric", task.handler]
    log = work_dir / f"{task.name}-{address.rpartition(':')[2]}.log"
    child = start_child(task.name, command, env=_environment(task), log=log, folder=task.task_root)
    try:
        _await_port(address, child)
        yield Emulator(task=task, address=address, child=child)
    finally:
        child.stop()


def compile_runtime() -> None:
    """Compile what Lambda's own Python brings compiled, so that a cold start pays for our modules only."""
    packages = INTERPRETER.parents[1] / "lib"
    subprocess.run([str(INTERPRETER), "-m", "compileall", "-qq", str(packages)], check=True)


def _environment(task: Task) -> dict[str, str]:
    """Return what a function sees: its own values, Lambda's, and nothing of whoever runs this."""
    kept = {"PYTHONDONTWRITEBYTECODE": "1"} if task.bytecode is None else {"PYTHONPYCACHEPREFIX": str(task.bytecode)}
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "PATH": os.defpath,
        "LAMBDA_TASK_ROOT": str(task.task_root),
        "PYTHONPATH": str(task.opt / "python"),
        "AWS_LAMBDA_FUNCTION_NAME": task.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(task.timeout_seconds),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(task.memory_mb),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",  # the template's LoggingConfig
        **kept,
        **task.environment,
    }


def _binary(work_dir: Path) -> Path:
    """Return the emulator for this processor, made executable: the wheel does not promise that."""
    machine = platform.machine()
    name = f"aws-lambda-rie-{_PROCESSORS[machine]}"
    (found,) = (ROOT / ".venv-tools" / "lib").glob(f"python3*/site-packages/samcli/local/rapid/{name}")
    work_dir.mkdir(parents=True, exist_ok=True)
    binary = work_dir / name
    if not binary.is_file():
        shutil.copyfile(found, binary)
        binary.chmod(0o755)
    return binary


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind((HOST, 0))
        two.bind((HOST, 0))
        return int(one.getsockname()[1]), int(two.getsockname()[1])


def _await_port(address: str, child: Child) -> None:
    host, _, port = address.rpartition(":")
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and child.is_running:
        with socket.socket() as probe:
            if probe.connect_ex((host, int(port))) == 0:
                return
        time.sleep(_POLL_SECONDS)
    raise ChildFailedError(name=child.name, log=child.log)
