"""The console script `ownerloop`."""

import signal
import sys
from types import FrameType
from typing import NoReturn

import typer
from botocore.exceptions import BotoCoreError, ClientError

from infra.command_line.audiences import audience
from infra.command_line.benefits import benefits, health
from infra.command_line.cases import case
from infra.command_line.dead_letters import dlq
from infra.command_line.decoding import decode
from infra.command_line.demo import demo
from infra.command_line.forecasting import backtest, forecast
from infra.command_line.identities import identity
from infra.command_line.lead_times import lead_time
from infra.command_line.output import FAILED
from infra.command_line.owners import owner
from infra.command_line.points import points
from infra.command_line.presence import presence
from infra.command_line.quarantines import quarantine
from infra.command_line.reading import doctor, explain, status
from infra.command_line.running import down, up
from infra.command_line.segmenting import segment_owners
from infra.command_line.sending import import_rows, send
from infra.command_line.simulate import simulate
from infra.command_line.trial import trial
from infra.command_line.verifying import verify_stack
from infra.command_line.workshop import workshop
from infra.local.deploy import DeployFailedError
from infra.local.drain import DeadLettersError, NotDrainedError
from infra.local.ministack import MissingEnvironmentError
from infra.local.processes import ChildFailedError

app = typer.Typer(
    name="ownerloop",
    help="Keep car owners: authorised vehicle data in, a capped and well-timed service reminder out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(up)
app.command()(down)
app.command()(demo)
app.command("import")(import_rows)
app.command()(send)
app.command()(decode)
app.command()(status)
app.command()(explain)
app.command()(doctor)
app.command()(forecast)
app.command()(backtest)
app.command()(presence)
app.command("segment")(segment_owners)
app.command()(simulate)
app.add_typer(case, name="case")
app.add_typer(owner, name="owner")
app.add_typer(identity, name="identity")
app.add_typer(lead_time, name="lead-time")
app.add_typer(workshop, name="workshop")
app.add_typer(points, name="points")
app.add_typer(health, name="health")
app.add_typer(audience, name="audience")
app.add_typer(benefits, name="benefits")
app.add_typer(trial, name="trial")
app.add_typer(dlq, name="dlq")
app.add_typer(quarantine, name="quarantine")
app.command("verify")(verify_stack)

_KNOWN = (
    MissingEnvironmentError,
    ChildFailedError,
    DeployFailedError,
    NotDrainedError,
    DeadLettersError,
    ClientError,
    BotoCoreError,
    OSError,  # a full disk, a file that may not be read, a server that refuses: its own words name the file or place
)


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
