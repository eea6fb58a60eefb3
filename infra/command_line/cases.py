"""`ownerloop case list|show|close`: what waits for an operator's yes or no."""

from enum import StrEnum
from typing import Annotated, NoReturn

import typer

from infra.casework.desk import Desk, deployed_desk, local_desk
from infra.casework.telling import KINDS, car_data, changes_of, data_of, lines_of, table_of
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.importing.targets import NoSuchStackError
from infra.local.stack import find_stack
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.errors import CaseRefusedError

case = typer.Typer(help="List, show and answer what waits for an operator's yes or no.", no_args_is_help=True)
CaseKey = Annotated[str, typer.Argument(metavar="CASE", help="The case as `case list` names it: k_...")]
StackName = Annotated[str, typer.Option("--stack", help="A deployed stack instead of the local one.")]


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
    as_json: AsJson = False,  # noqa: FBT002  # an option of the command line
) -> None:
    """List the open cases, longest open first: doubts about a car's odometer with their readings, and complaints."""
    out = output_of(lang, as_json=as_json)
    if kind and kind not in set(CaseKind):
        known = ", ".join(CaseKind)
        out.fail(f"不认识 {kind}；可用：{known}", f"there is no kind {kind}; there are {known}", code=MISUSED)
    if store and store not in stores():
        known = ", ".join(sorted(stores()))
        out.fail(f"不认识门店 {store}；可用：{known}", f"there is no store {store}; there are {known}", code=MISUSED)
    desk = _desk(stack_name, out)
    cases = desk.open_cases([store] if store else [*sorted(stores()), None], kind=kind)
    out.say(f"{len(cases)} 个未结案件", f"{len(cases)} open cases")
    if cases:
        out.console.print(table_of(cases, desk.now, out.language))
    out.data([data_of(one, desk.now) for one in cases])


@case.command("show")
def show_case(
    case_key: CaseKey,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,  # noqa: FBT002  # an option of the command line
) -> None:
    """Show one case, open or closed, with the readings that it is about."""
    out = output_of(lang, as_json=as_json)
    desk = _desk(stack_name, out)
    held = _held(desk, case_key, out)
    for line in lines_of(held, desk.now, out.language):
        out.console.print(line, markup=False)
    out.data(data_of(held, desk.now))


@case.command("close")
def close_case(
    case_key: CaseKey,
    answer: Annotated[Answer, typer.Option("--answer", help="yes: the cluster was replaced; no: it was not.")],
    stack_name: StackName = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before touching a deployed stack.")] = False,  # noqa: FBT002
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,  # noqa: FBT002  # an option of the command line
) -> None:
    """Answer a doubt about a car's odometer, wait until it is applied, and say what changed.

    yes: the car's readings start anew with the new cluster, and the distance since each service goes on. no: the
    readings beyond the jump stay dropped and ask nothing again. A complaint is not closed here but by the dealer's own
    system (ownerloop.interaction.complaint_closed.v1).
    """
    out = output_of(lang, as_json=as_json)
    desk = _desk(stack_name, out)
    held = _held(desk, case_key, out)
    if stack_name and not yes:
        asked = pick(out.language, f"在 {stack_name} 上回答 {answer}？", f"Answer {answer} on {stack_name}?")
        typer.confirm(asked, abort=True, err=True)
    before = desk.vehicle(held.vehicle_id)
    try:
        outcome = desk.answer(held, answer)
    except CaseRefusedError as error:
        _refuse(held, error, out)
    if outcome.result == "unanswered":
        out.fail("已发送，尚无答复；稍后用 case show 查看", "sent, but not answered yet; `case show` tells later")
    if outcome.result != "accepted":
        out.fail(f"未接受：{outcome.reason} {outcome.rule}", f"not taken: {outcome.field} {outcome.rule}")
    closed, after = desk.case(case_key), desk.vehicle(held.vehicle_id)
    for line in changes_of(before, after, out.language):
        out.console.print(line, markup=False)
    out.data({**data_of(closed, desk.now), "vehicle": {"before": car_data(before), "after": car_data(after)}})


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
        f"{held.case_key} 是{kind_zh}，不接受 yes 或 no；投诉由门店系统结案",
        f"{held.case_key} is a {kind_en} and takes no yes or no; the dealer's own system closes it",
        code=MISUSED,
    )
