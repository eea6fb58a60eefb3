"""Interactions as they travel: what each kind says, and which field of a broken one is named."""

import json
from typing import Any

import pytest

from ownerloop.adapters.feed import Feed
from ownerloop.adapters.interaction_feed import interactions_in
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import MODELS, PREFIX
from ownerloop.contracts.tier_events import TierChangedV1
from ownerloop.domain import interactions as said
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_facts import kind_of
from ownerloop.domain.tier_record import TierRecord, with_occasion
from tests.builders import START
from tests.interaction_builders import a_message, an_interaction
from tests.messages import body
from tests.tier_builders import a_tier_policy, an_order, on_day

P = "p_000000000000000000000001"


def read(body: object) -> Feed[said.InteractionArrival]:
    record = {"messageId": "m-1", "body": json.dumps(body), "attributes": {"SentTimestamp": "1772503230000"}}
    return interactions_in([record])


def refused(message: object) -> tuple[str, str]:
    with pytest.raises(MalformedEventError) as refusal:
        parse_interaction(json.dumps(message).encode())
    return refusal.value.reason, refusal.value.field


def test_every_kind_of_fact_has_its_message_and_every_message_its_fact() -> None:
    assert set(MODELS) == {f"{PREFIX}{kind}.v1" for kind in FactKind}


@pytest.mark.parametrize("kind", sorted(FactKind))
def test_every_kind_comes_in_as_its_own_word(kind: FactKind) -> None:
    assert kind_of(an_interaction(kind)) is kind


def test_a_purchase_says_its_money_in_fen() -> None:
    event = parse_interaction(body(a_message(FactKind.PURCHASE, vin=None, lines=[]))).to_domain()

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
        ("refund", {"amount_fen": 0}, "bad_amount", "data.amount_fen"),
        ("refund", {"currency": "EUR"}, "foreign_currency", "data.currency"),
        ("refund", {"order_kind": "gift"}, "malformed", "data.order_kind"),
        ("payment", {"amount_fen": -5}, "bad_amount", "data.amount_fen"),
        ("payment_refund", {"currency": "USD"}, "foreign_currency", "data.currency"),
        ("coupon_issued", {"currency": None}, "foreign_currency", "data.currency"),
        ("coupon_used", {"amount_fen": -1}, "bad_amount", "data.amount_fen"),
        ("content_view", {"duration_s": -1}, "bad_duration", "data.duration_s"),
        ("content_view", {"duration_s": 86_401}, "bad_duration", "data.duration_s"),
        ("in_car_interaction", {"duration_s": 1.5}, "bad_duration", "data.duration_s"),
        ("in_car_interaction", {"feature": "call 13800138000"}, "malformed", "data.feature"),
        ("nps_answered", {"score": 11}, "bad_score", "data.score"),
        ("survey_answered", {"score": "9"}, "bad_score", "data.score"),
        ("community_post", {"topic": "What Mr. Li said"}, "malformed", "data.topic"),
        ("page_view", {"page": "owner/13800138000"}, "malformed", "data.page"),
        ("campaign_joined", {"campaign_id": "Spring!"}, "malformed", "data.campaign_id"),
        ("link_click", {"contact_id": "c_9"}, "malformed", "data.contact_id"),
        ("purchase", {"lines": [{"category": "parts", "amount_fen": 1}]}, "bad_amount", "data.lines"),
        ("purchase", {"lines": [{"category": "parts", "amount_fen": -1}]}, "bad_amount", "data.lines.amount_fen"),
        ("purchase", {"lines": [{"category": "P", "amount_fen": 128_000}]}, "malformed", "data.lines.category"),
    ],
)
def test_a_broken_field_is_named(kind: str, data: dict[str, Any], reason: str, field: str) -> None:
    assert refused(a_message(FactKind(kind), **data)) == (reason, field)


def test_the_lines_of_an_order_sum_to_its_amount_and_tell_their_cost() -> None:
    event = an_interaction(FactKind.PURCHASE)

    assert isinstance(event, said.Purchase)
    assert sum(line.amount_fen for line in event.lines) == event.amount_fen
    assert [line.cost_fen for line in event.lines] == [61_000, 12_000]


def test_a_post_or_an_answer_brings_none_of_its_words() -> None:
    post = an_interaction(FactKind.COMMUNITY_POST, text="Mr. Wang sold his car", author="Wang")
    answer = an_interaction(FactKind.NPS_ANSWERED, comment="call me on 13800138000")

    assert "Wang" not in str(post)
    assert "13800138000" not in str(answer)


@pytest.mark.parametrize("kind", sorted(kind for kind in FactKind if "order_id" in a_message(kind)["data"]))
def test_what_belongs_to_an_order_names_it(kind: FactKind) -> None:
    event = an_interaction(kind, order_id="order-7")

    assert "order-7" in {getattr(event, name, None) for name in ("order_id", "about", "number")}


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
    assert refused({**a_message(FactKind.PURCHASE), **change}) == refusal


@pytest.mark.parametrize("missing", ["order_id", "amount_fen", "currency", "category"])
def test_a_missing_field_is_named(missing: str) -> None:
    message = a_message(FactKind.PURCHASE)
    del message["data"][missing]

    assert refused(message) == ("missing_field", f"data.{missing}")


def test_an_amount_without_its_currency_is_refused() -> None:
    message = a_message(FactKind.SERVICE_ORDER_COMPLETED)
    del message["data"]["currency"]

    assert refused(message) == ("missing_field", "data.currency")


def test_unknown_fields_of_a_feed_are_let_by() -> None:
    assert parse_interaction(body(a_message(FactKind.PURCHASE, shelf="B 7"))) == parse_interaction(
        body(a_message(FactKind.PURCHASE))
    )


def test_the_subject_is_an_owner_key_or_an_address_on_wecom() -> None:
    (dealer,) = read(a_message(FactKind.PURCHASE)).arrivals
    (wecom,) = read(a_message(FactKind.WECOM_CHAT)).arrivals

    assert (dealer.subject, dealer.is_wecom_address) == ("dealer-owner-1001", False)
    assert (wecom.subject, wecom.is_wecom_address) == ("wm-sample-1001", True)


def test_one_broken_event_never_costs_its_neighbours() -> None:
    good, broken = a_message(FactKind.PURCHASE), a_message(FactKind.PURCHASE, amount_fen=-1)

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
