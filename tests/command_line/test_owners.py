"""`ownerloop owner show`: what people and programs are told of an owner."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.command_line import owners as command
from infra.command_line.main import app
from infra.owners.desk import Desk
from infra.points.desk import Desk as PointsDesk
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.commands import put_of
from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.identity import edge_values, line_values
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.adapters.dynamodb.workshop import standing_values
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.consent import ConsentHead, Grant, Ownership
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.identifying import Edge, IdentifierKind
from ownerloop.domain.identity import LogKind, LogLine
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_cuts import Cuts
from ownerloop.domain.tier_record import TierRecord, with_fact
from ownerloop.domain.workshop import BookingState
from ownerloop.ports import EnrolmentChange, Marker
from tests.builders import a_forecast, a_vehicle, an_item_forecast, an_owner
from tests.tables import Tables, moto_tables
from tests.tier_builders import a_tier_policy

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
DAY = timedelta(days=1)
P, V, B = "p_000000000000000000000001", "v_000000000000000000000001", "b_000000000000000000000001"


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    with moto_tables() as names:
        dynamodb = client("dynamodb")
        points = PointsDesk(dynamodb, names.points, names.vault, names.owners, NOW)
        desk = Desk(points, names.owners, names.vehicles, names.cases, names.workshop)
        monkeypatch.setattr(command, "the_desk", lambda *_: desk)
        yield names


def a_fact(kind: FactKind, *, days: int, **said: Any) -> Fact:
    at = NOW - days * DAY
    return Fact(f"e_{kind}_{days}", P, kind, at, at, at.date(), store_id="sh-pudong", **said)


FACTS = (
    a_fact(FactKind.REGISTRATION, days=9, reference="aa", detail="mini_program"),
    a_fact(FactKind.STORE_SCAN, days=5, reference="aa", part="bb"),
    a_fact(FactKind.PURCHASE, days=4, reference="cc", amount_fen=80_000, detail="accessories"),
    a_fact(FactKind.NPS_ANSWERED, days=3, reference="dd", score=9),
    a_fact(FactKind.REFUND, days=2, reference="cc", part="ee", amount_fen=30_000, detail="purchase"),
    a_fact(FactKind.CONTENT_VIEW, days=1, reference="ff", duration_s=42, detail="short_video/tyre_care"),
)


@pytest.fixture
def known(tables: Tables) -> Tables:
    """An owner with a car whose service is due and booked, and with a few facts."""
    interactions = DynamoInteractions(tables.interactions)
    tier = TierRecord(P)
    for fact in FACTS:
        changed = with_fact(tier, fact, policy=lambda _: a_tier_policy(), as_of=NOW.date(), at=fact.occurred_at)
        change = InteractionChange(fact.event_key, "h", NOW, fact, tier=None if changed is tier else changed)
        assert interactions.apply(change)
        tier = changed
    since = NOW - 900 * DAY
    grant = Grant(since, NOW + 900 * DAY, P, "maintenance", frozenset({"odometer", "tyres"}))
    car = a_vehicle(
        vehicle_id=V,
        consent=ConsentHead(owners=(Ownership(since, P),), grants=(grant,)),
        forecast=a_forecast(items=[an_item_forecast(due_p50=(NOW + 20 * DAY).date(), remaining_m=800_000)]),
    )
    car = replace(car, booked=(CarBooking((NOW + 3 * DAY).date(), B),))
    owner = replace(an_owner(person_id=P), vehicle_ids=(V,))
    standing = Standing(B, P, BookingState.BOOKED, "booked", NOW, 1, V, "sh-pudong", car.booked[0].on, NOW + 3 * DAY)
    for table, values in (
        (tables.owners, owner_values(owner)),
        (tables.vehicles, vehicle_values(car)),
        (tables.workshop, standing_values(standing)),
    ):
        client("dynamodb").put_item(**put_of(table, values))
    return tables


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["owner", "show", *arguments])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "Tier: new",
                "800.00 CNY → refund",
                "Points: 0",
                "consent: maintenance (odometer, tyres)",
                "next service: ",
                "booked: ",
            ),
        ),
        ("zh", ("等级：新客户", "积分：0", "授权：maintenance", "下次保养：", "预约：")),
    ],
)
def test_people_see_tier_points_consent_the_next_service_and_what_was_done(
    known: Tables, language: str, words: tuple[str, ...]
) -> None:
    said = ran(P, "--lang", language)

    assert said.exit_code == 0, said.output
    assert [word for word in words if word not in said.output] == []


def test_one_undertaking_is_one_line_of_the_timeline(known: Tables) -> None:
    said = json.loads(ran(P, "--json").stdout)

    assert [[fact["kind"] for fact in entry] for entry in said["timeline"]] == [
        ["content_view"],
        ["purchase", "refund"],
        ["nps_answered"],
        ["registration", "store_scan"],
    ]
    assert said["tier"]["monetary_fen"] == 50_000
    assert said["vehicles"][0]["next_service"]["item"] == "oil"
    assert [booking["booking_key"] for booking in said["bookings"]] == [B]


def test_only_so_many_of_the_newest_facts_are_told(known: Tables) -> None:
    said = json.loads(ran(P, "--json", "--newest", "2").stdout)

    assert [[fact["kind"] for fact in entry] for entry in said["timeline"]] == [["content_view"], ["refund"]]


def test_a_dealers_owner_key_leads_to_the_person(known: Tables) -> None:
    vault = DynamoVault(known.vault, known.vault_secret, RandomSurrogates())
    alias_id = vault.enrol_owners(["dealer-7"])["dealer-7"]
    enrolments = DynamoEnrolments(known.owners, known.consents, known.vehicles, known.cases)
    enrolments.apply(EnrolmentChange(markers=(Marker("e_9", "h", NOW),), aliases=((alias_id, P),)))

    assert json.loads(ran("dealer-7", "--json").stdout)["person_id"] == P


def test_nobody_is_shown_for_a_name_that_nobody_has(tables: Tables) -> None:
    said = ran("p_00000000000000000000000f")

    assert said.exit_code == 2
    assert "no owner is called" in said.output


def test_somebody_who_was_joined_is_shown_as_the_one_person(known: Tables) -> None:
    other = "p_000000000000000000000002"
    head = replace(an_owner(person_id=P, version=2), vehicle_ids=(V,), members=(other,))
    for owner in (head, replace(an_owner(person_id=other), merged_into=P)):
        client("dynamodb").put_item(**put_of(known.owners, owner_values(owner)))
    line = LogLine("m_1", LogKind.MERGED, NOW, P, (P, other), "shared and proved by both", ("i_1",))
    edge = Edge("i_1", IdentifierKind.PHONE, P, is_verified=True, since=NOW, event_key="e_7", version=1)
    for values in (line_values(P, line), edge_values(edge)):
        client("dynamodb").put_item(**put_of(known.owners, values))
    post = replace(a_fact(FactKind.COMMUNITY_POST, days=0, detail="road_trip"), person_id=other)
    DynamoInteractions(known.interactions).apply(InteractionChange("e_8", "h", NOW, post))

    said = json.loads(ran(other, "--json").stdout)

    assert said["person_id"] == P
    assert said["timeline"][0][0]["kind"] == "community_post"
    assert said["identity"]["log"][0]["persons"] == [P, other]
    assert f"One person with {other} since 2026-03-01" in ran(other).stdout


def test_a_tier_is_told_by_the_cut_points_of_the_owners_store(known: Tables) -> None:
    cuts = Cuts(a_tier_policy().version, NOW.date(), 2_000, (3, 4, 6, 8), (100_000, 200_000, 400_000, 800_000))
    assert DynamoCutPoints(known.owners).publish("sh-pudong", cuts)

    answer = json.loads(ran(P, "--json").stdout)

    assert answer["tier"]["rule_version"] == f"{a_tier_policy().version}@{NOW.date()}"
