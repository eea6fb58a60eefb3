"""`ownerloop up` and `ownerloop down`: a local stack that stays until somebody ends it."""

import time
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang, Seed
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.local.stack import (
    STATE_DIR,
    Stack,
    Wish,
    find_stack,
    gateway_url,
    start_stack,
    stop_stack,
    write_descriptor,
)

_LOOK_SECONDS = 0.5


class ClockKind(StrEnum):
    """Whose time the stack's functions read."""

    SYSTEM = "system"
    MOVED = "moved"


def up(
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running and return.")] = False,
    seed: Seed = 11,
    clock: Annotated[
        ClockKind, typer.Option("--clock", help="system: schedules run by themselves; moved: time stands still.")
    ] = ClockKind.SYSTEM,
    at: Annotated[datetime | None, typer.Option("--at", help="Where a moved clock starts (UTC).")] = None,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Start the local cloud with template.yaml deployed, and the provider simulator beside it.

    Under the moved clock the schedules are disabled, and time is moved by writing an instant into the file that the
    descriptor .ownerloop/stack.json names.
    """
    out = output_of(lang, as_json=as_json)
    if (running := find_stack()) is not None:
        out.fail(f"已在运行：{running.endpoint}", f"a stack is up already: {running.endpoint}", code=MISUSED)
    wish = _wish(seed=seed, clock=clock, at=at, outlives_us=detach)
    with out.until_interrupted():
        _up(wish, out)


def _up(wish: Wish, out: Output) -> None:
    starting = pick(out.language, "启动本地云并部署 template.yaml", "starting and deploying template.yaml")
    with out.progress() as bar:
        bar.add_task(starting, total=None)
        stack, stop = start_stack(wish)
    with stop:
        write_descriptor(stack)
        _tell(stack, out)
        if wish.outlives_us:
            stop.pop_all()
            return
        stop.callback(stop_stack, stack)
        out.say("按 Ctrl-C 结束", "Ctrl-C ends it")
        while stack.is_running:
            time.sleep(_LOOK_SECONDS)


def down(lang: Lang = Tongue.EN, as_json: AsJson = False) -> None:
    """Stop the local stack that is up."""
    out = output_of(lang, as_json=as_json)
    stack = find_stack()
    if stack is None:
        out.say("没有运行中的本地云", "no stack is up")
    else:
        stop_stack(stack)
        out.say("已停止", "stopped")
    out.data({"stopped": stack is not None})


def _wish(*, seed: int, clock: ClockKind, at: datetime | None, outlives_us: bool) -> Wish:
    work_dir = STATE_DIR / "up"
    people = work_dir / "people.json"
    people.parent.mkdir(parents=True, exist_ok=True)
    (work_dir / "clock").unlink(missing_ok=True)
    if not people.is_file():
        people.write_text('{"people": []}', encoding="utf-8")
    is_moved = clock is ClockKind.MOVED
    starts_at = (at.replace(tzinfo=UTC) if at else datetime.now(UTC)) if is_moved else None
    return Wish(
        seed=seed,
        starts_at=starts_at,
        people=people,
        work_dir=work_dir,
        schedules_run=not is_moved,
        outlives_us=outlives_us,
    )


def _tell(stack: Stack, out: Output) -> None:
    out.say(f"本地云：{stack.endpoint}", f"the local cloud listens on {stack.endpoint}")
    out.say(f"模拟的企业微信：{stack.provider_url}", f"the simulated WeCom listens on {stack.provider_url}")
    api = gateway_url(stack)
    out.say(f"伙伴接口：{api}/v1", f"the partner API answers on {api}/v1")
    for name in ("VehicleDataQueueUrl", "EnrolmentQueueUrl", "InteractionQueueUrl", "LakeBucketName"):
        out.console.print(f"  {name}  {stack.outputs[name]}", markup=False)
    out.data({**asdict(stack), "partner_api_url": api})
