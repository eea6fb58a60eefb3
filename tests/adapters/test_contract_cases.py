"""The promises of the cases, on every backend."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from ownerloop.adapters.dynamodb.cases import DynamoCases, case_from, case_values
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.memory import MemoryEnrolments
from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.domain.cases import Case, CaseKind, doubt_case, ended
from ownerloop.domain.clusters import Doubt
from ownerloop.domain.complaint_marks import Mark, MarkKind, Taken
from ownerloop.domain.complaints import Telling, assigned, opened
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import Cases, EnrolmentChange, Enrolments, Marker
from tests.builders import DAY, START, a_reading, a_vehicle
from tests.kept import open_cases_of
from tests.tables import Tables


@dataclass(frozen=True, slots=True)
class Desk:
    cases: Cases
    enrolments: Enrolments
    open_of: Callable[[str | None], list[Case]]


@pytest.fixture
def desk(backend: Tables | None) -> Desk:
    if backend is None:
        cases = MemoryCases()
        return Desk(cases, MemoryEnrolments(cases=cases), partial(_held_open_of, cases))
    enrolments = DynamoEnrolments(backend.owners, backend.consents, backend.vehicles, backend.cases)
    return Desk(DynamoCases(backend.cases), enrolments, partial(open_cases_of, cases_table=backend.cases))


def _held_open_of(cases: MemoryCases, store_id: str | None) -> list[Case]:
    return [case for case in cases.held.values() if case.is_open and case.store_id == store_id]


def a_case(vehicle_id: str = "v_1", *, store_id: str | None = "sh-pudong", day: int = 0) -> Case:
    doubt = Doubt(2, ended=a_reading(day=-1), began=a_reading(km=3, is_bare_date=True), newest=a_reading(day=2, km=9))
    car = a_vehicle(vehicle_id=vehicle_id, store_id=store_id)
    return doubt_case(car, doubt, at=START + day * DAY)


def answer(desk: Desk, case: Case, *, key: str = "e_1") -> set[str]:
    closed = replace(ended(case, answer="no", at=START + DAY), version=case.version + 1)
    return desk.enrolments.apply(EnrolmentChange(markers=(Marker(key, "h", START),), cases=(closed,)))


def test_a_case_is_read_as_it_was_opened(desk: Desk) -> None:
    desk.cases.open([a_case()])

    assert desk.cases.of([a_case().case_key]) == {a_case().case_key: a_case()}
    assert desk.enrolments.cases([a_case().case_key]) == {a_case().case_key: a_case()}


def test_a_case_that_nobody_opened_comes_with_version_0(desk: Desk) -> None:
    assert desk.cases.of(["k_1"])["k_1"].version == 0


def test_a_case_is_opened_once_and_an_answered_one_not_again(desk: Desk) -> None:
    desk.cases.open([a_case(), a_case(day=3)])
    assert answer(desk, a_case()) == set()

    desk.cases.open([a_case(day=4)])

    held = desk.cases.of([a_case().case_key])[a_case().case_key]
    assert (held.opened_at, held.answer, held.is_open) == (START, "no", False)


def test_a_store_s_open_cases_are_found_and_no_others(desk: Desk) -> None:
    mine = [a_case(f"v_{day}", day=day) for day in (5, 1, 3)]
    desk.cases.open([*mine, a_case("v_8", store_id="bj-chaoyang"), a_case("v_9", store_id=None)])
    answer(desk, mine[2])

    assert {case.vehicle_id for case in desk.open_of("sh-pudong")} == {"v_1", "v_5"}
    assert [case.vehicle_id for case in desk.open_of(None)] == ["v_9"]
    assert desk.open_of("nowhere") == []


def test_of_two_answers_the_second_finds_a_conflict(desk: Desk) -> None:
    desk.cases.open([a_case()])
    answer(desk, a_case())

    with pytest.raises(VersionConflictError):
        answer(desk, a_case(), key="e_2")

    assert not desk.enrolments.applied(["e_2"])


def a_complaint(key: str = "k_7", *, look_at: datetime | None = None) -> Case:
    told = Telling(START, told_at=START + DAY, now=START + DAY)
    case = replace(Case(key, "p_1"), version=1, evidence=("0f" * 12,), look_at=look_at)
    case = opened(case, told, topic="noise", complaint_type="service_quality", store_id="sh-pudong")
    case = assigned(case, replace(told, at=START + DAY), staff_userid="chen")
    step = Taken(START, 1, due_at=START + DAY, taken_at=START + 2 * DAY, is_told=True)
    return replace(case, taken=(step, replace(step, level=2, is_told=False)), look_at=look_at)


def test_a_complaint_is_read_with_its_marks_and_levels(desk: Desk) -> None:
    desk.cases.open([a_complaint(look_at=START + 3 * DAY)])

    assert desk.cases.of(["k_7"]) == {"k_7": a_complaint(look_at=START + 3 * DAY)}


def test_a_case_is_due_from_its_instant_on_until_its_clocks_rest(desk: Desk) -> None:
    first, second = a_complaint("k_1", look_at=START + 5 * DAY), a_complaint("k_2", look_at=START + 4 * DAY)
    desk.cases.open([first, second, a_complaint("k_3"), a_case()])

    before, then = (desk.cases.due(now=START + 5 * DAY - gap) for gap in (timedelta(microseconds=1), timedelta()))
    desk.cases.save(replace(first, version=2, look_at=None))

    assert (before, then) == (["k_2"], ["k_2", "k_1"])
    assert desk.cases.due(now=START + 9 * DAY) == ["k_2"]


def test_a_case_that_moved_is_not_written(desk: Desk) -> None:
    desk.cases.open([a_complaint()])
    desk.cases.save(replace(a_complaint(), version=2, topic="paint"))

    for version in (1, 2, 4):
        with pytest.raises(VersionConflictError):
            desk.cases.save(replace(a_complaint(), version=version, topic="price"))

    assert desk.cases.of(["k_7"])["k_7"].topic == "paint"


def test_a_complaint_from_before_there_were_marks_is_read_by_its_sides() -> None:
    old = Case("k_7", "p_1", version=1, topic="noise", opened_at=START, closed_at=START + DAY)

    read = case_from({key: value for key, value in case_values(old).items() if value is not None})

    assert read.marks == (
        Mark(START, MarkKind.OPENED, told_at=START),
        Mark(START + DAY, MarkKind.CLOSED, told_at=START + DAY),
    )
    assert replace(read, marks=()) == old
    assert read.kind is CaseKind.COMPLAINT
