"""`ownerloop points statement|liability|mall`: what owners hold, what the programme owes, what points buy."""

import typer

from infra.command_line.arguments import OwnerName, no_owner
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.points.desk import desk_of
from infra.points.telling import (
    Statement,
    entries_table,
    liability_table,
    mall_data,
    mall_table,
    statement_data,
    statement_lines,
)
from ownerloop.adapters.points_policies import mall as mall_on
from ownerloop.adapters.points_policies import points_policy
from ownerloop.domain.calendar import FALLBACK_ZONE, civil_day, zone_of
from ownerloop.domain.points import liability as owed_by_month

points = typer.Typer(help="Show owners' points, what they come to, and what they buy.", no_args_is_help=True)


@points.command("statement")
def statement(
    name: OwnerName,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show one owner's balance, what can be spent today, and every entry that led there."""
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    person_id = desk.person_called(name)
    if person_id is None:
        no_owner(name, out)
    today = civil_day(desk.now, zone_of(FALLBACK_ZONE))
    said = Statement(
        account=desk.account(person_id),
        entries=desk.entries(person_id),
        claims=desk.claims(person_id),
        today=today,
        never_bought_days=points_policy(today).never_bought_days,
    )
    for line in statement_lines(said, out.language):
        out.console.print(line, markup=False)
    if said.entries:
        out.table(entries_table(said, out.language))
    out.data(statement_data(said))


@points.command("liability")
def liability(
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show the points that are owed to owners, by the month in which they expire."""
    out = output_of(lang, as_json=as_json)
    accounts = list(the_desk(stack_name, out, desk_of).open_accounts())
    owed = owed_by_month(accounts)
    total = sum(owed.values())
    out.say(f"{len(accounts)} 个账户共 {total} 分", f"{len(accounts)} accounts hold {total} points")
    if owed:
        out.table(liability_table(owed, out.language))
    out.data({"accounts": len(accounts), "points": total, "by_month": owed})


@points.command("mall")
def mall(
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show what points buy, and how much of it is left."""
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    on_offer = mall_on(civil_day(desk.now, zone_of(FALLBACK_ZONE)))
    rows = [(item, desk.taken(item.item_id)) for item in on_offer.items.values()]
    out.table(mall_table(rows, out.language))
    out.data(mall_data(on_offer, rows))
