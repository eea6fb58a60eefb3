"""`ownerloop owner show|tag`: one owner with everything that is known, and why."""

from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Output, Tongue, output_of
from infra.command_line.tagging import tag
from infra.importing.targets import NoSuchStackError
from infra.local.stack import find_stack
from infra.owners.desk import Desk, deployed_desk, local_desk
from infra.owners.telling import data_of, lines_of

owner = typer.Typer(help="Show and tag owners.", no_args_is_help=True)
owner.command("tag")(tag)


@owner.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="A person (p_...) or a dealer's owner key.")],
    newest: Annotated[int, typer.Option("--newest", min=1, max=1_000, help="How many facts the timeline takes.")] = 20,
    stack_name: Annotated[str, typer.Option("--stack", help="A deployed stack instead of the local one.")] = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show an owner: tier and why, points, cars with consent, next service and bookings, open complaints, timeline.

    Everything about one order, booking, complaint or registration is one line of the timeline. An owner key is looked
    up in the vault from this machine; everything else is read and told by surrogates.
    """
    out = output_of(lang, as_json=as_json)
    held = _desk(stack_name, out).portrait(name, facts_max=newest)
    if held is None:
        out.fail(f"没有叫 {name} 的车主", f"no owner is called {name}", code=MISUSED)
    for line in lines_of(held, newest_max=newest, language=out.language):
        out.console.print(line, markup=False)
    out.data(data_of(held, newest_max=newest))


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
