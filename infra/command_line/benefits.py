"""`ownerloop health explain`, `ownerloop benefits list|explain`: what an owner is worth caring for, and with what."""

import typer
from rich.table import Table

from infra.benefits.desk import Desk, desk_of
from infra.benefits.telling import benefit_data, benefit_lines, health_data, health_lines, matrix_data
from infra.command_line.arguments import OwnerName, no_owner
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import Output, Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.explain.words import pick
from ownerloop.adapters.benefit_policies import benefit_policy
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import period_of
from ownerloop.domain.calendar import civil_day, zone_of

health = typer.Typer(help="Explain the health of owners.", no_args_is_help=True)
benefits = typer.Typer(help="Show benefits, and why an owner gets which.", no_args_is_help=True)
_FEN_PER_YUAN = 100


@health.callback()
def _group() -> None:
    """Keep `explain` a command of its own."""


@health.command("explain")
def explain_health(
    name: OwnerName, stack_name: StackName = "", lang: Lang = Tongue.EN, as_json: AsJson = False
) -> None:
    """Explain an owner's health as last settled: each part's input and what it brought, and what nobody knows."""
    out = output_of(lang, as_json=as_json)
    record = _record(name, the_desk(stack_name, out, desk_of), out)
    for line in health_lines(record, out.language):
        out.console.print(line, markup=False)
    out.data(health_data(record))


@benefits.command("explain")
def explain_benefits(
    name: OwnerName, stack_name: StackName = "", lang: Lang = Tongue.EN, as_json: AsJson = False
) -> None:
    """Explain an owner's benefits as last settled: rights, vouchers, the next best one, and why not the others."""
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    record = _record(name, desk, out)
    for line in benefit_lines(record, benefit_policy(record.as_of or civil_day(desk.now, zone_of())), out.language):
        out.console.print(line, markup=False)
    out.data(benefit_data(record))


@benefits.command("list")
def list_benefits(stack_name: StackName = "", lang: Lang = Tongue.EN, as_json: AsJson = False) -> None:
    """List the matrix of benefits with what has gone of each stock and budget this year."""
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    today = civil_day(desk.now, zone_of())
    policy = benefit_policy(today)
    vouchers = [one.benefit_id for one in policy.benefits if one.voucher]
    rows = matrix_data(policy, {one: desk.stock(one, period=period_of(today)) for one in vouchers})
    table = Table(title=pick(out.language, f"权益（{today.year}）", f"Benefits ({today.year})"))
    for zh, en in (
        ("权益", "benefit"),
        ("名称", "name"),
        ("已发/名额", "granted of stock"),
        ("已用/预算（元）", "spent of budget, yuan"),
    ):
        table.add_column(pick(out.language, zh, en))
    for row in rows:
        gone = f"{row['granted']} / {row['stock']}" if "stock" in row else "-"
        yuan = [f"{row[name] / _FEN_PER_YUAN:.0f}" for name in ("spent_fen", "budget_fen") if name in row]
        table.add_row(row["benefit_id"], row[f"name_{out.language}"], gone, " / ".join(yuan) or "-")
    out.table(table)
    out.data({"year": today.year, "policy_version": policy.version, "benefits": rows})


def _record(name: str, desk: Desk, out: Output) -> BenefitRecord:
    record = desk.record(name)
    if record is None:
        no_owner(name, out)
    return record
