"""The local cloud: MiniStack in its own environment, on a free port of 127.0.0.1, always stopped again."""

import json
import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.errors import ToldError
from infra.local.processes import Child, ChildFailedError, start_child

HOST = "127.0.0.1"
REGION = "us-east-1"
CHECKOUT = Path(__file__).resolve().parents[2]
INTERPRETER = CHECKOUT / ".venv-ministack" / "bin" / "python"
HEALTH_SECONDS = 60.0
_POLL_SECONDS = 0.05
_TAKEN = "in use"  # in the log: somebody was given the free port before the child could take it
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


class MissingEnvironmentError(ToldError):
    """The environment of the local cloud was never built."""

    def __init__(self, interpreter: Path) -> None:
        super().__init__(f"{interpreter} is missing; `make env` builds it")
        self.interpreter = interpreter


@dataclass(frozen=True, slots=True)
class MiniStack:
    """A running local cloud."""

    endpoint: str
    work_dir: Path
    child: Child

    @property
    def pid(self) -> int:
        """Return the process that leads its group."""
        return self.child.process.pid

    def stop(self) -> None:
        """End it with every function process it started, and drop what those unpacked."""
        self.child.stop()
        shutil.rmtree(self.work_dir / "scratch", ignore_errors=True)


def start_ministack(
    work_dir: Path, env: Mapping[str, str], *, interpreter: Path = INTERPRETER, outlives_us: bool = False
) -> MiniStack:
    """Start MiniStack and return it once it answers; `env` is what its functions inherit besides their own."""
    if not interpreter.is_file():
        raise MissingEnvironmentError(interpreter)
    work_dir.mkdir(parents=True, exist_ok=True)
    for is_last in (False, False, True):
        stack = _launched(work_dir, env, interpreter=interpreter, outlives_us=outlives_us)
        with ExitStack() as undo:
            undo.callback(stack.stop)  # an error or Ctrl-C while we wait: what we started, we stop
            try:
                _await_health(stack)
            except ChildFailedError as failed:
                if is_last or _TAKEN not in str(failed):
                    raise
                continue
            undo.pop_all()
            return stack
    raise AssertionError("the last try returns or raises")


def _launched(work_dir: Path, env: Mapping[str, str], *, interpreter: Path, outlives_us: bool) -> MiniStack:
    port = _free_port()
    child = start_child(
        "MiniStack",
        [str(interpreter), "-m", "ministack"],
        env=_environment(work_dir, port, env),
        log=work_dir / "ministack.log",
        outlives_us=outlives_us,
    )
    return MiniStack(endpoint=f"http://{HOST}:{port}", work_dir=work_dir, child=child)


@contextmanager
def ministack(work_dir: Path, env: Mapping[str, str]) -> Iterator[MiniStack]:
    """Run MiniStack for the duration of a `with` block."""
    stack = start_ministack(work_dir, env)
    try:
        yield stack
    finally:
        stack.stop()


def _environment(work_dir: Path, port: int, env: Mapping[str, str]) -> dict[str, str]:
    scratch = work_dir / "scratch"
    scratch.mkdir(exist_ok=True)
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TMPDIR": str(scratch),
        "STATE_DIR": str(work_dir / "state"),
        "S3_DATA_DIR": str(work_dir / "s3"),
        "LAMBDA_WARM_TTL_SECONDS": "3600",
        "SFN_WAIT_SCALE": "0",  # between the retries of a state machine: nothing heals by waiting here
        "LOG_LEVEL": "WARNING",
        **env,
    }


def _await_health(stack: MiniStack) -> None:
    ends_at = time.monotonic() + HEALTH_SECONDS
    while time.monotonic() < ends_at and stack.child.is_running:
        if _is_ready(stack.endpoint):
            return
        time.sleep(_POLL_SECONDS)
    raise ChildFailedError(name=stack.child.name, log=stack.child.log)


def _is_ready(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/ready", timeout=2) as answer:  # noqa: S310  # 127.0.0.1 only
            return bool(json.load(answer).get("status") == "completed")
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
