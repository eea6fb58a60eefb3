"""Contenders of a benchmark, each in a process of its own that does its work again whenever it is asked."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv-peers" / "bin" / "python"
Answer = dict[str, Any]


def in_turns(commands: Mapping[str, Sequence[str]], *, runs: int) -> dict[str, list[Answer]]:
    """Return what each contender answered in each round; they take turns, so a busy moment is nobody's own."""
    with ExitStack() as stack:
        ask = {name: stack.enter_context(_contender(command)) for name, command in commands.items()}
        rounds = [{name: one() for name, one in ask.items()} for _ in range(runs)]
    return {name: [one[name] for one in rounds] for name in commands}


def least(answers: Sequence[Answer], name: str) -> float:
    """Return the least of one figure over the rounds."""
    return min(float(one[name]) for one in answers)


@contextmanager
def _contender(command: Sequence[str]) -> Iterator[Callable[[], Answer]]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "shared")])}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        line_in, line_out = process.stdin, process.stdout
        assert line_in is not None
        assert line_out is not None

        def ask() -> Answer:
            line_in.write("again\n")
            line_in.flush()
            answer: Answer = json.loads(line_out.readline())
            return answer

        yield ask
        line_in.close()
