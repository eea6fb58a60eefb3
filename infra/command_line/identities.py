"""`ownerloop identity merge|split|explain`: who is one person, why, and an operator's word about it."""

import re
from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.command_line.sites import StackName, Yes, agree, the_desk
from infra.identity.desk import Desk, desk_of
from infra.identity.telling import data_of, lines_of
from infra.importing.sending import Outcome
from ownerloop.domain.owner import Owner

identity = typer.Typer(help="Show, join and part persons who are known under several keys.", no_args_is_help=True)
Person = Annotated[str, typer.Argument(metavar="PERSON", help="A person: p_...")]
Because = Annotated[str, typer.Option("--because", metavar="TEXT", help="Why, for the log; it must name nobody.")]
_ASKED = ("更改谁是同一个人", "change who is one person")
_is_person = re.compile(r"p_[0-9a-f]{24}").fullmatch


@identity.command("merge")
def merge(
    person: Person,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The other person: p_...")],
    because: Because,
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Say that two persons are one: from then on they share one daily limit, and the strictest wishes of both hold.

    Nothing moves, so a split brings back exactly what each had. Two persons with different proved phones are refused.
    """
    out = output_of(lang, as_json=as_json)
    desk = _desk_for(stack_name, out, person, other)
    agree(stack_name, out, yes=yes, zh=_ASKED[0], en=_ASKED[1])
    _tell(desk, person, desk.merge(person, other, because=because), out)


@identity.command("split")
def split(
    person: Person,
    member: Annotated[str, typer.Option("--member", metavar="PERSON", help="Who is somebody else: p_...")],
    because: Because,
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Part a member from a person; messages since they were joined count against both, evidence joins them no more."""
    out = output_of(lang, as_json=as_json)
    desk = _desk_for(stack_name, out, person, member)
    agree(stack_name, out, yes=yes, zh=_ASKED[0], en=_ASKED[1])
    _tell(desk, person, desk.split(person, member, because=because), out)


@identity.command("explain")
def explain(
    person: Person,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show who is one with a person: members, the evidence for it, hints by shared cars, and the log."""
    out = output_of(lang, as_json=as_json)
    desk = _desk_for(stack_name, out, person)
    _show(desk, person, out)


def _show(desk: Desk, person: str, out: Output) -> None:
    group: list[Owner] = desk.group_of(person)
    if not group[0].version:
        out.fail(f"不认识 {person}", f"nobody here is called {person}", code=MISUSED)
    edges = [edge for owner in group for edge in desk.edges_of(owner.person_id)]
    hints = [hint for owner in group for hint in desk.shared_cars(owner)]
    log = desk.log_of(person)
    for line in lines_of(group, edges, hints, log, out.language):
        out.console.print(line, markup=False, soft_wrap=True)
    out.data(data_of(group, edges, hints, log))


def _tell(desk: Desk, person: str, outcome: Outcome, out: Output) -> None:
    if outcome.result == "unanswered":
        later = "sent, but not answered yet; `identity explain` tells later"
        out.fail("已发送，尚无答复；稍后用 identity explain 查看", later)
    if outcome.result != "accepted":
        out.fail(
            f"未接受：{outcome.reason} {outcome.rule}", f"not taken ({outcome.reason}): {outcome.field} {outcome.rule}"
        )
    _show(desk, person, out)


def _desk_for(stack_name: str, out: Output, *persons: str) -> Desk:
    for person in persons:
        if not _is_person(person):
            is_none = f"{person} is no person (p_ and 24 hex digits)"
            out.fail(f"{person} 不是人员编号（p_ 加 24 位十六进制）", is_none, code=MISUSED)
    return the_desk(stack_name, out, desk_of)
