"""`ownerloop dlq list|show|redrive|discard`: what was given up, why, and the way back."""

import time
from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import Profile, Region, StackName, Yes, check_chosen, confirm, the_site
from infra.operation.discarding import discard
from infra.operation.letters import Box
from infra.operation.names import Names
from infra.operation.opening import open_letter
from infra.operation.places import NoSuchPlaceError, Place, place_called, places
from infra.operation.reasons import last_fault
from infra.operation.redriving import Tally, Wish, redrive
from infra.operation.telling import letter_data, letter_lines, pile_of, piles_table, tally_data

dlq = typer.Typer(help="What was given up: list, show, redrive, discard.", no_args_is_help=True)
PlaceName = Annotated[str, typer.Argument(metavar="QUEUE", help="As `dlq list` names it: VehicleDataDeadLetters, ...")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[MESSAGE]...", help="Message ids, as `dlq show` names them.")]
_WANTED = ("请给出消息编号，或 --all", "name messages, or say --all (or --max), not both")
All = Annotated[bool, typer.Option("--all", help="Every message that lies there now.")]


@dlq.command("list")
def list_places(
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """List every dead-letter and on-failure queue: how much lies there, since when, from where, and the last reason.

    Looking hides up to ten messages of a queue from others for a moment.
    """
    out = output_of(lang, as_json=as_json)
    site = the_site(stack_name, region, profile, out)
    piles = [pile_of(Box(site, place), last_fault) for place in places()]
    total = sum(pile.depth for pile in piles)
    out.table(piles_table(piles, site.now, out.language))
    out.say(f"共 {total} 条待处理", f"{total} messages wait for an operator")
    out.data([pile.data for pile in piles])


@dlq.command("show")
def show(
    place_name: PlaceName,
    most: Annotated[int, typer.Option("--max", min=1, max=1000, help="How many messages to show.")] = 10,
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show what lies in a queue, unpacked, with nobody named, and why it lies there; nothing is taken out."""
    out = output_of(lang, as_json=as_json)
    place = _place(place_name, out)
    site = the_site(stack_name, region, profile, out)
    names, box = Names(site), Box(site, place)
    told = []
    for letter in box.letters(most=most):
        opened = open_letter(letter, place, names.digest)
        reason = opened.reason or last_fault(site, place, about=letter.message_id)
        told.append(letter_data(letter, opened, reason))
        for line in letter_lines(letter, opened, reason, out.language):
            out.console.print(line, markup=False)
    if not told:
        out.say(f"{place.name} 是空的", f"{place.name} is empty")
    out.data(told)


@dlq.command("redrive")
def redrive_letters(
    place_name: PlaceName,
    ids: Ids = None,
    every: All = False,
    most: Annotated[int | None, typer.Option("--max", min=1, help="At most so many, the first that come.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what was redriven before and failed again.")] = False,
    per_second: Annotated[float, typer.Option("--rate", min=0.1, max=1000, help="Messages a second.")] = 10.0,
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Send messages back to the queue or function that they came from; what is sent twice is applied once.

    A message that fails again comes back here and counts its redrives; a second redrive of it needs --again.
    """
    out = output_of(lang, as_json=as_json)
    place = _place(place_name, out)
    check_chosen(ids, is_wide=every or most is not None, out=out, zh=_WANTED[0], en=_WANTED[1])
    site = the_site(stack_name, region, profile, out)
    confirm(site, out, yes=yes, zh=f"重放 {place.name} 中的消息", en=f"redrive messages of {place.name}")
    wish = Wish(frozenset(ids or ()), most, again=again, per_second=per_second)
    with out.until_interrupted(), out.progress() as bar:
        task = bar.add_task(place.name, total=None)
        tally = redrive(Box(site, place), wish, pause=time.sleep, advance=lambda n: bar.advance(task, n))
    _tell(tally, out)
    out.data(tally_data(tally))
    if tally.failed or tally.missing:
        raise typer.Exit(FAILED)


@dlq.command("discard")
def discard_letters(
    place_name: PlaceName,
    ids: Ids = None,
    every: All = False,
    why: Annotated[str, typer.Option("--reason", help="Why; kept with who and when for 400 days.")] = "",
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Remove messages for good; what they were, who removed them and why is written down first."""
    out = output_of(lang, as_json=as_json)
    place = _place(place_name, out)
    check_chosen(ids, is_wide=every, out=out, zh=_WANTED[0], en=_WANTED[1])
    if not why.strip():
        out.fail("请用 --reason 说明原因", "a discard wants a --reason", code=MISUSED)
    site = the_site(stack_name, region, profile, out)
    confirm(site, out, yes=yes, zh=f"永久删除 {place.name} 中的消息", en=f"remove messages of {place.name} for good")
    gone, missing = discard(Box(site, place), frozenset(ids or ()), why=why.strip(), names=Names(site))
    out.say(f"已删除 {len(gone)} 条，均已留痕", f"{len(gone)} messages removed, each written down")
    for message_id in missing:
        out.say(f"没有 {message_id}", f"there is no {message_id}")
    out.data({"discarded": gone, "missing": missing})
    if missing:
        raise typer.Exit(FAILED)


def _place(name: str, out: Output) -> Place:
    try:
        return place_called(name)
    except NoSuchPlaceError as error:
        out.fail(f"没有队列 {name}；可用：{', '.join(error.known)}", str(error), code=MISUSED)


def _tell(tally: Tally, out: Output) -> None:
    out.say(f"已重放 {len(tally.redriven)} 条", f"{len(tally.redriven)} messages redriven")
    if tally.came_back:
        count = len(tally.came_back)
        out.say(
            f"{count} 条此前重放后又失败，未动；确要再试请加 --again",
            f"{count} were redriven before and failed again; they stay here unless you say --again",
        )
    for message_id, reason in tally.failed.items():
        out.say(f"{message_id}：{reason}", f"{message_id}: {reason}")
    for message_id in tally.missing:
        out.say(f"没有 {message_id}", f"there is no {message_id}")
