"""The figures of `make bench` for the targets T1-T10: one row each, as a table and as JSON under `.ownerloop/bench`."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).parents[2] / ".ownerloop" / "bench" / "targets.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured beside what; `score` is what `must` and `aim` bound, from below unless `is_most` is true."""

    target: str
    what: str
    ours: float
    peer: float | None
    unit: str
    score: float
    must: float
    aim: float | None = None
    is_most: bool = False
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Return whether the score keeps what it must."""
        return self._keeps(self.must)

    @property
    def reaches_aim(self) -> bool:
        """Return whether the score keeps what it aims at."""
        return self.aim is not None and self._keeps(self.aim)

    def _keeps(self, bound: float) -> bool:
        return self.score <= bound if self.is_most else self.score >= bound


def told(*figures: Figure) -> None:
    """Print the figures and keep them beside those of other runs."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    for one in figures:
        verdict = {"met": one.is_met, "aim_reached": one.reaches_aim}
        rows[f"{one.target} {one.what}"] = {**asdict(one), **verdict}
        sys.stdout.write(f"\n{line_of(one)}")
    sys.stdout.write("\n")
    FILE.write_text(json.dumps(dict(sorted(rows.items())), indent=1) + "\n", encoding="utf-8")


def line_of(one: Figure) -> str:
    """Return a figure as one line for people."""
    peer = "" if one.peer is None else f" beside {one.peer:.4g}"
    bound = "<=" if one.is_most else ">="
    aim = "" if one.aim is None else f", aim {bound} {one.aim:g} {'yes' if one.reaches_aim else 'no'}"
    note = f"; {one.note}" if one.note else ""
    return (
        f"{one.target:4} {one.what:46} {one.ours:10.4g}{peer} {one.unit}: {one.score:.3g}"
        f" (must {bound} {one.must:g} {'yes' if one.is_met else 'NO'}{aim}){note}"
    )
