"""`ownerloop decode`: foreign vehicle data as canonical events, one JSON line each."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from infra.command_line.options import Lang
from infra.command_line.output import FAILED, FINE, MISUSED, Output, Tongue, output_of
from infra.explain.words import pick
from ownerloop.adapters.formats.event import RefusedRecordError
from ownerloop.adapters.formats.registry import decoded, format_names
from ownerloop.adapters.zones import zones


def decode(
    file: Annotated[Path, typer.Argument(help="The file to decode.", exists=True, dir_okay=False, readable=True)],
    format_name: Annotated[str, typer.Option("--format", help="The format of the file: gbt32960, bmw, skoda, ...")],
    lang: Lang = Tongue.EN,
) -> None:
    """Decode frames or a maker's JSON, JSON lines or CSV into canonical events: one JSON line each on standard output.

    Of a frame's position the zones open today that hold it are told, and nothing else. Refusals go to standard error
    with line and reason. Form is checked, never age, consent or duplication.
    Ends with 1 if nothing was accepted.
    """
    out = output_of(lang, as_json=False)
    if format_name not in format_names():
        known = ", ".join(format_names())
        out.fail(f"没有格式 {format_name}；可用：{known}", f"no format {format_name}; there are {known}", code=MISUSED)
    accepted = refused = 0
    today = zones(datetime.now(UTC).date())
    for result in decoded(format_name, file.read_bytes(), zones=today):
        if result.refusal is not None:
            refused += 1
            _tell(result.line, result.refusal, out)
        elif result.event is not None:
            accepted += 1
            sys.stdout.write(json.dumps(result.event.as_json(), allow_nan=False) + "\n")
    sys.stdout.flush()
    sys.stderr.write(
        pick(out.language, f"接受 {accepted}，拒绝 {refused}\n", f"{accepted} accepted, {refused} refused\n")
    )
    raise typer.Exit(FINE if accepted else FAILED)


def _tell(line: int, refusal: RefusedRecordError, out: Output) -> None:
    told = pick(out.language, f"第 {line} 行被拒绝", f"line {line} refused")
    sys.stderr.write(f"{told}: {refusal.reason}: {refusal}\n")
