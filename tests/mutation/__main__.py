"""Removes each guarding condition in turn and tells which test noticed: `python -m tests.mutation [--only TEXT]`."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutation.asking import Asker
from tests.mutation.catalogue import ROOT, Case, cases, harmless

COPIED = ("shared", "functions", "infra", "events", "tests", "template.yaml", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the test that noticed, or None where it survived."""

    case: Case
    noticed_by: str | None


@contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of the project in which mutants may be written; gone at the end."""
    with tempfile.TemporaryDirectory(prefix="ownerloop-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / name, copy / name)
        yield copy


def tried(case: Case, copy: Path, *, asker: Asker, stamp: int) -> Verdict:
    """Return what the tests say of the mutant; the copy is whole again afterwards."""
    target = copy / case.mutant.path
    whole = target.read_text(encoding="utf-8")
    target.write_text(case.mutant.text, encoding="utf-8")
    os.utime(target, (stamp, stamp))  # compiled modules are told apart by whole seconds
    noticed = asker.noticed_by(case.tests)
    target.write_text(whole, encoding="utf-8")
    os.utime(target, (stamp + 1, stamp + 1))
    return Verdict(case, noticed)


def run(asked: list[Case], *, workers: int) -> list[Verdict]:
    """Return a verdict for each case, in their order; progress goes to stderr."""
    begun, done = time.monotonic(), SimpleQueue[None]()
    share = [asked[place::workers] for place in range(workers)]
    with ThreadPoolExecutor(workers) as pool:
        parts = list(pool.map(lambda mine: _worked(mine, done=done, begun=begun, total=len(asked)), share))
    found = {verdict.case.mutant.name: verdict for part in parts for verdict in part}
    return [found[case.mutant.name] for case in asked]


def _worked(mine: list[Case], *, done: SimpleQueue[None], begun: float, total: int) -> list[Verdict]:
    verdicts = []
    with copied() as copy, Asker(copy) as asker:
        for tests in {case.tests for case in mine}:
            if failed := asker.noticed_by(tests):
                raise RuntimeError(f"{failed} fails with every condition in place")
        for place, case in enumerate(mine):
            verdicts.append(tried(case, copy, asker=asker, stamp=1_000_000_000 + 4 * place))
            done.put(None)
            if verdicts[-1].noticed_by is None or done.qsize() % 20 == 0:
                word = "SURVIVED " + case.mutant.name if verdicts[-1].noticed_by is None else ""
                sys.stderr.write(f"{done.qsize()}/{total}  {time.monotonic() - begun:.0f} s  {word}\n")
    return verdicts


def main() -> int:
    """Run what was asked for, print the table, and return 1 where a mutant survived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only laws, modules or conditions that contain this text")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, help="write the table here as well")
    asked = parser.parse_args()
    verdicts = run(cases(only=asked.only), workers=asked.workers)
    for verdict in verdicts:
        sys.stdout.write(f"{verdict.noticed_by or 'SURVIVED'}\t{verdict.case.law}\t{verdict.case.mutant.name}\n")
    survived = [verdict for verdict in verdicts if verdict.noticed_by is None]
    noticed = len(verdicts) - len(survived)
    told = f"{len(verdicts)} guarding conditions removed, {noticed} noticed, {len(survived)} not"
    sys.stdout.write(f"{told}; {len(harmless())} more change nothing anybody could see\n")
    if asked.json:
        rows = [{"mutant": v.case.mutant.name, "law": v.case.law, "noticed_by": v.noticed_by} for v in verdicts]
        asked.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")
    return 1 if survived or not verdicts else 0


if __name__ == "__main__":
    sys.exit(main())
