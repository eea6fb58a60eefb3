"""Interactions as they travel: what each kind says, and which field of a broken one is named."""

import json
from typing import Any

import pytest

from ownerloop.adapters.interaction_feed import InteractionFeed, read_batch
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import MODELS, PREFIX
from ownerloop.contracts.tier_events import TierChangedV1
from ownerloop.domain import interactions as said
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_facts import kind_of
from ownerloop.domain.tier_record import TierRecord, with_occasion
from tests.builders import START
from tests.messages import body, sample
from tests.tier_builders import a_tier_policy, an_order, on_day

P = "p_000000000000000000000001"


def a_message(kind: str, **data: Any) -> dict[str, Any]:
    message = sample(f"messages/ownerloop.interaction.{kind}.v1")
    return {**message, "data": {**message["data"], **data}}


def read(body: object) -> InteractionFeed:
    record = {"messageId": "m-1", "body": json.dumps(body), "attributes": {"SentTimestamp": "1772503230000"}}
    return read_batch([record])


def refused(message: object) -> tuple[str, str]:
    with pytest.raises(MalformedEventError) as refusal:
        parse_interaction(json.dumps(message).encode())
    return refusal.value.reason, refusal.value.field


def test_every_kind_of_fact_has_its_message_and_every_message_its_fact() -> None:
    assert set(MODELS) == {f"{PREFIX}{kind}.v1" for kind in FactKind}


@pytest.mark.parametrize("kind", sorted(FactKind))
def test_every_kind_comes_in_as_its_own_word(kind: FactKind) -> None:
    event = parse_interaction(body(sample(f"messages/{PREFIX}{kind}.v1"))).to_domain()

    assert kind_of(event) is kind


def test_a_purchase_says_its_money_in_fen() -> None:
    event = parse_interaction(body(a_message("purchase", vin=None, lines=[]))).to_domain()

    assert event == said.Purchase("order-91001", 128_000, "accessories", None)


@pytest.mark.parametrize(
    ("kind", "data", "reason", "field"),
    [
        ("purchase", {"amount_fen": -1}, "bad_amount", "data.amount_fen"),
        ("purchase", {"amount_fen": 12.5}, "bad_amount", "data.amount_fen"),
        ("purchase", {"amount_fen": "128000"}, "bad_amount", "data.amount_fen"),
        ("purchase", {"amount_fen": True}, "bad_amount", "data.amount_fen"),
        ("purchase", {"amount_fen": 2**32}, "bad_amount", "data.amount_fen"),
        ("purchase", {"currency": "USD"}, "foreign_currency", "data.currency"),
        ("purchase", {"category": "for Mr. Wang"}, "malformed", "data.category"),
        ("purchase", {"vin": "SHORT"}, "bad_vin", "data.vin"),
        ("service_order_completed", {"on": "03/03/2026"}, "malformed", "data.on"),
        ("service_order_completed", {"items": []}, "malformed", "data.items"),
        ("booking_made", {"for_at": "2026-03-10"}, "malformed", "data.for_at"),
        ("booking_made", {"contact_id": "c_1"}, "malformed", "data.contact_id"),
        ("wecom_chat", {"direction": "sideways"}, "malformed", "data.direction"),
        ("complaint_opened", {"topic": "he said that ..."}, "malformed", "data.topic"),
        ("unsubscribed", {"channel": ""}, "malformed", "data.channel"),
    ],
)
def test_a_broken_field_is_named(kind: str, data: dict[str, Any], reason: str, field: str) -> None:
    assert refused(a_message(kind, **data)) == (reason, field)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"type": "ownerloop.interaction.teleported.v1"}, ("unknown_type", "type")),
        ({"type": "ownerloop.owner.registered.v1"}, ("unknown_type", "type")),
        ({"type": None}, ("unknown_type", "type")),
        ({"subject": ""}, ("malformed", "subject")),
        ({"time": "2026-03-03T10:00:00"}, ("bad_time", "time")),
        ({"data": []}, ("malformed", "data")),
    ],
)
def test_a_broken_envelope_is_named(change: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert refused({**a_message("purchase"), **change}) == refusal


@pytest.mark.parametrize("missing", ["order_id", "amount_fen", "currency", "category"])
def test_a_missing_field_is_named(missing: str) -> None:
    message = a_message("purchase")
    del message["data"][missing]

    assert refused(message) == ("missing_field", f"data.{missing}")


def test_an_amount_without_its_currency_is_refused() -> None:
    message = a_message("service_order_completed")
    del message["data"]["currency"]

    assert refused(message) == ("missing_field", "data.currency")


def test_unknown_fields_of_a_feed_are_let_by() -> None:
    assert parse_interaction(body(a_message("purchase", shelf="B 7"))) == parse_interaction(body(a_message("purchase")))


def test_the_subject_is_an_owner_key_or_an_address_on_wecom() -> None:
    (dealer,) = read(a_message("purchase")).arrivals
    (wecom,) = read(a_message("wecom_chat")).arrivals

    assert (dealer.subject, dealer.is_wecom_address) == ("dealer-owner-1001", False)
    assert (wecom.subject, wecom.is_wecom_address) == ("wm-sample-1001", True)


def test_one_broken_event_never_costs_its_neighbours() -> None:
    good, broken = a_message("purchase"), a_message("purchase", amount_fen=-1)

    feed = read([broken, good, "text", good])

    assert len(feed.arrivals) == 2
    assert [(refusal.reason, refusal.field) for refusal in feed.refusals] == [
        ("bad_amount", "data.amount_fen"),
        ("not_json", "body"),
    ]


def test_a_change_of_tier_is_told_with_its_inputs_and_the_same_identity_each_time() -> None:
    policy = a_tier_policy()
    record = with_occasion(
        TierRecord(person_id=P), an_order(day=0), policy=policy, as_of=on_day(1), at=START, cause="e_1"
    )
    (change,) = record.changes

    first = TierChangedV1.from_domain(record, change=change, store_id="sh-pudong")
    again = TierChangedV1.from_domain(record, change=change, store_id="sh-pudong")

    assert first == again
    assert (first.data.before, first.data.after, first.data.is_settled) == ("prospect", "new", False)
    assert (first.data.r, first.data.frequency, first.data.monetary_fen) == (5, 1, 80_000)
