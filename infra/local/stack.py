"""The whole local stack: clock, provider simulator, local cloud and deployed template, started and stopped as one."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.local.clock import ClockFile
from infra.local.deploy import Secrets, deploy
from infra.local.ministack import CHECKOUT, start_ministack
from infra.local.processes import is_alive, stop_group
from infra.local.provider import CORP_ID, CORP_SECRET, start_provider

STATE_DIR = CHECKOUT / ".ownerloop"
DESCRIPTOR = STATE_DIR / "stack.json"
_GRACE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Stack:
    """What everybody must know of a running stack; the descriptor on disk holds just this."""

    endpoint: str
    provider_url: str
    work_dir: str
    seed: int
    clock: str  # the moved clock's file, or "" where the system's clock holds
    people: str
    provider_log: str
    ministack_pid: int
    provider_pid: int
    outputs: dict[str, str]

    @property
    def moved_clock(self) -> ClockFile | None:
        """Return the clock that can be moved, or None."""
        return ClockFile(Path(self.clock)) if self.clock else None

    def now(self) -> datetime:
        """Return the present instant as the stack's functions read it."""
        return self.moved_clock.now() if self.moved_clock else datetime.now(UTC)

    @property
    def is_running(self) -> bool:
        """Return whether both processes still exist."""
        return is_alive(self.ministack_pid) and is_alive(self.provider_pid)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of a stack: its seed, where its clock starts (None: the system's), and who its people are."""

    seed: int
    starts_at: datetime | None
    people: Path
    work_dir: Path
    schedules_run: bool = False
    outlives_us: bool = False
    inherited: Mapping[str, str] = field(default_factory=dict)  # by its functions, beside their own environment


def start_stack(wish: Wish) -> tuple[Stack, ExitStack]:
    """Start everything and return it with what stops it again; if a part fails, what came before it is stopped."""
    clock = ClockFile(wish.work_dir / "clock")
    moved = wish.starts_at is not None
    wish.work_dir.mkdir(parents=True, exist_ok=True)
    if wish.starts_at is not None:
        clock.move_to(wish.starts_at)
    with ExitStack() as undo:
        provider = start_provider(
            wish.work_dir, seed=wish.seed, clock_file=clock.path, people=wish.people, outlives_us=wish.outlives_us
        )
        undo.callback(provider.stop)
        inherited = {"OWNERLOOP_LOCAL_SEED": str(wish.seed), **wish.inherited} | (
            {"OWNERLOOP_LOCAL_CLOCK": str(clock.path)} if moved else {}
        )
        cloud = start_ministack(wish.work_dir, inherited, outlives_us=wish.outlives_us)
        undo.callback(cloud.stop)
        outputs = deploy(
            cloud.endpoint,
            wecom_base_url=provider.base_url,
            secrets=Secrets.of_seed(wish.seed, corp_id=CORP_ID, corp_secret=CORP_SECRET),
            schedules_run=wish.schedules_run,
        )
        stack = Stack(
            endpoint=cloud.endpoint,
            provider_url=provider.base_url,
            work_dir=str(wish.work_dir),
            seed=wish.seed,
            clock=str(clock.path) if moved else "",
            people=str(wish.people),
            provider_log=str(provider.log),
            ministack_pid=cloud.pid,
            provider_pid=provider.child.process.pid,
            outputs=outputs,
        )
        return stack, undo.pop_all()
    raise AssertionError("the block above returns or raises")


@contextmanager
def running(wish: Wish, *, descriptor: Path = DESCRIPTOR) -> Iterator[Stack]:
    """Run a stack for the duration of a `with` block, findable by its descriptor."""
    stack, stop = start_stack(wish)
    with stop:
        write_descriptor(stack, descriptor)
        stop.callback(descriptor.unlink, missing_ok=True)
        yield stack


def gateway_url(stack: Stack) -> str:
    """Return the address of the deployed REST API, before /v1 and /wecom/callback."""
    return f"{stack.endpoint}/_aws/execute-api/{stack.outputs['PartnerGatewayId']}/live"


def write_descriptor(stack: Stack, descriptor: Path = DESCRIPTOR) -> None:
    """Write where the stack can be found."""
    descriptor.parent.mkdir(parents=True, exist_ok=True)
    draft = descriptor.with_name(f"{descriptor.name}.{os.getpid()}")
    draft.write_text(json.dumps(asdict(stack), indent=1), encoding="utf-8")
    draft.replace(descriptor)


def find_stack(descriptor: Path = DESCRIPTOR) -> Stack | None:
    """Return the stack that is up, or None; a descriptor that outlived its stack is removed."""
    if not descriptor.is_file():
        return None
    stack = Stack(**json.loads(descriptor.read_text(encoding="utf-8")))
    if stack.is_running:
        return stack
    descriptor.unlink(missing_ok=True)
    return None


def stop_stack(stack: Stack, descriptor: Path = DESCRIPTOR) -> None:
    """End a stack that another process started."""
    for pid in (stack.ministack_pid, stack.provider_pid):
        stop_group(pid, wait=lambda seconds, pid=pid: _ended(pid, seconds), grace_seconds=_GRACE_SECONDS)  # type: ignore[misc]
    descriptor.unlink(missing_ok=True)


def _ended(pid: int, seconds: float) -> bool:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return not is_alive(pid)
