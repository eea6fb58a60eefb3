"""What a source of vehicle data is answered when it delivers by webhook."""

from pydantic import BaseModel

from ownerloop.contracts.cloud_event import PUBLISHED
from ownerloop.contracts.published import Count


class WebhookTakenV1(BaseModel):
    """How many records of a delivery were queued and refused; a repeat and a kind that is not ours have none."""

    model_config = PUBLISHED

    queued: Count = 0
    refused: Count = 0
