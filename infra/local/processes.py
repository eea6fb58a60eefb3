"""Child processes of the local stack: started in a session of their own and always stopped."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.errors import ToldError

_PR_SET_PDEATHSIG = 1
_TAIL_LINES = 15


class ChildFailedError(ToldError):
    """A process that the local stack needs ended, or never answered; carries the end of its log."""

    def __init__(self, *, name: str, log: Path) -> None:
        super().__init__(f"{name} did not come up; the end of {log}:\n{tail(log)}")
        self.name, self.log = name, log


@dataclass(frozen=True, slots=True)
class Child:
    """A running process and the file that its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def is_running(self) -> bool:
        """Return whether the process has not ended."""
        return self.process.poll() is None

    def stop(self, *, grace_seconds: float = 5.0) -> None:
        """End the process and whatever it started, first politely; a second call does nothing."""
        stop_group(self.process.pid, wait=self._wait, grace_seconds=grace_seconds)

    def _wait(self, seconds: float) -> bool:
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True


def start_child(
    name: str,
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    folder: Path | None = None,
    outlives_us: bool = False,
) -> Child:
    """Start a process in a session of its own, so that Ctrl-C reaches only us and we stop it in order.

    Unless it is to outlive us, Linux ends it when we die without a word.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(command),
            env=dict(env),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=None if outlives_us else _die_with_parent(),  # noqa: PLW1509  # one prctl call, before any thread
        )
    return Child(name=name, process=process, log=log)


def stop_group(pid: int, *, wait: Callable[[float], bool], grace_seconds: float) -> None:
    """End the process group that `pid` leads; `wait` says whether the leader ended within so many seconds."""
    for sign, seconds in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, grace_seconds)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, sign)
        if wait(seconds):
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)  # whatever of the group outlived its leader


def is_alive(pid: int) -> bool:
    """Return whether a process of that id still runs, whoever started it."""
    with contextlib.suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False  # our own child ended and nobody had asked yet
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def tail(log: Path) -> str:
    """Return the last lines of a log, for a message to people."""
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:])


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
