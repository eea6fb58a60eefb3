"""`ownerloop points`: what people and programs are told of points."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.command_line import points as command
from infra.command_line.main import app
from infra.points.desk import Desk
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.points import DynamoLedger
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.points import Account
from ownerloop.domain.points_change import PointsChange, posted
from ownerloop.domain.points_earning import Claim, GivenBack
from ownerloop.domain.redemption import Taken
from ownerloop.ports import EnrolmentChange, Marker
from tests.points_builders import NOW, TODAY, a_lot, postings_of, redeem
from tests.tables import Tables, moto_tables

P = "p_000000000000000000000001"


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto_tables() as names:
        yield names


@pytest.fixture
def at_the_desk(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Tables:
    desk = Desk(client("dynamodb"), tables.points, tables.vault, tables.owners, NOW)
    monkeypatch.setattr(command, "the_desk", lambda *_: desk)
    return tables


@pytest.fixture
def spent(at_the_desk: Tables) -> Tables:
    """An owner who earned 100 and 50 points and spent 60, and whose refund of something unknown waits."""
    postings = postings_of(Account(P), a_lot("purchase#0f", points=100), a_lot("check_in#2026-05-01", points=50))
    held = postings[-1].account
    last = posted(held, redeem(held, 60, entry_id="r", cause="r_1", at=NOW, on=TODAY))
    for posting in [*postings, last]:
        assert DynamoLedger(at_the_desk.points).post(posting)
    change = PointsChange(
        claim=Claim(P, "purchase#aa", 1, refunds={"f": GivenBack(0, 1)}), taken=Taken("car-wash", 2, 5000)
    )
    fact = Fact("e_1", P, FactKind.REFUND, NOW, NOW, TODAY)
    DynamoInteractions(at_the_desk.interactions).apply(InteractionChange("e_1", "h", NOW, fact, points=change))
    return at_the_desk


def ran(*arguments: str) -> Result:
    result = CliRunner().invoke(app, ["points", *arguments])
    assert result.exit_code == 0, result.output
    return result


def told(*arguments: str) -> Any:
    return json.loads(ran(*arguments, "--json").stdout)


@pytest.mark.usefixtures("spent")
def test_a_statement_tells_the_balance_and_every_entry_with_its_postings() -> None:
    said = told("statement", P)

    assert (said["balance"], said["usable"], said["pending"], said["debt"]) == (90, 90, 0, 0)
    assert [(entry["kind"], entry["points"]) for entry in said["entries"]] == [
        ("settled", 100),
        ("settled", 50),
        ("redeemed", -60),
    ]
    assert all(sum(entry["postings"].values()) == 0 for entry in said["entries"])
    assert said["waiting_refunds"] == ["purchase#aa"]


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("余额 90 分", "签到", "兑换", "等待")), ("en", ("balance 90", "check-in", "redeemed", "waits"))],
)
def test_people_read_a_statement_in_their_language(lang: str, words: tuple[str, ...]) -> None:
    screen = ran("statement", P, "--lang", lang).output

    assert all(word in screen for word in words)


def test_an_owner_is_found_by_the_dealers_key(spent: Tables) -> None:
    vault = DynamoVault(spent.vault, spent.vault_secret, RandomSurrogates())
    alias_id = vault.enrol_owners(["wang"])["wang"]
    enrolments = DynamoEnrolments(spent.owners, spent.consents, spent.vehicles, spent.cases)
    enrolments.apply(EnrolmentChange(markers=(Marker("e_9", "h", NOW),), aliases=((alias_id, P),)))

    assert told("statement", "wang")["person_id"] == P


@pytest.mark.usefixtures("at_the_desk")
def test_nobody_by_that_name_is_said_so() -> None:
    result = CliRunner().invoke(app, ["points", "statement", "nobody"])

    assert (result.exit_code, "no owner is called nobody" in result.output) == (2, True)


@pytest.mark.usefixtures("at_the_desk")
def test_somebody_without_points_has_an_empty_statement() -> None:
    assert (told("statement", P)["balance"], told("liability")["points"]) == (0, 0)


@pytest.mark.usefixtures("spent")
def test_what_is_owed_is_told_by_month() -> None:
    assert told("liability") == {"accounts": 1, "points": 90, "by_month": {"2028-06": 90}}
    assert "1 accounts hold 90 points" in ran("liability").output


@pytest.mark.usefixtures("spent")
def test_the_mall_tells_what_is_left() -> None:
    (wash,) = [item for item in told("mall")["items"] if item["item_id"] == "car-wash"]

    assert (wash["taken"], wash["left"]) == (2, 4998)
    assert "精致洗车券" in ran("mall", "--lang", "zh").output
