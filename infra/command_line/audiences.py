"""`ownerloop audience check|explain`: whether a file says an audience, and why an owner is in it or not."""

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from infra.audiences.desk import desk_of
from infra.audiences.telling import checked_data, checked_lines, explained_data, explained_lines
from infra.command_line.arguments import OwnerName, no_owner
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.csv_files import text_of
from ownerloop.domain.audience import Audience, explain, parse
from ownerloop.domain.errors import AudienceError

audience = typer.Typer(help="Check audiences, and explain who is in them.", no_args_is_help=True)
AudienceFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="JSON or YAML: a predicate.", exists=True, dir_okay=False)
]


@audience.command("check")
def check_audience(file: AudienceFile, lang: Lang = Tongue.EN, as_json: AsJson = False) -> None:
    """Check an audience: its form, every attribute and value; ends with 1 and names the place of what is wrong."""
    out = output_of(lang, as_json=as_json)
    found = _audience(file, out)
    for line in checked_lines(found, out.language):
        out.console.print(line, markup=False)
    out.data(checked_data(found))


@audience.command("explain")
def explain_audience(
    file: AudienceFile,
    name: OwnerName,
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Explain why an owner is in an audience or not, as of now: each question, what was found, and what it said.

    Unknown is never in: neither the question nor its opposite. Nothing is written and nobody is contacted.
    """
    out = output_of(lang, as_json=as_json)
    found = _audience(file, out)
    seen = the_desk(stack_name, out, desk_of).portrayed(name)
    if seen is None:
        no_owner(name, out)
    person_id, as_of, portrait = seen
    said = explain(found, portrait.view)
    for line in explained_lines(person_id, said, out.language):
        out.console.print(line, markup=False)
    if not portrait.is_profiled:
        out.say("该车主拒绝画像：不使用任何画像属性", "the owner opted out of profiling: nothing that judges is used")
    out.data({"as_of": as_of.isoformat(), "is_profiled": portrait.is_profiled, **explained_data(person_id, said)})


def _audience(file: Path, out: Output) -> Audience:
    try:
        data: Any = yaml.safe_load(text_of(file))  # JSON is YAML too
    except yaml.YAMLError as error:
        problem = " ".join(str(error).split())
        out.fail(
            f"{file.name} 既不是 JSON 也不是 YAML：{problem}",
            f"{file.name} is neither JSON nor YAML: {problem}",
            code=MISUSED,
        )
    try:
        return parse(data)
    except AudienceError as error:
        place = error.path or "."
        out.fail(f"{file.name}：{place} {error.rule}", f"{file.name}: {place} {error.rule}", code=FAILED)
