"""Which stack an operator's command works on, and the yes that anything but the local one needs."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from botocore.exceptions import ProfileNotFound

from infra.command_line.output import MISUSED, Output
from infra.explain.words import pick
from infra.local.stack import Stack, find_stack
from infra.operation.site import HalfDeployedError, Site, deployed_site, local_site
from infra.reaching import NoSuchStackError, Reach, deployed_reach, local_reach

StackName = Annotated[str, typer.Option("--stack", help="A deployed stack instead of the local one that is up.")]
Region = Annotated[str, typer.Option("--region", help="Its region, as boto3 takes it.")]
Profile = Annotated[str, typer.Option("--profile", help="The profile to reach it with, as boto3 takes it.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for the stack's name before changing a deployed stack.")]
_Desk = TypeVar("_Desk")


def the_local_stack(out: Output) -> Stack:
    """Return the stack that is up, or end the command saying how to get one."""
    stack = find_stack()
    if stack is None:
        out.fail("没有运行中的本地云；先运行 `ownerloop up`", "no stack is up; `ownerloop up` starts one")
    return stack


def the_desk(stack_name: str, out: Output, desk_of: Callable[[Reach], _Desk]) -> _Desk:
    """Return the desk that stands before the stack that is meant, or end the command saying what is wrong with it."""
    reach = deployed_reach(stack_name) if stack_name else local_reach(the_local_stack(out))
    try:
        return desk_of(reach)
    except NoSuchStackError as error:
        out.fail(f"找不到堆栈 {reach.name}：{error}", str(error), code=MISUSED)


def the_site(stack_name: str, region: str, profile: str, out: Output) -> Site:
    """Return the stack that is meant, whole, or end the command saying what is wrong with it."""
    if not stack_name and (region or profile):
        out.fail(
            "--region 和 --profile 只用于 --stack 指定的堆栈",
            "--region and --profile say how to reach a --stack; the local one needs neither",
            code=MISUSED,
        )
    try:
        if stack_name:
            return deployed_site(stack_name, region=region, profile=profile)
        return local_site(the_local_stack(out))
    except NoSuchStackError as error:
        out.fail(f"找不到堆栈 {error.name}", str(error), code=MISUSED)
    except HalfDeployedError as error:
        out.fail(f"堆栈 {error.name} 部署不完整：{'；'.join(error.missing)}", str(error))
    except ProfileNotFound as error:
        out.fail(f"没有这个凭证配置：{profile}", str(error), code=MISUSED)


def confirm(site: Site, out: Output, *, yes: bool, zh: str, en: str) -> None:
    """Ask for the name of a deployed stack before it is changed, unless told not to; the local one needs no asking."""
    agree("" if site.is_local else site.name, out, yes=yes, zh=zh, en=en)


def agree(stack_name: str, out: Output, *, yes: bool, zh: str, en: str) -> None:
    """Ask for the name of a deployed stack before it is touched, unless told not to; anything else ends the command."""
    if not stack_name or yes:
        return
    asked = pick(
        out.language, f"将在 {stack_name} 上{zh}。输入堆栈名以确认", f"This will {en} on {stack_name}. Its name"
    )
    if _answered(asked) != stack_name:
        out.fail("未确认，什么都没有改变", "not confirmed; nothing was changed", code=MISUSED)


def _answered(asked: str) -> str:
    """Return what was typed, "" where nobody can type or somebody would rather not."""
    try:
        return str(typer.prompt(asked, default="", show_default=False, err=True))
    except typer.Abort:
        return ""


def check_chosen(named: list[str] | None, *, is_wide: bool, out: Output, zh: str, en: str) -> None:
    """End the command unless either things are named or a wider choice is made, not both and not neither."""
    if bool(named) == is_wide:
        out.fail(zh, en, code=MISUSED)
