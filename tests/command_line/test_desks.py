"""The stack that a command works on: the local one that is up, or the one that is named; neither is said clearly."""

from typing import Any

import pytest
from typer.testing import CliRunner

from infra.command_line import sites
from infra.command_line.main import app
from infra.reaching import Reach
from tests.builders import START

COMMANDS = (
    ("owner", "show", "ann"),
    ("points", "liability"),
    ("benefits", "list"),
    ("case", "list"),
    ("presence", "v_1"),
    ("identity", "explain", "p_" + "a" * 24),
    ("lead-time", "show", "--store", "sh-pudong"),
    ("workshop", "day", "--store", "sh-pudong"),
)


class Nowhere:
    """CloudFormation without a stack."""

    class exceptions:  # noqa: N801  # the client's own name
        class ClientError(Exception):
            """What the service answers for a name it does not know."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  # the service's name
        raise self.exceptions.ClientError(StackName)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_without_a_stack_it_is_said_how_to_get_one(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setattr(sites, "find_stack", lambda: None)

    told = CliRunner().invoke(app, command)

    assert told.exit_code == 1
    assert "ownerloop up" in told.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_stack_that_is_not_there_is_a_misuse(monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    monkeypatch.setattr(sites, "deployed_reach", lambda name: Reach(name, lambda _: Nowhere(), START))

    told = CliRunner().invoke(app, [*command, "--stack", "nowhere"])

    assert told.exit_code == 2
    assert "there is no stack nowhere" in told.output


@pytest.mark.parametrize("typed", ["", "\n", "y\n", "production\n"])
def test_no_other_word_than_its_name_lets_a_deployed_stack_be_changed(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(sites, "deployed_reach", lambda name: Reach(name, lambda _: Nowhere(), START))
    command = ["import", "owners", __file__, "--stack", "prod"]

    told = CliRunner().invoke(app, command, input=typed)
    named = CliRunner().invoke(app, command, input="prod\n")

    assert (told.exit_code, "nothing was changed" in told.output) == (2, True)
    assert "nothing was changed" not in named.output
