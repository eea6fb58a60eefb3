"""`ownerloop simulate`: the use cases in a world of faults that a seed draws, and their laws counted from outside."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from infra.command_line.arguments import check_target
from infra.command_line.options import AsJson, Lang, Seed
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.simulation.history import VERSION, HistoryError, read, written
from infra.simulation.laws import LAWS, Violation
from infra.simulation.shrink import shrunk
from infra.simulation.whole import Figures, Job, bursts, run_all, shards, story_of, tried

SHOWN_MAX = 20
_ROWS = {
    "lost": ("丢失的事件与动作", "events and effects lost"),
    "doubled": ("重复的消息", "messages sent twice"),
    "over_cap": ("超过每日上限的消息", "messages over the day's cap"),
    "drifted": ("积分与车辆状态偏差", "points and cars that drifted"),
    "after_withdrawal": ("撤回同意后的使用", "used or sent after a withdrawal"),
}


def simulate(
    seed: Seed = 1,
    events: Annotated[int, typer.Option("--events", help="Events that are told, in shards of 2,000.")] = 50_000,
    seeds: Annotated[int, typer.Option("--bursts", min=0, help="Run so many bursts of 300 events instead.")] = 0,
    shrink: Annotated[Path | None, typer.Option("--shrink", help="Write the shortest history that fails here.")] = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Play the history of a file instead.")] = None,
    processes: Annotated[int | None, typer.Option("--processes", min=1, help="Cores to use; all of them.")] = None,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Tell events through throttling, lost answers, deaths, duplicates and merges, and count what broke from outside.

    The same seed prints the same figures and digest. Ends with 1 where a law was broken.
    """
    out = output_of(lang, as_json=as_json)
    if replay:
        _replay(replay, out)
    if events < 1 and not seeds:
        out.fail("--events 至少为 1", "--events must be at least 1", code=MISUSED)
    check_target(shrink, out)
    jobs = bursts(seed, seeds=seeds) if seeds else shards(seed, events=events)
    started, total = time.monotonic(), Figures()
    with out.progress() as progress, out.until_interrupted():
        task = progress.add_task(pick(out.language, "模拟", "simulating"), total=len(jobs))
        for figures in run_all(jobs, processes=processes):
            total.add(figures)
            progress.advance(task)
    out.table(_table(total, seed, out))
    out.data({"seed": seed, "version": VERSION, **total.as_row()})
    sys.stderr.write(f"{time.monotonic() - started:.1f} s\n")  # beside the figures, which a seed alone decides
    if not total.failed:
        if shrink:
            out.say(
                "没有违反任何规则，没有可缩短的历史", f"no law was broken: there is nothing to shrink into {shrink}"
            )
        return
    if shrink:
        _shrink(total.failed[0], shrink, out)
    raise typer.Exit(FAILED)


def _table(total: Figures, seed: int, out: Output) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), show_header=False)
    table.add_column("")
    table.add_column("", justify="right")
    told = (
        ("种子", "seed", str(seed)),
        ("运行", "runs", f"{total.runs:,}"),
        ("事件", "events", f"{total.events:,}"),
        ("读写操作", "operations", f"{total.operations:,}"),
        ("出错的操作", "of these faulted", f"{total.faulted:,} ({total.faulted_share:.1%})"),
        ("重新投递", "redelivered", f"{total.redelivered:,}"),
        ("渠道收到的消息", "messages at the provider", f"{total.messages:,}"),
        *((*_ROWS[law], f"{total.broken[law]:,}") for law in LAWS),
        ("失败的运行", "runs that broke a law", f"{len(total.failed):,}"),
        ("摘要", "digest", total.digest[:16]),
    )
    for zh, en, said in told:
        table.add_row(pick(out.language, zh, en), said)
    return table


def _replay(path: Path, out: Output) -> None:
    try:
        story, faults = read(path)
    except HistoryError as error:
        out.fail(f"无法重放：{error}", f"cannot replay: {error}", code=MISUSED)
    figures, found, _ = tried(story, only=faults)
    total = Figures()
    total.add(figures)
    out.table(_table(total, story.seed, out))
    _tell(found, out)
    out.data({"seed": story.seed, "version": VERSION, **total.as_row()})
    raise typer.Exit(FAILED if found else 0)


def _shrink(job: Job, path: Path, out: Output) -> None:
    with out.progress() as progress:
        task = progress.add_task(pick(out.language, "缩短", "shrinking"), total=None)
        least = shrunk(story_of(job), tell=lambda _: progress.advance(task))
    try:
        path.write_text(written(least.story, least.faults, broken=least.broken), encoding="utf-8")
    except OSError as error:
        out.fail(f"无法写入 {path}", f"cannot write {path}: {error.strerror}", code=MISUSED)
    events, faults = len(least.story.told), len(least.faults)
    out.say(
        f"最短历史：{events} 个事件，{faults} 个故障：{path}",
        f"shortest history: {events} events, {faults} faults: {path}",
    )


def _tell(found: list[Violation], out: Output) -> None:
    for one in found[:SHOWN_MAX]:
        out.say(f"{one.law}: {one.about}", f"{one.law}: {one.about}")
