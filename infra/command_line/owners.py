"""`ownerloop owner show|tag`: one owner with everything that is known, and why."""

from typing import Annotated

import typer

from infra.command_line.arguments import OwnerName, no_owner
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.command_line.tagging import tag
from infra.owners.desk import desk_of
from infra.owners.telling import data_of, lines_of

owner = typer.Typer(help="Show and tag owners.", no_args_is_help=True)
owner.command("tag")(tag)


@owner.command("show")
def show(
    name: OwnerName,
    newest: Annotated[int, typer.Option("--newest", min=1, max=1_000, help="How many facts the timeline takes.")] = 20,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show an owner: tier and why, points, cars with consent, next service and bookings, open complaints, timeline.

    Everything about one order, booking, complaint or registration is one line of the timeline. An owner key is looked
    up in the vault from this machine; everything else is read and told by surrogates.
    """
    out = output_of(lang, as_json=as_json)
    held = the_desk(stack_name, out, desk_of).portrait(name, facts_max=newest)
    if held is None:
        no_owner(name, out)
    for line in lines_of(held, newest_max=newest, language=out.language):
        out.console.print(line, markup=False)
    out.data(data_of(held, newest_max=newest))
