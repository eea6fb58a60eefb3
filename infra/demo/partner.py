"""The partner of the demo: one visit to the deployed API, with and without right."""

from datetime import datetime

from infra.demo.names import names_in
from infra.fleet.enrolling import PARTNER_ID, shares
from infra.fleet.fleet import Fleet
from infra.fleet.people import Person, Temper
from infra.local.stack import Stack
from infra.partners.visiting import visit
from infra.template.reading import load_template

_SHARING_MAX, _WITHDRAWN_MAX = 6, 2


def visit_as_partner(stack: Stack, fleet: Fleet, *, now: datetime) -> dict[str, int]:
    """Return how often each status came: shared cars, some of them no longer, then tokens, foreign ids, the quota."""
    asked = [*_some(fleet, _SHARING_MAX, withdrew=False), *_some(fleet, _WITHDRAWN_MAX, withdrew=True)]
    first_car = {car.owner_key: car.vin for car in reversed(fleet.cars)}
    names = names_in(stack)
    pairs = [(names.vehicles[first_car[key]], names.persons[key]) for key in (p.owner_key for p in asked)]
    quota = load_template()["Mappings"]["Scale"]["local"]["PartnerCallsPerDay"]
    return visit(
        endpoint=stack.endpoint, outputs=stack.outputs, partner_id=PARTNER_ID, shared=pairs, quota=quota, now=now
    )


def _some(fleet: Fleet, most: int, *, withdrew: bool) -> list[Person]:
    who = [p for p in fleet.people if shares(p) and (p.temper is Temper.WITHDRAWING) is withdrew]
    return who[:most]
