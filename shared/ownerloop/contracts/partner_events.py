"""The events that partners may send: vehicle data and interactions, as their queues take them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ownerloop.contracts import hot
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import CASE_SUBJECT, MODELS, PERSON_SUBJECT, PREFIX, WECOM_SUBJECT
from ownerloop.contracts.vocabulary import TELEMETRY, malformed
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.partner import AcceptedEvent
from ownerloop.domain.wecom_notice import FriendChange, FriendNotice

OURS = "urn:ownerloop:"  # sources that speak for parts of this system, or for its imports with their own age rule
WECOM_SOURCE = f"{OURS}wecom:callback"
_BOOKINGS = f"{PREFIX}booking_"
_FROM_WECOM_ONLY = frozenset(f"ownerloop.interaction.{change}.v1" for change in FriendChange)


class PartnerEventsV1:
    """One event at a time, held to the contract of its type."""

    def read(self, event: Any) -> AcceptedEvent:
        """Return the event as its queue takes it, or raise MalformedEventError for the first broken field.

        A partner cannot say when we received its event, nor speak for WeCom or for us.
        """
        if not isinstance(event, Mapping):
            raise malformed("body")
        said = {name: value for name, value in event.items() if name != "receivedat"}
        body = msgspec.json.encode(said)
        kind = said.get("type")
        if kind == TELEMETRY:
            hot.read(body)
        else:
            _check_interaction(said, kind)
        if said["source"].startswith(OURS):
            raise MalformedEventError(field="source", rule=f"is the partner's own, so it does not begin with {OURS}")
        is_booking = str(kind).startswith(_BOOKINGS)
        return AcceptedEvent(said["id"], said["source"], kind == TELEMETRY, body, is_booking=is_booking)


def friend_event(notice: FriendNotice) -> bytes:
    """Return the interaction event of a notice from WeCom."""
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": notice.notice_id,
            "source": WECOM_SOURCE,
            "type": f"ownerloop.interaction.{notice.change}.v1",
            "subject": f"{WECOM_SUBJECT}{notice.external_userid}",
            "time": notice.at.isoformat().replace("+00:00", "Z"),
            "data": {"staff_userid": notice.staff_userid} if notice.staff_userid else {},
        }
    )


def _check_interaction(said: Mapping[str, Any], kind: object) -> None:
    if "type" not in said:
        raise malformed("type", is_missing=True)
    if not isinstance(kind, str) or kind not in MODELS or kind in _FROM_WECOM_ONLY:
        raise malformed("type", rule="is no type of vehicle data or interaction that partners send")
    parse_interaction(said)
    if str(said["subject"]).startswith((WECOM_SUBJECT, CASE_SUBJECT, PERSON_SUBJECT)):
        raise MalformedEventError(field="subject", rule="is the dealer's owner key")
