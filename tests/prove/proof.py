"""One heavy proof: a command of its own, what it must show, and what became of it."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

Tool = tuple[str, ...]
PYTHON: Tool = (".venv/bin/python",)
OWNERLOOP: Tool = (".venv/bin/ownerloop",)
JUNIT = "{junit}"  # in a command: where the tests write what they counted


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, what it printed on either way out, and what its tests wrote."""

    code: int
    out: str
    err: str = ""
    junit: str = ""

    def json(self) -> Any:
        """Return the object with which the output ends; {} where there is none."""
        begins = self.out.find("{")
        try:
            return json.loads(self.out[begins:]) if begins >= 0 else {}
        except json.JSONDecodeError:
            return {}

    @property
    def last_line(self) -> str:
        """Return the last line that says something, the one of the trouble where nothing else was said."""
        lines = [line.strip() for line in (self.out.strip() or self.err).splitlines() if line.strip()]
        return lines[-1] if lines else "it said nothing"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a command showed, in words, and whether it is what was asked for."""

    figure: str
    holds: bool


Judge = Callable[[Ended], Seen]


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that is run whole: `small` are the arguments that replace the whole ones for a look at the runner."""

    name: str
    what: str
    must: str
    command: Tool
    judge: Judge
    small: Mapping[str, str] | None = None
    seconds_max: int | None = None  # that the figure asks for; nothing where it asks for none

    def asked(self, *, is_small: bool) -> Tool:
        """Return the command, whole or small."""
        if not is_small or not self.small:
            return self.command
        return tuple(self.small.get(word, word) for word in self.command)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report."""

    name: str
    what: str
    figure: str
    must: str
    holds: bool
    seconds: float
    command: str


def words(ended: Ended) -> Seen:
    """Return the last line said; the exit code decides, and who said nothing proved nothing."""
    return Seen(ended.last_line[:200], holds=ended.code == 0 and bool(ended.out.strip()))


def nothing(ended: Ended) -> Seen:
    """Return the last line said by a command that did not tell its figures."""
    return Seen(ended.last_line[:200], holds=False)


def passing(ended: Ended) -> Seen:
    """Return how many tests passed and what they counted; one that failed or was left out holds nothing."""
    if not ended.junit:
        return nothing(ended)
    suites = fromstring(ended.junit)
    cases = list(suites.iter("testcase"))
    bad = [case.get("name", "") for case in cases if _went_wrong(case)]
    counted = [f"{one.get('name')} {one.get('value')}" for one in suites.iter("property")]
    figure = ", ".join([f"{len(cases) - len(bad)} of {len(cases)} tests passed", *counted, *bad])
    return Seen(figure, holds=ended.code == 0 and bool(cases) and not bad)


def _went_wrong(case: Element) -> bool:
    return any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))


def pytest_of(*places: str) -> Tool:
    """Return the command that runs tests one after another and writes what they counted."""
    options = ("-q", "-p", "no:randomly", "-p", "no:xdist", "-o", "junit_family=xunit1", "--junitxml", JUNIT)
    return (*PYTHON, "-m", "pytest", *options, *places)


def read_junit(path: Path) -> str:
    """Return what tests wrote; nothing where none ran."""
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def runnable(command: Tool) -> Tool:
    """Return the command for this interpreter's environment, whatever its folder is called."""
    tool = Path(sys.executable).parent / Path(command[0]).name
    return (str(tool), *command[1:])
