"""`ownerloop presence`: in which zones a car was seen in the last seven days."""

from typing import Annotated

import typer

from infra.command_line.options import AsJson, Lang
from infra.command_line.output import MISUSED, Tongue, output_of
from infra.command_line.sites import StackName, the_desk
from infra.explain.words import pick
from infra.presence.desk import desk_of


def presence(
    vehicle_id: Annotated[str, typer.Argument(metavar="VEHICLE", help="A car's surrogate (v_...).")],
    stack_name: StackName = "",
    lang: Lang = Tongue.EN,
    as_json: AsJson = False,
) -> None:
    """Say in which zones a car was seen, hour by hour in UTC; positions are not kept.

    Facts live for seven days, and are told only while the owner's consent for presence covers them.
    """
    out = output_of(lang, as_json=as_json)
    desk = the_desk(stack_name, out, desk_of)
    seen = desk.seen(vehicle_id)
    if seen is None:
        out.fail(f"没有叫 {vehicle_id} 的车辆", f"no car is called {vehicle_id}", code=MISUSED)
    if not seen:
        out.say("最近七天没有可以告知的到访", "nothing that may be told of the last seven days")
    between = pick(out.language, "至", "to")
    for fact in seen:
        span = f"{fact.first_at:%Y-%m-%d %H:%M} {between} {fact.last_at:%H:%M}Z"
        out.console.print(f"{span}  {fact.zone_id}", markup=False)
    facts = [
        {"zone_id": fact.zone_id, "first_at": fact.first_at.isoformat(), "last_at": fact.last_at.isoformat()}
        for fact in seen
    ]
    out.data({"vehicle_id": vehicle_id, "now": desk.now.isoformat(), "seen": facts})
