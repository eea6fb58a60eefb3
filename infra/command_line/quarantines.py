"""`ownerloop quarantine list|show|fix|redrive|log`: events that were refused, mended and sent again."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.command_line.arguments import day_of
from infra.command_line.options import AsJson, Lang
from infra.command_line.output import FAILED, MISUSED, Output, Tongue, output_of
from infra.command_line.sites import Profile, Region, StackName, Yes, check_chosen, confirm, the_site
from infra.operation.audit import lines_of
from infra.operation.mending import mend
from infra.operation.names import Names
from infra.operation.patching import BadPatchError, patch_of
from infra.operation.quarantine import Choice, Row, row_called, rows_of
from infra.operation.quarantine_telling import groups_table, row_data, row_lines
from infra.operation.releasing import Tally, release
from infra.operation.site import Site

quarantine = typer.Typer(help="Events that were refused: list, show, fix, redrive, log.", no_args_is_help=True)
_OF_THE_ITEM = frozenset({"pk", "sk", "schema", "expires_at"})
Keys = Annotated[list[str] | None, typer.Argument(metavar="[EVENT]...", help="Event keys, as `quarantine list` says.")]
Days = Annotated[list[str] | None, typer.Option("--day", help="Received on this day (UTC); may be said again.")]
Reason = Annotated[str, typer.Option("--reason", help="Refused for this reason.")]
Field = Annotated[str, typer.Option("--field", help="Refused for this field.")]
Source = Annotated[str, typer.Option("--source", help="Sent by this source, where that is kept.")]
_WANTED = ("请给出事件，或 --all", "name events, or say --all, not both")
All = Annotated[bool, typer.Option("--all", help="Every event that the other options leave.")]


@quarantine.command("list")
def list_rows(
    days: Days = None,
    reason: Reason = "",
    field: Field = "",
    source: Source = "",
    with_done: Annotated[bool, typer.Option("--done", help="What was redriven too.")] = False,
    most: Annotated[int, typer.Option("--max", min=0, help="How many events to name.")] = 20,
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """List what was refused by day, reason and source, and the first events of it; redriven ones are left out."""
    out = output_of(lang, as_json=as_json)
    choice = _choice(None, Choice(tuple(days or ()), reason, field, source, with_done), out)
    site = the_site(stack_name, region, profile, out)
    groups: Counter[tuple[str, ...]] = Counter()
    named: list[Row] = []
    for row in rows_of(choice, site):
        groups[row.day, row.reason, row.field, row.source, str(row.stand), "kept" if row.body else "gone"] += 1
        if len(named) < most:
            named.append(row)
    total = sum(groups.values())
    if groups:
        out.table(groups_table(groups, out.language))
    for row in named:
        out.console.print(f"  {row.event_key}  {row.reason} {row.field}  {row.surrogate or '-'}", markup=False)
    out.say(f"共 {total} 条", f"{total} events wait here")
    names = ("day", "reason", "field", "source", "stand", "body")
    told = [dict(zip(names, group, strict=True)) | {"events": count} for group, count in sorted(groups.items())]
    out.data({"events": total, "groups": told, "rows": [row_data(row, None) for row in named]})


@quarantine.command("show")
def show_row(
    event_key: Annotated[str, typer.Argument(metavar="EVENT", help="An event key, as `quarantine list` says.")],
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Show one refused event: why, what is kept of it with the car by its surrogate, and how far it was mended."""
    out = output_of(lang, as_json=as_json)
    site = the_site(stack_name, region, profile, out)
    (row,) = _named([event_key], site, out)
    digest = Names(site).digest
    for line in row_lines(row, digest, out.language):
        out.console.print(line, markup=False)
    out.data(row_data(row, digest))


@quarantine.command("fix")
def fix_rows(
    keys: Keys = None,
    patch: Annotated[str, typer.Option("--patch", help="A JSON merge patch (RFC 7396), or a file of one.")] = "",
    settings: Annotated[list[str] | None, typer.Option("--set", help="path=value; may be said again.")] = None,
    every: All = False,
    days: Days = None,
    reason: Reason = "",
    field: Field = "",
    source: Source = "",
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Mend refused events; a change is kept, beside the original, only if the intake would take the event then."""
    out = output_of(lang, as_json=as_json)
    check_chosen(keys, is_wide=every, out=out, zh=_WANTED[0], en=_WANTED[1])
    if not patch and not settings:
        out.fail("请给出 --patch 或 --set", "a fix wants --patch or --set", code=MISUSED)
    change = _patch(patch, settings or (), out)
    choice = _choice(keys, Choice(tuple(days or ()), reason, field, source), out)
    site = the_site(stack_name, region, profile, out)
    confirm(site, out, yes=yes, zh="修改被隔离的事件", en="change quarantined events")
    rows = _chosen(keys, choice, site, out)
    fixed, refused = mend(rows, patch=change, settings=settings or (), site=site, by=site.who())
    out.say(f"已修复 {len(fixed)} 条，原文保留", f"{len(fixed)} events mended; the originals are kept")
    _tell_refused(refused, out)
    out.data({"mended": fixed, "refused": refused})
    if refused:
        raise typer.Exit(FAILED)


@quarantine.command("redrive")
def redrive_rows(
    keys: Keys = None,
    body: Annotated[
        Path | None, typer.Option("--body", exists=True, dir_okay=False, help="The one event whole, from its source.")
    ] = None,
    every: All = False,
    days: Days = None,
    reason: Reason = "",
    field: Field = "",
    source: Source = "",
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    yes: Yes = False,
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Send events back to the queue that they came from, mended or as they were, under their own identity.

    What the intake would refuse again is not sent. --body gives an event of which nothing was kept; it is sent at once
    and kept nowhere.
    """
    out = output_of(lang, as_json=as_json)
    check_chosen(keys, is_wide=every, out=out, zh=_WANTED[0], en=_WANTED[1])
    if body is not None and len(keys or ()) != 1:
        out.fail("--body 只用于一个事件", "--body is for one named event", code=MISUSED)
    choice = _choice(keys, Choice(tuple(days or ()), reason, field, source), out)
    site = the_site(stack_name, region, profile, out)
    confirm(site, out, yes=yes, zh="重放被隔离的事件", en="redrive quarantined events")
    given = {(keys or [""])[0]: body.read_bytes().strip()} if body is not None else {}
    rows = _chosen(keys, choice, site, out)
    with out.until_interrupted(), out.progress() as bar:
        task = bar.add_task("quarantine", total=None)
        tally = release(
            rows, site=site, names=Names(site), by=site.who(), given=given, advance=lambda n: bar.advance(task, n)
        )
    _tell_release(tally, out)
    out.data({"redriven": tally.redriven, "changed": tally.changed, "refused": tally.refused})
    if tally.refused:
        raise typer.Exit(FAILED)


@quarantine.command("log")
def tell_log(
    day: Annotated[str, typer.Option("--day", help="The day (UTC), as 2026-03-01; today unless said.")] = "",
    stack_name: StackName = "",
    region: Region = "",
    profile: Profile = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Tell what operators did on a day: events mended and redriven, messages discarded, by whom and why."""
    out = output_of(lang, as_json=as_json)
    asked = day_of(day, "--day", out).isoformat() if day else ""
    site = the_site(stack_name, region, profile, out)
    lines = lines_of(asked or site.now.date().isoformat(), site)
    for line in lines:
        said = (line.get(name, "") for name in ("act", "place", "by", "why"))
        out.console.print(f"{line['events']:>6}  {'  '.join(map(str, said))}".rstrip(), markup=False)
    out.say(f"共 {len(lines)} 次操作", f"{len(lines)} acts")
    out.data([{name: value for name, value in line.items() if name not in _OF_THE_ITEM} for line in lines])


def _choice(keys: list[str] | None, choice: Choice, out: Output) -> Choice:
    """Return the choice with its days as they are kept, or end the command: it is among all events, not named ones."""
    if keys and choice != Choice():
        zh, en = (
            "--day、--reason、--field 和 --source 只与 --all 同用",
            "--day, --reason, --field and --source go with --all",
        )
        out.fail(zh, en, code=MISUSED)
    return replace(choice, days=tuple(day_of(day, "--day", out).isoformat() for day in choice.days))


def _chosen(keys: list[str] | None, choice: Choice, site: Site, out: Output) -> Iterable[Row]:
    return _named(keys, site, out) if keys else rows_of(choice, site)


def _named(keys: list[str], site: Site, out: Output) -> list[Row]:
    rows = []
    for key in keys:
        row = row_called(key, site)
        if row is None:
            out.fail(f"隔离区没有 {key}", f"there is no {key} in the quarantine", code=MISUSED)
        rows.append(row)
    return rows


def _patch(text: str, settings: Iterable[str], out: Output) -> Any:
    """Return the merge patch, or end the command if it is none or a setting names no place."""
    path = Path(text)
    said = (
        text
        if text.lstrip().startswith("{") or not path.is_file()
        else path.read_text(encoding="utf-8-sig", errors="replace")
    )
    try:
        change = json.loads(said) if text else None
    except ValueError:
        change = ()
    if change is not None and not isinstance(change, dict):
        out.fail("--patch 不是 JSON 对象或文件", "--patch is neither a JSON object nor a file of one", code=MISUSED)
    for setting in settings:
        try:
            patch_of(setting, {})
        except BadPatchError as error:
            out.fail(f"--set {error}", f"--set {error}", code=MISUSED)
    return change


def _tell_release(tally: Tally, out: Output) -> None:
    out.say(f"已重放 {len(tally.redriven)} 条", f"{len(tally.redriven)} events redriven")
    if tally.changed:
        zh, en = "条被他人改动，仍在列", "were written by somebody else meanwhile and are still listed"
        out.say(f"{len(tally.changed)} {zh}", f"{len(tally.changed)} {en}")
    _tell_refused(tally.refused, out)


def _tell_refused(refused: dict[str, str], out: Output) -> None:
    for key, why in sorted(refused.items())[:20]:
        out.say(f"{key} 未动：{why}", f"{key} left as it was: {why}")
    if len(refused) > 20:  # noqa: PLR2004  # lines that somebody reads
        out.say(f"另有 {len(refused) - 20} 条未动", f"and {len(refused) - 20} more")
