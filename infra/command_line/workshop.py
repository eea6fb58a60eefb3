"""`ownerloop workshop day`: one day of a store's workshop, its slots, bookings, technicians, load and waitlist."""

from datetime import date
from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.importing.targets import NoSuchStackError
from infra.leads.desk import Desk, deployed_desk, local_desk
from infra.local.stack import find_stack
from infra.workshop.telling import data_of, tables_of
from ownerloop.adapters.dynamodb.commands import key_of
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.workshop import day_from, day_key
from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.workshop_rules import opening_on, workshops
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.workshop import Day

workshop = typer.Typer(help="Show what the workshops' days hold.", no_args_is_help=True)


@workshop.callback()
def _group() -> None:
    """Keep `day` a command of its own."""


@workshop.command("day")
def day(
    store: Annotated[str, typer.Option("--store", help="The store, as stores.json names it.")],
    on: Annotated[str, typer.Option("--on", metavar="YYYY-MM-DD", help="The day; the store's today if left out.")] = "",
    stack_name: Annotated[str, typer.Option("--stack", help="A deployed stack instead of the local one.")] = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show a day of a store's workshop: its slots, bookings, technicians, load against capacity, and who waits.

    Times are of the store's clock. Cars are named by their surrogates, as everywhere outside the vault.
    """
    out = output_of(lang, as_json=as_json)
    rules = workshops().get(store)
    if rules is None:
        known = ", ".join(sorted(workshops()))
        out.fail(
            f"门店 {store} 没有车间；可用：{known}", f"there is no workshop at {store}; there are {known}", code=MISUSED
        )
    asked = _asked(on, out)
    desk = _desk(stack_name, out)
    that_day = asked or civil_day(desk.now, zone_of(stores()[store].zone))
    held = _held(desk, store, that_day)
    opening = opening_on(store, that_day)
    hours = f"{opening.opens_at:%H:%M}-{opening.closes_at:%H:%M}" if opening else pick(out.language, "休息", "closed")
    booked, waits, missed = len(held.bookings), len(held.waitlist), held.missed
    out.say(
        f"{store} {that_day}（{hours}）：{booked} 个预约，{waits} 个候补，{missed} 个爽约",
        f"{store} {that_day} ({hours}): {booked} bookings, {waits} waiting, {missed} missed",
    )
    for table in tables_of(held, rules, opening, out.language):
        out.console.print(table)
    out.data(data_of(held, rules, opening))


def _asked(on: str, out: Output) -> date | None:
    if not on:
        return None
    try:
        return date.fromisoformat(on)
    except ValueError:
        out.fail(f"--on 须为 YYYY-MM-DD，不是 {on}", f"--on takes a day as YYYY-MM-DD, not {on}", code=MISUSED)


def _held(desk: Desk, store_id: str, on: date) -> Day:
    key = key_of(day_key(store_id, on))
    answer = desk.dynamodb.get_item(TableName=desk.workshop_table, Key=key, ConsistentRead=True)
    return day_from(read(answer["Item"]), (store_id, on)) if "Item" in answer else Day(store_id, on)


def _desk(stack_name: str, out: Output) -> Desk:
    if not stack_name:
        stack = find_stack()
        if stack is None:
            out.fail("没有运行中的本地云；先运行 `ownerloop up`", "no stack is up; `ownerloop up` starts one")
        return local_desk(stack)
    try:
        return deployed_desk(stack_name)
    except NoSuchStackError as error:
        out.fail(f"找不到堆栈 {stack_name}：{error}", str(error), code=MISUSED)
