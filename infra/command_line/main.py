"""The console script `ownerloop`."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.command_line.commands import CommandGroup
from infra.command_line.output import FAILED
from infra.errors import ToldError

app = typer.Typer(
    name="ownerloop", cls=CommandGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)

_KNOWN = (
    ToldError,
    ClientError,
    BotoCoreError,
    OSError,  # a full disk, a file that may not be read, a server that refuses: its own words name the file or place
)


@app.callback()
def ownerloop() -> None:
    """Keep car owners: authorised vehicle data in, a capped and well-timed service reminder out."""


def main() -> None:
    """Run the command line; exit codes are 0 (fine), 1 (it failed) and 2 (it was used wrongly)."""
    signal.signal(signal.SIGTERM, _end)
    try:
        app()
    except _KNOWN as error:
        sys.stderr.write(f"ownerloop: {error}\n")
        sys.exit(FAILED)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
