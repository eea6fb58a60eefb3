"""The options that commands have in common."""

from typing import Annotated

import typer

from infra.command_line.output import Tongue

Lang = Annotated[Tongue, typer.Option("--lang", envvar="OWNERLOOP_LANG", help="Language of what is said: zh or en.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write data for programs to standard output.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="What everything by chance follows from.")]
