"""`ownerloop trial lead-time`: a simulated year that tests the priced lead time against a fixed one."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from infra.command_line.options import AsJson, Lang, Seed
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.trial.figures import TOTAL
from infra.trial.paired import Difference
from infra.trial.picture import picture
from infra.trial.run import (
    ARMS,
    FIXED,
    PRICED,
    Result,
    Rules,
    differences,
    outlooks_of,
    report,
    run_seed,
    verdicts,
    world_told,
)
from infra.trial.spans import STARTS_ON
from infra.trial.stores import STORES
from ownerloop.adapters.calendars import workdays
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.policy_files import forecast_policy

LIVES = 2_000  # ways of driving, which the cars of every seed share out among them
trial = typer.Typer(help="Years that never were, to test a rule before owners do.", no_args_is_help=True)

_SHOWN = (
    ("booking_rate", "预约率", "booking rate", 100.0, "{:.1f} %"),
    ("expected_yuan", "期望价值（千元）", "expected value, 1,000 CNY", 0.001, "{:.1f}"),
    ("earned_yuan", "实得价值（千元）", "earned value, 1,000 CNY", 0.001, "{:.1f}"),
    ("overload_days", "超负荷天数", "overload days", 1.0, "{:.1f}"),
    ("overload_visits", "超出产能的来访", "visits beyond capacity", 1.0, "{:.1f}"),
    ("turned_away", "未排上的预约", "turned away", 1.0, "{:.1f}"),
    ("walk_ins_turned_away", "未接待的到店", "walk-ins turned away", 1.0, "{:.1f}"),
    ("messages", "消息数", "messages", 1.0, "{:.0f}"),
    ("asked_share", "需求/产能", "asked of capacity", 100.0, "{:.0f} %"),
)
_ARMS = {FIXED: ("固定 30 天", "fixed 30 days"), PRICED: ("定价", "priced")}
_VERDICTS = {
    "won": ("胜", "won"),
    "lost": ("负", "lost"),
    "won in the mean, not proved": ("均值胜出，未证实", "won in the mean, not proved"),
    "lost in the mean, not proved": ("均值落后，未证实", "lost in the mean, not proved"),
}


@trial.callback()
def _trials() -> None:
    """Keep `lead-time` a command of its own, though it is the only one yet."""


@trial.command("lead-time")
def lead_time(
    seed: Seed = 1,
    days: Annotated[int, typer.Option("--days", min=28, max=366, help="Days that are reported.")] = 365,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="How many seeds, from --seed on.")] = 10,
    cars: Annotated[int, typer.Option("--cars", min=50, max=100_000, help="Cars of the three stores.")] = 40_000,
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", file_okay=False, help="Write trial.json and load.svg of the first seed here."),
    ] = None,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Run a year at three stores of different capacity: the same owners with a fixed 30-day lead, and priced.

    What owners do is hidden from the product and drawn anew by each seed; see infra/trial/hidden.py. Prints each
    store's figures, their mean over the seeds and, from four seeds on, the 95 % interval of priced less fixed, and
    whether booking rate, expected value and overload days are won or lost; a seed takes 15-20 s of processor.
    """
    out = output_of(lang, as_json=as_json)
    rules = Rules(lead_policy(STARTS_ON), forecast_policy(STARTS_ON), workdays())
    first: Result | None = None
    worlds, figures = [], []
    with out.progress() as progress:
        task = progress.add_task("", total=seeds * len(ARMS))
        outlooks = outlooks_of(lives=min(cars, LIVES), days=days, rules=rules)
        for number in range(seed, seed + seeds):
            progress.update(task, description=pick(out.language, f"种子 {number}", f"seed {number}"))
            result = run_seed(
                number, cars=cars, days=days, outlooks=outlooks, rules=rules, tell=lambda _: progress.advance(task)
            )
            worlds.append(world_told(result.world))
            figures.append(result.figures)
            first = first or result
    told = report(worlds, figures, days=days, cars=cars)
    _tell(told, figures, out)
    if out_folder and first:
        _write(out_folder, told, first, out)


def _tell(told: dict[str, Any], figures: list[Any], out: Output) -> None:
    for store in (*(kind.store_id for kind in STORES), TOTAL):
        out.table(_table(told, figures, store, out))
    for line in _told_verdicts(figures, out):
        out.console.print(line)
    out.data(told)


def _table(told: dict[str, Any], figures: list[Any], store: str, out: Output) -> Table:
    name = pick(out.language, "全部门店", "all stores") if store == TOTAL else store
    table = Table(title=name, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("")
    for arm in ARMS:
        table.add_column(pick(out.language, *_ARMS[arm]), justify="right")
    table.add_column(pick(out.language, "定价减固定（95 %）", "priced less fixed (95 %)"), justify="right")
    apart = differences(figures, arm=PRICED, other=FIXED, store=store)
    for field, zh, en, scale, form in _SHOWN:
        cells = [form.format(told["means"][arm][store][field] * scale) for arm in ARMS]
        one = apart[field]
        signed = form.replace("{:", "{:+")
        table.add_row(pick(out.language, zh, en), *cells, signed.format(one.mean * scale) + _ends(one, scale))
    return table


def _told_verdicts(figures: list[Any], out: Output) -> list[str]:
    found, apart = verdicts(figures), differences(figures, arm=PRICED, other=FIXED)
    return [
        f"{pick(out.language, zh, en)}: {pick(out.language, *_VERDICTS[found[field]])}{_ends(apart[field], scale)}"
        for field, zh, en, scale, _ in _SHOWN
        if field in found
    ]


def _ends(apart: Difference, scale: float) -> str:
    if apart.low is None or apart.high is None:
        return ""
    return f" ({apart.low * scale:+.1f} .. {apart.high * scale:+.1f})"


def _write(folder: Path, told: dict[str, Any], first: Result, out: Output) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "trial.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        (folder / "load.svg").write_text(picture(first, arms=(FIXED, PRICED)), encoding="utf-8")
    except OSError as error:
        out.fail(f"无法写入 {folder}", f"cannot write {folder}: {error.strerror}", code=MISUSED)
    sys.stderr.write(f"{folder / 'trial.json'}\n{folder / 'load.svg'}\n")
