"""The provider simulator as a process beside the local cloud; only its command line and its log are known here."""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.ministack import CHECKOUT, HOST
from infra.local.processes import Child, ChildFailedError, start_child

CORP_ID = "ww0123456789abcdef"
CORP_SECRET = "simulated-secret"  # noqa: S105  # opens nothing but the simulator
START_SECONDS = 15.0
_SLOW_MS = 300  # a slow answer is a late one, well inside the client's patience
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Provider:
    """A running provider simulator, its log, and the map of people that it was given."""

    base_url: str
    log: Path
    people: Path
    child: Child

    def stop(self) -> None:
        """End it."""
        self.child.stop()


def counts_of(*, log: str, people: str) -> dict[str, Any]:
    """Return what customers really received, counted by the simulator's own counter from its log."""
    command = [sys.executable, "-m", "infra.simulator.count", "--log", log, "--people", people]
    done = subprocess.run(command, cwd=CHECKOUT, env=_environment(), check=True, capture_output=True)
    counted: dict[str, Any] = json.loads(done.stdout)
    return counted


def start_provider(
    work_dir: Path, *, seed: int, clock_file: Path, people: Path, port: int = 0, outlives_us: bool = False
) -> Provider:
    """Start the simulator and return it once it listens; an existing log is taken up where it ended."""
    port_file, log = work_dir / "provider-port", work_dir / "provider.jsonl"
    port_file.unlink(missing_ok=True)
    options = {
        "port": port,
        "seed": seed,
        "slow-ms": _SLOW_MS,
        "log": log,
        "clock-file": clock_file,
        "people": people,
        "port-file": port_file,
    }
    child = start_child(
        "the provider simulator",
        [
            sys.executable,
            "-m",
            "infra.simulator",
            *(part for name, value in options.items() for part in (f"--{name}", str(value))),
        ],
        env=_environment(),
        log=work_dir / "provider.log",
        outlives_us=outlives_us,
    )
    with ExitStack() as undo:
        undo.callback(child.stop)
        bound = _await_port(child, port_file)
        undo.pop_all()
    return Provider(base_url=f"http://{HOST}:{bound}", log=log, people=people, child=child)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(CHECKOUT)}


def _await_port(child: Child, port_file: Path) -> int:
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and child.is_running:
        if port_file.is_file():
            return int(port_file.read_text(encoding="utf-8"))
        time.sleep(_POLL_SECONDS)
    raise ChildFailedError(name=child.name, log=child.log)
