"""How redemptions come in: points spent, and what they bought given back."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from ownerloop.contracts.cloud_event import FEED, Name
from ownerloop.contracts.interaction_event import InteractionEvent
from ownerloop.domain import interactions as domain

POINTS_MAX = 100_000_000  # of one redemption: more is a slip of the keys
Points = Annotated[int, Field(ge=1, le=POINTS_MAX)]


class PointsRedeemedData(BaseModel):
    """What the owner wants for points: an item of the mall, or points taken off at a counter.

    `points` beside an item is the price that the owner was shown; another one is refused, never charged.
    """

    model_config = FEED

    redemption_id: Name
    item_id: Name | None = None
    quantity: Annotated[int, Field(ge=1, le=100)] = 1
    points: Points | None = None

    @model_validator(mode="after")
    def _wants_something(self) -> Self:
        if self.item_id is None and self.points is None:
            raise ValueError("names an item or points")
        return self


class PointsRedeemedV1(InteractionEvent):
    """An owner pays with points."""

    type: Literal["ownerloop.interaction.points_redeemed.v1"]
    data: PointsRedeemedData

    def to_domain(self) -> domain.PointsRedeemed:
        """Return the redemption in the words of the domain."""
        said = self.data
        return domain.PointsRedeemed(said.redemption_id, said.item_id, said.quantity, said.points)


class RedemptionReturnedData(BaseModel):
    """Which redemption, under the number it was made with."""

    model_config = FEED

    redemption_id: Name


class RedemptionReturnedV1(InteractionEvent):
    """An owner gives back what points bought."""

    type: Literal["ownerloop.interaction.redemption_returned.v1"]
    data: RedemptionReturnedData

    def to_domain(self) -> domain.RedemptionReturned:
        """Return the return in the words of the domain."""
        return domain.RedemptionReturned(self.data.redemption_id)
