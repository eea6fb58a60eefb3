"""Cases: complaints, opened and closed by event time in whatever order they are told, and doubts about a car."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ownerloop.domain.clusters import Doubt, denied, replaced
from ownerloop.domain.complaint_marks import Mark, Taken
from ownerloop.domain.errors import CaseRefusedError
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.vehicle import Vehicle

_OUR_NAME = re.compile("k_[0-9a-f]{24}")
OUTDATED = "outdated"  # what stands for an answer where the car changed hands before anybody gave one


class CaseKind(StrEnum):
    """What a case is about."""

    COMPLAINT = "complaint"
    CLUSTER_REPLACED = "cluster_replaced"


@dataclass(frozen=True, slots=True)
class Case:
    """One case: the newest instant of each side. `version` is 0 where there is no item yet.

    A complaint has a person, a doubt has a car with what it looked like, and its answer once it was given.
    """

    case_key: str
    person_id: str
    version: int = 0
    topic: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    kind: CaseKind = CaseKind.COMPLAINT
    store_id: str | None = None
    vehicle_id: str = ""
    doubt: Doubt | None = None
    answer: str = ""
    marks: tuple[Mark, ...] = ()  # what was told of a complaint, in the order of its instants
    taken: tuple[Taken, ...] = ()  # the levels that it reached, in their order
    evidence: tuple[str, ...] = ()  # references (facts have the same) of what the owner complains about
    look_at: datetime | None = None  # when its clocks want the next look

    @property
    def is_open(self) -> bool:
        """Return whether it was opened after it was last closed; of equal instants the closing counts."""
        return self.opened_at is not None and (self.closed_at is None or self.closed_at < self.opened_at)


def case_key(person_id: str, case_id: str) -> str:
    """Return our name of a person's case, which may be told in place of the source's own number.

    That number may say something about a person, so it is kept nowhere.
    """
    if _OUR_NAME.fullmatch(case_id):
        return case_id
    return "k_" + digest(person_id, case_id)[:24]


def with_case(owner: Owner, case: Case) -> Owner:
    """Return the owner with this case among the open ones exactly if it is open."""
    others = set(owner.open_cases) - {case.case_key}
    return replace(owner, open_cases=tuple(sorted(others | {case.case_key} if case.is_open else others)))


def doubt_key(vehicle: Vehicle) -> str:
    """Return our name of the car's present doubt: another one as soon as it was answered or the car changed hands.

    The instant at which the run begins is no name for it: it moves as the evidence thins.
    """
    answered = (part.newest.read_at.isoformat() for part in vehicle.denied)
    return "k_" + digest(CaseKind.CLUSTER_REPLACED, vehicle.vehicle_id, str(vehicle.state_epoch), *answered)[:24]


def doubt_case(vehicle: Vehicle, doubt: Doubt, *, at: datetime) -> Case:
    """Return the case that asks whether the car's cluster was replaced."""
    return Case(
        case_key=doubt_key(vehicle),
        person_id="",
        version=1,
        topic=CaseKind.CLUSTER_REPLACED,
        opened_at=at,
        kind=CaseKind.CLUSTER_REPLACED,
        store_id=vehicle.store_id,
        vehicle_id=vehicle.vehicle_id,
        doubt=doubt,
    )


def answered(
    case: Case, vehicle: Vehicle, *, answer: str, at: datetime, policy: ForecastPolicy
) -> tuple[Case, Vehicle]:
    """Return the case closed by the answer (`yes` or `no`) and the car that it leaves; refuse what does not fit.

    A no to a doubt from before the car changed hands closes the case and changes nothing else.
    """
    doubt = open_doubt(case)
    if answer == "yes":
        car = replaced(vehicle, doubt, policy=policy)
    else:
        car = denied(vehicle, doubt) if doubt.state_epoch == vehicle.state_epoch else vehicle
    return ended(case, answer=answer, at=at), car


def open_doubt(case: Case) -> Doubt:
    """Return the doubt that the case asks about, or refuse a case that takes no such answer."""
    if case.version == 0:
        raise CaseRefusedError(reason="unknown_case", rule="names a case that was opened")
    if case.kind is not CaseKind.CLUSTER_REPLACED or case.doubt is None:
        rule = f"names a case of the kind {CaseKind.CLUSTER_REPLACED}; this one is a {case.kind}"
        raise CaseRefusedError(reason="other_kind_of_case", rule=rule)
    if not case.is_open:
        raise CaseRefusedError(reason="case_closed", rule=f"names an open case; this one is closed ({case.answer})")
    return case.doubt


def ended(case: Case, *, answer: str, at: datetime) -> Case:
    """Return the case closed with an answer, never before it was opened."""
    return replace(case, closed_at=max(at, case.opened_at or at), answer=answer)
