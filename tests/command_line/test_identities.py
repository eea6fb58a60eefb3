"""Persons on the stack: shown, joined and parted from the command line, each applied by enrolment."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from infra.command_line import identities as command
from infra.command_line.main import app as line
from infra.identity.desk import Desk
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.identity import DynamoIdentities
from ownerloop.ports import EnrolmentChange
from tests.builders import DAY, START
from tests.command_line.answering import a_target
from tests.contact_builders import a_surrogate
from tests.functions.stack import function, moto_stack
from tests.identity_builders import a_person, an_edge

ONE, TWO, THREE = (a_surrogate("p", number) for number in (1, 2, 3))
NOW = START + 4 * DAY


@pytest.fixture
def _stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with moto_stack() as stack, function(stack, "enrol_owners") as enrolment:
        names = stack.names
        tables = (names["OwnersTable"], names["ConsentsTable"], names["VehiclesTable"], names["CasesTable"])
        owners = (a_person(1), a_person(2), a_person(3))
        DynamoEnrolments(*tables).apply(EnrolmentChange(markers=(), owners=owners))
        DynamoIdentities(names["OwnersTable"], names["ContactsTable"]).note([an_edge(1), an_edge(2, "i_2")])
        target = a_target(names, enrolment)
        moment = iter(range(100))
        monkeypatch.setattr(
            command,
            "_desk_for",
            lambda *_: Desk(target, names["VehiclesTable"], NOW + timedelta(seconds=next(moment))),
        )
        yield


def run(*arguments: str, fails: bool = False) -> Any:
    ran = CliRunner().invoke(line, ["identity", *arguments])
    assert (ran.exit_code != 0) is fails, ran.output
    if "--json" not in arguments or fails:
        return ran.output
    return json.loads("".join(said for said in ran.stdout.splitlines() if not said.startswith('{"')))


@pytest.mark.usefixtures("_stack")
def test_two_with_different_proved_phones_are_not_joined_and_the_log_says_so() -> None:
    said = run("merge", ONE, TWO, "--because", "looks alike", fails=True)

    assert "conflicting_phones" in said
    told = run("explain", TWO, "--json")
    assert (told["head"], told["members"]) == (TWO, [])
    assert [(one["kind"], one["because"]) for one in told["log"]] == [("refused", "conflicting_phones")]
    assert [one["identifier_id"] for one in told["evidence"]] == ["i_2"]


@pytest.mark.usefixtures("_stack")
def test_a_person_nobody_knows_is_a_misuse() -> None:
    assert "nobody here is called" in run("explain", a_surrogate("p", 9), fails=True)


@pytest.mark.usefixtures("_stack")
def test_what_an_operator_joins_an_operator_parts_and_both_stand_in_the_log() -> None:
    joined = run("merge", THREE, ONE, "--because", "one owner at two stores", "--json")
    parted = run("split", ONE, "--member", THREE, "--because", "two after all", "--json")

    assert (joined["head"], joined["members"]) == (ONE, [THREE])
    assert (parted["head"], parted["members"]) == (ONE, [])
    assert [(one["kind"], one["because"]) for one in parted["log"]] == [
        ("merged", "one owner at two stores"),
        ("split", "two after all"),
    ]
