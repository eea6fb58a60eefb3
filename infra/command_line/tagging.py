"""`ownerloop owner tag`: what staff say of an owner in one word, with its last day."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.importing.sending import Outcome
from infra.importing.targets import NoSuchStackError
from infra.local.stack import find_stack
from infra.owners.desk import Desk, deployed_desk, local_desk
from infra.owners.tagging import Tagger, deployed_tagger, local_tagger
from ownerloop.domain.errors import MalformedEventError


class Act(StrEnum):
    """What is done with the tag."""

    ADD = "add"
    REMOVE = "remove"


def tag(
    name: Annotated[str, typer.Argument(metavar="ID", help="A person (p_...) or a dealer's owner key.")],
    act: Annotated[Act, typer.Argument(metavar="add|remove", help="Put the tag on, or take it off.")],
    word: Annotated[str, typer.Argument(metavar="TAG", help="One word in lower case, like golf_club.")],
    until: Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="The last day on which it counts.")] = "",
    staff: Annotated[str, typer.Option("--by", metavar="STAFF", help="Who says so, kept as a digest.")] = "operator",
    stack_name: Annotated[str, typer.Option("--stack", help="A deployed stack instead of the local one.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before touching a deployed stack.")] = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Put a tag on an owner by hand or take it off again, and wait until it stands on the timeline.

    Audiences see it as soon as the portrait was settled, which a tag asks for at once. A tag names no person, phone or
    plate. Of an owner who opted out of profiling no tag is used.
    """
    out = output_of(lang, as_json=as_json)
    last_day = _day(until, out)
    if last_day and act is Act.REMOVE:
        out.fail("--until 只用于 add", "--until goes with add alone", code=MISUSED)
    desk, tagger = _desks(stack_name, out)
    person_id = desk.points.person_called(name)
    if person_id is None or desk.owner(person_id) is None:
        out.fail(f"没有叫 {name} 的车主", f"no owner is called {name}", code=MISUSED)
    try:
        if act is Act.ADD:
            event = tagger.added(person_id, word, staff=staff, until=last_day)
        else:
            event = tagger.removed(person_id, word, staff=staff)
    except MalformedEventError as error:
        out.fail(f"{error.field}：{error.rule}", f"{error.field} {error.rule}", code=MISUSED)
    if stack_name and not yes:
        asked = pick(out.language, f"在 {stack_name} 上执行？", f"Do it on {stack_name}?")
        typer.confirm(asked, abort=True, err=True)
    _tell(tagger.tell(event), person_id, act, word, until, out)


def _tell(outcome: Outcome, person_id: str, act: Act, word: str, until: str, out: Output) -> None:
    if outcome.result == "unanswered":
        out.fail("已发送，尚无答复；稍后用 owner show 查看", "sent, but not answered yet; `owner show` tells later")
    if outcome.result != "accepted":
        out.fail(f"未接受：{outcome.reason} {outcome.rule}", f"not taken: {outcome.field} {outcome.rule}")
    if act is Act.ADD:
        span = (f"至 {until}", f" until {until}") if until else ("", "")
        out.say(f"{person_id}：已打标签 {word}{span[0]}", f"{person_id} is tagged {word}{span[1]}")
    else:
        out.say(f"{person_id}：已去掉标签 {word}", f"{person_id} is tagged {word} no more")
    out.data({"person_id": person_id, "act": act.value, "tag": word, "until": until or None})


def _day(text: str, out: Output) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        out.fail(f"--until {text} 不是日期（YYYY-MM-DD）", f"--until {text} is not a date (YYYY-MM-DD)", code=MISUSED)


def _desks(stack_name: str, out: Output) -> tuple[Desk, Tagger]:
    if not stack_name:
        stack = find_stack()
        if stack is None:
            out.fail("没有运行中的本地云；先运行 `ownerloop up`", "no stack is up; `ownerloop up` starts one")
        return local_desk(stack), local_tagger(stack)
    try:
        return deployed_desk(stack_name), deployed_tagger(stack_name)
    except NoSuchStackError as error:
        out.fail(f"找不到堆栈 {stack_name}：{error}", str(error), code=MISUSED)
