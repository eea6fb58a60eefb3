"""`ownerloop case list|show|assign|callback|close`: complaints, and doubts that wait for a yes or no."""

from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from infra.casework.desk import Desk, desk_of
from infra.casework.telling import KINDS, car_data, changes_of, data_of, lines_of, table_of
from infra.command_line.arguments import check_store
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import StackName, Yes, agree, the_desk
from infra.importing.sending import Outcome as Told
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.errors import CaseRefusedError

case = typer.Typer(help="Complaints and doubts: list, show, assign, call back, close.", no_args_is_help=True)
CaseKey = Annotated[str, typer.Argument(metavar="CASE", help="The case as `case list` names it: k_...")]


class Outcome(StrEnum):
    """How a callback ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"


class Answer(StrEnum):
    """What an operator can say."""

    YES = "yes"
    NO = "no"


@case.command("list")
def list_cases(
    store: Annotated[str, typer.Option("--store", help="Only cases of this store.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="complaint or cluster_replaced.")] = "",
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """List the open cases, longest open first: doubts about a car's odometer with their readings, and complaints."""
    out = output_of(lang, as_json=as_json)
    if kind and kind not in set(CaseKind):
        known = ", ".join(CaseKind)
        out.fail(f"不认识 {kind}；可用：{known}", f"there is no kind {kind}; there are {known}", code=MISUSED)
    if store:
        check_store(store, out)
    desk = the_desk(stack_name, out, desk_of)
    cases = desk.open_cases([store] if store else [*sorted(stores()), None], kind=kind)
    out.say(f"{len(cases)} 个未结案件", f"{len(cases)} open cases")
    if cases:
        out.table(table_of(cases, desk.now, out.language))
    out.data([data_of(one, desk.now) for one in cases])


@case.command("show")
def show_case(
    case_key: CaseKey,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show one case, open or closed, with the readings that it is about."""
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    held = _held(desk, case_key, out)
    for line in lines_of(held, desk.now, out.language):
        out.console.print(line, markup=False)
    out.data(data_of(held, desk.now))


@case.command("assign")
def assign_case(
    case_key: CaseKey,
    staff_userid: Annotated[str, typer.Argument(metavar="STAFF", help="The WeCom userid of a staff member.")],
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Give a complaint to a staff member, which keeps its first level from being reached."""
    _act(case_key, "complaint_assigned", stack_name, output_of(lang, as_json=as_json), yes, staff_userid=staff_userid)


@case.command("callback")
def call_back(
    case_key: CaseKey,
    outcome: Annotated[Outcome, typer.Option("--outcome", help="Whether the owner was spoken to.")] = Outcome.REACHED,
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Note that the owner was called back about a complaint; only one who was reached stops the clock."""
    _act(case_key, "callback_made", stack_name, output_of(lang, as_json=as_json), yes, outcome=outcome.value)


@case.command("close")
def close_case(
    case_key: CaseKey,
    answer: Annotated[
        Answer | None, typer.Option("--answer", help="Of a doubt. yes: the cluster was replaced; no: it was not.")
    ] = None,
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Close a complaint, or answer a doubt about a car's odometer; wait until it is applied, and say what changed.

    yes: the car's readings start anew with the new cluster, and the distance since each service goes on. no: the
    readings beyond the jump stay dropped and ask nothing again.
    """
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    held = _held(desk, case_key, out)
    if answer is None:
        if held.kind is not CaseKind.COMPLAINT:
            out.fail("请给出 --answer yes 或 no", "a doubt wants --answer yes or no", code=MISUSED)
        _act(case_key, "complaint_closed", stack_name, out, yes, topic=held.topic)
        return
    agree(stack_name, out, yes=yes, zh=f"回答 {answer}", en=f"answer {answer}")
    before = desk.vehicle(held.vehicle_id)
    try:
        outcome = desk.answer(held, answer)
    except CaseRefusedError as error:
        _refuse(held, error, out)
    _check(outcome, out)
    closed, after = desk.case(case_key), desk.vehicle(held.vehicle_id)
    for line in changes_of(before, after, out.language):
        out.console.print(line, markup=False)
    out.data({**data_of(closed, desk.now), "vehicle": {"before": car_data(before), "after": car_data(after)}})


def _act(case_key: str, kind: str, stack_name: str, out: Output, yes: bool, **said: str) -> None:  # noqa: FBT001  # passed on
    """Send what was done about a complaint, wait until it is applied, and tell the case as it is then."""
    desk = the_desk(stack_name, out, desk_of)
    held = _held(desk, case_key, out)
    if held.kind is not CaseKind.COMPLAINT:
        out.fail(f"{case_key} 不是投诉", f"{case_key} is no complaint", code=MISUSED)
    if not held.is_open:
        out.fail(f"{case_key} 已结案", f"{case_key} is closed already", code=FAILED)
    agree(stack_name, out, yes=yes, zh="写入投诉", en="write to a complaint")
    _check(desk.act(held, kind, **said), out)
    after = desk.case(case_key)
    for line in lines_of(after, desk.now, out.language):
        out.console.print(line, markup=False)
    out.data(data_of(after, desk.now))


def _check(outcome: Told, out: Output) -> None:
    if outcome.result == "unanswered":
        out.fail("已发送，尚无答复；稍后用 case show 查看", "sent, but not answered yet; `case show` tells later")
    if outcome.result != "accepted":
        out.fail(f"未接受：{outcome.reason} {outcome.rule}", f"not taken: {outcome.field} {outcome.rule}")


def _held(desk: Desk, case_key: str, out: Output) -> Case:
    held = desk.case(case_key)
    if held.version == 0:
        out.fail(f"没有案件 {case_key}", f"there is no case {case_key}", code=MISUSED)
    return held


def _refuse(held: Case, error: CaseRefusedError, out: Output) -> NoReturn:
    kind_zh, kind_en = KINDS[held.kind]
    if error.reason == "case_closed":
        out.fail(
            f"{held.case_key} 已结案（{held.answer}）",
            f"{held.case_key} is closed already ({held.answer})",
            code=FAILED,
        )
    out.fail(
        f"{held.case_key} 是{kind_zh}，不接受 yes 或 no；不带 --answer 即结案",
        f"{held.case_key} is a {kind_en} and takes no yes or no; close it without --answer",
        code=MISUSED,
    )
