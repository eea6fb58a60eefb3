"""Runs the heavy proofs whole, one after another, and writes one report: `python -m tests.prove [--only NAME ...]`."""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.prove.catalogue import PROOFS
from tests.prove.proof import JUNIT, Ended, Proof, Row, Seen, Tool, read_junit, runnable
from tests.prove.report import table, write

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".ownerloop" / "proof"
PATIENCE_SECONDS = 3 * 3600  # of one proof; whatever takes longer will not end
GRACE_SECONDS = 30  # in which a local cloud takes its children along


def run(proof: Proof, folder: Path, *, is_small: bool, patience: float = PATIENCE_SECONDS) -> Row:
    """Return the row of a proof; what it said lies in the folder under its name."""
    command = proof.asked(is_small=is_small)
    junit = folder / f"{proof.name}.xml"
    junit.unlink(missing_ok=True)
    started = time.monotonic()
    code = _ended(runnable(tuple(str(junit) if word == JUNIT else word for word in command)), folder, proof, patience)
    seconds = time.monotonic() - started
    out, err = (
        (folder / f"{proof.name}.{end}").read_text(encoding="utf-8", errors="replace") for end in ("out", "err")
    )
    seen = proof.judge(Ended(code, out, err, read_junit(junit)))
    if proof.seconds_max and not is_small:
        seen = Seen(seen.figure, holds=seen.holds and seconds < proof.seconds_max)
    return Row(proof.name, proof.what, seen.figure, proof.must, seen.holds, round(seconds, 1), _shown(command, junit))


def _ended(command: Tool, folder: Path, proof: Proof, patience: float) -> int:
    """Return the exit code of a command; one without an end is stopped, with all that it started."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}"}
    with (folder / f"{proof.name}.out").open("wb") as out, (folder / f"{proof.name}.err").open("wb") as told:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=told, start_new_session=True)
        try:
            return child.wait(patience)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            _stop(child)


def _stop(child: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGKILL):
        if child.poll() is not None:
            return
        os.killpg(child.pid, sign)
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _shown(command: Tool, junit: Path) -> str:
    """Return the command as somebody types it to run this proof alone."""
    words = [word for word in command if word not in {JUNIT, "--junitxml", str(junit)}]
    return " ".join(words).replace(" -o junit_family=xunit1", "")


def prove(asked: Sequence[Proof], folder: Path, *, is_small: bool) -> list[Row]:
    """Return a row for each proof; the report is written anew after each, so that whatever ends early leaves one."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for place, proof in enumerate(asked, start=1):
        sys.stderr.write(f"{place}/{len(asked)}  {proof.name}: {proof.what} ... ")
        sys.stderr.flush()
        rows.append(run(proof, folder, is_small=is_small))
        sys.stderr.write(f"{'yes' if rows[-1].holds else 'NO'}, {rows[-1].seconds:.0f} s\n")
        write(rows, folder, is_small=is_small, left=[one.name for one in asked[place:]])
    return rows


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for, print the table, and return 1 where a must was missed."""
    names = [proof.name for proof in PROOFS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--small", action="store_true", help="a few of each: shows that the runner runs")
    parser.add_argument("--into", type=Path, default=FOLDER, help="where the report is written")
    asked = parser.parse_args(arguments)
    chosen = [proof for proof in PROOFS if not asked.only or proof.name in asked.only]
    try:
        rows = prove(chosen, asked.into, is_small=asked.small)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; what was proved so far stands in the report\n")
        return 130
    sys.stdout.write(table([replace(row, command="") for row in rows]))
    sys.stdout.write(f"\nreport: {os.path.relpath(asked.into / 'report.md')}\n")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
