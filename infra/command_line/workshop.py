"""`ownerloop workshop day`: one day of a store's workshop, its slots, bookings, technicians, load and waitlist."""

from datetime import date
from typing import Annotated

import typer

from infra.command_line.arguments import day_of
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.explain.words import pick
from infra.leads.desk import Desk, desk_of
from infra.reaching import item_of
from infra.workshop.telling import data_of, tables_of
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
    stack_name: StackName = "",
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
    asked = day_of(on, "--on", out) if on else None
    desk = the_desk(stack_name, out, desk_of)
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
        out.table(table)
    out.data(data_of(held, rules, opening))


def _held(desk: Desk, store_id: str, on: date) -> Day:
    item = item_of(desk.dynamodb, desk.workshop_table, day_key(store_id, on))
    return day_from(read(item), (store_id, on)) if item else Day(store_id, on)
