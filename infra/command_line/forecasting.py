"""`ownerloop forecast` and `backtest`: when services fall due, and how well that would have been said before."""

import csv
import json
import sys
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Any, NoReturn, TextIO

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from infra.command_line.arguments import check_target, day_of
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.forecasting.plan_file import read_plan
from infra.forecasting.rows import COLUMNS, Question, dropped_lines, forecast_rows, idle_services
from infra.forecasting.sheets import (
    OdometerSheet,
    RefusedLine,
    ServiceSheet,
    SheetError,
    read_odometer,
    read_services,
)
from ownerloop.adapters.policy_files import forecast_policy, reminder_policy
from ownerloop.domain.backtesting import Cases, cases_of
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.scoring import HORIZONS, Score, scores

_SHOWN_MAX = 20
_METRES = 1000
_EVERY_KM_MAX = 2_000_000
_METHODS = {
    "ownerloop": ("OwnerLoop", "OwnerLoop"),
    "plain_formula": ("朴素公式", "plain"),
    "last_pair": ("最后两次读数", "last pair"),
    "lifetime_mean": ("全程均值", "lifetime"),
    "theil_sen": ("Theil-Sen", "Theil-Sen"),
}
Odometer = Annotated[
    Path, typer.Option("--odometer", help="CSV: vehicle_id, read_at, odometer_km.", exists=True, dir_okay=False)
]


def forecast(
    odometer: Odometer,
    plan: Annotated[
        Path,
        typer.Option("--plan", help="YAML: items of {item, every_km?, every_months?}.", exists=True, dir_okay=False),
    ],
    as_of: Annotated[str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Readings after this day are not used.")],
    services: Annotated[
        Path | None,
        typer.Option("--services", help="CSV: vehicle_id, item, on, odometer_km.", exists=True, dir_okay=False),
    ] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="Write here, not to standard output.")] = None,
    lang: Lang = Tongue.EN,
) -> None:
    """Forecast when each service item of each car falls due, from an export of odometer readings.

    Writes CSV, car by car in the order of the plan. What was not used is said line by line on standard error.
    """
    out = output_of(lang, as_json=False)
    day = day_of(as_of, "--as-of", out)
    check_target(out_file, out, reads=(odometer, plan, services))
    sheet, done, planned = _read(odometer, services, plan, out)
    question = Question(
        plan=planned,
        as_of=day,
        services=done.services,
        policy=forecast_policy(day),
        reminders=reminder_policy(day),
    )
    _write(forecast_rows(sheet, question), out_file, out)
    _tell_refused([*sheet.refused, *done.refused], out)
    _tell_idle(sheet, question, out)
    _tell_dropped(sheet, question, out)


def backtest(
    odometer: Odometer,
    every_km: Annotated[float, typer.Option("--every-km", help="A service every so many km.")],
    gap_days: Annotated[int, typer.Option("--gap-days", min=0, help="Thin the readings to one in so many days.")] = 0,
    out_file: Annotated[Path | None, typer.Option("--out", help="Write the JSON here too.")] = None,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Try the forecast on logs of the past, beside the plain formula and three simple rules, on the same cases.

    Every 30 days the next multiple of the distance is forecast from what was known then; the truth comes from all
    readings. Prints a table and, as its last line, the same as JSON (with --json that alone).
    """
    out = output_of(lang, as_json=as_json)
    if not 0 < every_km <= _EVERY_KM_MAX:
        out.fail("--every-km 必须大于 0", f"--every-km must lie above 0 and up to {_EVERY_KM_MAX:,}", code=MISUSED)
    check_target(out_file, out, reads=(odometer,))
    try:
        sheet = read_odometer(odometer)
    except SheetError as error:
        _misused(error, out)
    policy = forecast_policy(max((r.read_at.date() for of in sheet.readings.values() for r in of), default=date.min))
    cases = cases_of(sheet.readings, every_m=round(every_km * _METRES), gap_days=gap_days, policy=policy)
    found = scores(cases)
    out.table(_table(found, cases, out))
    _tell_refused(sheet.refused, out)
    told = _told(found, cases, every_km=every_km, gap_days=gap_days)
    sys.stdout.write(json.dumps(told, indent=2 if as_json else None) + "\n")
    if out_file:
        with _written(out_file, out) as file:
            file.write(json.dumps(told, indent=2) + "\n")


def _read(
    odometer: Path, services: Path | None, plan: Path, out: Output
) -> tuple[OdometerSheet, ServiceSheet, ServicePlan]:
    try:
        return read_odometer(odometer), read_services(services) if services else ServiceSheet(), read_plan(plan)
    except ValueError as error:
        _misused(error, out)


def _misused(error: Exception, out: Output) -> NoReturn:
    out.fail(str(error), str(error), code=MISUSED)


def _write(rows: list[dict[str, str]], out_file: Path | None, out: Output) -> None:
    with _written(out_file, out) if out_file else nullcontext(sys.stdout) as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _written(path: Path, out: Output) -> TextIO:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        out.fail(f"无法写入 {path}", f"cannot write {path}: {error.strerror}", code=MISUSED)


def _errors() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)


def _tell_refused(refused: list[RefusedLine], out: Output) -> None:
    if not refused:
        return
    told = [f"{line.line}: {line.vehicle_id} {line.field} {line.rule}" for line in refused]
    _tell(f"{len(refused)} 行未采用：", f"{len(refused)} lines were not used:", told, out)


def _tell_dropped(sheet: OdometerSheet, question: Question, out: Output) -> None:
    words = {
        "fall": pick(out.language, "低于此前的里程", "lies below the odometer before it"),
        "jump": pick(out.language, "与其他读数相比跳变", "is a jump against the others"),
    }
    told = [
        f"{name} {reading.read_at:%Y-%m-%d} {reading.odometer_m / _METRES:g} km: {words[what]}"
        for name, reading, what in dropped_lines(sheet, question)
    ]
    if told:
        _tell(f"{len(told)} 个读数未采信：", f"{len(told)} readings were not believed:", told, out)


def _tell_idle(sheet: OdometerSheet, question: Question, out: Output) -> None:
    words = {
        "car": pick(out.language, "里程文件中没有这辆车", "its car has no line in the odometer file"),
        "item": pick(out.language, "计划中没有这个项目", "its item is not in the plan"),
        "day": pick(out.language, "晚于 --as-of", "lies after --as-of"),
    }
    told = [f"{name} {done.item} {done.on}: {words[why]}" for name, done, why in idle_services(sheet, question)]
    if told:
        _tell(f"{len(told)} 次保养未采用：", f"{len(told)} services were not used:", told, out)


def _tell(zh: str, en: str, lines: list[str], out: Output) -> None:
    errors = _errors()
    errors.print(pick(out.language, zh, en), markup=False)
    for line in lines[:_SHOWN_MAX]:
        errors.print(f"  {line}", markup=False)
    if len(lines) > _SHOWN_MAX:
        more = len(lines) - _SHOWN_MAX
        errors.print(pick(out.language, f"  还有 {more} 个", f"  and {more} more"), markup=False)


def _table(found: dict[str, Score], cases: Cases, out: Output) -> Table:
    title = pick(
        out.language,
        f"{len(cases.cars)} 个案例，{len(set(cases.cars))} 辆车；误差以天计",
        f"{len(cases.cars)} cases of {len(set(cases.cars))} cars; errors in days",
    )
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))
    table.add_column("")
    for method in found:
        table.add_column(_name(method, out), justify="right")
    scored = list(found.values())
    table.add_row(pick(out.language, "平均绝对误差", "MAE"), *(_figure(score.mae) for score in scored))
    table.add_row(pick(out.language, "按车平均", "MAE by car"), *(_figure(score.mae_by_car) for score in scored))
    for low, high in HORIZONS:
        name = f"{low}-{high}"
        count = scored[0].by_horizon[name][0]
        head = pick(out.language, f"{name} 天 ({count})", f"{name} d ({count})")
        table.add_row(head, *(_figure(score.by_horizon[name][1]) for score in scored))
    covered = ("-" if score.coverage80 is None else f"{score.coverage80:.3f}" for score in scored)
    table.add_row(pick(out.language, "80 % 区间覆盖率", "80 % covers"), *covered)
    for quantile in scored[0].pinball:
        head = pick(out.language, f"分位损失 {quantile}", f"pinball {quantile}")
        table.add_row(head, *(_figure(score.pinball[quantile]) for score in scored))
    return table


def _name(method: str, out: Output) -> str:
    return pick(out.language, *_METHODS[method])


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _told(found: dict[str, Score], cases: Cases, *, every_km: float, gap_days: int) -> dict[str, Any]:
    return {
        "every_km": every_km,
        "gap_days": gap_days,
        "cases": len(cases.cars),
        "vehicles": len(set(cases.cars)),
        "methods": {method: _told_score(score) for method, score in found.items()},
    }


def _told_score(score: Score) -> dict[str, Any]:
    by_horizon = {name: {"cases": count, "mae": mae} for name, (count, mae) in score.by_horizon.items()}
    return asdict(score) | {"by_horizon": by_horizon}
