"""What can be set about a simulated provider, and the command line that sets it."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from infra.simulator.quota import Quota

SEED = 11
SLOW_SECONDS = 1.5
CORP_ID = "ww0123456789abcdef"
SECRET = "simulated-secret"  # noqa: S105 - opens nothing but this simulator


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each trouble happens, from 0 to 1."""

    busy: float = 0.015  # these six are of the first attempts at a task; together 6 %
    rate: float = 0.01
    http_500: float = 0.01
    slow: float = 0.01
    lost_before: float = 0.0075
    lost_after: float = 0.0075
    late: float = 0.10  # of the tasks
    never: float = 0.05
    not_friend: float = 0.02  # of the recipients
    other_broadcast: float = 0.01
    poll_busy: float = 0.005  # of the polls
    poll_dispatching: float = 0.2  # of the polls in a task's first minute

    def __post_init__(self) -> None:
        for share in fields(self):
            if not 0 <= getattr(self, share.name) <= 1:
                raise ValueError(f"the share {share.name} is not between 0 and 1")


OFF = Shares(**{share.name: 0.0 for share in fields(Shares)})


@dataclass(frozen=True, slots=True)
class Settings:
    """One simulated provider."""

    log: Path
    clock_file: Path
    people: Path
    seed: int = SEED
    shares: Shares = field(default_factory=Shares)
    quota: Quota = Quota.MONTH
    slow_seconds: float = SLOW_SECONDS
    corp_id: str = CORP_ID
    secret: str = SECRET
    names_creator: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """The settings, and where the server listens and says so."""

    settings: Settings
    port: int
    port_file: Path | None


def shares_from(text: str) -> Shares:
    """Return the shares that the command line asks for: `off`, or JSON laid over the defaults."""
    return OFF if text == "off" else Shares(**json.loads(text))


def parse(arguments: Sequence[str]) -> Command:
    """Return the command that the arguments spell."""
    given = _parser().parse_args(arguments)
    settings = Settings(
        log=given.log,
        clock_file=given.clock_file,
        people=given.people,
        seed=given.seed,
        shares=shares_from(given.faults),
        quota=Quota(given.quota),
        slow_seconds=given.slow_ms / 1000,
        corp_id=given.corp_id,
        secret=given.secret,
        names_creator=given.creator == "sender",
    )
    return Command(settings=settings, port=given.port, port_file=given.port_file)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.simulator", description="A provider that speaks WeCom.")
    add = parser.add_argument
    add("--port", type=int, default=0, help="0 takes a free one")
    add("--port-file", type=Path, help="also write the bound port here")
    add("--seed", type=int, default=SEED)
    add("--log", type=Path, required=True, help="the append-only log; an existing one is replayed")
    add("--clock-file", type=Path, required=True, help="holds the moved instant, ISO-8601 with offset")
    add("--people", type=Path, required=True, help="who is one person, whom they know, where they live")
    add("--faults", default="{}", help="`off`, or JSON shares laid over the defaults")
    add("--quota", choices=[quota.value for quota in Quota], default=Quota.MONTH.value)
    add("--slow-ms", type=int, default=int(SLOW_SECONDS * 1000), help="how long a slow answer takes")
    add("--corp-id", default=CORP_ID)
    add("--secret", default=SECRET)
    add("--creator", choices=["omit", "sender"], default="omit", help="what lists say of tasks made by API")
    return parser
