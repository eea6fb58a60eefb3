"""Ends a run of the benchmarks with the table of every target, as far as this checkout has measured it."""

import json

import pytest

from tests.benchmarks.figures import FILE, Figure, line_of


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the rows of all targets, those of earlier runs included."""
    if not FILE.exists():
        return
    rows = json.loads(FILE.read_text(encoding="utf-8")).values()
    figures = [Figure(**{name: row[name] for name in Figure.__dataclass_fields__}) for row in rows]
    terminalreporter.section("targets")
    for one in sorted(figures, key=lambda figure: (int(figure.target[1:]), figure.what)):
        terminalreporter.write_line(line_of(one))
    terminalreporter.write_line(f"as JSON: {FILE}")
