"""The commands by their names, each read when it is asked for: all of them together take seconds to import."""

from collections import UserDict
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

HOMES = {
    "up": "running:up",
    "down": "running:down",
    "demo": "demo:demo",
    "import": "sending:import_rows",
    "send": "sending:send",
    "decode": "decoding:decode",
    "status": "reading:status",
    "explain": "reading:explain",
    "doctor": "reading:doctor",
    "forecast": "forecasting:forecast",
    "backtest": "forecasting:backtest",
    "presence": "presence:presence",
    "segment": "segmenting:segment_owners",
    "simulate": "simulate:simulate",
    "verify": "verifying:verify_stack",
    "case": "cases:case",
    "owner": "owners:owner",
    "identity": "identities:identity",
    "lead-time": "lead_times:lead_time",
    "workshop": "workshop:workshop",
    "points": "points:points",
    "health": "benefits:health",
    "audience": "audiences:audience",
    "benefits": "benefits:benefits",
    "trial": "trial:trial",
    "dlq": "dead_letters:dlq",
    "quarantine": "quarantines:quarantine",
}


class Commands(UserDict[str, Any]):
    """The commands by name; one is imported when it is first looked up, all of them only for the list with helps."""

    def __getitem__(self, name: str) -> Any:
        """Return the command of a name, or raise KeyError."""
        held = super().__getitem__(name)
        if isinstance(held, str):
            held = self.data[name] = _read(name, held)
        return held


class CommandGroup(TyperGroup):
    """The group of all commands, which knows their names and imports none before its turn."""

    def __init__(self, **said: Any) -> None:
        super().__init__(**said)
        self.commands = Commands(HOMES)


def _read(name: str, home: str) -> Any:
    """Return the command that a module of this package has: of a function, or a group of its own."""
    module, _, attribute = home.partition(":")
    found = getattr(import_module(f"{__package__}.{module}"), attribute)
    if isinstance(found, typer.Typer):
        command: Any = get_group(found)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command()(found)
        command = get_command(alone)
    command.name = name
    return command
