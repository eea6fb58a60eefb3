"""The list of commands: each stands where it says, and none is imported before its turn."""

import subprocess
import sys

import pytest
import typer

from infra.command_line.commands import HOMES
from infra.command_line.main import app

GROUP = typer.main.get_command(app)


@pytest.mark.parametrize("name", HOMES)
def test_each_command_is_found_under_its_name_and_says_what_it_does(name: str) -> None:
    found = GROUP.commands[name]  # type: ignore[attr-defined]  # a group, as typer says of an app with a callback

    assert found.name == name
    assert found.get_short_help_str()


def test_a_command_is_asked_for_without_those_that_it_does_not_need() -> None:
    asked = "import sys; sys.argv = ['ownerloop', 'decode', '--help']; from infra.command_line.main import app\n"
    asked += "try:\n    app()\nexcept SystemExit:\n    pass\n"
    asked += "print([name for name in sys.modules if name.startswith('infra.command_line.')], file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stderr

    assert "infra.command_line.decoding" in told
    assert "infra.command_line.demo" not in told
    assert "infra.command_line.benefits" not in told
