"""`ownerloop lead-time show`: what a store's lead time has learned, what its days cost, and what was measured."""

from typing import Annotated

import typer

from infra.command_line.arguments import check_store
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.leads.desk import desk_of
from infra.leads.telling import data_of, tables_of
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.lead_learning import outcomes, settled_outcomes, waiting_outcomes

lead_time = typer.Typer(help="Show when a store's reminders speak, and why.", no_args_is_help=True)


@lead_time.callback()
def _group() -> None:
    """Keep `show` a command of its own."""


@lead_time.command("show")
def show(
    store: Annotated[str, typer.Option("--store", help="The store, as stores.json names it.")],
    days: Annotated[int, typer.Option("--days", min=1, max=120, help="How many days ahead to show prices of.")] = 28,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show a store's booking curve, lags and day prices, and the booking rate measured by lead and by arm.

    Measured are first messages whose time to be answered is over; the curve counts from the true due day, which nobody
    knows, the measured rates from the median that was thought of.
    """
    out = output_of(lang, as_json=as_json)
    check_store(store, out)
    desk = the_desk(stack_name, out, desk_of)
    lead = desk.lead_time(store)
    if lead is None:
        out.fail(
            f"{store} 尚未发布提前期；提醒按固定规则（settle_lead_times 每晚发布）",
            f"nothing is published for {store} yet: its reminders follow the fixed rule until the night's settlement",
        )
    as_of = civil_day(desk.now, zone_of(stores()[store].zone))
    policy = lead_policy(as_of)
    found = outcomes(*desk.evidence(store, since=policy.evidence_since(as_of), through=as_of), policy=policy)
    measured = settled_outcomes(found, as_of=as_of, policy=policy)
    waiting = len(waiting_outcomes(found, as_of=as_of, policy=policy))
    out.say(
        f"{store}：第 {lead.version} 版，{lead.as_of}；{len(measured)} 条首次消息已有结果，{waiting} 条仍在等待",
        f"{store}: version {lead.version} of {lead.as_of}; {len(measured)} first messages measured, {waiting} waiting",
    )
    for table in tables_of(lead, measured, days=days, language=out.language):
        out.table(table)
    out.data(data_of(lead, measured, waiting=waiting, days=days))
