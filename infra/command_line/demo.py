"""`ownerloop demo`: thirty days of a simulated fleet, told in words and a table."""

from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.progress import TaskID
from rich.table import Table

from infra.command_line.options import AsJson, Lang, Seed
from infra.command_line.output import FAILED, FINE, Output, Tongue, output_of
from infra.demo.days import DAY, Step
from infra.demo.run import SUMMARY, Outcome, run_demo
from infra.demo.setting import Options
from infra.demo.stories import told_stories
from infra.demo.summary import Summary
from infra.explain.telling import explain
from infra.explain.words import ARMS, BOOKINGS, REASONS, STATES, TIERS, pick, say
from infra.local.stack import STATE_DIR

_PHASES = {
    "fleet": ("画出车队", "drawing the fleet"),
    "stack": ("启动本地云并部署 template.yaml", "starting the local cloud and deploying template.yaml"),
    "days": ("模拟", "simulating"),
    "count": ("清点", "counting"),
}
_REFUSALS = {
    "duplicate": ("重复", "duplicate"),
    "malformed": ("格式错误", "malformed"),
    "no_consent": ("没有有效授权", "no consent in force"),
    "consent_withdrawn": ("授权已撤回", "consent withdrawn"),
    "withdrawn_in_flight": ("传输途中授权已撤回", "consent withdrawn on the way"),
    "unknown_vehicle": ("未登记的车辆", "a car that nobody enrolled"),
    "unknown_type": ("未知类型", "unknown type"),
    "future_time": ("时间在将来", "lies in the future"),
    "too_old": ("过旧", "too old"),
    "bad_vin": ("VIN 不合规", "bad VIN"),
    "bad_amount": ("金额不合规", "bad amount"),
    "bad_value": ("数值不合规", "bad value"),
    "before_owner": ("早于车主登记", "before the owner was registered"),
    "foreign_currency": ("外币", "a foreign currency"),
    "foreign_vehicle": ("他人的车辆", "somebody else's car"),
    "missing_field": ("缺少字段", "a missing field"),
    "not_json": ("不是 JSON", "no JSON"),
    "booking_ended": ("预约已结束", "a booking that has ended"),
    "booking_exists": ("预约号重复", "a booking that was made before"),
    "car_booked_that_day": ("该车当天已有预约", "a second booking of a car that day"),
    "closed_day": ("当天不营业", "a day on which the workshop is closed"),
    "in_past": ("时间已过", "lies in the past"),
    "too_many_bookings": ("该车预约过多", "too many open bookings of a car"),
    "unknown_owner": ("未登记的车主", "an owner whom nobody registered"),
    "wrong_unit": ("单位错误", "wrong unit"),
}


_CASES = {
    "complaint": ("投诉", "complaints"),
    "cluster_replaced": ("疑似更换仪表", "was a cluster replaced?"),
    "answered_yes": ("答复为是", "answered yes"),
    "answered_no": ("答复为否", "answered no"),
    "open": ("未结", "open"),
}


_POINTS = {
    "redeemed": ("兑换", "spent"),
    "expired": ("过期", "lapsed"),
    "liability": ("应付车主", "owed to owners"),
    "debt": ("车主欠", "owed by owners"),
}
_MERGES = {
    "keys": ("编号", "keys"),
    "merged": ("合并", "merged"),
    "split": ("拆分", "split again"),
}


def demo(
    seed: Seed = 11,
    owners: Annotated[int, typer.Option("--owners", min=25, max=5000, help="How many owners the fleet has.")] = 40,
    days: Annotated[int, typer.Option("--days", min=3, max=365, help="How many days pass.")] = 30,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Run a simulated fleet through the whole system on a local cloud, and say what happened.

    The clock of the local stack is moved: the driver starts the scheduled functions with the schedules' own payloads.
    Everything that was started is stopped again. The figures are written to .ownerloop/demo-summary.json.
    """
    out = output_of(lang, as_json=as_json)
    with out.until_interrupted():
        outcome = _run(Options(seed=seed, owners=owners, days=days, work_dir=STATE_DIR / "demo"), out)
    _tell(outcome, out)
    out.data(asdict(outcome.summary))
    raise typer.Exit(FAILED if outcome.broken else FINE)


def _run(options: Options, out: Output) -> Outcome:
    with out.progress() as bar:
        task = bar.add_task("", total=options.days * len(DAY))

        def on_phase(name: str) -> None:
            bar.update(task, description=pick(out.language, *_PHASES[name]))

        def on_step(day: int, step: Step) -> None:
            _advance(bar, task, day, step, days=options.days, out=out)

        return run_demo(options, on_phase=on_phase, on_step=on_step)


def _advance(bar: Any, task: TaskID, day: int, step: Step, *, days: int, out: Output) -> None:
    day_of = pick(out.language, f"第 {day + 1} 天", f"day {day + 1}")
    settles = pick(out.language, "（收尾）", " (settling)") if day >= days else ""
    bar.update(task, description=f"{day_of}{settles} {step.at:%H:%M} {step.act}", advance=0 if day >= days else 1)


def _tell(outcome: Outcome, out: Output) -> None:
    summary, console = outcome.summary, out.console
    out.say(
        f"{summary.merges['people']} 位车主的 {summary.vehicles} 辆车发来 {summary.events_sent} 个事件，"
        f"收下 {summary.events_accepted} 个，拒收 {sum(summary.events_refused.values())} 个；"
        f"{summary.forecasts} 辆车有保养预测。",
        f"{summary.merges['people']} owners' {summary.vehicles} cars sent {summary.events_sent} events: "
        f"{summary.events_accepted} accepted, {sum(summary.events_refused.values())} refused; "
        f"{summary.forecasts} cars have a forecast.",
    )
    contacts = summary.contacts
    tiers = ", ".join(f"{say(TIERS, tier, out.language)} {n}" for tier, n in summary.tiers.items())
    out.say(
        f"车主等级：{tiers}；一家伙伴调用接口 {sum(summary.api_calls.values())} 次，有权和无权的都有。",
        f"Tiers: {tiers}; a partner called the API {sum(summary.api_calls.values())} times, with and without right.",
    )
    out.say(
        f"申请提醒 {contacts['requested']} 条，平台实际发出 {summary.provider_messages} 条；"
        f"任何车主任何一天最多收到 {summary.max_messages_per_owner_day} 条（上限 3 条）。",
        f"{contacts['requested']} contacts were requested and the provider sent {summary.provider_messages} messages; "
        f"no owner got more than {summary.max_messages_per_owner_day} on any day (the limit is 3).",
    )
    _tell_owners(summary, out)
    out.table(_table(outcome, out))
    for title, key in told_stories(outcome.record, outcome.fleet):
        out.say(f"\n== {pick(out.language, *title)}", f"\n== {pick(out.language, *title)}")
        for line in explain(outcome.record, key, language=out.language).lines:
            console.print(line, markup=False)
    for broken in outcome.broken:
        console.print(f"! {broken}", markup=False, style="red")
    out.say(
        f"\n用时 {summary.seconds} 秒（其中模拟 {outcome.days_run} 天）；一切已停止。数字在 {SUMMARY}，"
        "可继续用 `ownerloop explain 车主` 查看任何人。",
        f"\n{summary.seconds} seconds for {outcome.days_run} days; everything is stopped again. "
        f"Figures: {SUMMARY}. `ownerloop explain OWNER` tells of anybody else.",
    )


def _tell_owners(summary: Summary, out: Output) -> None:
    points, merges = summary.points, summary.merges
    out.say(
        f"{merges['keys']} 个编号后面是 {merges['people']} 个人：合并 {merges['merged']} 次，"
        f"拆分 {merges['split']} 次；积分发放 {points['earned']}，兑换 {points['redeemed']}，"
        f"过期 {points['expired']}，应付车主 {points['liability']}，车主欠 {points['debt']}。",
        f"{merges['people']} people stand behind {merges['keys']} keys: {merges['merged']} merges, "
        f"{merges['split']} split again; {points['earned']} points were earned, {points['redeemed']} spent, "
        f"{points['expired']} lapsed; {points['liability']} are owed to owners, {points['debt']} by them.",
    )
    bookings = summary.bookings
    out.say(
        f"车主预约到店 {sum(bookings.values())} 次，完成 {bookings['done']} 次；"
        f"{summary.condition_contacts} 条提醒因车辆自报状况而发。",
        f"Owners booked {sum(bookings.values())} visits, {bookings['done']} of them are done; "
        f"{summary.condition_contacts} contacts were about what a car itself reported.",
    )


def _table(outcome: Outcome, out: Output) -> Table:
    summary = outcome.summary
    table = Table(title=pick(out.language, "发生了什么", "What happened"), title_justify="left")
    table.add_column(pick(out.language, "什么", "what"))
    table.add_column(pick(out.language, "数量", "count"), justify="right")
    table.add_column(pick(out.language, "其中", "of these"))
    refused = ", ".join(f"{say(_REFUSALS, k, out.language)} {n}" for k, n in summary.events_refused.items())
    states = [(name, n) for name, n in summary.contacts.items() if name != "requested" and n]
    told = ", ".join(f"{_state(name, out)} {n}" for name, n in states)
    reasons = sorted(summary.reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    why = ", ".join(f"{say(REASONS, k, out.language)} {n}" for k, n in reasons)
    tiers = ", ".join(f"{say(TIERS, k, out.language)} {n}" for k, n in summary.tiers.items())
    sends = ", ".join(f"{name} {sum(by.values())}" for name, by in summary.invocations.items())
    rows = (
        (("收下的事件", "events accepted"), summary.events_accepted, ""),
        (("拒收的事件", "events refused"), sum(summary.events_refused.values()), refused),
        (("提醒", "contacts"), summary.contacts["requested"], told),
        (("现状原因", "for the reason"), summary.contacts["requested"], why),
        (("平台发出", "messages at the provider"), summary.provider_messages, ""),
        (("到店预约", "bookings"), sum(summary.bookings.values()), _listed(BOOKINGS, summary.bookings, out)),
        (("因车辆自报状况", "for what a car reports"), summary.condition_contacts, ""),
        (("首次提醒", "first reminders"), _firsts(summary), _arms(summary, out)),
        (("案件", "cases"), _cases(summary), _listed(_CASES, summary.cases, out)),
        (("聚合商推送", "webhook deliveries"), sum(summary.webhooks.values()), _statuses(summary.webhooks)),
        (("补传请求", "resyncs asked for"), summary.resyncs, ""),
        (("等级", "tiers"), sum(summary.tiers.values()), tiers),
        (("积分", "points earned"), summary.points["earned"], _points(summary, out)),
        (("人", "people"), summary.merges["people"], _listed(_MERGES, summary.merges, out)),
        (("伙伴调用", "API calls"), sum(summary.api_calls.values()), _statuses(summary.api_calls)),
        (("函数调用", "invocations"), sum(sum(by.values()) for by in summary.invocations.values()), sends),
        (("数据湖文件", "files in the lake"), summary.lake["files"], f"{summary.lake['rows']} rows"),
    )
    for name, count, detail in rows:
        table.add_row(pick(out.language, *name), str(count), detail)
    return table


def _listed(words: dict[str, tuple[str, str]], counts: dict[str, int], out: Output) -> str:
    return ", ".join(f"{say(words, name, out.language)} {count}" for name, count in counts.items() if count)


def _statuses(counts: dict[str, int]) -> str:
    return ", ".join(f"{status} x {count}" for status, count in counts.items())


def _points(summary: Summary, out: Output) -> str:
    told = _listed(_POINTS, {name: summary.points[name] for name in _POINTS}, out)
    zero = pick(
        out.language,
        *(("借贷平衡", "all accounts sum to zero") if summary.points["sum_zero"] else ("不平", "NOT ZERO")),
    )
    return f"{told}: {zero}"


def _firsts(summary: Summary) -> int:
    return sum(arm["sent"] for arm in summary.lead["arms"].values())


def _arms(summary: Summary, out: Output) -> str:
    arms = (
        f"{say(ARMS, name, out.language)} {arm['booked']}/{arm['sent']}" for name, arm in summary.lead["arms"].items()
    )
    rate = summary.lead["booking_rate"]
    share = "-" if rate is None else f"{rate:.1%}"
    return f"{', '.join(arms)}: {share} {pick(out.language, '有预约', 'booked')}"


def _cases(summary: Summary) -> int:
    return summary.cases["complaint"] + summary.cases["cluster_replaced"]


def _state(name: str, out: Output) -> str:
    return pick(out.language, "未结束", "open") if name == "open" else say(STATES, name, out.language)
