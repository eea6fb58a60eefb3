"""Whoever kills the function processes of a running stack."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path


class Killer:
    """Kills processes of some functions: in turn after each of the delays, in seconds; None lets them live."""

    def __init__(self, ministack_pid: int, functions: Sequence[str], *, delays: Sequence[float | None]) -> None:
        self._parent, self._functions, self._delays = ministack_pid, functions, delays
        self._turn = 0
        self._timers: list[threading.Timer] = []
        self.killed = 0

    def strike(self) -> None:
        """Let the next turn's kill come after its delay."""
        self._turn += 1
        delay = self._delays[self._turn % len(self._delays)]
        if delay is not None:
            self._timers.append(threading.Timer(delay, self._kill))
            self._timers[-1].start()

    def rest(self) -> None:
        """Wait for the kills that are still to come."""
        for timer in self._timers:
            timer.join()
        self._timers.clear()

    def _kill(self) -> None:
        for pid in _workers(self._parent, self._functions):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.killed += 1


def _workers(parent: int, functions: Sequence[str]) -> Iterator[int]:
    """Yield the children of a process that run one of the functions."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):  # it has ended meanwhile
            of = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            command = (folder / "cmdline").read_bytes()
            if of and int(of[1]) == parent and any(name.encode() in command for name in functions):
                yield int(folder.name)
