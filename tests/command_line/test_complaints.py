"""A complaint on the stack from the command line: listed, given to somebody, called back, closed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.casework.desk import Desk
from infra.command_line import cases as command
from infra.command_line.main import app as line
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.commands import put_all
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.domain.cases import Case
from ownerloop.domain.complaints import called_back
from tests.builders import an_owner
from tests.command_line.answering import a_target, case
from tests.complaint_builders import CASE_KEY, EVE, HOUR, PERSON, a_complaint, a_telling
from tests.functions.stack import Stack, function, moto_stack

NOW = EVE + 3 * HOUR


class StandingClock:
    def now(self) -> Any:
        return NOW


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """Give a stack with one complaint that is three hours old."""
    with moto_stack() as held, function(held, "process_interactions") as app:
        monkeypatch.setattr(app, "the_clock", StandingClock)
        owner = replace(an_owner(person_id=PERSON), open_cases=(CASE_KEY,))
        put_all(held.names["OwnersTable"], [owner_values(owner)])
        DynamoCases(held.names["CasesTable"]).open([a_complaint()])
        target = a_target(held.names, app, behind="interactions")
        desk = Desk(target, held.names["CasesTable"], held.names["VehiclesTable"], "interactions", now=NOW)
        monkeypatch.setattr(command, "the_desk", lambda *_: desk)
        yield held


def held(stack: Stack) -> Case:
    return DynamoCases(stack.names["CasesTable"]).of([CASE_KEY])[CASE_KEY]


def test_a_complaint_is_assigned_called_back_and_closed(stack: Stack) -> None:
    _, (listed,) = case("list")
    code, assigned = case("assign", CASE_KEY, "chen")
    _, missed = case("callback", CASE_KEY, "--outcome", "not_reached")
    _, reached = case("callback", CASE_KEY)
    _, closed = case("close", CASE_KEY)

    assert (listed["complaint"]["level"], listed["complaint"]["assigned_to"]) == (0, None)
    assert listed["complaint"]["callback_due_at"] == (EVE + timedelta(days=1)).isoformat()
    assert (code, assigned["complaint"]["assigned_to"]) == (0, "chen")
    assert [said["complaint"]["was_called_back"] for said in (missed, reached)] == [False, True]
    assert (closed["is_open"], held(stack).is_open) == (False, False)
    assert closed["complaint"]["next_level_at"] is None
    assert case("list") == (0, [])


def test_what_was_done_is_decided_like_everybody_else_s_word(stack: Stack) -> None:
    case("callback", CASE_KEY)

    assert held(stack).marks == called_back(a_complaint(), a_telling(NOW)).marks
    assert held(stack).look_at == NOW


@pytest.mark.usefixtures("stack")
def test_a_closed_complaint_takes_nothing_more() -> None:
    case("close", CASE_KEY)

    again, unknown = case("assign", CASE_KEY, "chen"), case("callback", "k_none")

    assert again == (1, {"error": f"{CASE_KEY} is closed already"})
    assert unknown == (2, {"error": "there is no case k_none"})


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("lang", "word"), [("zh", "须在 2026-10-01 16:30 前回访"), ("en", "by 2026-10-01 16:30")])
def test_people_read_when_the_owner_must_be_called_back(lang: str, word: str) -> None:
    shown = CliRunner().invoke(line, ["case", "show", CASE_KEY, "--lang", lang])

    assert word in shown.output
