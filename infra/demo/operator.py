"""The operator of the demo: answers doubts about odometers and parts who was taken for one person by mistake.

Both go the way of `ownerloop case close` and `ownerloop identity split`.
"""

from dataclasses import dataclass
from datetime import date

from infra.casework.desk import Desk
from infra.casework.desk import desk_of as casework_desk
from infra.demo.names import names_in
from infra.demo.setting import STARTS_ON
from infra.fleet.fleet import Fleet
from infra.fleet.parcels import identity_of
from infra.identity.desk import desk_of as identity_desk
from infra.local.clients import client
from infra.local.drain import Drain
from infra.local.stack import Stack
from infra.reaching import local_reach
from ownerloop.adapters.dynamodb.cases import case_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.domain.cases import Case, CaseKind

_MISTAKEN = "two people of one household share the phone"


class UnansweredCaseError(Exception):
    """The stack did not take an operator's word; the message says why."""


@dataclass(slots=True)
class Operator:
    """Somebody at the dealer's who knows which car was given another cluster, and who came in together."""

    stack: Stack
    fleet: Fleet
    drain: Drain

    def answer_doubts(self, *, on: date) -> bool:
        """Answer every open doubt and return whether there was one."""
        doubts = [case for case in self._cases() if case.kind is CaseKind.CLUSTER_REPLACED and case.is_open]
        if not doubts:
            return False
        desk, vins = casework_desk(local_reach(self.stack)), names_in(self.stack).vins
        for case in doubts:
            self._answer(desk, case, "yes" if self._was_swapped(vins[case.vehicle_id], on=on) else "no")
        return True

    def part_strangers(self, *, day: int) -> bool:
        """Part the two people of each household that came in together on this day of the run; say if there was one."""
        mistaken = [pair for pair in self.fleet.pairs if pair.parts_on == day]
        if not mistaken:
            return False
        desk, persons = identity_desk(local_reach(self.stack)), names_in(self.stack).persons
        for pair in mistaken:
            person, member = persons[pair.first.owner_key], persons[pair.second.owner_key]
            event = desk.split_event(person, member, because=_MISTAKEN)
            self.drain.expect([identity_of(event["source"], event["id"])])
            outcome = desk.tell(event)
            if outcome.result != "accepted":
                raise UnansweredCaseError(f"{person} {member}: {outcome.result} {outcome.reason} {outcome.rule}")
        return True

    def _cases(self) -> list[Case]:
        # The desk's own list asks the index 64 times, which a look a day is not worth.
        pages = (
            client("dynamodb", self.stack.endpoint)
            .get_paginator("scan")
            .paginate(
                TableName=self.stack.outputs["CasesTableName"],
                FilterExpression="sk = :state",
                ExpressionAttributeValues={":state": {"S": "state"}},
            )
        )
        found = (case_from(read(item)) for page in pages for item in page["Items"])
        return sorted(found, key=lambda case: case.case_key)

    def _answer(self, desk: Desk, case: Case, answer: str) -> None:
        event = desk.answer_event(case, answer)
        self.drain.expect([identity_of(event["source"], event["id"])])
        outcome = desk.answer(case, answer)
        if outcome.result != "accepted":
            raise UnansweredCaseError(f"{case.case_key} {answer}: {outcome.result} {outcome.field} {outcome.rule}")

    def _was_swapped(self, vin: str, *, on: date) -> bool:
        (car,) = (car for car in self.fleet.cars if car.vin == vin)
        return car.cluster_swapped_on is not None and car.cluster_swapped_on <= (on - STARTS_ON).days
