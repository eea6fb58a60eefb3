"""Where an operator's cases lie: read from a stack's tables, acted on through its queues.

An answer to a doubt goes through the EnrolmentQueue, what is done about a complaint through the InteractionQueue: in
the order and under the rules of everybody else's events.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from infra.importing.saying import event_of
from infra.importing.sending import Outcome, Target, tell
from infra.importing.targets import target_of
from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.cases import case_from, item_key, open_key
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.contracts.case_answers import CASE_ANSWERED
from ownerloop.contracts.interactions import CASE_SUBJECT, PREFIX
from ownerloop.domain.cases import Case, open_doubt
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.vehicle import Vehicle

_NEEDED = ("CasesTableName", "VehiclesTableName", "InteractionQueueUrl")


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's cases as of an instant."""

    target: Target
    cases_table: str
    vehicles_table: str
    interaction_queue_url: str
    now: datetime

    def open_cases(self, store_ids: Iterable[str | None], *, kind: str = "") -> list[Case]:
        """Return the stores' open cases of the kind (empty: every kind), longest open first; None is no store."""
        found = [case for store_id in store_ids for case in self._open_of(store_id)]
        mine = [case for case in found if not kind or case.kind == kind]
        return sorted(mine, key=lambda case: (case.opened_at or self.now, case.case_key))

    def case(self, case_key: str) -> Case:
        """Return the case as last written; one that nobody opened comes with version 0."""
        item = self._item(self.cases_table, item_key(case_key))
        return case_from(read(item)) if item else Case(case_key=case_key, person_id="")

    def vehicle(self, vehicle_id: str) -> Vehicle:
        """Return the car as last written; one without an item comes with version 0."""
        item = self._item(self.vehicles_table, (vehicle_pk(vehicle_id), STATE))
        return vehicle_of(item) if item else Vehicle(vehicle_id=vehicle_id)

    def answer(self, case: Case, answer: str) -> Outcome:
        """Send the answer and wait for what became of it; refuse a case that takes none (CaseRefusedError)."""
        return tell(self.answer_event(case, answer), target=self.target, now=self.now)

    def answer_event(self, case: Case, answer: str) -> dict[str, Any]:
        """Return the event that answers a case, or refuse a case that takes no answer (CaseRefusedError)."""
        open_doubt(case)
        return self._event(CASE_ANSWERED, case.case_key, word=answer, data={"answer": answer})

    def act(self, case: Case, kind: str, **said: str) -> Outcome:
        """Send what was done about a complaint (`complaint_assigned`, ...) and wait for what became of it."""
        data = {"case_id": case.case_key, **said}
        event = self._event(
            f"{PREFIX}{kind}.v1", f"{CASE_SUBJECT}{case.case_key}", word="#".join(data.values()), data=data
        )
        target = replace(self.target, enrolment_queue_url=self.interaction_queue_url)
        return tell(event, target=target, now=self.now)

    def _event(self, kind: str, subject: str, *, word: str, data: dict[str, str]) -> dict[str, Any]:
        return event_of(kind, subject, identity=f"{kind}#{subject}#{word}", data=data, at=self.now)

    def _open_of(self, store_id: str | None) -> Iterator[Case]:
        for place in range(SHARD_COUNT):
            rows = rows_of(
                self.target.client("dynamodb"),
                "query",
                TableName=self.cases_table,
                IndexName="open_by_store",
                KeyConditionExpression=expressions.OPEN_CASES,
                ExpressionAttributeValues={":key": {"S": open_key(store_id, place)}},
            )
            yield from map(case_from, rows)

    def _item(self, table: str, key: tuple[str, str]) -> dict[str, Any] | None:
        return item_of(self.target.client("dynamodb"), table, key)


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    cases_table, vehicles_table, queue_url = reach.outputs(*_NEEDED)
    return Desk(target_of(reach), cases_table, vehicles_table, queue_url, reach.now)
