"""`ownerloop segment`: recency, frequency, money, scores and tier of each owner, from an export of transactions."""

import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.command_line.arguments import check_target, day_of
from infra.command_line.options import Lang
from infra.command_line.output import FAILED, FINE, MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from infra.segmenting.errors import SheetError
from infra.segmenting.policy_file import SegmentPolicyError, read_segment_policy
from infra.segmenting.rows import lines_of
from infra.segmenting.sheet import Sheet, read_transactions
from ownerloop.domain.segmenting import SegmentPolicy, habits_of, segment

_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def segment_owners(
    transactions: Annotated[
        Path, typer.Option("--transactions", help="CSV: owner_id, at, amount.", exists=True, dir_okay=False)
    ],
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="YYYY-MM-DD", help="Transactions after this day are not used.")
    ],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", help="JSON or YAML: what to change of the policy.", exists=True, dir_okay=False),
    ] = None,
    out_file: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="Write here, not to standard output.")
    ] = None,
    lang: Lang = Tongue.EN,
) -> None:
    """Rank owners by recency, frequency and money, and give each one tier, from an export of transactions.

    Writes CSV in the order of owner_id. Refused lines go to standard error; ends with 1 if every line was refused.
    """
    out = output_of(lang, as_json=False)
    day, rules = _day(as_of, out), _rules(policy, out)
    check_target(out_file, out, reads=(transactions, policy))
    try:
        sheet = read_transactions(transactions, as_of=day)
    except SheetError as error:
        out.fail(str(error), str(error), code=MISUSED)
    habits = habits_of(sheet.visits, owners=len(sheet.owner_ids), months=rules.window_months, as_of=day)
    with ExitStack() as open_files:
        target: Any = open_files.enter_context(out_file.open("wb")) if out_file else sys.stdout.buffer
        for piece in lines_of(sheet.owner_ids, habits, segment(habits, policy=rules)):
            target.write(piece)
        target.flush()
    _tell(sheet, out)
    raise typer.Exit(FINE if sheet.visits.on.size or sheet.later or not sheet.refused else FAILED)


def _day(text: str, out: Output) -> date:
    day = day_of(text, "--as-of", out)
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        span = f"{_FIRST_YEAR}-{_LAST_YEAR}"
        out.fail(f"--as-of {text} 不在 {span} 年内", f"--as-of {text} lies outside {span}", code=MISUSED)
    return day


def _rules(path: Path | None, out: Output) -> SegmentPolicy:
    try:
        return read_segment_policy(path)
    except SegmentPolicyError as error:
        out.fail(str(error), str(error), code=MISUSED)


def _tell(sheet: Sheet, out: Output) -> None:
    for refused in sheet.refusals:
        told = pick(out.language, f"第 {refused.line} 行被拒绝", f"line {refused.line} refused")
        sys.stderr.write(f"{told}: {refused.reason}\n")
    if sheet.refused > len(sheet.refusals):
        more = sheet.refused - len(sheet.refusals)
        sys.stderr.write(pick(out.language, f"还有 {more} 行被拒绝\n", f"and {more} more refused\n"))
    used, owners = sheet.visits.on.size, len(sheet.owner_ids)
    sys.stderr.write(
        pick(
            out.language,
            f"采用 {used} 行，{owners} 位车主；{sheet.later} 行在该日之后未用，{sheet.refused} 行被拒绝\n",
            f"{used} lines of {owners} owners used, {sheet.later} after the day, {sheet.refused} refused\n",
        )
    )
