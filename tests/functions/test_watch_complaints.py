"""watch_complaints on the stack: a complaint comes in, its clocks run, staff act, and each level is told once."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.domain.errors import MissingSettingError
from tests.complaint_builders import CASE_KEY, EVE, HOUR, a_complaint
from tests.functions.stack import Stack, function

SAMPLE = Path(__file__).parents[2] / "events" / "watch_complaints.schedule.json"


def the_start() -> dict[str, Any]:
    event: dict[str, Any] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return event


def sweep(stack: Stack, monkeypatch: pytest.MonkeyPatch, *instants: datetime) -> list[dict[str, int]]:
    class StandingClock:
        def now(self) -> datetime:
            return left.pop(0)

    left = list(instants)
    with function(stack, "watch_complaints") as app:
        monkeypatch.setattr(app, "the_clock", StandingClock)
        return [app.handler(the_start(), None) for _ in instants]


def complain(stack: Stack) -> None:
    DynamoCases(stack.names["CasesTable"]).open([a_complaint()])


def levels(stack: Stack) -> list[tuple[int, bool]]:
    held = DynamoCases(stack.names["CasesTable"]).of([CASE_KEY])[CASE_KEY]
    return [(one.level, one.is_told) for one in held.taken]


def test_every_level_is_taken_once_and_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    complain(stack)

    answers = sweep(stack, monkeypatch, *(EVE + hours * HOUR for hours in (0, 1, 24, 24, 25, *range(48, 241, 48), 242)))

    assert [answer["levels"] for answer in answers] == [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert levels(stack) == [(1, True), (2, True), (3, True)]


def test_a_stack_that_stood_still_for_weeks_finds_its_way_day_by_day(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    complain(stack)

    answers = sweep(stack, monkeypatch, EVE, *[EVE + 20 * 24 * HOUR] * 9)

    assert sum(answer["levels"] for answer in answers) == 3
    assert levels(stack) == [(1, True), (2, True), (3, True)]


def test_a_bus_that_takes_nothing_leaves_the_level_due(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    complain(stack)
    with function(stack, "watch_complaints") as app:
        monkeypatch.setattr(app.EventBridge, "publish", _down)
        monkeypatch.setattr(app, "the_clock", lambda: _Clock(EVE + 25 * HOUR))
        with pytest.raises(ConnectionError):
            app.handler(the_start(), None)
    monkeypatch.undo()
    assert levels(stack) == [(1, False), (2, False)]

    sweep(stack, monkeypatch, EVE + 26 * HOUR)

    assert levels(stack) == [(1, True), (2, True)]


def test_a_stack_without_complaints_does_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sweep(stack, monkeypatch, EVE) == [{"levels": 0, "left": 0}]
    assert stack.items("CasesTable", "case#") == []


def test_a_missing_value_of_the_environment_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    with function(stack, "watch_complaints") as app:
        monkeypatch.delenv("CASES_TABLE")

        with pytest.raises(MissingSettingError, match="CASES_TABLE"):
            app.handler(the_start(), None)


class _Clock:
    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def _down(*_: object) -> None:
    raise ConnectionError
