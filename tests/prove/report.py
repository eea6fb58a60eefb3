"""The report of the heavy proofs, for people and for programs."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tests.prove.proof import Row

_HEAD = ("proof", "what", "figure", "must", "holds", "seconds", "alone")


def write(rows: Sequence[Row], folder: Path, *, is_small: bool, left: Sequence[str]) -> None:
    """Write `report.json` and `report.md`: every row, what is still to come, and on what it ran."""
    about = {
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "whole": not is_small,
        "left": list(left),
    }
    whole = {**about, "holds": not left and all(row.holds for row in rows), "rows": [asdict(row) for row in rows]}
    (folder / "report.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(_page(rows, about), encoding="utf-8")


def _page(rows: Sequence[Row], about: Mapping[str, object]) -> str:
    missed = [row.name for row in rows if not row.holds]
    lines = ["# What was proved", ""]
    lines += [f"{name}: {value}  " for name, value in about.items() if value != []]
    lines += ["", f"Missed: {', '.join(missed)}." if missed else "Every must of these was met.", "", ""]
    return "\n".join(lines) + table(rows)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table; the last column falls away where no row has a command."""
    has_commands = any(row.command for row in rows)
    head = _HEAD if has_commands else _HEAD[:-1]
    lines = [_line(head), _line(["---"] * len(head))]
    for row in rows:
        cells = [row.name, row.what, row.figure, row.must, "yes" if row.holds else "NO", f"{row.seconds:.0f}"]
        lines.append(_line([*cells, f"`{row.command}`"] if has_commands else cells))
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def _commit() -> str:
    """Return the commit, with a word where something lies beside it; nothing outside a checkout."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607  # on whatever path the developer has it
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
