"""A jump that persists: asked about once, answered once, and what came late or twice changes nothing."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from ownerloop.adapters.memory import CountedSurrogates, MemoryEnrolments, MemoryOwners, MemoryPriorsBook
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.adapters.rulebook import policy_at, replanner, silencer
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.cases import OUTDATED, Case, CaseKind
from ownerloop.domain.enrolment import CaseAnswered, EnrolmentEvent, OdometerImported, VehicleHandedOver
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import EnrolmentChange
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld, EnrolReport
from tests.builders import DAY, KM, START, TODAY, a_service, readings
from tests.identity_builders import people_in
from tests.messages import VIN, a_telemetry, metres
from tests.usecases.intake_streets import Streets, streets

OLD = readings(days=range(-60, 0), from_km=10_000, km_per_day=40)
LATER = START + 10 * DAY


@dataclass
class Town:
    """Intake and enrolment over the same cars and cases."""

    streets: Streets = field(default_factory=streets)
    owners: MemoryOwners = field(default_factory=MemoryOwners)

    def __post_init__(self) -> None:
        self.enrolments = MemoryEnrolments(self.owners, self.streets.vehicles, cases=self.streets.cases)
        service = a_service(item="oil", on=TODAY - 50 * DAY, km=8_000)
        self.streets.enrol(evidence=OLD, services=[service])

    @property
    def car(self) -> Vehicle:
        return self.streets.car()

    @property
    def cases(self) -> list[Case]:
        return list(self.streets.cases.held.values())

    def read(self, *days: float, from_km: float = 12, was_delivered: bool = False, now: datetime | None = None) -> None:
        for day in days:
            at = START + day * DAY
            event = a_telemetry(event_id=f"{day}#{from_km}", at=at, signals=metres(round((from_km + day * 40) * KM)))
            self.streets.ingest(event, now=now or at, was_delivered=was_delivered)

    def tell(self, event: EnrolmentEvent, *, key: str = "k", now: datetime = LATER, copies: int = 1) -> EnrolReport:
        world = EnrolmentWorld(
            vault=self.streets.vault,
            enrolments=self.enrolments,
            vehicles=self.streets.vehicles,
            surrogates=CountedSurrogates(),
            history=self.streets.history,
            quarantine=self.streets.quarantine,
            forecast_policy=policy_at,
            replan=replanner(MemoryPriorsBook(), MemoryLeadTimes()),
            silence=silencer(),
            people=people_in(),
        )
        arrival = Arrival(key, type(event).__name__, min(now, LATER), now, f"h-{key}", event)
        return enrol([arrival] * copies, world=world, now=now)

    def answer(self, word: str, *, case: str | None = None, key: str = "k") -> EnrolReport:
        return self.tell(CaseAnswered(case or self.cases[-1].case_key, LATER, word), key=key)


@pytest.fixture
def town() -> Town:
    return Town()


def reasons(town: Town) -> list[str]:
    return [row["reason"] for row in town.streets.history.rows.get("refusals", [])]


def test_a_jump_opens_one_case_as_soon_as_it_has_persisted(town: Town) -> None:
    town.read(1, 1.5)
    assert town.cases == []

    town.read(2.5, 3.5, 4.5)

    (case,) = town.cases
    assert (case.kind, case.store_id, case.vehicle_id) == (CaseKind.CLUSTER_REPLACED, "sh-pudong", town.car.vehicle_id)
    assert case.opened_at == START + 2.5 * DAY
    assert case.doubt is not None
    assert (case.doubt.ended, case.doubt.began.odometer_m) == (OLD[-1], 52 * KM)


def test_a_case_that_could_not_be_opened_is_opened_when_the_batch_comes_again(town: Town) -> None:
    def fail() -> None:
        raise ConnectionError

    town.read(1, 1.5)
    town.streets.trouble.always["cases.open"] = fail
    report = town.streets.ingest(a_telemetry(event_id="x", at=START + 3 * DAY, signals=metres(132 * KM)), now=LATER)
    assert report.failed_messages
    assert (town.car.cluster_flag is not None, town.cases) == (True, [])

    town.streets.trouble.always.clear()
    again = a_telemetry(event_id="x", at=START + 3 * DAY, signals=metres(132 * KM))
    town.streets.ingest(again, now=LATER, was_delivered=True)

    assert len(town.cases) == 1


def test_a_yes_starts_the_car_anew_in_one_transaction_with_its_case(town: Town) -> None:
    town.read(1, 2, 3)
    remaining_m = town.car.forecast.items[0].remaining_m  # type: ignore[union-attr]  # it has one

    report = town.answer("yes")

    assert report.accepted == ["k"]
    (case,) = town.cases
    assert (case.is_open, case.answer, case.version) == (False, "yes", 2)
    assert (town.car.state_epoch, town.car.cluster_flag, len(town.car.evidence)) == (1, None, 3)
    assert town.car.forecast is not None
    assert town.car.forecast.last_odometer_m == 132 * KM
    assert remaining_m is not None
    assert town.car.forecast.items[0].remaining_m == remaining_m - 80 * KM
    assert town.enrolments.inbox == {"k": "h-k"}


def test_the_same_answer_delivered_twice_changes_nothing_the_second_time(town: Town) -> None:
    town.read(1, 2, 3)
    town.answer("yes")
    before = (town.car, town.cases)

    assert town.answer("yes").accepted == ["k"]

    assert (town.car, town.cases) == before


def test_an_answer_twice_in_one_message_is_no_second_opinion(town: Town) -> None:
    town.read(1, 2, 3)
    answer = CaseAnswered(town.cases[0].case_key, LATER, "yes")

    report = town.tell(answer, copies=2)

    assert (report.accepted, report.refused) == (["k", "k"], [])
    assert town.car.state_epoch == 1


def test_a_second_opinion_is_refused(town: Town) -> None:
    town.read(1, 2, 3)
    town.answer("no")

    (refused,) = town.answer("yes", key="k2").refused

    assert (refused.reason, refused.field) == ("case_closed", "subject")
    assert town.car.state_epoch == 0


def test_an_answer_to_nothing_or_to_a_complaint_is_refused_and_quarantined(town: Town) -> None:
    complaint = Case("k_complaint", "p_1", version=1, opened_at=START)
    town.streets.cases.open([complaint])

    refused = [*town.answer("yes", case="k_nothing", key="a").refused, *town.answer("no", case="k_complaint").refused]

    assert [one.reason for one in refused] == ["unknown_case", "other_kind_of_case"]
    assert town.streets.cases.held["k_complaint"] == complaint
    assert len(town.streets.quarantine.held) == 2


def test_after_a_no_the_run_goes_on_unbelieved_and_unasked(town: Town) -> None:
    town.read(1, 2, 3)
    town.answer("no")

    town.read(4, 5, 6, 7, 8, 9)

    assert len(town.cases) == 1
    assert town.car.cluster_flag is None
    assert town.car.forecast is not None
    assert town.car.forecast.last_odometer_m == OLD[-1].odometer_m
    assert "cluster_in_doubt" not in town.car.forecast.reasons


def test_another_jump_after_a_no_opens_another_case(town: Town) -> None:
    town.read(1, 2, 3)
    town.answer("no")

    town.read(4, 5, 6, 7, from_km=700_000)

    assert [case.is_open for case in town.cases] == [False, True]


def test_the_old_cluster_s_late_readings_stay_out_of_the_new_one_s_evidence(town: Town) -> None:
    town.read(3, 4, 5)
    town.answer("yes")
    before = town.car.evidence

    town.read(0.2, 0.4, 1.9, from_km=10_000, now=START + 6 * DAY)
    town.tell(OdometerImported(vin=VIN, at=START - 90 * DAY, odometer_m=6_000 * KM, is_bare_date=True), key="i")

    assert town.car.evidence == before
    told = [row["odometer_m"] for row in town.streets.history.rows["readings"]]
    assert told[-4:] == [10_008_000, 10_016_000, 10_076_000, 6_000_000]


def test_an_answer_that_meets_a_new_reading_is_decided_again(town: Town) -> None:
    town.read(1, 2, 3)
    town.enrolments = RacedOnce(town)

    town.answer("yes")

    assert town.car.state_epoch == 1
    assert len(town.car.evidence) == 4


class RacedOnce(MemoryEnrolments):
    """A reading is merged between the answer's read and its write."""

    def __init__(self, town: Town) -> None:
        super().__init__(town.owners, town.streets.vehicles, cases=town.streets.cases)
        self._town: Town | None = town

    def apply(self, change: EnrolmentChange) -> set[str]:
        town, self._town = self._town, None
        if town:
            town.read(4)
        return super().apply(change)


def test_a_hand_over_ends_the_doubt_with_its_owner(town: Town) -> None:
    town.read(1, 2, 3)

    town.tell(VehicleHandedOver(vin=VIN, to_owner_key="li", at=START + 4 * DAY, store_id=None))

    (case,) = town.cases
    assert (case.is_open, case.answer) == (False, OUTDATED)
    (refused,) = town.answer("yes", key="k2").refused
    assert refused.reason == "case_closed"


def test_a_hand_over_ahead_of_its_day_is_refused(town: Town) -> None:
    (refused,) = town.tell(VehicleHandedOver(vin=VIN, to_owner_key="li", at=LATER + DAY, store_id=None)).refused

    assert (refused.reason, refused.field) == ("future_time", "data.at")
    assert town.car.evidence == OLD


def test_a_gap_that_a_reading_ends_is_asked_for_once(town: Town) -> None:
    def asked() -> list[dict[str, object]]:
        return [dict(e) for e in town.streets.bus.events if e["type"] == "ownerloop.vehicle.resync_requested.v1"]

    town.read(9, from_km=10_000)
    town.read(9, from_km=10_000, was_delivered=True)
    town.read(10, 11, from_km=10_000)

    assert len(asked()) == 2
    assert asked()[0] == {**asked()[1], "time": asked()[0]["time"]}
    assert asked()[0]["data"]["from_at"] == "2026-01-04T04:00:00Z"  # type: ignore[index]
    assert asked()[0]["data"]["data_source"] == "urn:test:cars"  # type: ignore[index]


def test_nobody_asks_for_the_gaps_of_a_replayed_log() -> None:
    quiet = Town()
    quiet.streets.enrol(evidence=OLD, remind=False)

    quiet.read(9, from_km=10_000)

    assert not [e for e in quiet.streets.bus.events if "resync" in e["type"]]


def test_a_conflict_that_stays_is_a_fault_for_the_queue(town: Town) -> None:
    town.read(1, 2, 3)

    def lose() -> None:
        raise VersionConflictError(item="v")

    town.enrolments = MemoryEnrolments(
        town.owners,
        town.streets.vehicles,
        cases=town.streets.cases,
        on_operation=lambda name: lose() if name == "enrolments.apply" else None,
    )

    assert town.answer("yes").faulted == ["k"]
    assert town.car.state_epoch == 0
