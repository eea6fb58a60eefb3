"""Asks tests again and again without starting anew each time: `python -m tests.mutation.asking`, one question a line.

Libraries are loaded once; each question is answered by a child that loads the project as it lies there at that moment,
file by file, and ends with the first test that fails.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

CPU_SECONDS_MAX, SECONDS_MAX = 120, 900  # a condition whose end makes a loop endless, or waits for ever, is noticed too
ENDLESS = "no end"
_LIBRARIES = ("boto3", "hypothesis", "moto", "msgspec", "numpy", "pyarrow.parquet", "pydantic")
_ARGUMENTS = (
    *("-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"),
    *("-m", "not emulator and not build and not slow", "--hypothesis-seed=0"),  # no verdict by chance
    *("-W", "ignore:Module already imported"),  # the libraries are
)


class Asker:
    """Tests of a copy of the project, asked one question after another."""

    def __init__(self, copy: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{copy}:{copy / 'shared'}"}
        command = [sys.executable, "-m", "tests.mutation.asking"]
        self._process = subprocess.Popen(
            command, cwd=copy, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def noticed_by(self, tests: Sequence[str]) -> str | None:
        """Return the first test that fails, or None where all pass."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(tests) + "\n")
        self._process.stdin.flush()
        told = self._process.stdout.readline() or '{"died": "whoever asks"}'
        if told.startswith("{"):
            raise RuntimeError(f"no test answered: {told.strip()}")
        answer: str | None = json.loads(told)
        return answer


class _Ear:
    """Hears of the first failure."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def _first_failure(tests: Sequence[str]) -> str | None:
    for path in tests:
        ear = _Ear()
        code = pytest.main([*_ARGUMENTS, path], plugins=[ear])
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            return ear.failed or f"{path}: {code.name if isinstance(code, pytest.ExitCode) else code}"
    return None


def _answered(tests: Sequence[str]) -> str | dict[str, int] | None:
    """Return what a child of this process says, or how it died."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        silence = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(silence, stream)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1))
        signal.alarm(SECONDS_MAX)
        os.write(writing, json.dumps(_first_failure(tests)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGALRM, signal.SIGXCPU}:
        return ENDLESS
    answer: str | None = json.loads(told) if told else None
    return answer if told else {"status": status}


def main() -> int:
    """Answer every question on stdin with a line on stdout."""
    for name in _LIBRARIES:
        import_module(name)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_answered(json.loads(line))) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
