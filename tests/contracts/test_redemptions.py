"""Redemptions as they come in, and the answer that goes out."""

from typing import Any

import pytest

from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.points_events import RedeemedV1, redemption_refused
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.interactions import PointsRedeemed, RedemptionReturned
from ownerloop.domain.redemption import Redemption, RedemptionState
from tests.messages import body, sample
from tests.points_builders import NOW


def a_message(**data: Any) -> bytes:
    message = sample("messages/ownerloop.interaction.points_redeemed.v1")
    return body({**message, "data": {"redemption_id": "r-1", **data}})


def test_an_item_or_points_can_be_asked_for() -> None:
    assert parse_interaction(a_message(item_id="mug")).to_domain() == PointsRedeemed("r-1", "mug", 1, None)
    assert parse_interaction(a_message(points=50)).to_domain() == PointsRedeemed("r-1", None, 1, 50)
    returned = sample("messages/ownerloop.interaction.redemption_returned.v1")
    assert parse_interaction(body(returned)).to_domain() == RedemptionReturned("redemption-301")


@pytest.mark.parametrize(
    "data",
    [{}, {"points": 0}, {"points": -5}, {"points": "many"}, {"item_id": "mug", "quantity": 0}, {"quantity": 101}],
)
def test_a_redemption_of_nothing_or_of_a_wrong_number_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(MalformedEventError) as refused:
        parse_interaction(a_message(**data))

    assert refused.value.field.startswith("data")


def test_the_answer_names_the_redemption_once_per_version() -> None:
    held = Redemption("r_" + "0" * 24, "p_1", RedemptionState.REDEEMED, "redeemed", NOW, 1, "mug", 1, 30)

    said = RedeemedV1.from_domain(held, at=NOW)

    assert (said.data.state, said.data.points, said.subject) == ("redeemed", 30, held.redemption_key)
    assert said.id == RedeemedV1.from_domain(held, at=NOW).id


def test_a_refused_event_is_answered_with_the_rule_that_it_broke() -> None:
    error = MalformedEventError(field="data.redemption_id", rule="names a redemption of the owner", reason="foreign")

    event = redemption_refused("r_" + "0" * 24, event_key="e_1", error=error, at=NOW)

    said = RedeemedV1.model_validate(event)
    assert (said.data.state, said.data.reason, said.data.field, said.data.version) == (
        "refused",
        "foreign",
        "data.redemption_id",
        0,
    )
