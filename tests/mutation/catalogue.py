"""The catalogue of guarded modules: which mutants there are, and which tests each must not survive."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.mutation.mutants import Mutant, constant_mutants, mutants_of

ROOT = Path(__file__).resolve().parents[2]
GUARDS = Path(__file__).with_name("guards.yaml")
HARMLESS = Path(__file__).with_name("harmless.yaml")


@dataclass(frozen=True, slots=True)
class Case:
    """One mutant, the law it breaks and the tests that must notice."""

    law: str
    mutant: Mutant
    tests: tuple[str, ...]


def cases(*, root: Path = ROOT, only: str = "") -> list[Case]:
    """Return every case whose law or name contains the text, without the mutants that are known to be harmless."""
    known = harmless()
    return [
        case
        for guard in yaml.safe_load(GUARDS.read_text(encoding="utf-8"))
        for case in _cases_of(guard, root)
        if case.mutant.name not in known and (only in case.law or only in case.mutant.name)
    ]


def harmless() -> dict[str, str]:
    """Return the mutants that change nothing anybody could see, by name, each with its reason."""
    told: dict[str, str] = yaml.safe_load(HARMLESS.read_text(encoding="utf-8")) or {}
    return told


def every_name(*, root: Path = ROOT) -> set[str]:
    """Return the name of every mutant, harmless or not."""
    guards = yaml.safe_load(GUARDS.read_text(encoding="utf-8"))
    return {case.mutant.name for guard in guards for case in _cases_of(guard, root)}


def _cases_of(guard: dict[str, Any], root: Path) -> Iterator[Case]:
    tests = tuple(guard["tests"])
    for path in (path for named in guard.get("modules", ()) for path in _files(named, root)):
        for mutant in mutants_of(path, root=root):
            yield Case(guard["law"], mutant, tests)
    if path := guard.get("conditions"):
        for mutant in constant_mutants(path, guard["always"], root=root):
            yield Case(guard["law"], mutant, tests)


def _files(named: str, root: Path) -> list[str]:
    found = [root / named] if named.endswith(".py") else sorted((root / named).glob("*.py"))
    return [path.relative_to(root).as_posix() for path in found]
