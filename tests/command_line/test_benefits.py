"""`ownerloop health` and `ownerloop benefits`: what people and programs are told."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.benefits.desk import Desk
from infra.benefits.telling import benefit_lines
from infra.command_line import benefits as command
from infra.command_line.main import app
from infra.points import desk as points
from ownerloop.adapters.benefit_policies import benefit_policy
from ownerloop.adapters.dynamodb.benefits import DynamoBenefits
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.commands import put_all
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Choice, Why
from ownerloop.domain.health import Part, health
from ownerloop.domain.owner import Owner
from tests.owner_builders import DAY, NOW, PERSON, WELL, a_grant, a_health_policy, a_voucher, a_worth
from tests.tables import Tables, moto_tables

UNKNOWN_PERSON = "p_" + "9" * 24


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    with moto_tables() as names:
        of_points = points.Desk(client("dynamodb"), names.points, names.vault, names.owners, NOW)
        desk = Desk(of_points, names.benefits, names.owners)
        monkeypatch.setattr(command, "the_desk", lambda *_: desk)
        put_all(names.owners, [owner_values(Owner(person_id=PERSON, version=1))])
        yield names


@pytest.fixture
def settled(tables: Tables) -> Tables:
    grant, voucher = a_grant(), a_voucher().voucher
    assert voucher
    record = BenefitRecord(
        person_id=PERSON,
        version=1,
        as_of=DAY,
        is_profiled=True,
        health=health({**WELL, Part.SATISFACTION: None}, policy=a_health_policy()),
        intent=3,
        worth=a_worth(),
        standing=("event_priority", "own_service_line"),
        next=Choice("points_for_gift", Why.BEST, 900),
        passed=(Choice("premium_gift", Why.AUDIENCE, -500), Choice("service_voucher", Why.HELD, 2_000)),
        grants=(grant,),
        policy_version="benefits-1",
    )
    DynamoBenefits(tables.benefits).settle(record, [(grant, voucher)])
    return tables


def ran(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result


def told(*arguments: str) -> Any:
    return json.loads(ran(*arguments, "--json").stdout)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("health 100 of 100", "confidence 80 %", "satisfaction: unknown")),
        ("zh", ("健康度 100/100", "满意度：未知")),
    ],
)
def test_people_see_what_each_part_of_health_brought(lang: str, words: tuple[str, ...]) -> None:
    screen = ran("health", "explain", PERSON, "--lang", lang).stdout

    assert all(word in screen for word in words)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ("Next best: A voucher for gifts", "Passed over: A premium gift (not for this owner", "until 2026-08-29"),
        ),
        ("zh", ("下一个：积分换礼券", "未选 尊享礼品", "活动优先报名")),
    ],
)
def test_people_see_which_benefits_an_owner_has_and_why_not_the_others(lang: str, words: tuple[str, ...]) -> None:
    screen = ran("benefits", "explain", PERSON, "--lang", lang).stdout

    assert all(word in screen for word in words)


def test_an_owner_whom_no_night_settled_yet_is_told_of_without_a_day() -> None:
    said = list(benefit_lines(BenefitRecord(PERSON), benefit_policy(DAY), "en"))

    assert said[:2] == [PERSON, "  not settled yet: that is done every night"]


@pytest.mark.usefixtures("settled")
def test_programs_read_health_benefits_and_stocks_as_plain_data() -> None:
    assert told("health", "explain", PERSON)["health"]["confidence"] == 80
    assert told("benefits", "explain", PERSON)["passed"][0] == {
        "benefit_id": "premium_gift",
        "why": "audience",
        "gain_fen": -500,
    }
    (row,) = [one for one in told("benefits", "list")["benefits"] if one["benefit_id"] == "service_voucher"]
    assert (row["granted"], row["spent_fen"]) == (1, 2_000)


@pytest.mark.usefixtures("tables")
def test_an_owner_nobody_settled_is_told_as_such_and_nobody_is_no_owner() -> None:
    assert "not settled yet" in ran("health", "explain", PERSON).stdout
    assert "not settled yet" in ran("benefits", "explain", PERSON).stdout
    assert "no owner is called" in ran("health", "explain", UNKNOWN_PERSON, code=2).output


def test_who_opted_out_is_told_to_have_no_score(tables: Tables) -> None:
    DynamoBenefits(tables.benefits).settle(BenefitRecord(person_id=PERSON, version=1, as_of=DAY), [])

    assert "opted out of profiling" in ran("health", "explain", PERSON).stdout
    assert told("health", "explain", PERSON)["health"] is None
