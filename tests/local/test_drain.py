"""Waiting by account: a step is over when its effects are there, and what never comes is named."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from infra.local import drain as draining
from infra.local.drain import DeadLettersError, Drain, NotDrainedError, Queues, days_around
from infra.local.lake_view import LakeView
from infra.local.watch import ContactWatch, ForecastWatch
from infra.local.window import LakeWindow

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)


@dataclass
class SomeQueues:
    """Queues that are empty after a number of looks."""

    looks: int = 0
    dead: dict[str, int] = field(default_factory=dict)

    def busy(self) -> Iterator[str]:
        if self.looks:
            self.looks -= 1
            yield f"VehicleDataQueue holds {self.looks + 1}"

    def failed_sends(self) -> int:
        return 0

    def check_given_up(self) -> None:
        if self.dead:
            raise DeadLettersError(self.dead)


@dataclass
class SomeLake:
    """A lake that has what its writers brought by the time the window was open."""

    accepted: dict[str, str] = field(default_factory=dict)
    coming: dict[str, str] = field(default_factory=dict)
    steps: set[tuple[str, int]] = field(default_factory=set)
    forecasts: dict[str, int] = field(default_factory=dict)

    def look(self, datasets: tuple[str, ...], **_: Any) -> None:
        if "readings" in datasets:
            self.accepted |= self.coming

    def answered(self) -> set[str]:
        return set(self.accepted)


@dataclass
class SomeContacts:
    """Contacts with so many steps, of which some still move."""

    steps: int = 0
    movers: list[str] = field(default_factory=list)

    def look(self) -> None:
        if self.movers:
            self.movers.pop()

    def come_to_rest(self) -> None:
        return

    def moving(self, **_: Any) -> Iterator[str]:
        yield from self.movers


@dataclass
class SomeForecasts:
    """Forecasts of cars that the lake must get."""

    cars: list[str] = field(default_factory=list)

    def look(self) -> None:
        return

    def missing(self, told: dict[str, int]) -> list[str]:
        return [car for car in self.cars if car not in told]


@dataclass
class SomeWindow:
    """A window through which the lake gets what it lacks."""

    lake: SomeLake
    brings: set[tuple[str, int]] = field(default_factory=set)
    opened: int = 0

    @contextmanager
    def open(self) -> Iterator[None]:
        self.opened += 1
        self.lake.steps |= self.brings
        yield


def a_drain(
    *,
    queues: SomeQueues | None = None,
    lake: SomeLake | None = None,
    contacts: SomeContacts | None = None,
    forecasts: SomeForecasts | None = None,
    window: SomeWindow | None = None,
) -> Drain:
    held = lake or SomeLake()
    return Drain(
        queues=cast("Queues", queues or SomeQueues()),
        lake=cast("LakeView", held),
        watch=cast("ContactWatch", contacts or SomeContacts()),
        forecasts=cast("ForecastWatch", forecasts or SomeForecasts()),
        window=cast("LakeWindow", window or SomeWindow(held)),
    )


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "PATIENCE_SECONDS", 0.3)


def test_a_step_is_over_when_queues_and_contacts_have_come_to_rest_and_events_are_answered() -> None:
    lake = SomeLake(coming={"e1": "readings"})
    drain = a_drain(queues=SomeQueues(looks=3), lake=lake, contacts=SomeContacts(movers=["c1", "c2"]))
    drain.expect(["e1"])

    drain.wait(now=NOW)

    assert lake.answered() == {"e1"}


def test_an_event_without_an_answer_is_named() -> None:
    drain = a_drain(lake=SomeLake(coming={"e1": "readings"}))
    drain.expect(["e1", "e2"])

    with pytest.raises(NotDrainedError, match="1 events are neither accepted nor refused, such as e2"):
        drain.wait(now=NOW)


def test_the_lakes_window_opens_only_for_what_the_streams_told() -> None:
    lake = SomeLake()
    window = SomeWindow(lake, brings={("c1", 1), ("c1", 2)})

    a_drain(lake=lake, window=window).end_day(now=NOW)
    assert window.opened == 0

    a_drain(lake=lake, window=window, contacts=SomeContacts(steps=2)).end_day(now=NOW)
    assert window.opened == 1


def test_a_forecast_that_never_reaches_the_lake_is_named() -> None:
    with pytest.raises(NotDrainedError, match="the lake lacks the forecast of 1 cars, such as v1"):
        a_drain(forecasts=SomeForecasts(cars=["v1"])).end_day(now=NOW)


def test_a_dead_letter_ends_the_run() -> None:
    with pytest.raises(DeadLettersError, match="2 in EnrolmentDeadLetters"):
        a_drain(queues=SomeQueues(dead={"EnrolmentDeadLetters": 2})).end_day(now=NOW)


def test_patience_is_counted_from_the_last_thing_that_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "_POLL_SECONDS", (0.06,))

    with nullcontext():
        a_drain(queues=SomeQueues(looks=12)).wait(now=NOW)


def test_what_the_queue_took_before_the_machines_midnight_is_looked_for_in_that_day_too() -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC)

    before = days_around(NOW, machine=midnight - timedelta(minutes=1))
    after = days_around(NOW, machine=midnight + timedelta(minutes=1))

    assert before == [date(2026, 3, 2), date(2026, 3, 1), date(2026, 12, 31)]
    assert after == [date(2026, 3, 2), date(2026, 3, 1), date(2027, 1, 1), date(2026, 12, 31)]
