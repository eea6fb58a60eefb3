"""`ownerloop send` and `ownerloop import`: events and files into a running stack."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from infra.command_line.arguments import check_target
from infra.command_line.event_files import events_of, put
from infra.command_line.options import AsJson, Lang, Seed
from infra.command_line.output import FAILED, FINE, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import StackName, Yes, agree, the_desk, the_local_stack
from infra.csv_files import ColumnError, UnreadableCsvError
from infra.explain.words import ITEMS, pick, say
from infra.importing.rows import KINDS, foreign_stores
from infra.importing.sending import Account, Target, import_file
from infra.importing.targets import target_of
from infra.local.customers import introduce
from infra.local.stack import STATE_DIR, Stack, Wish, find_stack, running
from infra.replay.run import Log, NotAnsweredError, Replayed, open_log, replay
from ownerloop.adapters.policy_files import stores

_SHOWN_MAX = 20
Files = Annotated[
    list[Path] | None, typer.Argument(help="JSON or JSON-lines files of CloudEvents.", exists=True, dir_okay=False)
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", help="An odometer log: vehicle_id, read_at, odometer_km.", exists=True, dir_okay=False),
]


def send(
    files: Files = None,
    csv: Csv = None,
    replay_log: Annotated[bool, typer.Option("--replay", help="Replay the log under a moved clock.")] = False,
    seed: Seed = 11,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Send events of files to the queue of their type, or replay a real odometer log.

    What is no event is sent too, and the intake quarantines it: `ownerloop status` counts it with its reason.
    A replay makes clearly synthetic VINs, owners and consents, takes each row's own instant as the instant of its
    receipt, starts no contact, and accounts for every row. It starts a stack of its own if none is up.
    """
    out = output_of(lang, as_json=as_json)
    if csv is not None:
        if not replay_log:
            out.fail("--csv 需要同时给出 --replay", "--csv wants --replay beside it", code=MISUSED)
        with out.until_interrupted():
            _replay(csv, seed=seed, out=out)
    if not files:
        out.fail("没有给出文件", "no file was given", code=MISUSED)
    stack = the_local_stack(out)
    events = [event for path in files for event in events_of(path)]
    sent = put(stack, events)
    out.say(
        f"已发送 {len(events)} 个事件：车辆数据 {sent['vehicle_data']}，登记 {sent['enrolment']}，"
        f"互动 {sent['interactions']}",
        f"sent {len(events)} events: {sent['vehicle_data']} of vehicle data, {sent['enrolment']} of enrolment, "
        f"{sent['interactions']} of interactions",
    )
    out.data(sent)


def import_rows(
    kind: Annotated[str, typer.Argument(help="owners, vehicles, services, consents or odometer.")],
    file: Annotated[Path, typer.Argument(help="The CSV file.", exists=True, dir_okay=False)],
    report: Annotated[Path | None, typer.Option("--report", help="Write one line a row to this CSV file.")] = None,
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Import a dealer's existing base from a CSV file; a run that was cut off goes on where it was.

    Bad rows are listed with line and rule and the good ones are loaded. No contact is triggered.
    """
    out = output_of(lang, as_json=as_json)
    if kind not in KINDS:
        known = ", ".join(KINDS)
        out.fail(f"不认识 {kind}；可用：{known}", f"there is no kind {kind}; there are {known}", code=MISUSED)
    check_target(report, out, reads=(file,))
    agree(stack_name, out, yes=yes, zh="导入", en="import")
    target, now = the_desk(stack_name, out, lambda reach: (target_of(reach), reach.now))
    account = Account.of(KINDS[kind], file, stack_id=target.stack_id, folder=STATE_DIR / "imports")
    try:
        _import(kind, file, target=target, account=account, now=now, out=out)
    except ColumnError as error:
        out.fail(error.zh, str(error), code=MISUSED)
    except UnreadableCsvError as error:
        out.fail(f"第 {error.line} 行不是 CSV", str(error), code=MISUSED)
    if report is not None:
        account.report(report)
    if kind == "owners" and not stack_name and (stack := find_stack()) is not None:
        introduce(file, Path(stack.people))  # the provider beside the local cloud refuses whom it does not know
    foreign = foreign_stores(KINDS[kind], file, known=stores())
    if foreign:
        names = ", ".join(f"{name} ({count})" for name, count in sorted(foreign.items()))
        zh, en = (
            f"stores.json 中没有这些门店，不会发出提醒：{names}",
            f"stores that stores.json lacks, which remind nobody: {names}",
        )
        out.say(zh, en)
    _tell_import(account, foreign, out)


def _import(kind: str, file: Path, *, target: Target, account: Account, now: datetime, out: Output) -> None:
    with file.open("rb") as lines:
        rows = max(0, sum(1 for _ in lines) - 1)
    with out.progress() as bar:
        task = bar.add_task(pick(out.language, "导入", "importing"), total=rows)
        import_file(KINDS[kind], file, target=target, account=account, now=now, advance=lambda n: bar.advance(task, n))


def _tell_import(account: Account, foreign: Mapping[str, int], out: Output) -> None:
    outcomes = [outcome for _, outcome in sorted(account.outcomes.items())]
    accepted = sum(outcome.result == "accepted" for outcome in outcomes)
    bad = [outcome for outcome in outcomes if outcome.result != "accepted"]
    out.say(f"{accepted} 行已导入，{len(bad)} 行没有", f"{accepted} rows imported, {len(bad)} not")
    for outcome in bad:
        out.console.print(f"  {outcome.line}: {outcome.reason} {outcome.field} {outcome.rule}".rstrip(), markup=False)
    rows = [{"line": o.line, "reason": o.reason, "field": o.field, "rule": o.rule} for o in bad]
    out.data({"accepted": accepted, "not": rows, "foreign_stores": dict(foreign)})
    unanswered = any(outcome.result == "unanswered" for outcome in bad)
    raise typer.Exit(FAILED if unanswered else FINE)


def _replay(path: Path, *, seed: int, out: Output) -> None:
    try:
        log = open_log(path)
    except ColumnError as error:
        out.fail(error.zh, str(error), code=MISUSED)
    except UnreadableCsvError as error:
        out.fail(f"第 {error.line} 行不是 CSV", str(error), code=MISUSED)
    if not log.readings:
        out.fail("文件里没有任何读数", "the file holds no reading at all", code=MISUSED)
    out.say(
        f"为 {len(log.vins)} 辆车造了明显虚构的 VIN（0DM 开头）、车主与授权；不会发起任何联系。",
        f"{len(log.vins)} cars get clearly synthetic VINs (beginning with 0DM), owners and consents; "
        "no contact is started.",
    )
    with out.progress() as bar:
        task = bar.add_task(pick(out.language, "启动本地云", "starting the local cloud"), total=len(log.readings))
        with _some_stack(log, seed=seed) as stack:
            bar.update(task, description=pick(out.language, "回放", "replaying"))
            try:
                done = replay(log, stack, advance=lambda answered: bar.update(task, completed=answered))
            except NotAnsweredError as error:
                out.fail(f"有 {error.count} 个事件没有答复", str(error))
    _tell_replay(log, done, out)
    raise typer.Exit(FINE)


@contextmanager
def _some_stack(log: Log, *, seed: int) -> Iterator[Stack]:
    stack = find_stack()
    if stack is not None:
        yield stack
        return
    work_dir = STATE_DIR / "replay"
    people = work_dir / "people.json"
    people.parent.mkdir(parents=True, exist_ok=True)
    (work_dir / "clock").unlink(missing_ok=True)
    people.write_text('{"people": []}', encoding="utf-8")
    with running(Wish(seed=seed, starts_at=log.last_instant, people=people, work_dir=work_dir)) as own:
        yield own


def _tell_replay(log: Log, done: Replayed, out: Output) -> None:
    rows = len(log.readings) + len(log.refused)
    out.say(
        f"{rows} 行：{done.accepted} 行收下，{len(done.refused)} 行拒收；raw/ 中有 {done.in_raw} 个不同的事件。",
        f"{rows} rows: {done.accepted} accepted, {len(done.refused)} refused; "
        f"raw/ holds {done.in_raw} distinct identities.",
    )
    for row in done.refused[:_SHOWN_MAX]:
        out.console.print(f"  {row.line}: {row.reason} {row.field} {row.rule}", markup=False)
    if len(done.refused) > _SHOWN_MAX:
        more = len(done.refused) - _SHOWN_MAX
        out.say(f"  还有 {more} 行（--json 列出全部）", f"  and {more} more (--json lists all)")
    out.table(_forecasts(log, done, out))
    refused = [{"line": r.line, "reason": r.reason, "field": r.field, "rule": r.rule} for r in done.refused]
    cars = {name: _car(log, name, done) for name in log.vins}
    out.data({"rows": rows, "accepted": done.accepted, "refused": refused, "in_raw": done.in_raw, "vehicles": cars})


def _forecasts(log: Log, done: Replayed, out: Output) -> Table:
    table = Table(title=pick(out.language, "保养预测", "Forecasts"), title_justify="left")
    for zh, en in (
        ("车", "car"),
        ("VIN（虚构）", "VIN (synthetic)"),
        ("里程", "odometer"),
        ("日均", "a day"),
        ("项目", "item"),
        ("到期", "due"),
    ):
        table.add_column(pick(out.language, zh, en))
    for name, vin in log.vins.items():
        forecast = done.vehicles[name].forecast if name in done.vehicles else None
        if forecast is None:
            table.add_row(name, vin, "-", "-", "-", pick(out.language, "没有预测", "no forecast"))
            continue
        for item in forecast.items:
            due = f"{item.due_p50} ({item.due_p10} - {item.due_p90})"
            last, daily = f"{forecast.last_odometer_m / 1000:,.0f} km", f"{forecast.metres_per_day / 1000:.1f} km"
            table.add_row(name, vin, last, daily, say(ITEMS, item.item, out.language), due)
    return table


def _car(log: Log, name: str, done: Replayed) -> dict[str, Any]:
    forecast = done.vehicles[name].forecast if name in done.vehicles else None
    if forecast is None:
        return {"vin": log.vins[name], "forecast": None}
    items = [
        {"item": i.item, "p10": str(i.due_p10), "p50": str(i.due_p50), "p90": str(i.due_p90)} for i in forecast.items
    ]
    told = {"as_of": str(forecast.as_of), "last_odometer_m": forecast.last_odometer_m, "items": items}
    return {"vin": log.vins[name], "forecast": {**told, "metres_per_day": forecast.metres_per_day}}
