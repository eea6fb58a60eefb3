"""`ownerloop owner tag`: what staff say of an owner in one word, with its last day."""

from enum import StrEnum
from typing import Annotated

import typer

from infra.command_line.arguments import OwnerName, day_of, no_owner
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.command_line.sites import StackName, Yes, agree, the_desk
from infra.importing.sending import Outcome
from infra.owners.desk import Desk, desk_of
from infra.owners.tagging import Tagger, tagger_of
from ownerloop.domain.errors import MalformedEventError


class Act(StrEnum):
    """What is done with the tag."""

    ADD = "add"
    REMOVE = "remove"


def tag(
    name: OwnerName,
    act: Annotated[Act, typer.Argument(metavar="add|remove", help="Put the tag on, or take it off.")],
    word: Annotated[str, typer.Argument(metavar="TAG", help="One word in lower case, like golf_club.")],
    until: Annotated[str, typer.Option("--until", metavar="YYYY-MM-DD", help="The last day on which it counts.")] = "",
    staff: Annotated[str, typer.Option("--by", metavar="STAFF", help="Who says so, kept as a digest.")] = "operator",
    stack_name: StackName = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Put a tag on an owner by hand or take it off again, and wait until it stands on the timeline.

    Audiences see it as soon as the portrait was settled, which a tag asks for at once. A tag names no person, phone or
    plate. Of an owner who opted out of profiling no tag is used.
    """
    out = output_of(lang, as_json=as_json)
    last_day = day_of(until, "--until", out) if until else None
    if last_day and act is Act.REMOVE:
        out.fail("--until 只用于 add", "--until goes with add alone", code=MISUSED)
    desk, tagger = _desks(stack_name, out)
    person_id = desk.points.person_called(name)
    if person_id is None or desk.owner(person_id) is None:
        no_owner(name, out)
    try:
        if act is Act.ADD:
            event = tagger.added(person_id, word, staff=staff, until=last_day)
        else:
            event = tagger.removed(person_id, word, staff=staff)
    except MalformedEventError as error:
        out.fail(f"{error.field}：{error.rule}", f"{error.field} {error.rule}", code=MISUSED)
    agree(stack_name, out, yes=yes, zh="写入标签", en="change a tag")
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


def _desks(stack_name: str, out: Output) -> tuple[Desk, Tagger]:
    return the_desk(stack_name, out, lambda reach: (desk_of(reach), tagger_of(reach)))
